"""Bayesian linear regression, against brute force: joint densities, quadrature, sampling."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.integrate import quad
from sklearn.linear_model import BayesianRidge

from pellucid.linear_model import BayesianLinearRegression, LinearRegression, Ridge
from pellucid.persistence import load, save

PRIOR = {
    "prior_mean": [0.5, 0.0, -1.0],
    "prior_covariance": np.array([[2, 0.3, 0], [0.3, 1, 0.1], [0, 0.1, 0.5]]),
}
LEARNED = {**PRIOR, "prior_shape": 2.5, "prior_scale": 1.7}


def data(N=15, D=3, seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + 2
    return X, X @ np.linspace(1, -2, D) + 3 + noise * rng.normal(size=N)


def posterior(X, y):
    """The textbook's formulas with explicit inverses, no intercept: m, Λ, a, b."""
    V, mu = np.linalg.inv(PRIOR["prior_covariance"]), np.array(PRIOR["prior_mean"])
    precision = V + X.T @ X
    m = np.linalg.solve(precision, V @ mu + X.T @ y)
    b = 1.7 + (y @ y + mu @ V @ mu - m @ precision @ m) / 2
    return m, precision, 2.5 + len(y) / 2, b


# --- agreement ------------------------------------------------------------------------------------


def test_posterior_is_the_textbooks():
    X, y = data()
    m, precision, a, b = posterior(X, y)
    learned = BayesianLinearRegression(**LEARNED, fit_intercept=False).fit(X, y)
    assert_allclose(learned.coef_, m, rtol=1e-10)
    assert_allclose([learned.shape_, learned.scale_], [a, b], rtol=1e-10)
    assert_allclose(learned.noise_variance_, b / (a - 1), rtol=1e-10)
    assert_allclose(learned.sigma_, b / (a - 1) * np.linalg.inv(precision), rtol=1e-9)
    known = BayesianLinearRegression(0.7, **PRIOR, fit_intercept=False).fit(X, y)
    assert_allclose(known.coef_, m, rtol=1e-10)
    assert_allclose(known.sigma_, 0.7 * np.linalg.inv(precision), rtol=1e-9)
    assert known.shape_ is known.scale_ is None and known.noise_variance_ == 0.7


def test_posterior_of_one_coefficient_by_quadrature():
    """p(w, σ² | y) ∝ p(y | w, σ²) p(w | σ²) p(σ²), integrated on its grid, no algebra at all."""
    X, y = data(6, 1)
    model = BayesianLinearRegression(
        prior_covariance=2.0, prior_shape=3, prior_scale=4, fit_intercept=False
    ).fit(X, y)

    w = np.linspace(-6, 6, 1001)[:, None, None]
    variance = np.exp(np.linspace(-3, 7, 1001))[:, None]
    density = (
        stats.norm.pdf(w, 0, np.sqrt(2 * variance))
        * stats.invgamma.pdf(variance, 3, scale=4)
        * np.prod(stats.norm.pdf(y, X[:, 0] * w, np.sqrt(variance)), axis=-1, keepdims=True)
    )

    def integral(f):
        inner = np.trapezoid((f * density)[..., 0], variance[:, 0], axis=1)
        return np.trapezoid(inner, w[:, 0, 0])

    evidence = integral(1.0)
    assert_allclose(model.log_marginal_likelihood_, np.log(evidence), atol=1e-4)
    assert_allclose(model.coef_[0], integral(w) / evidence, rtol=1e-4)
    assert_allclose(model.noise_variance_, integral(variance) / evidence, rtol=1e-3)


def test_evidence_is_the_joint_density_of_y():
    X, y = data()
    V, mu = PRIOR["prior_covariance"], PRIOR["prior_mean"]
    spread = np.eye(15) + X @ V @ X.T
    known = BayesianLinearRegression(0.7, **PRIOR, fit_intercept=False).fit(X, y)
    expected = stats.multivariate_normal(X @ mu, 0.7 * spread).logpdf(y)
    assert_allclose(known.log_marginal_likelihood_, expected, rtol=1e-10)
    learned = BayesianLinearRegression(**LEARNED, fit_intercept=False).fit(X, y)
    expected = stats.multivariate_t(X @ mu, 1.7 / 2.5 * spread, df=5).logpdf(y)
    assert_allclose(learned.log_marginal_likelihood_, expected, rtol=1e-10)


def test_a_flat_intercept_is_the_limit_of_a_wide_one():
    X, y = data()
    V, mu, width = PRIOR["prior_covariance"], PRIOR["prior_mean"], 1e7
    joint = stats.multivariate_normal(X @ mu, 0.7 * (np.eye(15) + X @ V @ X.T) + width)
    model = BayesianLinearRegression(0.7, **PRIOR).fit(X, y)
    expected = joint.logpdf(y) + np.log(2 * np.pi * width) / 2  # by the prior's density, now one
    assert_allclose(model.log_marginal_likelihood_, expected, atol=1e-5)
    # as a column of ones with a wide prior
    wide = np.zeros((4, 4))
    wide[:3, :3], wide[3, 3] = V, width
    column = BayesianLinearRegression(
        0.7, prior_mean=[*mu, 0], prior_covariance=wide, fit_intercept=False
    ).fit(np.column_stack([X, np.ones(15)]), y)
    assert_allclose(model.coef_, column.coef_[:3], rtol=1e-5)
    assert_allclose(model.intercept_, column.coef_[3], rtol=1e-5)
    new = X[:4] + 1
    deviation = column.predict(np.column_stack([new, np.ones(4)]), return_std=True)[1]
    assert_allclose(model.predict(new, return_std=True)[1], deviation, rtol=1e-5)


def test_learned_evidence_integrates_the_known_one():
    X, y = data()
    learned = BayesianLinearRegression(**LEARNED).fit(X, y)

    def density(variance):
        known = BayesianLinearRegression(variance, **PRIOR).fit(X, y).log_marginal_likelihood_
        return np.exp(known - learned.log_marginal_likelihood_) * stats.invgamma.pdf(
            variance, 2.5, scale=1.7
        )

    assert_allclose(quad(density, 0, np.inf)[0], 1, rtol=1e-6)


def test_is_bayesian_ridge_at_its_precisions():
    X, y = data(80)
    theirs = BayesianRidge().fit(X, y)
    ours = BayesianLinearRegression(
        1 / theirs.alpha_, prior_covariance=theirs.alpha_ / theirs.lambda_
    ).fit(X, y)
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-10)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-10)
    assert_allclose(ours.sigma_, theirs.sigma_, rtol=1e-10)


def test_predictive_is_students_t():
    X, y = data()
    m, precision, a, b = posterior(X, y)
    new = X[:4] + 1
    model = BayesianLinearRegression(**LEARNED, fit_intercept=False).fit(X, y)
    spread = b / a * (1 + np.einsum("nd,de,ne->n", new, np.linalg.inv(precision), new))
    t = stats.t(2 * a, new @ m, np.sqrt(spread))
    mean, deviation = model.predict(new, return_std=True)
    assert_allclose(mean, t.mean(), rtol=1e-10)
    assert_allclose(deviation, t.std(), rtol=1e-10)
    assert_allclose(model.predict_interval(new, 0.9), np.column_stack(t.interval(0.9)), rtol=1e-10)
    w = stats.t(2 * a, m, np.sqrt(b / a * np.diag(np.linalg.inv(precision))))
    assert_allclose(model.credible_interval(0.8), np.column_stack(w.interval(0.8)), rtol=1e-10)


@pytest.mark.parametrize("noise_variance", [None, 0.7])
def test_draws_have_the_moments_they_should(noise_variance):
    X, y = data(40)
    model = BayesianLinearRegression(noise_variance, **LEARNED).fit(X, y)
    draws = 200_000
    w, intercept, variance = model.sample_posterior(draws, random_state=0)
    assert w.shape == (draws, 3) and intercept.shape == variance.shape == (draws,)
    error = 5 / np.sqrt(draws)  # five standard errors
    deviation = np.sqrt(np.diag(model.sigma_))
    assert (np.abs(w.mean(0) - model.coef_) < error * deviation).all()
    assert_allclose(np.cov(w.T), model.sigma_, atol=4 * error * deviation.max() ** 2)
    assert abs(intercept.mean() - model.intercept_) < error * intercept.std()
    assert abs(variance.mean() - model.noise_variance_) <= error * variance.std()
    new = X[:2] + 1
    Y = model.sample_y(new, draws, random_state=1)
    mean, deviation = model.predict(new, return_std=True)
    assert Y.shape == (2, draws)
    assert (np.abs(Y.mean(1) - mean) < error * deviation).all()
    assert_allclose(Y.std(1), deviation, rtol=2 * error)
    low, high = model.predict_interval(new, 0.9).T
    inside = (np.abs(Y - (low + high)[:, None] / 2) < (high - low)[:, None] / 2).mean(1)
    assert_allclose(inside, 0.9, atol=error)


# --- what must be true ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 4, 15])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_any_chunking_is_the_batch_fit(size, fit_intercept):
    X, y = data()
    s = np.arange(15.0) % 4 + 0.5
    whole = BayesianLinearRegression(**LEARNED, fit_intercept=fit_intercept).fit(X, y, s)
    parts = BayesianLinearRegression(**LEARNED, fit_intercept=fit_intercept)
    for start in range(0, 15, size):
        part = slice(start, start + size)
        parts.partial_fit(X[part], y[part], s[part])
    for name in ("coef_", "intercept_", "sigma_", "shape_", "scale_", "log_marginal_likelihood_"):
        assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-10, err_msg=name)


def test_yesterdays_posterior_is_todays_prior():
    X, y = data()
    first = BayesianLinearRegression(**LEARNED, fit_intercept=False).fit(X[:8], y[:8])
    second = BayesianLinearRegression(
        prior_mean=first.coef_,
        prior_covariance=first.sigma_ / first.noise_variance_,
        prior_shape=first.shape_,
        prior_scale=first.scale_,
        fit_intercept=False,
    ).fit(X[8:], y[8:])
    both = BayesianLinearRegression(**LEARNED, fit_intercept=False).fit(X, y)
    assert_allclose(second.coef_, both.coef_, rtol=1e-9)
    assert_allclose(second.scale_, both.scale_, rtol=1e-9)
    chained = first.log_marginal_likelihood_ + second.log_marginal_likelihood_
    assert_allclose(chained, both.log_marginal_likelihood_, rtol=1e-9)


def test_a_weight_of_two_is_a_row_twice():
    X, y = data()
    s = np.arange(15) % 3
    weighted = BayesianLinearRegression(**LEARNED).fit(X, y, s)
    repeated = BayesianLinearRegression(**LEARNED).fit(np.repeat(X, s, axis=0), np.repeat(y, s))
    for name in ("coef_", "sigma_", "shape_", "scale_", "log_marginal_likelihood_"):
        assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-10)


def test_the_mean_is_ridge_and_a_vague_prior_is_least_squares():
    X, y = data()
    model = BayesianLinearRegression(prior_covariance=0.25).fit(X, y)
    assert_allclose(model.coef_, Ridge(4).fit(X, y).coef_, rtol=1e-10)
    vague = BayesianLinearRegression(prior_covariance=1e12).fit(X, y)
    assert_allclose(vague.coef_, LinearRegression().fit(X, y).coef_, rtol=1e-9)


def test_prior_covariance_in_three_forms():
    X, y = data()
    number, vector, matrix = (
        BayesianLinearRegression(prior_covariance=V).fit(X, y).coef_
        for V in (2.0, [2.0, 2.0, 2.0], 2 * np.eye(3))
    )
    assert_allclose(number, vector, rtol=1e-13)
    assert_allclose(number, matrix, rtol=1e-13)


def test_sparse_is_dense():
    X, y = data()
    dense = BayesianLinearRegression().fit(X, y)
    sparse = BayesianLinearRegression().fit(sp.csr_array(X), y)
    assert_allclose(sparse.coef_, dense.coef_, rtol=1e-12)
    for ours, expected in zip(
        sparse.predict(sp.csr_array(X), return_std=True), dense.predict(X, True), strict=True
    ):
        assert_allclose(ours, expected, rtol=1e-12)


# --- numpy-ml's faults ----------------------------------------------------------------------------


def test_the_noise_is_found():
    """It answered .028 ± .001 where 4 was true: N + α for α + N/2, and a scale squared twice."""
    X, y = data(2000, noise=2.0)
    model = BayesianLinearRegression().fit(X, y)
    squares = np.sum((y - LinearRegression().fit(X, y).predict(X)) ** 2)
    assert model.shape_ == 1 + 1999 / 2
    assert_allclose(model.noise_variance_, squares / 2000, rtol=0.01)  # prior and D aside
    spread = stats.invgamma(model.shape_, scale=model.scale_).std()
    assert abs(model.noise_variance_ - 4) < 4 * spread


def test_a_new_observation_is_as_noisy_as_the_old():
    """It added I where σ²I belongs."""
    X, y = data(2000, noise=5.0)
    for noise_variance in (None, 25.0):
        model = BayesianLinearRegression(noise_variance).fit(X, y)
        assert_allclose(model.predict(X[:3], return_std=True)[1], 5, rtol=0.05)


def test_fits_another_width_afterwards():
    model = BayesianLinearRegression(1.0).fit(*data(15, 3))
    assert model.fit(*data(15, 5)).coef_.shape == (5,)


# --- bad and extreme input ------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_extreme_units(scale):
    X, y = data()
    plain = BayesianLinearRegression(1.0, prior_covariance=3.0).fit(X, y)
    column = np.array([scale, 1, 1])
    moved = BayesianLinearRegression(1.0, prior_covariance=3.0 / column**2).fit(X * column, y)
    assert_allclose(moved.coef_ * column, plain.coef_, rtol=1e-9)


def test_one_row_leaves_the_prior():
    model = BayesianLinearRegression(2.0, prior_mean=0.5).fit([[1.0, 2.0]], [3.0])
    assert_allclose(model.coef_, 0.5)
    assert_allclose(model.sigma_, 2 * np.eye(2), atol=1e-14)
    assert_allclose(model.predict([[1.0, 2.0]]), 3)
    learned = BayesianLinearRegression(prior_shape=0.5).fit([[1.0, 2.0]], [3.0])
    assert learned.noise_variance_ == np.inf


def test_constant_and_duplicate_columns():
    X, y = data()
    more = np.column_stack([X, X[:, 0], np.full(15, 7.0)])
    model = BayesianLinearRegression().fit(more, y)
    assert_allclose(model.coef_[0], model.coef_[3], rtol=1e-9)
    assert_allclose(model.coef_[4], 0, atol=1e-14)


def test_errors_say_what_to_do():
    X, y = data()
    with pytest.raises(ValueError, match="symmetric matrix of shape"):
        BayesianLinearRegression(prior_covariance=np.eye(2)).fit(X, y)
    with pytest.raises(ValueError, match="positive definite"):
        BayesianLinearRegression(prior_covariance=[1.0, -1.0, 1.0]).fit(X, y)
    with pytest.raises(ValueError, match="NaN"):
        BayesianLinearRegression().fit(X, np.where(y > 0, np.nan, y))
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        BayesianLinearRegression().fit(X, y).predict_interval(X, 95)
    with pytest.raises(ValueError, match="1d array"):
        BayesianLinearRegression().fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="features"):
        BayesianLinearRegression().fit(X, y).partial_fit(X[:, :2], y)


def test_survives_a_file(tmp_path):
    X, y = data()
    save(BayesianLinearRegression(**LEARNED).fit(X[:9], y[:9]), tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert_array_equal(
        loaded.predict_interval(X),
        BayesianLinearRegression(**LEARNED).fit(X[:9], y[:9]).predict_interval(X),
    )
    loaded.partial_fit(X[9:], y[9:])
    whole = BayesianLinearRegression(**LEARNED).fit(X, y)
    assert_allclose(loaded.coef_, whole.coef_, rtol=1e-10)
