"""Conformance of the mixtures, and of their picture."""

import warnings

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds

KINDS = ("full", "tied", "diag", "spherical")
LEARNED = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


def _groups(N=200, D=3, K=3):
    rng = np.random.default_rng(0)
    return rng.normal(size=(N, D)) + 3 * rng.normal(size=(K, D))[rng.integers(0, K, N)]


def _fit(model, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that so few steps do not converge
        return model.fit(X)


def _compare(a, b, X, kind, names):
    """What both learned, and what they say of the rows."""
    for name in names:
        yield f"{name}, {kind}", np.asarray(getattr(a, name)), np.asarray(getattr(b, name))
    yield f"bounds, {kind}", np.array(a.lower_bounds_), np.ravel(b.lower_bounds_)
    yield f"log p(x), {kind}", a.score_samples(X), b.score_samples(X)
    yield f"responsibilities, {kind}", a.predict_proba(X), b.predict_proba(X)


@agrees("mixture.GaussianMixture", library="sklearn", rtol=1e-8)
def expectation_maximisation():
    from sklearn.mixture import GaussianMixture as Reference

    from pellucid.mixture import GaussianMixture

    X = _groups()
    for kind in KINDS:
        options = {"covariance_type": kind, "init_params": "random", "random_state": 0}
        a, b = (_fit(c(3, tol=0, max_iter=10, **options), X) for c in (GaussianMixture, Reference))
        yield from _compare(a, b, X, kind, LEARNED)
        yield f"BIC, {kind}", a.bic(X), b.bic(X)
        yield f"samples, {kind}", a.sample(5)[0], b.sample(5)[0]


@agrees("mixture.BayesianGaussianMixture", library="sklearn", rtol=1e-8)
def variational_bayes():
    from sklearn.mixture import BayesianGaussianMixture as Reference

    from pellucid.mixture import BayesianGaussianMixture

    X = _groups()
    for kind in KINDS:
        for prior in ("dirichlet_process", "dirichlet_distribution"):
            options = {
                "n_components": 4,
                "covariance_type": kind,
                "weight_concentration_prior_type": prior,
                "init_params": "random",
                "random_state": 0,
                "max_iter": 10,
                "tol": 0,
            }
            a, b = (_fit(c(**options), X) for c in (BayesianGaussianMixture, Reference))
            names = (*LEARNED, "weight_concentration_", "mean_precision_", "degrees_of_freedom_")
            yield from _compare(a, b, X, f"{kind}, {prior}", names)


@equals("mixture.GaussianMixture", definition="marginal densities of the values seen", rtol=1e-9)
def missing_values():
    from pellucid.mixture import GaussianMixture

    X, rng = _groups(60, 2), np.random.default_rng(1)
    X[rng.random(X.shape) < 0.3] = np.nan
    model = _fit(GaussianMixture(2, random_state=0), X)
    expected = []
    for x in X:
        o, density = ~np.isnan(x), 0.0
        for w, m, S in zip(model.weights_, model.means_, model.covariances_, strict=True):
            S, step = S[np.ix_(o, o)], (x - m)[o]
            distance = step @ np.linalg.inv(S) @ step if o.any() else 0.0
            density += w * np.exp(-distance / 2) / np.sqrt(np.linalg.det(2 * np.pi * S))
        expected.append(np.log(density))
    yield "log p of what was seen", model.score_samples(X), np.array(expected)


@holds(
    "mixture.BayesianGaussianMixture",
    "mixture.BernoulliMixture",
    "mixture.GaussianMixture",
    "mixture.Mixture",
    that="no step lowers the bound",
    atol=1e-9,
)
def bounds_rise():
    from pellucid.emissions import Poisson
    from pellucid.mixture import (
        BayesianGaussianMixture,
        BernoulliMixture,
        GaussianMixture,
        Mixture,
    )

    X, options = _groups(), {"init_params": "random", "random_state": 0, "tol": 0, "max_iter": 30}
    for model, rows in (
        (GaussianMixture(3, reg_covar=0, **options), X),
        (BayesianGaussianMixture(n_components=3, reg_covar=0, **options), X),
        (BernoulliMixture(3, **options), X),
        (Mixture(Poisson(), 3, **options), np.abs(np.round(X))),
    ):
        falls = np.minimum(np.diff(_fit(model, rows).lower_bounds_), 0)
        yield type(model).__name__, falls, np.zeros_like(falls)


@equals("mixture.BernoulliMixture", definition="Bayes' rule, one row at a time", rtol=1e-10)
def coins():
    from pellucid.mixture import BernoulliMixture

    X = (_groups(40) > 0) * 1.0
    model = _fit(BernoulliMixture(2, random_state=0, max_iter=2), X)
    joint = [
        [w * np.prod(np.where(x, p, 1 - p)) for w, p in zip(model.weights_, P, strict=True)]
        for x in X
        for P in [model.probabilities_]
    ]
    joint = np.array(joint)
    yield "log p(x)", model.score_samples(X), np.log(joint.sum(axis=1))
    yield "responsibilities", model.predict_proba(X), joint / joint.sum(axis=1, keepdims=True)


@equals("mixture.Mixture", definition="GaussianMixture, of normals", rtol=0)
def mixture_of_normals():
    from pellucid.emissions import Gaussian
    from pellucid.mixture import GaussianMixture, Mixture

    X = _groups()
    a = Mixture(Gaussian("diag"), 3, random_state=0).fit(X)
    b = GaussianMixture(3, covariance_type="diag", random_state=0).fit(X)
    yield "weights", a.weights_, b.weights_
    yield "means", a.emission_.mean, b.means_
    yield "log p(x)", a.score_samples(X), b.score_samples(X)


@holds("plotting.plot_mixture", that="ellipses are where xᵀΣ⁻¹x is 1 and 4", rtol=1e-9)
def ellipses():
    from pellucid.mixture import GaussianMixture
    from pellucid.plotting import plot_mixture

    X = _groups(D=2)
    for kind in KINDS:
        model = _fit(GaussianMixture(2, covariance_type=kind, random_state=0, max_iter=2), X)
        precision = model.precisions_
        if kind in ("diag", "spherical"):
            precision = np.eye(2) * np.reshape(precision, (2, -1, 1))
        precision = np.broadcast_to(precision, (2, 2, 2))
        patches = plot_mixture(model, X).patches
        for k, (mean, matrix) in enumerate(zip(model.means_, precision, strict=True)):
            for squared, patch in zip((1.0, 4.0), patches[2 * k : 2 * k + 2], strict=True):
                step = patch.get_corners()[:2] / 2 + patch.get_corners()[1:3] / 2 - mean
                distance = np.einsum("ni,ij,nj->n", step, matrix, step)  # the ends of the axes
                yield f"{kind}, component {k}", distance, np.full(2, squared)
