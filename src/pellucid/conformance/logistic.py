"""Conformance of logistic regression."""

import numpy as np
import scipy.sparse as sp

from pellucid.conformance.rows import agrees, holds


def _data(N=150, D=6, K=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + rng.normal(size=D)
    y = np.argmax(
        (X - X.mean(axis=0)) @ rng.normal(size=(D, K)) + 2 * rng.gumbel(size=(N, K)), axis=1
    )
    return X, y, rng.uniform(0.1, 3, size=N)


def _compare(what, ours, theirs, X):
    yield f"{what}: coef_", ours.coef_, theirs.coef_
    yield f"{what}: intercept_", ours.intercept_, theirs.intercept_
    yield f"{what}: predict_proba", ours.predict_proba(X), theirs.predict_proba(X)
    yield f"{what}: predict_log_proba", ours.predict_log_proba(X), theirs.predict_log_proba(X)


@agrees("linear_model.LogisticRegression", library="sklearn", rtol=1e-6)
def smooth_penalties():
    from sklearn.linear_model import LogisticRegression as Reference

    from pellucid.linear_model import LogisticRegression

    for what, K, options in [
        ("binary", 2, {}),
        ("multinomial", 4, {"C": 0.3}),
        ("no penalty", 3, {"C": np.inf}),
        ("no intercept, balanced", 3, {"fit_intercept": False, "class_weight": "balanced"}),
    ]:
        X, y, weight = _data(K=K)
        ours = LogisticRegression(tol=1e-8, **options).fit(sp.csr_array(X), y, weight)
        theirs = Reference(tol=1e-10, solver="newton-cholesky", **options).fit(X, y, weight)
        yield from _compare(what, ours, theirs, X)


@agrees("linear_model.LogisticRegression", library="sklearn", rtol=1e-5)
def liblinear_penalises_the_intercept():
    from sklearn.linear_model import LogisticRegression as Reference

    from pellucid.linear_model import LogisticRegression

    X, y, weight = _data()
    for l1_ratio in (0, 1):
        options = {"l1_ratio": l1_ratio, "C": 0.2, "intercept_scaling": 2, "solver": "liblinear"}
        ours = LogisticRegression(tol=1e-8, **options).fit(X, y, weight)
        theirs = Reference(tol=1e-9, max_iter=10000, random_state=0, **options).fit(X, y, weight)
        yield from _compare(f"l1_ratio {l1_ratio}", ours, theirs, X)


@holds(
    "linear_model.LogisticRegression",
    that="Σ s (p - y) x is in the subdifferential of the elastic net at w, and Σ s (p - y) = 0",
    atol=1e-6,
)
def optimality():
    from pellucid.linear_model import LogisticRegression

    for what, (N, D, K), l1_ratio in [
        ("three classes", (150, 6, 3), 0.5),
        ("wide", (80, 300, 2), 1.0),
        ("wide, ridge", (80, 300, 3), 0.0),
    ]:
        X, y, weight = _data(N, D, K)
        model = LogisticRegression(solver="saga", l1_ratio=l1_ratio, C=0.5, tol=1e-8)
        model.fit(X, y, weight)
        residual = weight[:, None] * (model.predict_proba(X) - np.eye(K)[y])  # (N, K)
        residual = residual[:, 1:] if K == 2 else residual
        w, slope = model.coef_, 0.5 * residual.T @ X + (1 - l1_ratio) * model.coef_
        off = np.where(w != 0, slope + l1_ratio * np.sign(w), np.maximum(abs(slope) - l1_ratio, 0))
        yield f"{what}: coef_", off, np.zeros_like(off)
        yield f"{what}: intercept_", residual.sum(axis=0), np.zeros(residual.shape[1])
