"""What must be true of hidden Markov models, whatever they emit."""

import numpy as np
import pytest
from own_emission import Exponential

import pellucid
from pellucid.emissions import Bernoulli, Gaussian, Poisson
from pellucid.hmm import GMMHMM, HMM, CategoricalHMM, GaussianHMM, PoissonHMM
from pellucid.reduction import threads

LENGTHS = [100, 1, 59, 140]


def data(seed, D=2, K=3, far=0.0):
    rng = np.random.default_rng(seed)
    state = np.repeat(rng.integers(K, size=100), 3)
    return far + rng.normal(size=(300, D)) + 3 * state[:, None], state


def counts(seed):
    X, _ = data(seed)
    return np.random.default_rng(seed).poisson(np.exp(X / 4))


MODELS = {
    "gaussian diag": (GaussianHMM(3, covars_prior=0), data),
    "gaussian full": (GaussianHMM(3, "full", covars_prior=0), data),
    "gaussian tied": (GaussianHMM(3, "tied", covars_prior=0), data),
    "gaussian spherical": (GaussianHMM(3, "spherical", covars_prior=0), data),
    "gaussian, left to right": (GaussianHMM(3, covars_prior=0, topology="left-right"), data),
    "mixtures diag": (GMMHMM(2, 2), data),
    "mixtures full": (GMMHMM(2, 2, covariance_type="full"), data),
    "mixtures tied": (GMMHMM(2, 2, covariance_type="tied"), data),
    "mixtures spherical": (GMMHMM(2, 2, covariance_type="spherical"), data),
    "categorical": (CategoricalHMM(3), counts),
    "counts": (PoissonHMM(3), counts),
    "coins": (HMM(3, Bernoulli()), lambda seed: (counts(seed) > 2).astype(float)),
    "any": (HMM(3, Gaussian("full", reg_covar=0.0)), data),
    "one's own": (HMM(2, Exponential()), lambda seed: np.abs(data(seed)[0][:, :1])),
}


def rows(make, seed):
    made = make(seed)
    return made[0] if isinstance(made, tuple) else made


@pytest.mark.parametrize("implementation", ["scaling", "log"])
@pytest.mark.parametrize("name", MODELS)
def test_likelihood_never_falls(name, implementation):
    model, make = MODELS[name]
    model.set_params(n_iter=25, tol=-np.inf, implementation=implementation)
    for seed in range(6):
        model.set_params(random_state=seed).fit(rows(make, seed), LENGTHS)
        history = np.array(model.history_)
        assert np.isfinite(history).all()
        assert (np.diff(history) >= -1e-9 * np.abs(history[1:])).all()
        assert model.score(rows(make, seed), LENGTHS) >= history[-1] - 1e-9 * abs(history[-1])


@pytest.mark.parametrize("kind", ["diag", "spherical", "full", "tied"])
def test_with_priors_it_is_the_penalised_likelihood_that_never_falls(kind):
    """log p(x) + Σ (α - 1) log p - ½ Σ_k (ν log|Σ_k| + tr Σ_k⁻¹ (Ψ + ω (μ_k - μ₀)(μ_k - μ₀)ᵀ))"""
    for seed in range(4):
        X = data(seed)[0]
        options = {"means_prior": 1.0, "means_weight": 3.0, "covars_prior": 0.7}
        options |= {"covars_weight": 6.0, "transmat_prior": 2.0, "startprob_prior": 1.5}
        model = GaussianHMM(3, kind, n_iter=1, random_state=seed, **options).fit(X, LENGTHS)
        before = -np.inf
        model.set_params(init_params="")
        for _ in range(25):
            nu = 4 if kind in ("full", "tied") else 5
            psi = np.full((2, 2), 0.7) if kind in ("full", "tied") else 0.7 * np.eye(2)
            penalty, once = 0.0, 1 if kind == "tied" else 3
            for k in range(3):
                away = model.means_[k] - 1.0
                inverse = np.linalg.inv(model.covars_[k])
                penalty += 3 * away @ inverse @ away
                if k < once:
                    log_det = np.linalg.slogdet(model.covars_[k])[1]
                    penalty += nu * log_det + np.trace(inverse @ psi)
            value = model.score(X, LENGTHS) - penalty / 2
            value += np.log(model.transmat_).sum() + 0.5 * np.log(model.startprob_).sum()
            assert value >= before - 1e-8 * abs(value)
            before = value
            model.fit(X, LENGTHS)


def test_planted_parameters_are_found():
    truth = GaussianHMM(3)
    truth.startprob_ = np.array([0.2, 0.5, 0.3])
    truth.transmat_ = np.array([[0.9, 0.08, 0.02], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
    truth.means_ = np.array([[0.0, 0], [3, 1], [-2, 4]])
    truth.covars_ = np.array([[1.0, 0.5], [0.3, 1], [2, 1]])
    X, states = truth.sample(20_000, random_state=0)
    found = GaussianHMM(3, n_iter=50, random_state=0).fit(X)
    order = [np.argmin(((found.means_ - m) ** 2).sum(axis=1)) for m in truth.means_]
    np.testing.assert_allclose(found.means_[order], truth.means_, atol=0.06)
    np.testing.assert_allclose(found.covars_[order], truth.covars_, atol=0.1)
    np.testing.assert_allclose(found.transmat_[np.ix_(order, order)], truth.transmat_, atol=0.02)
    assert found.score(X) >= truth.score(X)
    posterior = truth.predict_proba(X)  # calibrated, since the truth is known
    sure = posterior.max(axis=1) > 0.9
    assert np.mean(truth.predict(X)[sure] == states[sure]) == pytest.approx(
        posterior.max(axis=1)[sure].mean(), abs=0.01
    )


def test_states_that_are_known_are_counted():
    X = np.array([0, 1, 1, 0, 2, 2])
    model = CategoricalHMM(3).fit_labelled(X, [0, 0, 1, 1, 0, 1], [4, 2])
    np.testing.assert_allclose(model.startprob_, [1, 0, 0])
    np.testing.assert_allclose(model.transmat_, [[1 / 3, 2 / 3, 0], [0, 1, 0], [1 / 3] * 3])
    np.testing.assert_allclose(
        model.emissionprob_, [[1 / 3, 1 / 3, 1 / 3], [1 / 3, 1 / 3, 1 / 3], [1 / 3] * 3]
    )
    X, states = data(0)
    model = GaussianHMM(3, covars_prior=0).fit_labelled(X, states, LENGTHS)
    for k in range(3):
        np.testing.assert_allclose(model.means_[k], X[states == k].mean(axis=0))
        np.testing.assert_allclose(
            np.diag(model.covars_[k]), X[states == k].var(axis=0) + model.min_covar
        )
    before = model.score(X, LENGTHS)
    assert model.set_params(init_params="").fit(X, LENGTHS).score(X, LENGTHS) >= before
    for bad in (states[:-1], states + 1, states.astype(float)):
        with pytest.raises(ValueError, match="states are"):
            model.fit_labelled(X, bad, LENGTHS)


def test_what_cannot_follow_never_does():
    X, _ = data(1)
    allowed = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=bool)
    for implementation in ("scaling", "log"):
        options = {"n_iter": 20, "random_state": 0, "implementation": implementation}
        model = GaussianHMM(3, topology=allowed, **options).fit(X, LENGTHS)
        assert (model.transmat_[~allowed] == 0).all()
        path = model.predict(X, LENGTHS)
        ends = np.cumsum(LENGTHS)[:-1]
        assert allowed[np.delete(path[:-1], ends - 1), np.delete(path[1:], ends - 1)].all()
        model = GaussianHMM(3, topology="left-right", **options).fit(X, LENGTHS)
        assert (np.tril(model.transmat_, -1) == 0).all()
        np.testing.assert_array_equal(model.startprob_, [1, 0, 0])
        assert (np.diff(model.predict(X[:100])) >= 0).all()
    with pytest.raises(ValueError, match="every state leads somewhere"):
        GaussianHMM(2, topology=[[1, 1], [0, 0]]).fit(X)


@pytest.mark.parametrize("kind", ["full", "diag", "tied", "spherical"])
def test_what_was_not_seen_says_nothing(kind):
    """Rows without a number leave only the chain; gaps leave the density of the other columns."""
    X, _ = data(2)
    model = GaussianHMM(3, kind, n_iter=10, random_state=0).fit(X)
    np.testing.assert_allclose(
        model.predict_proba(np.full((4, 2), np.nan))[3],
        model.startprob_ @ np.linalg.matrix_power(model.transmat_, 3),
    )
    with_gap = np.append(X[:5], [[np.nan, np.nan]], axis=0)
    assert model.score(with_gap) == pytest.approx(model.score(X[:5]))
    np.testing.assert_allclose(model.predict_proba(with_gap)[:5], model.predict_proba(X[:5]))
    X[::7, 0], X[::11] = np.nan, np.nan
    model = GaussianHMM(3, kind, n_iter=15, tol=-np.inf, covars_prior=0, random_state=0)
    assert (np.diff(model.fit(X, LENGTHS).history_) >= -1e-8).all()


def test_symbols_and_counts_that_were_not_seen():
    X = counts(0).astype(float)
    gone = X.copy()
    gone[::5, 0], gone[::7] = np.nan, np.nan
    for model in (PoissonHMM(2, n_iter=15), CategoricalHMM(2, n_iter=15), HMM(2, Poisson())):
        model.set_params(random_state=0, tol=-np.inf).fit(gone, LENGTHS)
        assert (np.diff(model.history_) >= -1e-9).all()
        nothing = np.full((3, 2), np.nan)
        assert model.score(nothing) == pytest.approx(0, abs=1e-12)
        assert model.score(np.append(gone[:4], nothing, axis=0)) == pytest.approx(
            model.score(gone[:4])
        )


def test_symbols_may_come_as_one_column_or_none():
    X = counts(0)[:, 0]
    model = CategoricalHMM(2, random_state=0).fit(X)
    np.testing.assert_array_equal(model.predict(X), model.predict(X[:, None]))
    np.testing.assert_array_equal(
        CategoricalHMM(2, random_state=0).fit(X[:, None]).emissionprob_, model.emissionprob_
    )
    for bad, why in (([0.5, 1], "integers"), ([-1, 1], "Negative"), ([10**6], "from 0 to")):
        with pytest.raises(ValueError, match=why):
            model.predict(bad)
    with pytest.raises(ValueError, match="n_features is 2"):
        CategoricalHMM(2, n_features=2).fit([0, 1, 2])


def test_an_emission_of_ones_own_works_saves_and_loads(tmp_path):
    rng = np.random.default_rng(0)
    state = np.repeat(rng.integers(2, size=60), 5)
    X = rng.exponential(np.array([1.0, 8.0])[state])[:, None]
    model = HMM(2, Exponential(), n_iter=50, random_state=0).fit(X)
    assert sorted(1 / model.emission_.rate) == pytest.approx([1, 8], rel=0.3)
    drawn, _ = model.sample(5, random_state=0)
    assert drawn.shape == (5, 1)
    pellucid.save(model, tmp_path / "model.safetensors")
    again = pellucid.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_unsound_state_is_refused():
    model = GaussianHMM(2, random_state=0).fit(data(0)[0])
    for name, value in (
        ("startprob_", np.array([0.5, 0.6])),
        ("transmat_", np.ones((2, 2))),
        ("transmat_", np.array([[1.5, -0.5], [0.5, 0.5]])),
        ("transmat_", np.eye(3)),
        ("transmat_", np.full((2, 2), np.nan)),
        ("means_", np.ones((3, 2))),
    ):
        kept = getattr(model, name)
        setattr(model, name, value)
        for use in (model._check_state, lambda: model.predict(data(0)[0])):
            with pytest.raises(ValueError, match=name):
                use()
        setattr(model, name, kept)


def test_the_best_of_several_starts_is_kept():
    X = counts(3)[:, :1]
    one = [CategoricalHMM(3, n_iter=30, random_state=s).fit(X, LENGTHS) for s in range(3)]
    rng = np.random.RandomState(0)
    alone = [CategoricalHMM(3, n_iter=30, random_state=rng).fit(X, LENGTHS) for _ in range(4)]
    best = CategoricalHMM(3, n_iter=30, n_init=4, random_state=np.random.RandomState(0))
    best.fit(X, LENGTHS)
    assert best.history_ == max((m.history_ for m in alone), key=lambda h: h[-1])
    assert len({m.history_[-1] for m in one}) > 1
    assert best.monitor_.converged == best.converged_
    assert best.monitor_.iter == len(best.monitor_.history) == best.n_iter_


def test_threads_change_no_bit(monkeypatch):
    X = np.random.default_rng(0).normal(size=(60_000, 2))
    lengths = [30_000, *[100] * 200, 10_000]

    def fit():
        model = GaussianHMM(3, "full", n_iter=2, random_state=0).fit(X, lengths)
        return model.means_, model.transmat_, model.predict_proba(X, lengths), model.history_

    threaded = fit()
    monkeypatch.setattr(threads, "_cores", lambda: 1)
    for a, b in zip(threaded, fit(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_samples_follow_the_chain():
    model = CategoricalHMM(2)
    model.startprob_, model.transmat_ = np.array([0.0, 1.0]), np.array([[0.7, 0.3], [0.1, 0.9]])
    model.emissionprob_ = np.array([[1.0, 0, 0], [0, 0.25, 0.75]])
    X, states = model.sample(100_000, random_state=0)
    assert states[0] == 1
    for i in range(2):
        after = states[1:][states[:-1] == i]
        assert after.mean() == pytest.approx(model.transmat_[i, 1], abs=0.01)
        shares = np.bincount(X[states == i, 0], minlength=3) / np.sum(states == i)
        np.testing.assert_allclose(shares, model.emissionprob_[i], atol=0.01)
    share = model.get_stationary_distribution()
    np.testing.assert_allclose(share @ model.transmat_, share)
    assert states.mean() == pytest.approx(share[1], abs=0.02)
    follows = [model.sample(1, random_state=s, currstate=0)[1][0] for s in range(2000)]
    assert np.mean(follows) == pytest.approx(0.3, abs=0.04)
