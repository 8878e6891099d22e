"""Kernel density: the sum of hills by its definition, other libraries, and what must be true."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn import neighbors as theirs
from sklearn.exceptions import NotFittedError
from sklearn.metrics import pairwise_distances

import pellucid
from pellucid import reduction
from pellucid.neighbors import KernelDensity
from pellucid.neighbors._density import KERNELS, node_weights
from pellucid.neighbors._smoothing import kernel_sums, log_integral

COMPACT = ("tophat", "epanechnikov", "linear", "cosine")
METRICS = ("euclidean", "manhattan", "chebyshev", "minkowski", "haversine")


def _data(n=200, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.integers(0, 4, n).astype(float)


def _log_k(kernel, u):
    with np.errstate(divide="ignore"):
        return {
            "gaussian": lambda: -(u**2) / 2,
            "exponential": lambda: -u,
            "tophat": lambda: np.log(np.less(u, 1) * 1.0),
            "epanechnikov": lambda: np.log(np.maximum(1 - u**2, 0)),
            "linear": lambda: np.log(np.maximum(1 - u, 0)),
            "cosine": lambda: np.log(np.where(u < 1, np.cos(np.pi / 2 * u), 0)),
        }[kernel]()


def _by_definition(kernel, h, X, s, T, distances=cdist):
    """log [ Σ s k / (Σ s h^D C) ] by the whole matrix; -∞ where nothing is near."""
    logs = _log_k(kernel, distances(T, X) / h)
    out = np.full(len(T), -np.inf)
    seen = np.isfinite(np.where(s > 0, logs, -np.inf)).any(axis=1)
    out[seen] = logsumexp(logs[seen], b=s, axis=1)
    return out - np.log(s.sum()) - log_integral(kernel, X.shape[1]) - X.shape[1] * np.log(h)


# -- agreement ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree"])
@pytest.mark.parametrize("h", [0.05, 0.5, 5.0])
def test_equals_the_definition(kernel, algorithm, h):
    X, s = _data()
    T = np.vstack([X * 1.5, [[40.0, 0, 0]]])
    model = KernelDensity(kernel=kernel, bandwidth=h, algorithm=algorithm, leaf_size=4)
    log_p = model.fit(X, sample_weight=s).score_samples(T)
    assert_allclose(log_p, _by_definition(kernel, h, X, s, T), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("d", [1, 2, 7])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("bandwidth", [1.0, "scott", "silverman"])
def test_equals_scikit_learn_where_that_is_exact(kernel, d, weighted, bandwidth):
    """Its sums of differences lose small densities, and zeros: up to 1e3 in log p.

    And its cosine in two dimensions integrates to 0.36.
    """
    if kernel == "cosine" and d % 2 == 0:
        d += 1
    X, s = _data(d=d)
    s += 1  # a weight of zero makes it warn
    T = X * 0.97
    options = {"kernel": kernel, "bandwidth": bandwidth}
    ours, reference = (
        c(**options).fit(X, sample_weight=s if weighted else None)
        for c in (KernelDensity, theirs.KernelDensity)
    )
    assert ours.bandwidth_ == reference.bandwidth_
    log_p, expected = ours.score_samples(T), reference.score_samples(T)
    dense = log_p > log_p.max() - 5
    assert dense.sum() > 30
    assert_allclose(log_p[dense], expected[dense], rtol=1e-8)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("algorithm", ["auto", "kd_tree", "ball_tree"])
def test_every_metric_equals_the_definition(metric, algorithm):
    X, s = _data(d=2)
    T, _ = _data(40, 2, seed=1)
    params = {"p": 3} if metric == "minkowski" else None
    model = KernelDensity(
        metric=metric, algorithm=algorithm, bandwidth=0.3, leaf_size=5, metric_params=params
    )
    if (metric, algorithm) == ("haversine", "kd_tree"):
        with pytest.raises(ValueError, match="invalid metric"):
            model.fit(X)
        return

    def distances(A, B):
        return pairwise_distances(A, B, metric=metric, **(params or {}))

    expected = _by_definition("gaussian", 0.3, X, s, T, distances)
    assert_allclose(model.fit(X, sample_weight=s).score_samples(T), expected, rtol=1e-9)
    reference = theirs.KernelDensity(metric=metric, bandwidth=3.0, metric_params=params).fit(X)
    assert_allclose(
        model.set_params(bandwidth=3.0).fit(X).score_samples(T),
        reference.score_samples(T),
        rtol=1e-9,
    )


def test_equals_statsmodels():
    from statsmodels.nonparametric.kernel_density import KDEMultivariate

    X, _ = _data(d=2)
    T, _ = _data(40, 2, seed=1)
    density = KDEMultivariate(X, "cc", bw=[0.4, 0.4], rng=np.random.default_rng(0)).pdf(T)
    log_p = KernelDensity(bandwidth=0.4).fit(X).score_samples(T)
    assert_allclose(log_p, np.log(density), rtol=1e-9)


@pytest.mark.parametrize("kernel", ["gaussian", "tophat"])
@pytest.mark.parametrize("weighted", [False, True])
def test_draws_what_scikit_learn_draws(kernel, weighted):
    X, s = _data()
    s = s if weighted else None
    ours, reference = (
        c(kernel=kernel, bandwidth=0.3).fit(X, sample_weight=s).sample(50, random_state=7)
        for c in (KernelDensity, theirs.KernelDensity)
    )
    assert_allclose(ours, reference, rtol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_tree_equals_its_numpy_twin(kernel):
    """``kernel_sums`` goes through all examples, in NumPy, in bandwidths."""
    X, s = _data(700)
    top, sums = kernel_sums(X / 0.4, X / 0.4, s[:, None] / s.sum(), kernel)
    with np.errstate(divide="ignore"):
        logs = (top + np.log(sums))[:, 0]
    model = KernelDensity(kernel=kernel, bandwidth=0.4).fit(X, sample_weight=s)
    scale = log_integral(kernel, 3) + 3 * np.log(0.4)
    assert_allclose(model.score_samples(X) + scale, logs, rtol=1e-10, atol=1e-12)


# -- what must be true -------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_density_integrates_to_one(kernel):
    X, s = _data(8, 1)
    model = KernelDensity(kernel=kernel, bandwidth=0.7).fit(X, sample_weight=s)
    kinks = np.unique(np.concatenate([X - 0.7, X, X + 0.7]))

    def density(x):
        return np.exp(model.score_samples([[x]])[0])

    ends = [-40.0, *kinks, 40.0]
    pieces = [quad(density, a, b, epsabs=1e-11)[0] for a, b in pairwise(ends)]
    assert_allclose(sum(pieces), 1, rtol=1e-8)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("D", [1, 2, 3, 10, 40])
def test_the_integral_of_each_kernel(kernel, D):
    """C = D V ∫ k(r) r^{D-1} dr, for V = π^{D/2} / Γ(D/2 + 1)."""
    from scipy.special import gammaln

    scale = {"gaussian": np.sqrt(D), "exponential": D}.get(kernel, 1)

    def term(r):
        return np.exp(_log_k(kernel, r) + (D - 1) * np.log(r / scale))

    top = 1 if kernel in COMPACT else 40 + 4 * D
    value = quad(term, 1e-300, top, epsabs=0, limit=500, points=[min(scale, top) / 2])[0]
    log_ball = D / 2 * np.log(np.pi) - gammaln(D / 2 + 1)
    expected = log_ball + np.log(D) + np.log(value) + (D - 1) * np.log(scale)
    assert_allclose(log_integral(kernel, D), expected, rtol=1e-8, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    kernel=st.sampled_from(KERNELS),
    rtol=st.sampled_from([0.0, 1e-8, 1e-3, 0.1]),
    atol=st.sampled_from([0.0, 1e-9, 1e-4, 1e-2]),
    log_h=st.floats(-4, 2),
    algorithm=st.sampled_from(["kd_tree", "ball_tree"]),
)
def test_the_tolerance_is_kept(kernel, rtol, atol, log_h, algorithm):
    X, s = _data(400, 2)
    T = np.vstack([X[:60] * 1.3, _data(60, 2, seed=3)[0]])
    h = float(np.exp(log_h))
    options = {"kernel": kernel, "bandwidth": h, "leaf_size": 5, "algorithm": algorithm}
    model = KernelDensity(rtol=rtol, atol=atol, **options).fit(X, sample_weight=s)
    p = np.exp(model.score_samples(T))
    exact = np.exp(_by_definition(kernel, h, X, s, T))
    assert (np.abs(p - exact) <= rtol * exact * (1 + rtol) + atol + 1e-12 * exact).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_routes_do_not_show(kernel):
    X, s = _data(500)
    expected = KernelDensity(kernel=kernel).fit(X, sample_weight=s).score_samples(X)
    for route in (
        {"leaf_size": 1},
        {"leaf_size": 1000},
        {"algorithm": "ball_tree"},
        {"breadth_first": False},
    ):
        model = KernelDensity(kernel=kernel, **route).fit(X, sample_weight=s)
        assert_allclose(model.score_samples(X), expected, rtol=1e-12, atol=1e-13)


def test_weighting_a_row_twice_equals_repeating_it():
    X, s = _data()
    for kernel in KERNELS:
        for algorithm in ("kd_tree", "ball_tree"):
            options = {"kernel": kernel, "algorithm": algorithm, "bandwidth": 0.5}
            weighted = KernelDensity(**options).fit(X, sample_weight=s)
            repeated = KernelDensity(**options).fit(X.repeat(s.astype(int), axis=0))
            assert_allclose(
                weighted.score_samples(X), repeated.score_samples(X), rtol=1e-12, atol=1e-13
            )
            scaled = KernelDensity(**options).fit(X, sample_weight=s * 1e-150)
            assert_allclose(scaled.score_samples(X), weighted.score_samples(X), rtol=1e-12)


def test_the_number_of_threads_does_not_show(monkeypatch):
    X, s = _data(2000)
    model = KernelDensity(rtol=1e-6).fit(X, sample_weight=s)
    on_all = model.score_samples(X)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    assert_array_equal(model.score_samples(X), on_all)


def test_the_score_is_the_sum_and_a_pipeline_may_choose_the_bandwidth():
    from sklearn.model_selection import GridSearchCV

    X, _ = _data()
    model = KernelDensity(bandwidth=0.5).fit(X)
    assert_allclose(model.score(X), model.score_samples(X).sum(), rtol=1e-12)
    grid = {"bandwidth": [0.01, 0.3, 100.0]}
    assert GridSearchCV(KernelDensity(), grid).fit(X).best_params_ == {"bandwidth": 0.3}


def test_draws_lie_where_the_density_is():
    X = np.array([[0.0, 0.0], [10.0, 10.0]])
    drawn = (
        KernelDensity(kernel="tophat", bandwidth=2.0).fit(X, sample_weight=[3, 1]).sample(4000, 0)
    )
    d = cdist(drawn, X)
    assert (d.min(axis=1) < 2).all()
    near = d.argmin(axis=1) == 0
    assert_allclose(near.mean(), 0.75, atol=4 * np.sqrt(0.75 * 0.25 / 4000))
    # in a disc of radius 2 half of the points lie within √2
    assert_allclose(np.mean(d.min(axis=1) < np.sqrt(2)), 0.5, atol=4 * np.sqrt(0.25 / 4000))
    assert KernelDensity().fit(X, sample_weight=[0, 1]).sample(100, random_state=0).min() > 5


@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree"])
def test_a_saved_model_scores_the_same(algorithm, tmp_path):
    X, s = _data()
    model = KernelDensity(algorithm=algorithm, kernel="linear").fit(X, sample_weight=s)
    pellucid.save(model, tmp_path / "model")
    again = pellucid.load(tmp_path / "model")
    assert_array_equal(again.score_samples(X), model.score_samples(X))
    assert_array_equal(again.sample_weight_, s)
    again.sample_weight_ = s[1:]
    with pytest.raises(ValueError, match="199 weights"):
        again._check_state()
    again.sample_weight_, again.n_features_in_ = s, 4
    with pytest.raises(ValueError, match="of 4 features"):
        again._check_state()


def test_the_weight_of_a_node_is_that_of_its_points():
    w = np.array([1.0, 2.0, 4.0, 8.0])
    assert_array_equal(node_weights(np.array([0, 0, 2]), np.array([4, 2, 4]), w), [15, 3, 12])


# -- known answers -----------------------------------------------------------------------------


def test_one_example_is_one_hill():
    x = np.linspace(-50, 50, 21)
    gaussian = KernelDensity(bandwidth=2.0).fit([[1.0]]).score_samples(x[:, None])
    assert_allclose(gaussian, norm(1, 2).logpdf(x), rtol=1e-12)
    peaks = {"tophat": 0.5, "epanechnikov": 0.75, "exponential": 0.5, "linear": 1.0}
    for kernel, peak in {**peaks, "cosine": np.pi / 4}.items():
        model = KernelDensity(kernel=kernel).fit([[1.0]])
        assert_allclose(np.exp(model.score_samples([[1.0]])), peak, rtol=1e-12)


def test_the_edge_of_a_compact_kernel_is_outside():
    X = [[0.0], [1.0], [0.3]]
    for kernel in COMPACT:
        model = KernelDensity(kernel=kernel, bandwidth=0.7).fit(X, sample_weight=[0, 0, 1])
        assert_array_equal(model.score_samples([[1.0], [1.5], [-0.4]]) == -np.inf, [True] * 3)
        assert np.isfinite(model.score_samples([[0.9]])).all()


# -- bad and extreme input ---------------------------------------------------------------------


def test_far_points_have_small_densities_and_not_zero():
    X, _ = _data(d=1)
    log_p = KernelDensity(bandwidth=0.01).fit(X).score_samples([[1e3], [1e6], [1e140]])
    nearest = np.array([1e3, 1e6, 1e140]) - X.max()
    expected = norm(0, 0.01).logpdf(nearest) - np.log(len(X))
    assert_allclose(log_p, expected, rtol=1e-9)
    with_overflow = KernelDensity(bandwidth=1e-10).fit(X).score_samples([[1e300]])
    assert_array_equal(with_overflow, -np.inf)


@pytest.mark.parametrize("kernel", COMPACT)
def test_where_nothing_reaches(kernel):
    X, _ = _data()
    model = KernelDensity(kernel=kernel, bandwidth=0.1).fit(X)
    assert_array_equal(model.score_samples(X + 1e3), -np.inf)
    assert model.score(X + 1e3) == -np.inf


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("unit", [1e-140, 1e140])
def test_extreme_units(kernel, unit):
    X, s = _data(d=2)
    plain = KernelDensity(kernel=kernel, bandwidth=0.5).fit(X, sample_weight=s)
    model = KernelDensity(kernel=kernel, bandwidth=0.5 * unit).fit(X * unit, sample_weight=s)
    moved = model.score_samples(X * unit) + 2 * np.log(unit)
    assert_allclose(moved, plain.score_samples(X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_many_dimensions(kernel):
    """The integral of the exponential over 400 dimensions passes the largest float."""
    X, s = _data(30, 400)
    for atol in (0, 1e-3):
        model = KernelDensity(kernel=kernel, bandwidth=30.0, atol=atol).fit(X, sample_weight=s)
        log_p = model.score_samples(X)
        if atol == 0:
            assert_allclose(log_p, _by_definition(kernel, 30.0, X, s, X), rtol=1e-10)
        assert (log_p < 0).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_duplicates_and_constant_columns(kernel):
    X = np.column_stack([np.repeat([0.0, 1.0], 100), np.full(200, 3.0)])
    for algorithm in ("kd_tree", "ball_tree"):
        model = KernelDensity(kernel=kernel, bandwidth=0.5, algorithm=algorithm).fit(X)
        expected = _by_definition(kernel, 0.5, X, np.ones(200), X)
        assert_allclose(model.score_samples(X), expected, rtol=1e-12)


@pytest.mark.parametrize("kernel", ["epanechnikov", "exponential", "linear", "cosine"])
def test_kernels_that_cannot_be_drawn_from(kernel):
    with pytest.raises(NotImplementedError, match="gaussian or a tophat"):
        KernelDensity(kernel=kernel).fit([[1.0]]).sample()


@pytest.mark.parametrize(
    "options",
    [
        {"bandwidth": 0},
        {"bandwidth": "isj"},
        {"kernel": "box"},
        {"metric": "nope"},
        {"algorithm": "brute"},
        {"atol": -1},
        {"leaf_size": 0},
        {"metric_params": 3},
    ],
)
def test_bad_parameters(options):
    with pytest.raises(ValueError, match="parameter of KernelDensity must be"):
        KernelDensity(**options).fit([[1.0]])


def test_bad_tables():
    X, s = _data(10)
    model = KernelDensity()
    for weights, why in ((-s, "Negative"), (s[1:], "shape"), (np.ones((10, 3)), "1D|1-D|shape")):
        with pytest.raises(ValueError, match=why):
            model.fit(X, sample_weight=weights)
    bad = X.copy()
    bad[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        model.fit(bad)
    with pytest.raises(NotFittedError):
        KernelDensity().score_samples(X)
    with pytest.raises(ValueError, match="features"):
        model.fit(X).score_samples(X[:, :1])
    with pytest.raises(ValueError, match="2 dimensions"):
        KernelDensity(metric="haversine").fit(X)
