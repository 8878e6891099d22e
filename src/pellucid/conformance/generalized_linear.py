"""Conformance of the generalised linear models."""

import warnings

import numpy as np

from pellucid.conformance.rows import agrees


def _data(N=200):
    """X, weights, and a target for each family with means exp(w·x + b), or their logistic."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 3))
    eta = X @ [0.3, -0.2, 0.1] + 1
    mu, p = np.exp(eta), 1 / (1 + np.exp(-eta))
    targets = {
        "normal": mu + rng.normal(size=N),
        "poisson": rng.poisson(mu).astype(float),
        "gamma": rng.gamma(3, mu / 3),
        "inverse_gaussian": rng.wald(mu, 4.0),
        "binomial": rng.binomial(5, p) / 5,
    }
    return X, rng.integers(1, 4, size=N).astype(float), targets


@agrees("linear_model.GeneralizedLinearRegressor", library="statsmodels", rtol=1e-6)
def families_and_links():
    import statsmodels.api as sm

    from pellucid.linear_model import GeneralizedLinearRegressor

    families, links = sm.families, sm.families.links
    X, weight, targets = _data()
    offset = 0.1 * np.sin(np.arange(len(X)))
    for family, link, reference in [
        ("normal", "identity", families.Gaussian()),
        ("normal", "log", families.Gaussian(links.Log())),
        ("poisson", "log", families.Poisson()),
        ("gamma", "log", families.Gamma(links.Log())),
        ("inverse_gaussian", "log", families.InverseGaussian(links.Log())),
        ("binomial", "logit", families.Binomial()),
    ]:
        y = targets[family]
        ours = GeneralizedLinearRegressor(family, link, tol=1e-9).fit(X, y, weight, offset)
        model = sm.GLM(y, sm.add_constant(X), reference, freq_weights=weight, offset=offset)
        theirs = model.fit(tol=1e-12, maxiter=200)
        what = f"{family}, {link}"
        yield f"{what}: coefficients", np.append(ours.intercept_, ours.coef_), theirs.params
        std = np.append(ours.intercept_std_, ours.coef_std_)
        yield f"{what}: standard errors", std, theirs.bse
        order = [*range(1, X.shape[1] + 1), 0]  # they put the intercept first
        yield f"{what}: covariance", ours.covariance_, theirs.cov_params()[np.ix_(order, order)]
        yield f"{what}: deviance", ours.deviance_, theirs.deviance
        yield f"{what}: dispersion", ours.dispersion_, theirs.scale
        yield f"{what}: means", ours.predict(X, offset), theirs.mu


@agrees("linear_model.GeneralizedLinearRegressor", library="statsmodels", rtol=1e-6)
def other_links():
    import statsmodels.api as sm

    from pellucid.linear_model import GeneralizedLinearRegressor

    families, links = sm.families, sm.families.links
    X, _, _ = _data()
    X = np.abs(X)
    for family, link, reference in [
        ("gamma", "inverse", families.Gamma),
        ("poisson", "identity", families.Poisson),
    ]:
        mu = 1 + X @ [0.5, 0.2, 0.1]
        y = np.random.default_rng(1).poisson(20 * mu) / 20 + 0.01
        y = 1 / y if link == "inverse" else y
        ours = GeneralizedLinearRegressor(family, link, tol=1e-9).fit(X, y)
        link_of = {"inverse": links.InversePower, "identity": links.Identity}[link]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that such a link can leave the range of means
            theirs = sm.GLM(y, sm.add_constant(X), reference(link_of())).fit(tol=1e-12)
        what = f"{family}, {link}"
        yield f"{what}: coefficients", np.append(ours.intercept_, ours.coef_), theirs.params
        yield f"{what}: deviance", ours.deviance_, theirs.deviance


@agrees(
    "linear_model.PoissonRegressor",
    "linear_model.GammaRegressor",
    "linear_model.TweedieRegressor",
    library="sklearn",
    rtol=1e-6,
)
def penalised():
    import sklearn.linear_model as reference

    from pellucid import linear_model

    X, weight, targets = _data()
    for name, family, options in [
        ("PoissonRegressor", "poisson", {"alpha": 0.1}),
        ("GammaRegressor", "gamma", {"fit_intercept": False}),
        ("TweedieRegressor", "normal", {}),
        ("TweedieRegressor", "poisson", {"power": 1.5, "alpha": 0.01}),
    ]:
        y = targets[family]
        ours = getattr(linear_model, name)(tol=1e-9, **options).fit(X, y, weight)
        theirs = getattr(reference, name)(tol=1e-9, max_iter=1000, **options).fit(X, y, weight)
        what = f"{name}, {family}"
        yield f"{what}: coef_", ours.coef_, theirs.coef_
        yield f"{what}: intercept_", ours.intercept_, theirs.intercept_
        yield f"{what}: predict", ours.predict(X), theirs.predict(X)
        yield f"{what}: score", ours.score(X, y, weight), theirs.score(X, y, weight)
