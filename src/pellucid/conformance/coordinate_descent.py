"""Conformance of the lasso, the elastic net and their paths."""

import numpy as np
import scipy.sparse as sp

from pellucid.conformance.rows import agrees, equals, holds

TIGHT = {"tol": 1e-12, "max_iter": 20_000}


def _data(N, D, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + rng.normal(size=D)
    X[rng.random((N, D)) < 0.5] = 0
    y = X[:, :4] @ [3.0, -2.0, 1.0, 0.5] + rng.normal(size=N) + 2
    return X, y, rng.uniform(0.1, 3, size=N)


CASES = [
    ("Gram matrix of all columns", (90, 12), np.asarray, {}),
    ("working set", (60, 600), np.asarray, {}),
    ("working set, sparse", (60, 600), sp.csr_array, {}),
    ("positive", (90, 12), np.asarray, {"positive": True}),
    ("no intercept", (90, 12), np.asarray, {"fit_intercept": False}),
    ("random order", (90, 12), np.asarray, {"selection": "random", "random_state": 0}),
]


@agrees("linear_model.Lasso", library="sklearn", rtol=1e-5)
def lasso():
    from sklearn.linear_model import Lasso as Reference

    from pellucid.linear_model import Lasso

    for what, shape, container, options in CASES:
        X, y, weight = _data(*shape)
        ours = Lasso(0.2, **TIGHT | options).fit(container(X), y, sample_weight=weight)
        theirs = Reference(0.2, **TIGHT | options).fit(X, y, sample_weight=weight)
        yield f"{what}: coef_", ours.coef_, theirs.coef_
        yield f"{what}: intercept_", ours.intercept_, theirs.intercept_


@agrees("linear_model.ElasticNet", library="sklearn", rtol=1e-5)
def elastic_net():
    from sklearn.linear_model import ElasticNet as Reference

    from pellucid.linear_model import ElasticNet

    for what, shape, container, options in CASES:
        X, y, weight = _data(*shape)
        ours = ElasticNet(0.3, **TIGHT | options).fit(container(X), y, sample_weight=weight)
        theirs = Reference(0.3, **TIGHT | options).fit(X, y, sample_weight=weight)
        yield f"{what}: coef_", ours.coef_, theirs.coef_
        yield f"{what}: intercept_", ours.intercept_, theirs.intercept_


@agrees("linear_model.Lasso", "linear_model.ElasticNet", library="sklearn", rtol=1e-6)
def sweep_by_sweep():
    """The same sweeps and the same gap, however early it stops."""
    from sklearn.linear_model import ElasticNet as Reference

    from pellucid.linear_model import ElasticNet

    X, y, weight = _data(90, 12)
    for tol in (1e-1, 1e-2, 1e-3, 1e-4):
        ours = ElasticNet(0.1, tol=tol).fit(X, y, sample_weight=weight)
        theirs = Reference(0.1, tol=tol).fit(X, y, sample_weight=weight)
        yield f"tol={tol}: coef_", ours.coef_, theirs.coef_
        yield f"tol={tol}: dual_gap_", ours.dual_gap_, theirs.dual_gap_
        yield f"tol={tol}: n_iter_", ours.n_iter_, theirs.n_iter_


@agrees("linear_model.lasso_path", "linear_model.enet_path", library="sklearn", rtol=1e-5)
def paths():
    from sklearn import linear_model as reference

    from pellucid import linear_model

    for shape in [(90, 12), (60, 600)]:
        X, y, _ = _data(*shape)
        for name in ("lasso_path", "enet_path"):
            options = {"alphas": 8, "eps": 0.1} | TIGHT
            alphas, coefs, _ = getattr(linear_model, name)(X, y, **options)
            expected = getattr(reference, name)(X, y, **options)
            yield f"{name} {shape}: alphas", alphas, expected[0]
            yield f"{name} {shape}: coefs", coefs, expected[1]


@equals("linear_model.lasso_path", definition="soft thresholds of orthonormal columns", rtol=1e-9)
def orthonormal():
    from pellucid.linear_model import lasso_path

    rng = np.random.default_rng(1)
    Q = np.linalg.qr(rng.normal(size=(50, 6)))[0] * np.sqrt(50)
    y = rng.normal(size=50) * 3
    alphas, coefs, _ = lasso_path(Q, y, tol=1e-14)
    w = (Q.T @ y / 50)[:, None]
    yield "coefs", coefs, np.sign(w) * np.maximum(np.abs(w) - alphas, 0)


@holds("linear_model.ElasticNet", that="x_jᵀr = α(ρ sign w_j + (1-ρ) w_j), or less", atol=1e-5)
def optimum():
    from pellucid.linear_model import ElasticNet

    for shape in [(90, 12), (60, 600)]:
        X, y, _ = _data(*shape)
        model = ElasticNet(0.2, **TIGHT).fit(X, y)
        slope = X.T @ (y - model.predict(X)) / len(y) - 0.1 * model.coef_
        on = model.coef_ != 0
        yield f"{shape}: at w ≠ 0", slope[on], 0.1 * np.sign(model.coef_[on])
        yield f"{shape}: at w = 0", np.maximum(np.abs(slope[~on]), 0.1), np.full((~on).sum(), 0.1)
