"""Known answers, the faults of an older library, and input that is bad or extreme."""

from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid.hmm import GMMHMM, HMM, CategoricalHMM, GaussianHMM, PoissonHMM

DATA = Path(__file__).parents[2] / "examples" / "data"
ALL = [CategoricalHMM(2), GaussianHMM(2), PoissonHMM(2), GMMHMM(2), HMM(2)]


@pytest.mark.parametrize(
    ("K", "log_prob", "rates", "stay"),
    [
        (1, -391.9189, [19.364], [1]),
        (2, -341.8787, [15.421, 26.018], [0.9284, 0.8810]),
        (3, -328.5275, [13.134, 19.713, 29.710], [0.9393, 0.9064, 0.8097]),
    ],
)
def test_the_earthquakes_of_zucchini_and_macdonald(K, log_prob, rates, stay):
    """Hidden Markov Models for Time Series (2009), section 4.3."""
    X = np.loadtxt(DATA / "earthquakes.csv", delimiter=",", skiprows=1)[:, 1:]
    model = PoissonHMM(K, n_iter=1000, tol=1e-8, n_init=5, random_state=0).fit(X)
    order = np.argsort(model.lambdas_[:, 0])
    assert model.score(X) == pytest.approx(log_prob, abs=6e-5)
    np.testing.assert_allclose(model.lambdas_[order, 0], rates, atol=1e-3)
    np.testing.assert_allclose(np.diag(model.transmat_)[order], stay, atol=1e-3)


def _symbols():
    rng = np.random.default_rng(0)
    return (rng.random(300) < np.repeat(rng.random(30), 10)).astype(int)[:, None]


def test_no_phantom_transition():
    """T rows have T - 1 transitions; one more for every pair once drew A to its middle."""
    X = np.array([[0], [1]])
    model = CategoricalHMM(2, n_iter=1, init_params="")
    model.startprob_, model.transmat_ = np.array([1.0, 0]), np.full((2, 2), 0.5)
    model.emissionprob_ = np.eye(2)
    np.testing.assert_allclose(model.fit(X).transmat_, [[0, 1], [0.5, 0.5]])  # 0 → 1, seen once


def test_where_it_starts_is_learned():
    X = np.tile([[0], [1]], (10, 1))
    model = CategoricalHMM(2, n_iter=200, tol=1e-9, n_init=5, random_state=0)
    model.fit(X, [2] * 10)
    assert model.startprob_.max() == pytest.approx(1)
    assert model.emissionprob_[model.startprob_.argmax(), 0] == pytest.approx(1)
    assert model.score(X, [2] * 10) == pytest.approx(0, abs=1e-6)


def test_what_was_passed_stays_as_it_was():
    start, transmat = np.array([0.6, 0.4]), np.array([[0.7, 0.3], [0.4, 0.6]])
    B = np.array([[0.2, 0.8], [0.7, 0.3]])
    X, lengths = _symbols(), [100, 200]
    kept = [a.copy() for a in (start, transmat, B, X)]
    model = CategoricalHMM(2, init_params="")
    model.startprob_, model.transmat_, model.emissionprob_ = start, transmat, B
    assert model.fit(X, lengths) is model
    model.predict_proba(X, lengths), model.predict(X), model.score(X), model.filter(X)
    for now, before in zip((start, transmat, B, X), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_sequences_need_not_be_equally_long():
    X = _symbols()
    one = CategoricalHMM(2, random_state=0).fit(X, [299, 1])
    assert one.score(X, [299, 1]) == pytest.approx(one.score(X[:299]) + one.score(X[299:]))


def test_it_stops_where_it_is_told():
    X = _symbols()
    assert CategoricalHMM(2, n_iter=7, tol=-np.inf, random_state=0).fit(X).n_iter_ == 7
    model = CategoricalHMM(2, n_iter=1000, tol=1e-3, random_state=0).fit(X)
    assert model.converged_
    assert model.history_[-1] - model.history_[-2] < 1e-3 <= model.history_[-2] - model.history_[-3]
    assert not CategoricalHMM(2, n_iter=2, random_state=0).fit(X).converged_


@pytest.mark.parametrize("model", ALL, ids=lambda m: type(m).__name__)
def test_few_rows_and_equal_rows(model):
    model.set_params(random_state=0, n_components=1)
    assert np.isfinite(model.fit([[3.0]]).score([[3.0]]))
    model.set_params(n_components=2)
    pairs = np.arange(12.0)[:, None] % 5
    assert np.isfinite(model.fit(pairs, [1] * 12).history_).all()  # no transition was seen
    np.testing.assert_allclose(model.transmat_.sum(axis=1), 1)
    assert (model.predict_proba(pairs, [1] * 12) >= 0).all()


@pytest.mark.filterwarnings("ignore:Number of distinct clusters:UserWarning")
@pytest.mark.parametrize("kind", ["full", "diag", "tied", "spherical"])
def test_degenerate_tables(kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)) + np.repeat([[0.0], [4.0]], 100, axis=0)
    X[:, 1] = 7.0  # no variance
    for table in (X, np.tile(X[:2], (50, 1)), np.ones((50, 3))):
        model = GaussianHMM(2, kind, n_iter=20, random_state=0)
        if kind in ("full", "tied"):
            model.set_params(covars_prior=0.01 * np.eye(3))
        model.fit(table)
        assert np.isfinite(model.history_).all()
        assert np.isfinite(model.predict_proba(table)).all()
    never = GaussianHMM(2, kind, n_iter=5, init_params="", random_state=0)
    never.startprob_, never.transmat_ = np.array([1.0, 0]), np.eye(2)
    never.means_, never.covars_ = np.array([X[0], [1e6] * 3]), np.tile(np.eye(3), (2, 1, 1))
    never.fit(X)  # the second state is never visited: it stays what it was
    np.testing.assert_array_equal(never.means_[1], [1e6] * 3)
    np.testing.assert_array_equal(never.transmat_, np.eye(2))
    assert np.isfinite(never.history_).all()


@pytest.mark.parametrize("kind", ["full", "diag", "tied", "spherical"])
def test_far_from_zero_and_beyond_scale(kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) + np.repeat([[0.0], [4.0]], 100, axis=0)
    near = GaussianHMM(2, kind, n_iter=10, random_state=0).fit(X)
    far = GaussianHMM(2, kind, n_iter=10, random_state=0).fit(X + 1e8)
    np.testing.assert_allclose(far.history_, near.history_, rtol=1e-6)
    np.testing.assert_allclose(far.covars_, near.covars_, rtol=1e-5, atol=1e-6)
    tiny = GaussianHMM(2, kind, n_iter=10, random_state=0).fit(X * 1e-150)
    assert np.isfinite(tiny.score(X * 1e-150))
    huge = GaussianHMM(2, kind, n_iter=10, covars_prior=0, random_state=0)
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            assert np.isfinite(huge.fit(X * 1e150).history_).all()
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize("model", ALL, ids=lambda m: type(m).__name__)
def test_bad_input_is_a_clear_error(model):
    X = np.arange(12.0)[:, None] % 4
    model.set_params(random_state=0, n_components=2).fit(X)
    for lengths, why in (
        ([5, 6], "sum to 11, but there are 12"),
        ([12, 0], "at least one row"),
        ([-1, 13], "at least one row"),
        ([6.0, 6.0], "integers"),
        ([[12]], "integers"),
    ):
        for method in (model.fit, model.score, model.predict, model.filter):
            with pytest.raises(ValueError, match=why):
                method(X, lengths)
    with pytest.raises(ValueError, match="infinity"):
        model.fit(np.where(X == 1, np.inf, X))
    with pytest.raises(ValueError, match="features"):
        model.predict(np.ones((3, 2)))
    with pytest.raises(ValueError, match="'viterbi' or 'map'"):
        model.decode(X, algorithm="best")
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        model.fit(np.empty((0, 1)))


def test_a_symbol_that_no_state_has_is_impossible():
    model = CategoricalHMM(2)
    model.startprob_, model.transmat_ = np.array([0.5, 0.5]), np.full((2, 2), 0.5)
    model.emissionprob_ = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    X = np.array([[0], [2], [1]])
    assert model.score(X) == -np.inf
    for method in (model.predict, model.predict_proba, model.filter):
        with pytest.raises(ValueError, match="probability zero"):
            method(X)
    with pytest.raises(ValueError, match="probability zero"):
        model.set_params(init_params="").fit(X)
    with pytest.raises(ValueError, match="probability zero"):
        model.step([2])


@pytest.mark.parametrize("model", ALL, ids=lambda m: type(m).__name__)
def test_saved_models_say_the_same(model, tmp_path):
    X = np.arange(40.0)[:, None] % 4
    model.set_params(random_state=0, n_components=2).fit(X, [15, 25])
    pellucid.save(model, tmp_path / "model.safetensors")
    again = pellucid.load(tmp_path / "model.safetensors")
    assert again.score(X) == model.score(X)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.history_ == model.history_


def test_a_million_rows():
    rng = np.random.default_rng(0)
    state = np.repeat(rng.integers(2, size=100_000), 10)
    X = rng.normal(size=(1_000_000, 1)) + 3 * state[:, None]
    model = GaussianHMM(2, n_iter=15, random_state=0).fit(X)
    assert (np.diff(model.history_) > 0).all()
    np.testing.assert_allclose(np.sort(model.means_[:, 0]), [0, 3], atol=0.02)
    posterior = model.predict_proba(X)
    np.testing.assert_allclose(posterior.sum(axis=1), 1)
    assert posterior[:, model.means_[:, 0].argmax()].mean() == pytest.approx(state.mean(), abs=0.01)
