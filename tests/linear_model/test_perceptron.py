"""Rosenblatt's perceptron: the rule itself, its theorem, and the book's numbers."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import linear_model as reference
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from pellucid.linear_model import Perceptron


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.mark.parametrize("penalty", [None, "l2", "l1", "elasticnet"])
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_it_is_scikit_learns(iris, penalty, container):
    X, y = iris
    X = container(X)
    options = {"penalty": penalty, "alpha": 1e-3, "max_iter": 20, "tol": None, "random_state": 4}
    for labels in (y, y == 1):
        ours = Perceptron(**options).fit(X, labels)
        theirs = reference.Perceptron(**options).fit(X, labels)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_it_stops_where_scikit_learns_does(iris):
    X, y = iris
    for options in ({}, {"eta0": 0.1, "class_weight": "balanced"}, {"fit_intercept": False}):
        ours = Perceptron(**options).fit(X, y)
        theirs = reference.Perceptron(**options).fit(X, y)
        assert ours.n_iter_ == theirs.n_iter_ and ours.t_ == theirs.t_
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-10)


def test_every_step_is_rosenblatts_rule(iris):
    X, y = iris
    sign = np.where(y == 1, 1, -1)
    w, b = np.zeros(4), 0.0
    for _ in range(3):
        for x, target in zip(X, sign, strict=True):
            if target * (x @ w + b) <= 0:
                w, b = w + 0.5 * target * x, b + 0.5 * target
    model = Perceptron(eta0=0.5, shuffle=False, max_iter=3, tol=None).fit(X, y == 1)
    np.testing.assert_allclose(model.coef_[0], w, rtol=1e-12)
    np.testing.assert_allclose(model.intercept_, b, rtol=1e-12)


def test_separable_classes_cost_no_more_mistakes_than_novikoff_allows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    truth = np.array([0.5, -0.5, 0.5, 0.5])
    X = X[np.abs(X @ truth) > 0.2]
    y = X @ truth > 0
    bound = (np.linalg.norm(X, axis=1).max() / np.abs(X @ truth).min()) ** 2
    model = Perceptron(fit_intercept=False, max_iter=1, tol=None, warm_start=True)
    model.fit(X[:1].repeat(2, axis=0) * 0, [False, True])  # nothing learned yet
    mistakes = 0
    for _ in range(1000):
        before = mistakes
        for i in range(len(X)):
            w = model.coef_.copy()
            model.partial_fit(X[i : i + 1], y[i : i + 1])
            mistakes += not np.array_equal(w, model.coef_)
        if mistakes == before:
            break
    assert mistakes == before <= bound
    np.testing.assert_array_equal(model.predict(X), y)


def test_the_perceptron_of_chapter_2(iris):
    """Updates per epoch 2 2 3 2 1 0 0 0 0 0, w = [-.35375655, .91388244], b = -.2."""
    X, y = iris[0][:100, [0, 2]], iris[1][:100]
    start = np.random.RandomState(1).normal(scale=0.01, size=2)
    options = {"eta0": 0.1, "shuffle": False, "tol": None}
    model = Perceptron(max_iter=1, **options).fit(np.zeros((2, 2)), [0, 1], start, 0.0)
    model.intercept_[:] = 0  # of the two that both had to be at zero, each was on the wrong side
    updates = []
    for _ in range(10):
        updates.append(0)
        for i in range(100):
            before = model.coef_.copy()
            model.partial_fit(X[i : i + 1], y[i : i + 1])
            updates[-1] += not np.array_equal(before, model.coef_)
    assert updates == [2, 2, 3, 2, 1, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(model.coef_[0], [-0.35375655, 0.91388244], atol=5e-9)
    np.testing.assert_allclose(model.intercept_, -0.2, rtol=1e-12)
    at_once = Perceptron(max_iter=10, **options).fit(X, y, coef_init=start)
    np.testing.assert_allclose(at_once.coef_, model.coef_, rtol=1e-12)


def test_the_perceptron_of_chapter_3(iris):
    """One of 45 flowers wrong, accuracy .978."""
    X, y = iris[0][:, [2, 3]], iris[1]
    split = train_test_split(X, y, test_size=0.3, random_state=1, stratify=y)
    X_train, X_test, y_train, y_test = split
    scaler = StandardScaler().fit(X_train)
    model = Perceptron(eta0=0.1, random_state=1).fit(scaler.transform(X_train), y_train)
    assert np.sum(model.predict(scaler.transform(X_test)) != y_test) == 1
    assert f"{model.score(scaler.transform(X_test), y_test):.3f}" == "0.978"


def test_bad_and_extreme_input(iris):
    X, y = iris
    with pytest.raises(ValueError, match="number of classes"):
        Perceptron().fit(X, np.ones(150))
    with pytest.raises(ValueError, match="NaN"):
        Perceptron().fit(np.where(X > 7, np.nan, X), y)
    with pytest.warns(ConvergenceWarning, match="Maximum number of iteration"):
        Perceptron(max_iter=2).fit(X, y)
    options = {"tol": None, "max_iter": 5, "fit_intercept": False}
    for scale in (1e-150, 1e150):  # the rule knows no scale
        scaled = Perceptron(**options).fit(X * scale, y)
        np.testing.assert_allclose(
            scaled.coef_ / scale, Perceptron(**options).fit(X, y).coef_, rtol=1e-9, atol=1e-9
        )
