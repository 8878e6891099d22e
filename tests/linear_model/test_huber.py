"""Huber's regression: at the optimum of its convex objective, whatever way it got there."""

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize_scalar
from sklearn.exceptions import ConvergenceWarning

from pellucid.callbacks import listen
from pellucid.linear_model import HuberRegressor, LinearRegression, Ridge
from pellucid.linear_model.huber import _tail_sums, tail_sums
from pellucid.persistence import load, save


def data(N=80, D=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + 1
    y = X @ rng.normal(size=D) + 5 + rng.normal(size=N)
    y[::7] += 20 * rng.standard_t(1.5, size=len(y[::7]))
    return X, y, rng.uniform(0, 2, size=N)


def objective(model, X, y, s=None, scale=None):
    """Σ s (σ + H_ε(r/σ) σ) + α‖w‖², as Owen writes it."""
    scale = model.scale_ if scale is None else scale
    z = np.abs(y - X @ model.coef_ - model.intercept_) / scale
    H = np.where(z <= model.epsilon, z**2, 2 * model.epsilon * z - model.epsilon**2)
    s = np.ones(len(y)) if s is None else s
    return np.sum(s * (scale + H * scale)) + model.alpha * model.coef_ @ model.coef_


# --- agreement ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(80, 4), (500, 12), (25, 30)])
@pytest.mark.parametrize("epsilon", [1.1, 1.35, 3.0])
@pytest.mark.parametrize("alpha", [1e-4, 1.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_reaches_scikit_learns_objective_or_a_lower(shape, epsilon, alpha, fit_intercept, weighted):
    X, y, s = data(*shape)
    s = s if weighted else None
    options = {"epsilon": epsilon, "alpha": alpha, "fit_intercept": fit_intercept}
    ours = HuberRegressor(**options, max_iter=1000).fit(X, y, s)
    theirs = sklearn.linear_model.HuberRegressor(**options, max_iter=20_000, tol=1e-9)
    theirs.fit(X, y, s)
    best = objective(theirs, X, y, s)
    assert objective(ours, X, y, s) <= best * (1 + 1e-9) + 1e-9
    if shape[0] > shape[1]:  # else all residuals can be zero, and many w are as good
        assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=1e-3)
        assert_allclose(ours.scale_, theirs.scale_, rtol=1e-3)
        assert_array_equal(ours.outliers_, theirs.outliers_)


def test_least_absolute_errors_at_epsilon_one():
    """With ε = 1 the scale vanishes and the objective is twice the sum of absolute errors."""
    X, y, _ = data(60, 3)
    ours = HuberRegressor(epsilon=1.0, alpha=0.0, max_iter=1000).fit(X, y)
    best = sklearn.linear_model.QuantileRegressor(quantile=0.5, alpha=0).fit(X, y)
    reached = np.abs(y - ours.predict(X)).sum()
    assert_allclose(reached, np.abs(y - best.predict(X)).sum(), rtol=1e-3)


@pytest.mark.parametrize("container", [sp.csr_array, sp.csr_matrix])
def test_sparse_is_dense(container):
    X, y, s = data()
    X[X < 1] = 0
    dense, sparse = HuberRegressor().fit(X, y, s), HuberRegressor().fit(container(X), y, s)
    assert_allclose(sparse.coef_, dense.coef_, rtol=1e-8)
    assert_allclose(sparse.scale_, dense.scale_, rtol=1e-8)


# --- what must be true ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(80, 4), (30_000, 5)])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_every_derivative_is_zero(shape, fit_intercept):
    X, y, s = data(*shape)
    model = HuberRegressor(alpha=0.5, fit_intercept=fit_intercept).fit(X, y, s)
    bound = model.epsilon * model.scale_
    r = model.predict(X) - y
    pull = s * np.clip(r, -bound, bound)
    assert_allclose(2 * X.T @ pull / model.scale_ + model.coef_, 0, atol=1e-5)
    if fit_intercept:
        assert_allclose(2 * pull.sum() / model.scale_, 0, atol=1e-5)
    by_scale = minimize_scalar(
        lambda scale: objective(model, X, y, s, scale),
        bounds=(model.scale_ / 3, model.scale_ * 3),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert_allclose(model.scale_, by_scale.x, rtol=1e-5)
    assert_array_equal(model.outliers_, np.abs(r) > bound)


def test_no_outliers_make_it_ridge():
    X, y, _ = data()
    y = X @ [1.0, 2, 3, 4] + np.sin(np.arange(80))
    model = HuberRegressor(epsilon=100, alpha=0.3).fit(X, y)
    assert not model.outliers_.any()
    assert_allclose(model.coef_, Ridge(0.3 * model.scale_).fit(X, y).coef_, rtol=1e-7)


def test_a_weight_of_two_is_a_row_twice():
    X, y, _ = data()
    s = np.arange(80) % 3
    repeated = HuberRegressor().fit(np.repeat(X, s, axis=0), np.repeat(y, s))
    assert_allclose(HuberRegressor().fit(X, y, s).coef_, repeated.coef_, rtol=1e-7)


def test_the_unit_of_y_is_the_unit_of_the_answer():
    X, y, _ = data()
    one, thousand = HuberRegressor(alpha=0).fit(X, y), HuberRegressor(alpha=0).fit(X, 1000 * y)
    assert_allclose(thousand.coef_, 1000 * one.coef_, rtol=1e-6)
    assert_allclose(thousand.scale_, 1000 * one.scale_, rtol=1e-6)


def test_one_wild_outlier_does_not_matter_how_wild():
    X, y, _ = data()
    fits = []
    for wild in (1e4, 1e8):
        y[3] = wild
        fits.append(HuberRegressor().fit(X, y).coef_)
    assert_allclose(fits[0], fits[1], rtol=1e-6)


def test_the_objective_never_rises():
    X, y, _ = data()
    reached = []
    for most in range(1, 6):
        try:
            reached.append(objective(HuberRegressor(max_iter=most).fit(X, y), X, y))
        except ConvergenceWarning:
            with pytest.warns(ConvergenceWarning, match="increase max_iter"):
                reached.append(objective(HuberRegressor(max_iter=most).fit(X, y), X, y))
    assert (np.diff(reached) <= 1e-9).all()


def test_a_warm_start_has_nothing_left_to_do():
    X, y, _ = data()
    model = HuberRegressor(warm_start=True).fit(X, y)
    coef, steps = model.coef_.copy(), model.n_iter_
    assert steps > 0
    assert_allclose(model.fit(X, y).coef_, coef, rtol=1e-7)
    assert model.n_iter_ == 0


def test_kernel_is_its_numpy_twin():
    _, y, s = data(90_001)
    inside = np.abs(y) <= 2
    twin = [(s * y**2)[inside].sum(), s[~inside].sum(), (s * np.abs(y))[~inside].sum()]
    assert_allclose(_tail_sums(y, s, 2.0), twin, rtol=1e-11)
    assert_allclose(tail_sums(y, s, 2.0), twin, rtol=1e-11)


def test_steps_can_be_watched():
    X, y, _ = data()
    seen = []
    with listen(seen.append):
        model = HuberRegressor().fit(X, y)
    assert len(seen) >= model.n_iter_ and seen[-1].finished


# --- bad and extreme input ------------------------------------------------------------------------


def test_a_perfect_line_has_no_scale():
    X, _, _ = data()
    model = HuberRegressor(alpha=0).fit(X, X @ [1.0, 2, 3, 4] + 5)
    assert_allclose(model.coef_, [1, 2, 3, 4], rtol=1e-9)
    assert model.scale_ < 1e-9


def test_a_constant_target():
    X, _, _ = data()
    model = HuberRegressor().fit(X, np.full(80, 7.0))
    assert_allclose(model.predict(X), 7, rtol=1e-6)


def test_one_row_and_zero_target():
    assert_allclose(HuberRegressor().fit([[1.0, 2.0]], [3.0]).predict([[1.0, 2.0]]), 3, rtol=1e-6)
    assert_array_equal(HuberRegressor().fit(data()[0], np.zeros(80)).coef_, 0)


@pytest.mark.parametrize("scale", [1e-6, 1e100])
def test_extreme_units(scale):
    X, y, _ = data()
    plain = HuberRegressor(alpha=0).fit(X, y)
    moved = HuberRegressor(alpha=0).fit(X * scale, y)
    assert_allclose(moved.coef_ * scale, plain.coef_, rtol=1e-6)


def test_constant_and_duplicate_columns():
    X, y, _ = data()
    more = np.column_stack([X, X[:, 0], np.full(80, 1e3)])
    model = HuberRegressor().fit(more, y)
    assert_allclose(model.coef_[0], model.coef_[4], rtol=1e-4)
    assert_allclose(model.predict(more), HuberRegressor().fit(X, y).predict(X), rtol=1e-3)


def test_errors_say_what_to_do():
    X, y, s = data()
    with pytest.raises(ValueError, match="NaN"):
        HuberRegressor().fit(X, np.where(y > 0, np.nan, y))
    with pytest.raises(ValueError, match="Negative values"):
        HuberRegressor().fit(X, y, -s)
    with pytest.raises(ValueError, match="epsilon"):
        HuberRegressor(epsilon=0.9).fit(X, y)
    with pytest.raises(ValueError, match="1d array"):
        HuberRegressor().fit(X, np.column_stack([y, y]))
    with pytest.warns(ConvergenceWarning, match="increase max_iter"):
        HuberRegressor(max_iter=1).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="increase max_iter"):
        HuberRegressor(max_iter=0).fit(X, y)


def test_outliers_that_pull_least_squares_away_do_not_pull_this():
    X, _, _ = data()
    y = X @ [1.0, 2, 3, 4]
    y[:10] += 1000
    assert_allclose(HuberRegressor(alpha=0).fit(X, y).coef_, [1, 2, 3, 4], rtol=1e-6)
    assert np.abs(LinearRegression().fit(X, y).coef_ - [1, 2, 3, 4]).max() > 1


def test_survives_a_file(tmp_path):
    X, y, _ = data()
    model = HuberRegressor().fit(X, y)
    save(model, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert_array_equal(loaded.predict(X), model.predict(X))
    assert_array_equal(loaded.outliers_, model.outliers_)
