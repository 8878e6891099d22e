"""Conformance of least squares and its kin: ridge, Bayes, Huber, random sample consensus."""

import numpy as np
import scipy.sparse as sp

from pellucid.conformance.rows import agrees, equals, holds


def _data(N=120, D=6, targets=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + rng.normal(size=D)
    shape = (D,) if targets is None else (D, targets)
    y = X @ rng.normal(size=shape) + 2 + rng.normal(size=(N, *shape[1:]))
    return X, y, rng.uniform(0.1, 3, size=N)


@agrees("linear_model.LinearRegression", library="sklearn", rtol=1e-10)
def least_squares():
    from sklearn.linear_model import LinearRegression as Reference

    from pellucid.linear_model import LinearRegression

    for what, shape, options in [
        ("tall", (120, 6), {}),
        ("tall, two targets", (120, 6, 2), {}),
        ("wide, the shortest", (10, 30), {}),
        ("no intercept", (120, 6), {"fit_intercept": False}),
        ("positive", (120, 6), {"positive": True}),
    ]:
        X, y, s = _data(*shape)
        ours, theirs = LinearRegression(**options), Reference(**options)
        ours.fit(X, y, s), theirs.fit(X, y, s)
        yield f"{what}: coef_", ours.coef_, theirs.coef_
        yield f"{what}: intercept_", ours.intercept_, theirs.intercept_
        if not options.get("positive"):
            yield f"{what}: singular_", ours.singular_, theirs.singular_
            yield f"{what}: rank_", ours.rank_, theirs.rank_


@agrees("linear_model.LinearRegression", library="statsmodels", rtol=1e-9)
def longley():
    """NIST's certified coefficients of Longley's ill-conditioned data, as far as they are given."""
    from statsmodels.datasets import longley

    from pellucid.linear_model import LinearRegression

    data = longley.load_pandas()
    model = LinearRegression().fit(data.exog, data.endog)
    certified = [
        15.0618722713733,
        -0.358191792925910e-01,
        -2.02022980381683,
        -1.03322686717359,
        -0.511041056535807e-01,
        1829.15146461355,
    ]
    yield from zip(data.exog.columns, model.coef_, certified, strict=True)
    yield "intercept_", model.intercept_, -3482258.63459582


@holds("linear_model.LinearRegression", that="rows learned in any chunks are one fit", rtol=1e-12)
def chunks():
    from pellucid.linear_model import LinearRegression

    X, y, s = _data(targets=2)
    whole = LinearRegression().fit(X, y, s)
    for size in (1, 7, 50):
        parts = LinearRegression()
        for start in range(0, len(X), size):
            part = slice(start, start + size)
            parts.partial_fit(X[part], y[part], s[part])
        yield f"coef_, {size} at a time", parts.coef_, whole.coef_
        yield f"intercept_, {size} at a time", parts.intercept_, whole.intercept_
        yield f"singular_, {size} at a time", parts.singular_, whole.singular_


@agrees("linear_model.Ridge", "linear_model.RidgeClassifier", library="sklearn", rtol=1e-9)
def ridge():
    from sklearn.linear_model import Ridge as Reference
    from sklearn.linear_model import RidgeClassifier as ReferenceClassifier

    from pellucid.linear_model import Ridge, RidgeClassifier

    for N, D in ((120, 6), (10, 30)):
        X, y, s = _data(N, D, 2)
        expected = Reference([0.5, 2.0], solver="svd").fit(X, y, s)
        for solver in ("auto", "svd", "lsqr"):
            ours = Ridge([0.5, 2.0], solver=solver, tol=1e-14).fit(X, y, s)
            yield f"coef_ of {solver}, {N} rows", ours.coef_, expected.coef_
            yield f"intercept_ of {solver}, {N} rows", ours.intercept_, expected.intercept_
        ours = Ridge([0.5, 2.0], tol=1e-14).fit(sp.csr_array(X), y, s)
        yield f"coef_ of sparse X, {N} rows", ours.coef_, expected.coef_
        labels = np.digitize(y[:, 0], [0, 3])
        ours = RidgeClassifier().fit(X, labels, s).decision_function(X)
        expected = ReferenceClassifier().fit(X, labels, s).decision_function(X)
        yield f"scores of classes, {N} rows", ours, expected


@equals(
    "linear_model.BayesianLinearRegression",
    definition="the joint density of y, normal or Student's t, by scipy.stats",
    rtol=1e-10,
)
def bayesian_evidence():
    from scipy import stats

    from pellucid.linear_model import BayesianLinearRegression

    X, y, _ = _data(15, 3)
    V, mu = np.array([[2, 0.3, 0], [0.3, 1, 0.1], [0, 0.1, 0.5]]), np.array([0.5, 0, -1])
    prior = {"prior_mean": mu, "prior_covariance": V, "fit_intercept": False}
    spread = np.eye(15) + X @ V @ X.T
    known = BayesianLinearRegression(0.7, **prior).fit(X, y)
    joint = stats.multivariate_normal(X @ mu, 0.7 * spread)
    yield "log evidence, known variance", known.log_marginal_likelihood_, joint.logpdf(y)
    learned = BayesianLinearRegression(prior_shape=2.5, prior_scale=1.7, **prior).fit(X, y)
    joint = stats.multivariate_t(X @ mu, 1.7 / 2.5 * spread, df=5)
    yield "log evidence, learned variance", learned.log_marginal_likelihood_, joint.logpdf(y)
    # p(y) = p(y_1..14) p(y_15 | y_1..14): the predictive density is the ratio of two evidences
    less = BayesianLinearRegression(prior_shape=2.5, prior_scale=1.7, **prior).fit(X[:14], y[:14])
    ratio = learned.log_marginal_likelihood_ - less.log_marginal_likelihood_
    mean = less.predict(X[14:])
    low, high = less.predict_interval(X[14:])[0]
    t = stats.t(2 * less.shape_)
    scale = (high - low) / 2 / t.ppf(0.975)
    yield "predictive density", t.logpdf((y[14] - mean[0]) / scale) - np.log(scale), ratio


@agrees("linear_model.BayesianLinearRegression", library="sklearn", rtol=1e-9)
def bayesian_ridge():
    from sklearn.linear_model import BayesianRidge

    from pellucid.linear_model import BayesianLinearRegression

    X, y, _ = _data()
    for intercept in (True, False):
        theirs = BayesianRidge(fit_intercept=intercept).fit(X, y)
        ours = BayesianLinearRegression(
            1 / theirs.alpha_,
            prior_covariance=theirs.alpha_ / theirs.lambda_,
            fit_intercept=intercept,
        ).fit(X, y)
        yield f"coef_, intercept {intercept}", ours.coef_, theirs.coef_
        yield f"sigma_, intercept {intercept}", ours.sigma_, theirs.sigma_
    # with an intercept theirs leaves out the 1/N that it is uncertain by
    deviation = theirs.predict(X, return_std=True)[1]
    yield "deviation of new observations", ours.predict(X, return_std=True)[1], deviation


@agrees("linear_model.HuberRegressor", library="sklearn", rtol=1e-5)
def huber():
    from sklearn.linear_model import HuberRegressor as Reference

    from pellucid.linear_model import HuberRegressor

    X, y, s = _data()
    y[::7] += 30
    for options in ({}, {"epsilon": 2.0, "alpha": 1.0}, {"fit_intercept": False}):
        ours, theirs = HuberRegressor(**options), Reference(tol=1e-9, max_iter=9999, **options)
        ours.fit(X, y, s), theirs.fit(X, y, s)
        yield f"coef_, {options}", ours.coef_, theirs.coef_
        yield f"scale_, {options}", ours.scale_, theirs.scale_
        yield f"outliers_, {options}", ours.outliers_, theirs.outliers_


@agrees("linear_model.RANSACRegressor", library="sklearn", rtol=1e-12)
def ransac():
    from sklearn.linear_model import RANSACRegressor as Reference

    from pellucid.linear_model import RANSACRegressor

    X, y, _ = _data()
    y[::5] += 30
    for seed in range(3):
        ours = RANSACRegressor(residual_threshold=3, random_state=seed).fit(X, y)
        theirs = Reference(residual_threshold=3, random_state=seed).fit(X, y)
        yield f"inliers, seed {seed}", ours.inlier_mask_, theirs.inlier_mask_
        yield f"trials, seed {seed}", ours.n_trials_, theirs.n_trials_
        yield f"coef_, seed {seed}", ours.estimator_.coef_, theirs.estimator_.coef_
