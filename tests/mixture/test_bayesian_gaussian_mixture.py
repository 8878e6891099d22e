"""Variational Bayes: step for step, a bound that never falls, and components that empty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma
from scipy.stats import wishart
from sklearn.mixture import BayesianGaussianMixture as Reference

from pellucid.mixture import BayesianGaussianMixture
from pellucid.mixture._weights import Dirichlet, Sticks

KINDS = ("full", "tied", "diag", "spherical")
PRIORS = ("dirichlet_process", "dirichlet_distribution")
UNFINISHED = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def groups(N=200, D=2, K=3, seed=0, apart=3.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, D)) + apart * rng.normal(size=(K, D))[rng.integers(0, K, N)]


@UNFINISHED
@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 10**4),
    D=st.integers(1, 4),
    K=st.integers(1, 4),
    weights=st.sampled_from(PRIORS),
    rounds=st.integers(1, 6),
)
@settings(max_examples=12, deadline=None)
def test_every_step_is_that_of_scikit_learn(kind, seed, D, K, weights, rounds):
    X = groups(80, D, K, seed)
    options = {
        "n_components": K,
        "covariance_type": kind,
        "weight_concentration_prior_type": weights,
        "init_params": "random",
        "random_state": seed,
        "max_iter": rounds,
        "tol": 0,
    }
    ours, theirs = (cls(**options).fit(X) for cls in (BayesianGaussianMixture, Reference))
    bounds = np.ravel(theirs.lower_bounds_)
    np.testing.assert_allclose(ours.lower_bounds_, bounds, rtol=1e-8, atol=1e-7)
    for name in (
        "weights_",
        "means_",
        "covariances_",
        "precisions_",
        "precisions_cholesky_",
        "weight_concentration_",
        "mean_precision_",
        "degrees_of_freedom_",
        "mean_prior_",
        "covariance_prior_",
    ):
        expected = np.asarray(getattr(theirs, name))
        atol = 1e-7 * np.abs(expected).max()
        np.testing.assert_allclose(getattr(ours, name), expected, rtol=1e-7, atol=atol)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-7, atol=1e-7)


@UNFINISHED
@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 10**4),
    D=st.integers(1, 4),
    K=st.integers(1, 6),
    weights=st.sampled_from(PRIORS),
    concentration=st.sampled_from([1e-3, 1.0, 1e3]),
)
@settings(max_examples=15, deadline=None)
def test_the_bound_never_falls(kind, seed, D, K, weights, concentration):
    model = BayesianGaussianMixture(
        n_components=K,
        covariance_type=kind,
        weight_concentration_prior_type=weights,
        weight_concentration_prior=concentration,
        init_params="random",
        random_state=seed,
        reg_covar=0,
        max_iter=25,
        tol=0,
    ).fit(groups(80, D, 3, seed))
    bounds = np.array(model.lower_bounds_)
    assert np.diff(bounds).min() > -1e-10 * np.abs(bounds).max()


def test_the_m_step_is_bishops():
    """Equations 10.60 to 10.63, for one component, of which all rows are."""
    X = groups(50, 3, 1)
    model = BayesianGaussianMixture(
        mean_precision_prior=0.7,
        degrees_of_freedom_prior=4.5,
        mean_prior=[1.0, 2.0, 3.0],
        reg_covar=0,
    ).fit(X)
    N, x = 50, X.mean(axis=0)
    assert model.mean_precision_ == 0.7 + N
    assert model.degrees_of_freedom_ == 4.5 + N
    np.testing.assert_allclose(model.means_[0], (0.7 * np.array([1, 2, 3]) + N * x) / (0.7 + N))
    step = x - [1.0, 2.0, 3.0]
    W = np.cov(X.T) + (X - x).T @ (X - x) + 0.7 * N / (0.7 + N) * np.outer(step, step)
    np.testing.assert_allclose(model.covariances_[0] * (4.5 + N), W, rtol=1e-10)


@UNFINISHED
def test_the_e_step_is_an_expectation_over_the_posterior():
    """E[log N(x; μ, Λ⁻¹)] by drawing μ and Λ, to five standard errors."""
    X = groups(40, 2, 1)
    model = BayesianGaussianMixture(random_state=0).fit(X)
    nu, beta = model.degrees_of_freedom_[0], model.mean_precision_[0]
    rng = np.random.default_rng(0)
    precisions = wishart(nu, model.precisions_[0] / nu).rvs(20_000, random_state=rng)
    roots = np.linalg.cholesky(np.linalg.inv(precisions))
    means = model.means_[0] + np.einsum(
        "sij,sj->si", roots, rng.normal(size=(20_000, 2))
    ) / np.sqrt(beta)
    step = X[0] - means
    log_density = (
        np.linalg.slogdet(precisions)[1] / 2
        - np.einsum("si,sij,sj->s", step, precisions, step) / 2
        - np.log(2 * np.pi)
    )
    _, emission = model._learned()
    error = log_density.std() / np.sqrt(20_000)
    assert abs(emission.log_density(X[:1])[0, 0] - log_density.mean()) < 5 * error


@pytest.mark.parametrize("cls", [Dirichlet, Sticks])
def test_expected_log_weights_are_those_of_drawn_weights(cls):
    counts = np.array([20.0, 0.0, 5.0])
    weights = cls(0.5).learn(counts)
    rng = np.random.default_rng(0)
    if cls is Dirichlet:
        drawn = rng.dirichlet(0.5 + counts, 50_000)
        np.testing.assert_allclose(weights.log, digamma(0.5 + counts) - digamma(26.5))
    else:
        v = rng.beta(1 + counts, 0.5 + np.array([5.0, 5.0, 0.0]), (50_000, 3))
        drawn = v * np.cumprod(np.c_[np.ones(50_000), 1 - v[:, :-1]], axis=1)
    logs = np.log(drawn)
    assert (abs(logs.mean(axis=0) - weights.log) < 5 * logs.std(axis=0) / np.sqrt(50_000)).all()
    np.testing.assert_allclose(weights.mean.sum(), 1)
    expected = drawn.mean(axis=0) / drawn.mean(axis=0).sum()
    np.testing.assert_allclose(weights.mean, expected, atol=0.01)


@pytest.mark.parametrize("weights", PRIORS)
def test_components_that_are_not_needed_empty(weights):
    X = groups(600, 2, 3, apart=10.0)
    model = BayesianGaussianMixture(
        n_components=8,
        weight_concentration_prior_type=weights,
        weight_concentration_prior=1e-3,
        max_iter=500,
        random_state=0,
    ).fit(X)
    assert (model.weights_ > 0.01).sum() == 3
    assert np.isfinite(model.covariances_).all()


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "X",
    [np.repeat([[0.0, 1.0], [2.0, 3.0]], 5, axis=0), np.c_[np.arange(10.0), np.full(10, 7.0)]],
    ids=["two points", "constant column"],
)
def test_degenerate_tables_give_finite_numbers_or_an_error(kind, X):
    model = BayesianGaussianMixture(n_components=3, covariance_type=kind, random_state=0)
    try:
        model.fit(X)
    except ValueError as error:
        assert "ill-defined" in str(error)
        return
    assert np.isfinite(model.lower_bound_)
    assert np.isfinite(model.score_samples(X)).all()
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"degrees_of_freedom_prior": 1.0}, "should be greater than 1, but got 1.000"),
        ({"mean_prior": [0.0]}, "shape of"),
        ({"covariance_prior": np.eye(3)}, "shape of"),
        ({"covariance_prior": -np.eye(2)}, "positive-definite"),
        ({"covariance_type": "spherical", "covariance_prior": -1.0}, "covariance_prior"),
    ],
)
def test_priors_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        BayesianGaussianMixture(**options).fit(groups(20))


def test_a_missing_value_is_refused():
    X = groups(20)
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        BayesianGaussianMixture().fit(X)


def test_a_spherical_prior_is_a_number():
    model = BayesianGaussianMixture(covariance_type="spherical", covariance_prior=2.0).fit(
        groups(20)
    )
    assert model.covariance_prior_ == 2
