"""Elastic net and lasso: against scikit-learn, by the conditions of the optimum, at extremes."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import linear_model as reference
from sklearn.exceptions import ConvergenceWarning

from pellucid.linear_model import ElasticNet, Lasso, Ridge
from pellucid.linear_model._coordinate_descent import (
    descend_columns,
    descend_gram,
    duality_gap,
    solve,
)
from pellucid.linear_model._designs import DenseDesign, GramDesign, SparseDesign, centred_designs

TIGHT = {"tol": 1e-12, "max_iter": 100_000}


def table(n, d, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + rng.normal(size=d)
    X[rng.random((n, d)) < 0.5] = 0
    w = rng.normal(size=d) * (np.arange(d) < 5)
    return X, X @ w + rng.normal(size=n) + 3, rng.random(n) + 0.2


# Few columns go by the Gram matrix, many by working sets; sparse ones by their entries.
SHAPES = [(60, 8), (40, 90), (60, 600)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("container", [np.ascontiguousarray, np.asfortranarray, sp.csr_array])
@pytest.mark.parametrize(
    "options",
    [
        {"alpha": 0.2, "l1_ratio": 1.0},
        {"alpha": 0.3, "l1_ratio": 0.5},
        {"alpha": 0.1, "l1_ratio": 0.9, "positive": True},
        {"alpha": 0.3, "fit_intercept": False},
        {"alpha": 0.3, "selection": "random", "random_state": 0},
        {"alpha": 0.3, "precompute": True},
    ],
    ids=str,
)
def test_it_is_scikit_learns(shape, container, options):
    X, y, weight = table(*shape)
    for w in (None, weight):
        ours = ElasticNet(**TIGHT | options).fit(container(X), y, sample_weight=w)
        theirs = reference.ElasticNet(**TIGHT | options).fit(X, y, sample_weight=w)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=2e-6)
        np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"l1_ratio": 0.0}, {"positive": True}], ids=str)
def test_sweep_by_sweep_it_is_scikit_learns(options):
    """On the Gram matrix even the number of sweeps and the gap are the same."""
    X, y, weight = table(100, 20)
    options = {"alpha": 0.05} | options
    for tol in (1e-2, 1e-4, 1e-8):
        ours = ElasticNet(tol=tol, **options).fit(X, y, sample_weight=weight)
        theirs = reference.ElasticNet(tol=tol, **options).fit(X, y, sample_weight=weight)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(ours.dual_gap_, theirs.dual_gap_, rtol=1e-4, atol=1e-13)
        assert ours.n_iter_ == theirs.n_iter_


def check_optimal(model, X, y, weight=None):
    """|x_jᵀr| ≤ αρ where w_j = 0, and x_jᵀr - α(1-ρ) w_j = αρ sign w_j where it is not."""
    X = X.toarray() if sp.issparse(X) else X
    weight = np.ones(len(y)) if weight is None else weight
    r = weight / weight.sum() * (y - X @ model.coef_ - model.intercept_)
    ridge = model.alpha * (1 - model.l1_ratio) * model.coef_
    c, l1 = X.T @ r - ridge, model.alpha * model.l1_ratio
    on = model.coef_ != 0
    np.testing.assert_allclose(c[on], l1 * np.sign(model.coef_[on]), atol=2e-5)
    assert np.all((c if model.positive else np.abs(c))[~on] <= l1 + 2e-5)
    assert abs(r.sum()) < 1e-9


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("container", [np.asarray, sp.csc_array])
def test_the_conditions_of_the_optimum_hold(shape, container):
    X, y, weight = table(*shape)
    for options in ({"alpha": 0.1}, {"alpha": 0.02, "l1_ratio": 0.9}, {"positive": True}):
        model = ElasticNet(**TIGHT | options).fit(container(X), y, sample_weight=weight)
        check_optimal(model, X, y, weight)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(1, 40), st.floats(0.01, 2), st.floats(0.1, 1), st.booleans())
def test_the_gap_bounds_what_a_better_fit_could_gain(n, d, alpha, l1_ratio, positive):
    X, y, _ = table(n, d, seed=n * d)

    def objective(model):
        w = model.coef_
        r = y - model.predict(X)
        return r @ r / (2 * n) + alpha * (l1_ratio * np.abs(w).sum() + (1 - l1_ratio) / 2 * w @ w)

    options = {"alpha": alpha, "l1_ratio": l1_ratio, "positive": positive}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        early = ElasticNet(max_iter=2, tol=1e-3, **options).fit(X, y)
        best = ElasticNet(**TIGHT | options).fit(X, y)
    gain = objective(early) - objective(best)
    assert -1e-9 <= gain <= early.dual_gap_ + 1e-9


def test_weights_are_repetitions():
    X, y, _ = table(50, 70)
    weight = np.arange(50) % 4
    model = Lasso(0.1, **TIGHT).fit(X, y, sample_weight=weight)
    repeated = Lasso(0.1, **TIGHT).fit(X.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(model.coef_, repeated.coef_, atol=1e-6)
    scaled = Lasso(0.1, **TIGHT).fit(X, y, sample_weight=1e3 * weight)
    np.testing.assert_allclose(model.coef_, scaled.coef_, atol=1e-6)


def test_every_route_gives_the_same_answer():
    X, y, weight = table(600, 550)
    w = weight * 600 / weight.sum()
    mean, offset = np.average(X, axis=0, weights=w), np.average(y, weights=w)
    root = np.sqrt(w)
    Z, z = (X - mean) * root[:, None], (y - offset) * root
    designs = {
        "gram": GramDesign(Z.T @ Z, Z.T @ z, z @ z),
        "dense": DenseDesign(X, z, mean, root),
        "sparse": SparseDesign(sp.csc_array(X), y - offset, mean, w),
    }
    answers = {
        name: solve(design, np.zeros(550), 60.0, 3.0, tol=1e-13, max_iter=10**5)[0]
        for name, design in designs.items()
    }
    assert len(designs["dense"].gram)  # it has gone over to the Gram matrix on the way
    np.testing.assert_allclose(answers["dense"], answers["gram"], atol=1e-7)
    np.testing.assert_allclose(answers["sparse"], answers["gram"], atol=1e-7)


def plain_sweep(X, y, w, l1, l2):
    """One sweep of coordinate descent, from the definition."""
    w = w.copy()
    for j in range(len(w)):
        a = X[:, j] @ (y - X @ w + X[:, j] * w[j])
        w[j] = np.sign(a) * max(abs(a) - l1, 0) / (X[:, j] @ X[:, j] + l2)
    return w


def test_the_compiled_sweeps_are_their_plain_definition():
    X, y, weight = table(30, 6)
    w0, l1, l2 = np.linspace(-1, 1, 6), 4.0, 0.5
    mean, offset = np.average(X, axis=0, weights=weight), np.average(y, weights=weight)
    Z = np.sqrt(weight)[:, None] * (X - mean)
    z = np.sqrt(weight) * (y - offset)
    expected = plain_sweep(Z, z, w0, l1, l2)
    rule = (l1, l2, False, 0, 1)

    w = w0.copy()
    assert descend_gram(Z.T @ Z, Z.T @ z, z @ z, w, -1.0, 0.0, *rule) == 1
    np.testing.assert_allclose(w, expected, rtol=1e-9)

    none, every = np.empty(0), np.arange(6)
    w, starts = w0.copy(), np.arange(7) * 30
    parts = np.ascontiguousarray(Z.T).ravel(), np.empty(0, np.uint32), starts, every, none
    assert descend_columns(*parts, np.zeros(6), z, z @ z, w, -1.0, *rule) == 1
    np.testing.assert_allclose(w, expected, rtol=1e-9)

    C = sp.csc_array(X)
    w, starts = w0.copy(), C.indptr.astype(np.int64)
    parts = C.data, C.indices.view(np.uint32), starts, every, weight
    assert descend_columns(*parts, mean, y - offset, z @ z, w, -1.0, *rule) == 1
    np.testing.assert_allclose(w, expected, rtol=1e-9)


def test_the_compiled_gap_is_its_plain_definition():
    rng = np.random.default_rng(0)
    w, c = rng.normal(size=5), rng.normal(size=5)
    for l1, l2, positive in ((0.3, 0.0, False), (5.0, 0.7, False), (0.3, 0.7, True)):
        s = min(1, l1 / (c.max() if positive else np.abs(c).max()))
        plain = (1 + s**2) / 2 * (2.0 + l2 * w @ w) + l1 * np.abs(w).sum() - s * 1.5
        np.testing.assert_allclose(duality_gap(2.0, 1.5, w, c, l1, l2, positive), plain, 1e-13)
    np.testing.assert_allclose(duality_gap(2.0, 1.5, w, c, 0.0, 0.7, False), c @ c / 1.4, 1e-13)
    np.testing.assert_allclose(duality_gap(2.0, 1.5, w, c, 0.0, 0.0, False), c @ c, 1e-13)


def test_without_l1_it_is_ridge():
    X, y, weight = table(60, 8)
    model = ElasticNet(alpha=0.5, l1_ratio=0, **TIGHT).fit(X, y, sample_weight=weight)
    ridge = Ridge(alpha=0.5 * weight.sum()).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(model.coef_, ridge.coef_, rtol=1e-5)


def test_targets_are_fitted_each_by_itself():
    X, y, _ = table(60, 8)
    Y = np.column_stack([y, -y, X[:, 0]])
    together = ElasticNet(0.1).fit(X, Y)
    assert together.coef_.shape == (3, 8) and together.intercept_.shape == (3,)
    assert together.dual_gap_.shape == (3,) and len(together.n_iter_) == 3
    for k in range(3):
        alone = ElasticNet(0.1).fit(X, Y[:, k])
        np.testing.assert_array_equal(together.coef_[k], alone.coef_)
        np.testing.assert_allclose(together.predict(X)[:, k], alone.predict(X))
    column = Lasso(0.1).fit(X, Y[:, :1])
    assert column.coef_.shape == (8,) and column.intercept_.shape == (1,)
    assert sp.issparse(together.sparse_coef_) and column.sparse_coef_.shape == (1, 8)


def test_a_warm_start_has_nothing_left_to_do():
    for shape in SHAPES:
        X, y, _ = table(*shape)
        model = Lasso(0.1, warm_start=True, max_iter=10_000).fit(X, y)
        assert model.n_iter_ > 0 and model.fit(X, y).n_iter_ == 0


def test_containers_dtypes_and_order_make_no_difference():
    X, y, _ = table(60, 600)
    expected = Lasso(0.3, **TIGHT).fit(X, y).coef_
    names = [f"x{j}" for j in range(600)]
    readonly = X.copy()
    readonly.flags.writeable = False
    wide = sp.csc_array(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    frames = pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names)
    for other in (readonly, np.asfortranarray(X), *frames, wide, sp.csr_matrix(X), sp.coo_array(X)):
        np.testing.assert_allclose(Lasso(0.3, **TIGHT).fit(other, y).coef_, expected, atol=1e-6)
    single = Lasso(0.3).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == single.intercept_.dtype == np.float32
    np.testing.assert_allclose(single.coef_, expected, atol=0.02)


def test_a_gram_matrix_from_outside():
    X, y, _ = table(60, 8)
    Z = X - X.mean(axis=0)
    given_gram = Lasso(0.1, precompute=Z.T @ Z).fit(Z, y)
    np.testing.assert_allclose(given_gram.coef_, Lasso(0.1).fit(X, y).coef_, rtol=1e-9)
    with pytest.warns(UserWarning, match="recomputing Gram matrix"):
        Lasso(0.1, precompute=X.T @ X).fit(X, y)
    with pytest.raises(ValueError, match="did not pass validation"):
        Lasso(0.1, precompute=np.eye(8)).fit(Z, y)


# --- bad and extreme input -----------------------------------------------------------------------


def test_what_cannot_be_is_refused():
    X, y, _ = table(20, 3)
    with pytest.raises(ValueError, match="NaN"):
        Lasso().fit(X * np.nan, y)
    with pytest.raises(ValueError, match="'alpha' parameter"):
        Lasso(alpha=-1).fit(X, y)
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        Lasso().fit(X, y, sample_weight=-np.ones(20))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        Lasso().fit(X, y[:-1])
    with pytest.warns(UserWarning, match="With alpha=0"):
        Lasso(alpha=0).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        Lasso(1e-4, max_iter=1, tol=1e-12).fit(X, y)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="non-finite"):
        Lasso(0.1).fit(X * 1e300, y)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("container", [np.asarray, sp.csc_array])
def test_columns_that_say_nothing_get_nothing(shape, container):
    X, y, _ = table(*shape)
    X = np.column_stack([X, np.zeros(len(X)), np.full(len(X), 0.1), X[:, 0]])
    model = Lasso(0.1, **TIGHT).fit(container(X), y)
    assert model.coef_[-3] == 0 and model.coef_[-2] == 0
    check_optimal(model, X, y)


def test_scales_and_small_tables():
    X, y, _ = table(60, 8)
    model = Lasso(0.1, tol=1e-10).fit(X, y)
    for scale in (1e-150, 1e-6, 1e6, 1e120):
        scaled = Lasso(0.1, tol=1e-10).fit(X, y).coef_
        np.testing.assert_allclose(scaled, model.coef_)
        scaled = Lasso(0.1 * scale, tol=1e-10).fit(X, y * scale).coef_ / scale
        np.testing.assert_allclose(scaled, model.coef_, rtol=1e-6)
    assert Lasso(1e9).fit(X, y).n_iter_ == 0 and not Lasso(1e9).fit(X, y).coef_.any()
    one = Lasso(0.1).fit(X[:1], y[:1])
    assert not one.coef_.any() and one.intercept_ == y[0]
    assert Lasso(0.1).fit(X, np.ones(60)).dual_gap_ == 0
    assert not Lasso(0.1).fit(sp.csr_array((60, 700)), y).coef_.any()
    far = Lasso(0.1, tol=1e-10).fit(X + 1e7, y)  # the centre is taken off before any product
    np.testing.assert_allclose(far.coef_, model.coef_, rtol=1e-5, atol=1e-6)


def test_designs_are_centred():
    X, y, weight = table(40, 3)
    (design,), x_mean, y_mean = centred_designs(X, y[:, None], weight)
    np.testing.assert_allclose(x_mean, np.average(X, axis=0, weights=weight))
    np.testing.assert_allclose(y_mean, [np.average(y, weights=weight)])
    scale = 40 / weight.sum()
    np.testing.assert_allclose(design.yy, scale * weight @ (y - y_mean) ** 2)
