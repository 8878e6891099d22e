"""Conformance of what learns one example at a time: perceptron, Adaline, stochastic gradients."""

import numpy as np
import scipy.sparse as sp

from pellucid.conformance.rows import agrees, equals, holds


def _data(N=150, D=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D))
    scores = X @ rng.normal(size=(D, 3)) + rng.gumbel(size=(N, 3))
    return X, np.argmax(scores, axis=1), scores[:, 0], rng.uniform(0.5, 1.5, size=N)


# Steps so small that rounding is not amplified.
RATES = [
    {"learning_rate": "optimal", "alpha": 0.1},
    {"learning_rate": "invscaling", "eta0": 0.05, "penalty": "l1", "alpha": 0.01},
    {"learning_rate": "adaptive", "eta0": 0.02, "penalty": "elasticnet"},
    {"learning_rate": "constant", "eta0": 0.01, "penalty": None, "average": 100},
]


@agrees("linear_model.SGDClassifier", library="sklearn", rtol=1e-9)
def classifier():
    from sklearn.linear_model import SGDClassifier as Reference

    from pellucid.linear_model import SGDClassifier

    X, y, _, weight = _data()
    losses = ["hinge", "log_loss", "squared_hinge", "modified_huber", "huber"]
    for loss in losses:
        for rate in RATES:
            for what, Z in (("dense", X), ("sparse", sp.csr_array(X * (X > -0.5)))):
                options = rate | {"loss": loss, "random_state": 1, "tol": None, "max_iter": 8}
                ours = SGDClassifier(**options).fit(Z, y, sample_weight=weight)
                theirs = Reference(**options).fit(Z, y, sample_weight=weight)
                where = f"{loss}, {rate['learning_rate']}, {what}"
                yield f"{where}: coef_", ours.coef_, theirs.coef_
                yield f"{where}: intercept_", ours.intercept_, theirs.intercept_


@agrees("linear_model.SGDRegressor", library="sklearn", rtol=1e-9)
def regressor():
    from sklearn.linear_model import SGDRegressor as Reference

    from pellucid.linear_model import SGDRegressor

    X, _, y, weight = _data()
    for loss in ["squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"]:
        for rate in RATES:
            options = rate | {"loss": loss, "random_state": 1}
            ours = SGDRegressor(**options).fit(X, y, sample_weight=weight)
            theirs = Reference(**options).fit(X, y, sample_weight=weight)
            yield f"{loss}, {rate['learning_rate']}: coef_", ours.coef_, theirs.coef_
            yield f"{loss}, {rate['learning_rate']}: n_iter_", ours.n_iter_, theirs.n_iter_


@agrees("linear_model.Perceptron", library="sklearn", rtol=1e-9)
def perceptron():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import Perceptron as Reference

    from pellucid.linear_model import Perceptron

    X, y = load_iris(return_X_y=True)
    for options in ({}, {"eta0": 0.1, "penalty": "l2"}, {"class_weight": "balanced"}):
        ours, theirs = Perceptron(**options).fit(X, y), Reference(**options).fit(X, y)
        yield f"{options}: coef_", ours.coef_, theirs.coef_
        yield f"{options}: intercept_", ours.intercept_, theirs.intercept_
        yield f"{options}: n_iter_", ours.n_iter_, theirs.n_iter_


@equals("linear_model.Perceptron", definition="Rosenblatt's rule, written out", rtol=1e-12)
def rosenblatt():
    from pellucid.linear_model import Perceptron

    X, y, _, _ = _data()
    w, b = np.zeros(5), 0.0
    for _ in range(3):
        for x, sign in zip(X, np.where(y == 1, 1, -1), strict=True):
            if sign * (x @ w + b) <= 0:
                w, b = w + sign * x, b + sign
    model = Perceptron(shuffle=False, max_iter=3, tol=None).fit(X, y == 1)
    yield "coef_", model.coef_[0], w
    yield "intercept_", model.intercept_, [b]


@holds("linear_model.SGDRegressor", that="a long descent comes to the least squares", atol=2e-3)
def least_squares():
    from pellucid.linear_model import SGDRegressor

    X, _, y, _ = _data()
    options = {"average": 1000, "penalty": None, "random_state": 0, "max_iter": 300}
    model = SGDRegressor(eta0=0.05, tol=None, **options).fit(X, y)
    best = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    yield "w and b", [*model.coef_, *model.intercept_], best


@equals("linear_model.AdalineGD", definition="a sum over examples, step by step", rtol=1e-11)
def adaline_of_all():
    from pellucid.linear_model import AdalineGD

    X, y, _, _ = _data()
    target = (y > 0).astype(float)
    w, b = np.random.RandomState(1).normal(scale=0.01, size=5), 0.0
    for _ in range(30):
        errors = [t - (x @ w + b) for x, t in zip(X, target, strict=True)]
        w = w + 0.1 * sum(2 * e * x for e, x in zip(errors, X, strict=True)) / len(X)
        b = b + 0.1 * sum(2 * e for e in errors) / len(X)
    model = AdalineGD(eta=0.1, n_iter=30).fit(X, y > 0)
    yield "w_", model.w_, w
    yield "b_", model.b_, b
    yield "last loss", model.losses_[-1], np.mean(np.square(errors))


@equals("linear_model.AdalineSGD", definition="Widrow and Hoff's rule, written out", rtol=1e-11)
def adaline_of_one():
    from pellucid.linear_model import AdalineSGD

    X, y, _, _ = _data()
    stream = np.random.RandomState(2)
    w, b, order = stream.normal(scale=0.01, size=5), 0.0, np.arange(len(X))
    for _ in range(5):
        order = order[stream.permutation(len(X))]
        errors = []
        for i in order:
            errors.append((y[i] > 0) - (X[i] @ w + b))
            w, b = w + 2 * 0.02 * errors[-1] * X[i], b + 2 * 0.02 * errors[-1]
    model = AdalineSGD(eta=0.02, n_iter=5, random_state=2).fit(X, y > 0)
    yield "w_", model.w_, w
    yield "b_", model.b_, b
    yield "last loss", model.losses_[-1], np.mean(np.square(errors))
