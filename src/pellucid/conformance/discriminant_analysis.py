"""Conformance of linear and quadratic discriminant analysis."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds


def _wine():
    from sklearn.datasets import load_wine

    return load_wine(return_X_y=True)


PRIORS = {"priors": [0.2, 0.3, 0.5]}


@agrees("discriminant_analysis.LinearDiscriminantAnalysis", library="sklearn", rtol=1e-8)
def linear():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as Theirs

    from pellucid.discriminant_analysis import LinearDiscriminantAnalysis

    X, y = _wine()
    for options in [
        {"store_covariance": True},
        {"n_components": 1, **PRIORS},
        {"solver": "lsqr"},
        {"solver": "lsqr", "shrinkage": "auto"},
        {"solver": "eigen"},
        {"solver": "eigen", "shrinkage": 0.3, **PRIORS},
        {"solver": "eigen", "shrinkage": "auto"},
    ]:
        for rows in (y < 2, y < 3):
            if "priors" in options and not rows.all():
                continue
            a, b = (
                cls(**options).fit(X[rows], y[rows]) for cls in (LinearDiscriminantAnalysis, Theirs)
            )
            for name in ("means_", "priors_", "coef_", "intercept_"):
                yield f"{name}, {options}", getattr(a, name), getattr(b, name)
            yield f"p(k | x), {options}", a.predict_proba(X), b.predict_proba(X)
            if options.get("store_covariance") or "solver" in options:
                yield f"covariance, {options}", a.covariance_, b.covariance_
            if options.get("solver") != "lsqr":  # axes have no sign
                yield f"|axes|, {options}", np.abs(a.transform(X)), np.abs(b.transform(X))
                share = "explained_variance_ratio_"
                yield f"{share}, {options}", getattr(a, share), getattr(b, share)


@agrees("discriminant_analysis.QuadraticDiscriminantAnalysis", library="sklearn", rtol=1e-8)
def quadratic():
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis as Theirs

    from pellucid.discriminant_analysis import QuadraticDiscriminantAnalysis

    X, y = _wine()
    X = X / X.std(axis=0)
    for options in [
        {},
        {"reg_param": 0.1, **PRIORS},
        {"solver": "eigen"},
        {"solver": "eigen", "shrinkage": 0.3},
        {"solver": "eigen", "shrinkage": "auto"},
    ]:
        a, b = (
            cls(**options, store_covariance=True).fit(X, y)
            for cls in (QuadraticDiscriminantAnalysis, Theirs)
        )
        yield f"scores, {options}", a.decision_function(X), b.decision_function(X)
        for k in range(3):
            yield f"s, {options}, class {k}", a.scalings_[k], b.scalings_[k]
            yield f"covariance, {options}, class {k}", a.covariance_[k], b.covariance_[k]


@equals(
    "discriminant_analysis.LinearDiscriminantAnalysis",
    "discriminant_analysis.QuadraticDiscriminantAnalysis",
    definition="Bayes' rule on scipy's normal densities",
    rtol=1e-8,
)
def bayes_rule():
    from scipy.stats import multivariate_normal

    import pellucid.discriminant_analysis as family

    X, y = _wine()
    own = np.array([np.cov(X[y == k].T, bias=True) for k in range(3)])
    prior = np.bincount(y) / len(y)
    shared = np.einsum("k,kde->de", prior, own)
    for name, covariances in {
        "LinearDiscriminantAnalysis": [shared] * 3,
        "QuadraticDiscriminantAnalysis": own,
    }.items():
        joint = [
            np.log(prior[k]) + multivariate_normal(X[y == k].mean(0), covariances[k]).logpdf(X)
            for k in range(3)
        ]
        p = np.exp(joint - np.max(joint, axis=0))
        model = getattr(family, name)().fit(X, y)
        yield name, model.predict_proba(X), (p / p.sum(axis=0)).T


@holds(
    "discriminant_analysis.LinearDiscriminantAnalysis",
    that="on its axes the classes have covariance I, pooled",
    atol=1e-9,
)
def sphered():
    from pellucid.discriminant_analysis import LinearDiscriminantAnalysis

    X, y = _wine()
    for solver in ("svd", "eigen"):
        Z = LinearDiscriminantAnalysis(solver=solver).fit(X, y).transform(X)
        pooled = sum(np.mean(y == k) * np.cov(Z[y == k].T, bias=True) for k in range(3))
        yield solver, pooled, np.eye(2)
