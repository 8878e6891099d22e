"""Mixtures of normals: step for step, by their definition, and where data are degenerate."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Reference
from threadpoolctl import threadpool_limits

from pellucid.mixture import GaussianMixture

KINDS = ("full", "tied", "diag", "spherical")
LEARNED = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")
UNFINISHED = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def groups(N=300, D=2, K=3, seed=0, apart=5.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, D)) + apart * rng.normal(size=(K, D))[rng.integers(0, K, N)]


def start(X, K, kind):
    """The same start for both: the first rows, and unit precision."""
    D = X.shape[1]
    precision = {
        "full": np.array([np.eye(D)] * K),
        "tied": np.eye(D),
        "diag": np.ones((K, D)),
        "spherical": np.ones(K),
    }[kind]
    means = X[:K] + np.arange(K)[:, None]
    return {"weights_init": np.full(K, 1 / K), "means_init": means, "precisions_init": precision}


def thinnest(model):
    """The least variance of a component in any direction."""
    flat = model.covariance_type in ("diag", "spherical")
    return (model.covariances_ if flat else np.linalg.eigvalsh(model.covariances_)).min()


def e_step(model, X):
    """Responsibilities and the mean log density, by the definition."""
    D = X.shape[1]
    C = model.covariances_
    if model.covariance_type in ("diag", "spherical"):
        C = [np.eye(D) * c for c in C]
    matrices = [C] * len(model.weights_) if model.covariance_type == "tied" else C
    parts = zip(model.weights_, model.means_, matrices, strict=True)
    joint = np.array([w * multivariate_normal(m, S).pdf(X) for w, m, S in parts]).T
    total = joint.sum(axis=1)
    return joint / total[:, None], np.log(total)


@UNFINISHED
def test_a_component_that_lies_flat():
    """A bound computed with fifty digits, where a component has fewer rows than columns."""
    X = groups(120, 6, 4, 455688, apart=2.0)
    ours = GaussianMixture(4, tol=0, max_iter=3, **start(X, 4, "full")).fit(X)
    assert thinnest(ours) < 1e-5
    np.testing.assert_allclose(ours.lower_bounds_[-1], -9.3632573833130989, rtol=1e-11)


@UNFINISHED
@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 10**6), D=st.integers(1, 6), K=st.integers(1, 4), rounds=st.integers(1, 8)
)
@settings(max_examples=15, deadline=None)
def test_every_step_is_that_of_scikit_learn(kind, seed, D, K, rounds):
    X = groups(120, D, K, seed, apart=2.0)
    options = {"covariance_type": kind, "tol": 0, "max_iter": rounds, **start(X, K, kind)}
    ours, theirs = (cls(K, **options).fit(X) for cls in (GaussianMixture, Reference))
    assume(ours.weights_.min() > 1e-6)  # scikit-learn adds to a component's rows, and loses digits,
    assume(thinnest(ours) > 1e-4)  # and more of them where a component lies flat
    np.testing.assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, rtol=1e-8)
    for name in LEARNED:
        expected = getattr(theirs, name)
        atol = 1e-7 * np.abs(expected).max()
        np.testing.assert_allclose(getattr(ours, name), expected, rtol=1e-7, atol=atol)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(ours.bic(X), theirs.bic(X), rtol=1e-8)
    np.testing.assert_allclose(ours.aic(X), theirs.aic(X), rtol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("init", ["kmeans", "random"])
def test_whole_fits_are_those_of_scikit_learn(kind, init):
    X = groups(500)
    options = {"covariance_type": kind, "init_params": init, "random_state": 3, "n_init": 3}
    ours, theirs = (cls(3, **options).fit(X) for cls in (GaussianMixture, Reference))
    order = np.argsort(ours.means_[:, 0]), np.argsort(theirs.means_[:, 0])
    np.testing.assert_allclose(ours.means_[order[0]], theirs.means_[order[1]], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(ours.lower_bound_, theirs.lower_bound_, rtol=1e-5)


@UNFINISHED
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_the_definition(kind):
    X = groups(50)
    begun = GaussianMixture(3, covariance_type=kind, max_iter=4, tol=0, random_state=0).fit(X)
    resp, log_prob = e_step(begun, X)
    np.testing.assert_allclose(begun.predict_proba(X), resp, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(begun.score_samples(X), log_prob, rtol=1e-10)
    np.testing.assert_array_equal(begun.predict(X), resp.argmax(axis=1))
    after = GaussianMixture(
        3,
        covariance_type=kind,
        max_iter=1,
        weights_init=begun.weights_,
        means_init=begun.means_,
        precisions_init=begun.precisions_,
    ).fit(X)
    np.testing.assert_allclose(after.lower_bound_, log_prob.mean(), rtol=1e-10)
    np.testing.assert_allclose(after.weights_, resp.mean(axis=0), rtol=1e-9)
    share = resp / resp.sum(axis=0)
    np.testing.assert_allclose(after.means_, share.T @ X, rtol=1e-9)
    full = np.array(
        [
            (share[:, k, None] * (X - after.means_[k])).T @ (X - after.means_[k]) + 1e-6 * np.eye(2)
            for k in range(3)
        ]
    )
    diag = np.array([np.diag(S) for S in full])
    expected = {
        "full": full,
        "tied": np.tensordot(after.weights_, full, axes=1),
        "diag": diag,
        "spherical": diag.mean(axis=1),
    }[kind]
    np.testing.assert_allclose(after.covariances_, expected, rtol=1e-8, atol=1e-10)


@UNFINISHED
@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 10**6),
    D=st.integers(1, 4),
    K=st.integers(1, 3),
    gaps=st.sampled_from([0.0, 0.15]),
    weighted=st.booleans(),
    init=st.sampled_from(["kmeans", "random"]),
)
@settings(max_examples=15, deadline=None)
def test_the_likelihood_never_falls(kind, seed, D, K, gaps, weighted, init):
    """By more than rounding, at any step."""
    X, rng = groups(150, D, K, seed, apart=2.0), np.random.default_rng(seed)
    X[rng.random(X.shape) < gaps] = np.nan
    model = GaussianMixture(
        K, covariance_type=kind, tol=0, max_iter=12, reg_covar=0, init_params=init, random_state=0
    ).fit(X, sample_weight=rng.integers(0, 4, 150) if weighted else None)
    assert np.diff(model.lower_bounds_).min(initial=0) > -1e-11


@UNFINISHED
@pytest.mark.parametrize("init", ["random_from_data", "k-means++"])
def test_rows_without_weight_are_no_start(init):
    X, weight = groups(30), np.repeat([0.0, 1.0], 15)
    model = GaussianMixture(3, init_params=init, random_state=0, max_iter=1)
    for _ in range(5):
        model.set_params(random_state=_).fit(
            np.where(weight[:, None], X, 1e9), sample_weight=weight
        )
        assert (np.abs(model.means_) < 1e3).all()


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_files_and_maps_give_the_fit_of_the_array_bit_for_bit(kind, gaps, tmp_path, monkeypatch):
    X = groups(3000)
    X[::7, 1] = np.nan if gaps else X[::7, 1]
    np.save(tmp_path / "rows.npy", X)
    monkeypatch.setattr("pellucid.reduction.rows.SAMPLE_BYTES", X.nbytes // 8)
    monkeypatch.setattr("pellucid.cluster._points.BLOCK_WORK", 1 << 14)
    model = GaussianMixture(3, covariance_type=kind, random_state=0)
    expected = [getattr(model.fit(X), name) for name in LEARNED]
    for rows in (tmp_path / "rows.npy", np.load(tmp_path / "rows.npy", mmap_mode="r")):
        for name, value in zip(LEARNED, expected, strict=True):
            np.testing.assert_array_equal(getattr(model.fit(rows), name), value)
    model.fit([X[:1000], X[1000:]])  # blocks that are cut elsewhere: to rounding
    for name, value in zip(LEARNED, expected, strict=True):
        np.testing.assert_allclose(getattr(model, name), value, rtol=1e-8, atol=1e-10)


def test_rows_too_many_for_memory_start_from_some_of_them(tmp_path, monkeypatch):
    X = groups(4000, apart=8.0)
    np.save(tmp_path / "rows.npy", X)
    monkeypatch.setattr("pellucid.reduction.rows.SAMPLE_BYTES", X.nbytes // 8)
    options = {"tol": 1e-8, "max_iter": 500, "init_params": "k-means++", "random_state": 0}
    model = GaussianMixture(3, **options).fit(tmp_path / "rows.npy")
    whole = GaussianMixture(3, **options).fit(X)
    order = [np.argsort(m.means_[:, 0]) for m in (model, whole)]
    np.testing.assert_allclose(model.means_[order[0]], whole.means_[order[1]], atol=1e-3)
    np.testing.assert_allclose(model.lower_bound_, whole.lower_bound_, rtol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_planted_parameters_are_found(kind):
    rng = np.random.default_rng(0)
    weights, means = np.array([0.2, 0.5, 0.3]), np.array([[0.0, 0.0], [6.0, 1.0], [-5.0, 4.0]])
    k = rng.choice(3, 20_000, p=weights)
    X = means[k] + rng.normal(size=(20_000, 2))
    model = GaussianMixture(3, covariance_type=kind, tol=1e-6, random_state=0).fit(X)
    distance = [
        np.abs(model.means_[list(p)] - means).max() for p in itertools.permutations(range(3))
    ]
    p = list(itertools.permutations(range(3)))[int(np.argmin(distance))]
    order = list(p)
    assert min(distance) < 5 / np.sqrt(0.2 * 20_000)  # five standard errors
    np.testing.assert_allclose(model.weights_[order], weights, atol=5 * 0.5 / np.sqrt(20_000))
    resp = model.predict_proba(X[:50])
    np.testing.assert_allclose(resp.sum(axis=1), 1, rtol=1e-12)


def test_planted_parameters_are_found_through_gaps():
    """A fifth of the values missing at random: the estimates stay within their errors."""
    rng = np.random.default_rng(0)
    means = np.array([[0.0, 0.0], [5.0, 5.0]])
    root = np.array([[1.0, 0.0], [0.8, 0.6]])
    X = means[rng.integers(0, 2, 20_000)] + rng.normal(size=(20_000, 2)) @ root.T
    X[rng.random(X.shape) < 0.2] = np.nan
    model = GaussianMixture(2, tol=1e-7, random_state=0).fit(X)
    order = np.argsort(model.means_[:, 0])
    np.testing.assert_allclose(model.means_[order], means, atol=0.07)
    np.testing.assert_allclose(model.covariances_[order], [root @ root.T] * 2, atol=0.1)
    assert np.isfinite(model.score_samples(X)).all()
    assert model.score_samples([[np.nan, np.nan]]) == 0
    np.testing.assert_allclose(model.predict_proba([[np.nan, np.nan]])[0], model.weights_)


def test_a_column_without_any_value_is_refused():
    X = groups(20)
    X[:, 1] = np.nan
    with pytest.raises(ValueError, match=r"columns .1. of X hold no value"):
        GaussianMixture(2).fit(X)


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_of_two_is_the_row_twice(kind):
    X = groups(80)
    weight = np.random.default_rng(0).integers(0, 4, 80)
    options = {"covariance_type": kind, "tol": 1e-6, "max_iter": 200, **start(X, 3, kind)}
    a = GaussianMixture(3, **options).fit(X, sample_weight=weight)
    b = GaussianMixture(3, **options).fit(np.repeat(X, weight, axis=0))
    assert a.n_iter_ == b.n_iter_
    np.testing.assert_allclose(a.lower_bounds_, b.lower_bounds_, rtol=1e-9)
    for name in LEARNED:
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-6, atol=1e-8)


def test_the_start_is_weighted_too():
    X, weight = groups(50), np.random.default_rng(0).integers(0, 4, 50)
    model = GaussianMixture(max_iter=0).fit(X, sample_weight=weight)
    np.testing.assert_allclose(model.means_[0], np.average(X, axis=0, weights=weight), rtol=1e-12)
    np.testing.assert_allclose(
        model.covariances_[0], np.cov(X.T, fweights=weight, ddof=0) + 1e-6 * np.eye(2), rtol=1e-10
    )


@pytest.mark.parametrize("kind", KINDS)
def test_one_thread_gives_what_two_give_bit_for_bit(kind, monkeypatch):
    X = groups(30_000, 8, 4)
    fit = GaussianMixture(4, covariance_type=kind, max_iter=3, tol=0, **start(X, 4, kind))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        first = [getattr(fit.fit(X), name) for name in (*LEARNED, "lower_bound_")]
        proba = fit.predict_proba(X)
        with threadpool_limits(1):
            monkeypatch.setattr("pellucid.reduction.threads._cores", lambda: 1)
            second = [getattr(fit.fit(X), name) for name in (*LEARNED, "lower_bound_")]
            np.testing.assert_array_equal(fit.predict_proba(X), proba)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_far_from_zero_the_fit_is_the_same(kind):
    X = np.round(groups(400) * 2**20) / 2**20
    near, far = (
        GaussianMixture(3, covariance_type=kind, random_state=0).fit(X + shift)
        for shift in (0, 2.0**27)
    )
    assert near.n_iter_ == far.n_iter_
    np.testing.assert_allclose(far.covariances_, near.covariances_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(far.lower_bound_, near.lower_bound_, rtol=1e-6)
    np.testing.assert_array_equal(far.predict(X + 2.0**27), near.predict(X))


@pytest.mark.parametrize("scale", [1e-150, 1e150])
@pytest.mark.parametrize("kind", KINDS)
def test_units_do_not_matter(kind, scale):
    X = groups(200)
    options = {"covariance_type": kind, "reg_covar": 0, "init_params": "random", "random_state": 0}
    plain, scaled = (GaussianMixture(2, tol=1e-4, **options).fit(s * X) for s in (1.0, scale))
    np.testing.assert_allclose(scaled.means_ / scale, plain.means_, rtol=1e-6)
    np.testing.assert_array_equal(scaled.predict(scale * X), plain.predict(X))
    np.testing.assert_allclose(
        scaled.lower_bound_, plain.lower_bound_ - 2 * np.log(scale), rtol=1e-8
    )


@UNFINISHED
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("init", ["kmeans", "random", "k-means++", "random_from_data"])
@pytest.mark.parametrize(
    "X",
    [
        np.ones((10, 2)),
        np.repeat([[0.0, 1.0], [2.0, 3.0]], 5, axis=0),
        np.c_[np.arange(10.0), np.full(10, 7.0)],
        np.eye(2),
        np.c_[np.r_[np.zeros(9), 1e150]],
    ],
    ids=["one point", "two points", "constant column", "two rows", "one far row"],
)
def test_degenerate_tables_give_finite_numbers_or_an_error(kind, init, X):
    model = GaussianMixture(2, covariance_type=kind, init_params=init, random_state=0)
    try:
        model.fit(X)
    except ValueError as error:
        assert "ill-defined" in str(error) or "density zero" in str(error)
        return
    for name in LEARNED:
        assert np.isfinite(getattr(model, name)).all(), name
    assert np.isfinite(model.score_samples(X)).all()
    np.testing.assert_allclose(model.weights_.sum(), 1)


def test_a_component_that_empties_stays_finite():
    X = np.r_[np.zeros((20, 1)), np.ones((20, 1))]
    model = GaussianMixture(
        3,
        weights_init=[0.4, 0.4, 0.2],
        means_init=[[0.0], [1.0], [1e6]],
        precisions_init=[[[100.0]]] * 3,
    ).fit(X)
    assert model.weights_[2] == 0
    np.testing.assert_array_equal(model.means_[2], 1e6)
    np.testing.assert_allclose(np.sort(model.means_[:2, 0]), [0, 1], atol=0.1)
    assert np.isfinite(model.score_samples(X)).all()
    assert (model.predict(X) < 2).all()


def test_a_row_beyond_all_densities_is_named():
    model = GaussianMixture(2, random_state=0).fit(groups(50))
    far = np.array([[0.0, 0.0], [1e200, 0.0]])
    assert model.score_samples(far)[1] == -np.inf
    with pytest.raises(ValueError, match="density zero under every component, row 1"):
        model.predict_proba(far)


def test_one_row_is_refused_and_weights_of_nothing_are():
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        GaussianMixture().fit([[1.0, 2.0]])
    with pytest.raises(ValueError, match="n_samples >= n_components"):
        GaussianMixture(4).fit(groups(3))
    with pytest.raises(ValueError, match="at least one non-zero"):
        GaussianMixture().fit(groups(5), sample_weight=np.zeros(5))
    with pytest.raises(ValueError, match="Negative values"):
        GaussianMixture().fit(groups(5), sample_weight=-np.ones(5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights_init": [0.5, 0.6]}, "normalized"),
        ({"weights_init": [-0.5, 1.5]}, "range"),
        ({"weights_init": [1.0]}, "shape"),
        ({"means_init": [[0.0, 0.0]]}, "shape"),
        ({"precisions_init": np.ones((2, 3, 3))}, "shape"),
        ({"precisions_init": -np.ones((2, 2, 2))}, "symmetric, positive-definite"),
    ],
)
def test_starts_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(2, **options).fit(groups(20))


def test_a_warm_start_goes_on():
    X = groups(300, apart=1.0)
    whole = GaussianMixture(3, max_iter=60, tol=0, random_state=0)
    part = GaussianMixture(3, max_iter=20, tol=0, random_state=0, warm_start=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        whole.fit(X)
        for _ in range(3):
            part.fit(X)
    np.testing.assert_allclose(part.means_, whole.means_, rtol=1e-9)
    np.testing.assert_allclose(part.lower_bounds_, whole.lower_bounds_[-20:], rtol=1e-12)


def test_of_several_starts_the_best_is_kept():
    X = groups(200, 2, 6)
    options = {"init_params": "random", "max_iter": 40}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        single = [
            GaussianMixture(6, random_state=rng, **options).fit(X).lower_bound_
            for rng in [np.random.RandomState(0)]
            for _ in range(5)
        ]
        best = GaussianMixture(6, random_state=np.random.RandomState(0), n_init=5, **options).fit(X)
    assert best.lower_bound_ == max(single)
    assert len(best.lower_bounds_) == best.n_iter_


def test_float32_stays_float32():
    X = groups().astype(np.float32)
    model = GaussianMixture(3, random_state=0).fit(X)
    assert {getattr(model, name).dtype for name in LEARNED} == {np.dtype(np.float32)}
    assert model.score_samples(X).dtype == model.predict_proba(X).dtype == np.float32
    wide = GaussianMixture(3, random_state=0).fit(X.astype(np.float64))
    np.testing.assert_allclose(model.means_, wide.means_, rtol=1e-3, atol=1e-3)


def test_samples_are_scikit_learns():
    X = groups()
    for kind in KINDS:
        options = {"covariance_type": kind, "max_iter": 3, "tol": 100, **start(X, 3, kind)}
        ours, theirs = (
            cls(3, random_state=5, **options).fit(X).sample(50)
            for cls in (GaussianMixture, Reference)
        )
        np.testing.assert_array_equal(ours[1], theirs[1])
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-8, atol=1e-10)
    with pytest.raises(ValueError, match="at least one sample"):
        GaussianMixture(2, random_state=0).fit(X).sample(0)


def test_memory_does_not_grow_with_the_responsibilities():
    import tracemalloc

    X = groups(200_000, 2, 4)
    model = GaussianMixture(16, max_iter=2, tol=0, **start(X, 16, "full"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        tracemalloc.start()
        model.fit(X)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 200_000 * 16 * 8  # what all responsibilities would take, 25.6 MB
