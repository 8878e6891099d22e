"""The adaptive linear neuron: the numbers of chapter 2, and the two ways to the same minimum."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

import pellucid
from pellucid.linear_model import AdalineGD, AdalineSGD


@pytest.fixture(scope="module")
def iris():
    """Sepal and petal length of the first hundred flowers, as the book reads them from UCI.

    There flower 38 has a petal of 1.5 cm; in Fisher's paper, and scikit-learn, it has 1.4.
    """
    X = load_iris().data[:100, [0, 2]].copy()
    X[37, 1] = 1.5
    return X, np.repeat(["setosa", "versicolor"], 50)


@pytest.fixture(scope="module")
def standardised(iris):
    X, y = iris
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def test_a_step_too_long_diverges_as_in_the_book(iris):
    model = AdalineGD(eta=0.1, n_iter=15).fit(*iris)
    assert f"{model.losses_[-1]:.2e}" == "1.75e+23"
    assert np.all(np.diff(model.losses_) > 0)


def test_a_short_step_creeps_as_in_the_book(iris):
    losses = AdalineGD(eta=1e-4, n_iter=15).fit(*iris).losses_
    assert (f"{losses[0]:.5f}", f"{losses[-1]:.5f}") == ("0.43477", "0.38173")


def test_gradient_descent_on_standardised_columns_is_the_books(standardised):
    model = AdalineGD(eta=0.5, n_iter=20).fit(*standardised)
    np.testing.assert_allclose(model.w_, [-0.08614, 0.54747], atol=5e-6)
    np.testing.assert_allclose(model.b_, 0.5, rtol=1e-12)
    np.testing.assert_allclose(model.losses_[0], 0.49424, atol=5e-6)
    np.testing.assert_allclose(model.losses_[-1], 0.012263, atol=5e-7)


def test_stochastic_gradient_descent_is_the_books(standardised):
    model = AdalineSGD(eta=0.01, n_iter=15, random_state=1).fit(*standardised)
    np.testing.assert_allclose(model.w_, [-0.07867, 0.56739], atol=5e-6)
    np.testing.assert_allclose(model.b_, 0.50890, atol=5e-6)
    np.testing.assert_allclose(model.losses_[0], 0.13445, atol=5e-6)
    np.testing.assert_allclose(model.losses_[-1], 0.012458, atol=5e-7)


def test_both_come_to_the_least_squares(standardised):
    X, y = standardised
    A = np.column_stack([X, np.ones(100)])
    best = np.linalg.lstsq(A, (y == "versicolor").astype(float), rcond=None)[0]
    whole = AdalineGD(eta=0.4, n_iter=5000).fit(X, y)
    np.testing.assert_allclose([*whole.w_, whole.b_], best, atol=1e-10)
    single = AdalineSGD(eta=1e-4, n_iter=4000, random_state=0).fit(X, y)
    np.testing.assert_allclose([*single.w_, single.b_], best, atol=1e-3)


def test_the_compiled_pass_is_the_rule_written_out(standardised):
    X, y = standardised
    target = (y == "versicolor").astype(float)
    model = AdalineSGD(eta=0.02, n_iter=2, shuffle=False, random_state=3).fit(X, y)
    w, b = np.random.RandomState(3).normal(scale=0.01, size=2), 0.0
    for _ in range(2):
        errors = []
        for x, t in zip(X, target, strict=True):
            errors.append(t - (x @ w + b))
            w, b = w + 2 * 0.02 * errors[-1] * x, b + 2 * 0.02 * errors[-1]
    np.testing.assert_allclose(model.w_, w, rtol=1e-11)
    np.testing.assert_allclose(model.b_, b, rtol=1e-11)
    np.testing.assert_allclose(model.losses_[-1], np.mean(np.square(errors)), rtol=1e-11)


def test_learning_goes_on_and_is_saved(standardised, tmp_path):
    X, y = standardised
    whole = AdalineSGD(n_iter=1, shuffle=False, random_state=1).fit(X, y)
    parts = AdalineSGD(random_state=1)
    for rows in (slice(0, 30), slice(30, 31), slice(31, 100)):
        parts.partial_fit(X[rows], y[rows], classes=["setosa", "versicolor"])
    np.testing.assert_allclose(parts.w_, whole.w_, rtol=1e-12)
    assert len(parts.losses_) == 3
    pellucid.save(parts, tmp_path / "adaline")
    loaded = pellucid.load(tmp_path / "adaline")
    np.testing.assert_array_equal(loaded.partial_fit(X, y).w_, parts.partial_fit(X, y).w_)
    loaded.w_ = np.zeros(3)
    with pytest.raises(ValueError, match="do not agree"):
        loaded._check_state()


@pytest.mark.parametrize("cls", [AdalineGD, AdalineSGD])
def test_bad_input_is_refused(cls, standardised):
    X, y = standardised
    with pytest.raises(ValueError, match="Only binary classification"):
        cls().fit(X, np.arange(100) % 3)
    with pytest.raises(ValueError, match="one class"):
        cls().fit(X, np.ones(100))
    with pytest.raises(ValueError, match="NaN"):
        cls().fit(X * np.nan, y)
    with pytest.raises(ValueError, match="'eta' parameter"):
        cls(eta=0).fit(X, y)
    with pytest.raises(ValueError, match="not among the classes"):
        AdalineSGD().fit(X, y).partial_fit(X[:1], ["virginica"])
    constant = cls().fit(np.column_stack([X, np.zeros(100)]), y)
    assert np.isfinite(constant.w_).all()
    assert set(constant.predict(np.column_stack([X, np.zeros(100)]))) <= set(y)
