"""Least squares: against scikit-learn, NIST, plain definitions, and input that hurts."""

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.preprocessing import PolynomialFeatures

from pellucid.linear_model import LinearRegression
from pellucid.linear_model._centering import CentredProducts, Moments, free_rows, moments
from pellucid.linear_model._least_squares import cholesky, lsqr, minimum_norm, triangle
from pellucid.persistence import load, save
from pellucid.reduction import Rows


def data(N=60, D=4, K=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + rng.normal(size=D)
    y = X @ rng.normal(size=(D,) if K is None else (D, K)) + rng.normal(size=(N, K) if K else N)
    return X, y + 3, rng.uniform(0, 2, size=N)


# --- agreement ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(60, 4), (60, 4, 3), (5, 9), (9, 9, 2), (10, 9), (1, 3)])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_equals_scikit_learn(shape, fit_intercept, weighted, dtype):
    X, y, s = data(*shape)
    X, y, s = X.astype(dtype), y.astype(dtype), s if weighted else None
    ours = LinearRegression(fit_intercept=fit_intercept).fit(X, y, s)
    theirs = sklearn.linear_model.LinearRegression(fit_intercept=fit_intercept)
    theirs.fit(X.astype(np.float64), y.astype(np.float64), s)
    tolerance = {"rtol": 1e-9, "atol": 1e-10} if dtype == np.float64 else {"rtol": 1e-4}
    assert ours.coef_.dtype == ours.predict(X).dtype == ours.singular_.dtype == dtype
    assert_allclose(ours.coef_, theirs.coef_, **tolerance)
    assert_allclose(ours.intercept_, theirs.intercept_, **tolerance)
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)
    assert_allclose(ours.singular_, theirs.singular_, rtol=1e-4, atol=1e-4)
    assert ours.rank_ == (theirs.rank_ if len(X) > 1 else X.shape[0] - fit_intercept)


@pytest.mark.parametrize("container", [sp.csr_array, sp.csr_matrix, sp.csc_array])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_sparse_equals_dense(container, fit_intercept):
    X, y, s = data(K=2)
    X[X < 0.5] = 0
    sparse = LinearRegression(fit_intercept=fit_intercept, tol=1e-14).fit(container(X), y, s)
    dense = LinearRegression(fit_intercept=fit_intercept).fit(X, y, s)
    assert_allclose(sparse.coef_, dense.coef_, rtol=1e-9)
    assert_allclose(sparse.intercept_, dense.intercept_, rtol=1e-9)
    assert_allclose(sparse.predict(container(X)), dense.predict(X), rtol=1e-9)


def test_64_bit_indices():
    X, y, _ = data()
    wide = sp.csr_array(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    assert_allclose(
        LinearRegression(tol=1e-14).fit(wide, y).coef_, LinearRegression().fit(X, y).coef_
    )


def test_positive_is_the_best_of_all_active_sets():
    X, y, s = data(30, 5)
    model = LinearRegression(positive=True).fit(X, y, s)
    assert (model.coef_ >= 0).all()
    best = np.inf
    for mask in range(1, 32):
        active = [j for j in range(5) if mask >> j & 1]
        some = LinearRegression().fit(X[:, active], y, s)
        if (some.coef_ >= 0).all():
            best = min(best, s @ (y - some.predict(X[:, active])) ** 2)
    assert_allclose(s @ (y - model.predict(X)) ** 2, best, rtol=1e-12)


# --- what must be true ----------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 40),
    st.integers(1, 8),
    st.booleans(),
    st.lists(st.integers(1, 39), max_size=5),
    st.integers(0, 9999),
)
def test_any_chunking_is_the_batch_fit(N, D, fit_intercept, cuts, seed):
    X, y, s = data(N, D, seed=seed)
    whole = LinearRegression(fit_intercept=fit_intercept).fit(X, y, s)
    parts = LinearRegression(fit_intercept=fit_intercept)
    edges = [0, *sorted({cut for cut in cuts if cut < N}), N]
    for start, stop in itertools.pairwise(edges):
        parts.partial_fit(X[start:stop], y[start:stop], s[start:stop])
    assert parts.n_samples_seen_ == N and parts.rank_ == whole.rank_
    assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-7, atol=1e-7)
    assert_allclose(parts.singular_, whole.singular_, rtol=1e-9, atol=1e-9)


def test_partial_fit_continues_a_fit():
    X, y, s = data(K=2)
    model = LinearRegression().fit(X[:40], y[:40], s[:40]).partial_fit(X[40:], y[40:], s[40:])
    whole = LinearRegression().fit(X, y, s)
    assert_allclose(model.coef_, whole.coef_, rtol=1e-12)
    assert_allclose(model.intercept_, whole.intercept_, rtol=1e-12)


def test_the_triangle_keeps_what_the_gram_matrix_would_lose():
    X, y, _ = data(200, 3)
    X[:, 2] = X[:, 0] + 1e-7 * X[:, 2]  # condition 1e7: its square leaves two digits
    y = X @ [1.0, 2.0, 3.0]
    parts = LinearRegression()
    for start in range(0, 200, 9):
        parts.partial_fit(X[start : start + 9], y[start : start + 9])
    for model in (parts, LinearRegression().fit(X, y)):
        assert_allclose(model.coef_, [1, 2, 3], rtol=1e-7)


def test_the_normal_equations_hold():
    X, y, s = data(K=2)
    residual = y - LinearRegression().fit(X, y, s).predict(X)
    assert_allclose((s[:, None] * residual).sum(0), 0, atol=1e-11)
    assert_allclose(X.T @ (s[:, None] * residual), 0, atol=1e-11)


def test_a_weight_of_two_is_a_row_twice_and_of_zero_a_row_gone():
    X, y, _ = data()
    s = np.arange(60) % 3
    repeated = LinearRegression().fit(np.repeat(X, s, axis=0), np.repeat(y, s))
    assert_allclose(LinearRegression().fit(X, y, s).coef_, repeated.coef_, rtol=1e-12)


def test_the_shortest_solution_of_duplicate_columns_shares_their_weight():
    X, y, _ = data()
    single, double = LinearRegression().fit(X, y), LinearRegression().fit(X[:, [0, 0, 1, 2, 3]], y)
    assert double.rank_ == 4
    assert_allclose(double.coef_[:2], single.coef_[0] / 2, rtol=1e-10)
    assert_allclose(double.coef_[2:], single.coef_[1:], rtol=1e-10)


def test_moments_of_parts_add_up():
    X, y, s = data(K=2)
    half = slice(0, 25), slice(25, None)
    total = moments(Rows(X, y, s))
    added = moments(Rows(X[half[0]], y[half[0]], s[half[0]])) + moments(
        Rows(X[half[1]], y[half[1]], s[half[1]])
    )
    Z = np.hstack([X, y])
    assert_allclose(added.mean, np.average(Z, axis=0, weights=s), rtol=1e-13)
    assert_allclose(added.scatter, np.cov(Z.T, aweights=s, ddof=0) * s.sum(), rtol=1e-12)
    assert_allclose(total.scatter, added.scatter, rtol=1e-12)
    nothing = Moments(0.0, np.zeros(6), np.zeros((6, 6)))
    assert_allclose((nothing + total).scatter, total.scatter)


def test_blocks_of_a_long_table_make_one_triangle():
    X, y, s = data(90_000, 4)
    _, mean, R = triangle(Rows(X, y[:, None], s))
    total = moments(Rows(X, y[:, None], s))
    assert_allclose(mean, total.mean, rtol=1e-12)
    assert_allclose(R.T @ R, total.scatter, rtol=1e-10)


def test_free_rows_have_the_scatter_of_the_centred_rows():
    X, _, s = data(7, 12)
    for weights in (None, s):
        F = free_rows(X, weights)
        assert F.shape == (6, 12)
        assert_allclose(F.T @ F, moments(Rows(X, X[:, :0], weights)).scatter, atol=1e-12)


def test_centred_products_are_those_of_the_centred_matrix():
    X, _, s = data()
    A = CentredProducts(sp.csr_array(X), s)
    dense = np.sqrt(s)[:, None] * (X - np.average(X, axis=0, weights=s))
    u, v = np.random.default_rng(1).normal(size=60), np.arange(4.0)
    assert_allclose(A.matvec(v), dense @ v, rtol=1e-10)
    assert_allclose(A.rmatvec(u), dense.T @ u, rtol=1e-10)


def test_lsqr_with_damping_is_ridge_regression():
    X, y, _ = data()
    A = CentredProducts(X, centre=False)
    w, iterations = lsqr(A, y, damping=1.5, tol=1e-15)
    assert_allclose(w, np.linalg.solve(X.T @ X + 2.25 * np.eye(4), X.T @ y), rtol=1e-10)
    assert 1 <= iterations <= 8


def test_cholesky_refuses_what_it_would_spoil():
    X, _, _ = data()
    assert_allclose(np.triu(cholesky(X.T @ X)), cholesky(X.T @ X))
    assert_allclose(cholesky(X.T @ X).T @ cholesky(X.T @ X), X.T @ X, rtol=1e-12)
    assert cholesky(np.outer([1.0, 2], [1.0, 2])) is None
    assert cholesky(np.diag([1.0, 0])) is None
    assert cholesky(np.diag([1.0, np.inf])) is None
    assert cholesky(np.array([[1, 1 - 1e-9], [1 - 1e-9, 1]])) is None


def test_minimum_norm_is_the_pseudo_inverse():
    A = np.array([[1.0, 2, 3], [2, 4, 6], [1, 0, 1]])
    W, rank = minimum_norm(A, np.eye(3), 1e-12)
    assert rank == 2
    assert_allclose(W, np.linalg.pinv(A), atol=1e-14)


# --- known answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [1e-3, 1e-5, 1e-7])
def test_lauchli(small):
    """XᵀX = 1 + ε² I rounds to a matrix of ones; a QR of X still sees ε."""
    X = np.vstack([np.ones(3), small * np.eye(3)])
    model = LinearRegression(fit_intercept=False).fit(X, X @ [1.0, 1, 1])
    condition = np.sqrt(3) / small
    assert_allclose(model.coef_, 1, rtol=10 * condition * np.finfo(float).eps)


@pytest.mark.parametrize("degree", [5])
def test_wampler(degree):
    """NIST StRD, Wampler1: y = 1 + x + ... + x⁵ for x = 0, ..., 20; all coefficients are one."""
    powers = np.arange(21.0)[:, None] ** np.arange(1, degree + 1)
    model = LinearRegression().fit(powers, powers.sum(axis=1) + 1)
    assert_allclose(model.coef_, 1, rtol=1e-8)
    assert_allclose(model.intercept_, 1, rtol=1e-7)


def test_toy_polynomial_of_the_book():
    """Raschka et al. (2022), chapter 9."""
    X = np.array([258.0, 270, 294, 320, 342, 368, 396, 446, 480, 586])[:, None]
    y = np.array([236.4, 234.4, 252.8, 298.6, 314.2, 342.2, 360.8, 368.0, 391.2, 390.8])
    quadratic = PolynomialFeatures(2).fit_transform(X)
    straight = LinearRegression().fit(X, y).predict(X)
    curved = LinearRegression().fit(quadratic, y).predict(quadratic)
    assert f"{mean_squared_error(y, straight):.3f}" == "569.780"
    assert f"{mean_squared_error(y, curved):.3f}" == "61.330"
    assert (f"{r2_score(y, straight):.3f}", f"{r2_score(y, curved):.3f}") == ("0.832", "0.982")


# --- bad and extreme input ------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-170, 1e-150, 1e150, 1e160])
def test_extreme_units(scale):
    X, y, _ = data()
    assert_allclose(
        LinearRegression().fit(X * scale, y).coef_ * scale,
        LinearRegression().fit(X, y).coef_,
        rtol=1e-9,
    )


def test_columns_in_very_different_units():
    X, y, _ = data()
    units = np.array([1e-5, 1, 1e3, 1e5])
    ours = LinearRegression().fit(X * units, y).coef_ * units
    assert_allclose(ours, LinearRegression().fit(X, y).coef_, rtol=1e-6)


@pytest.mark.parametrize("constant", [0.1, 1e10, 0.0])
def test_a_constant_column_has_no_coefficient(constant):
    X, y, _ = data()
    padded = np.column_stack([X, np.full(60, constant)])
    for model in (LinearRegression().fit(padded, y), LinearRegression().partial_fit(padded, y)):
        assert model.coef_[-1] == 0 and model.rank_ == 4
        assert_allclose(model.coef_[:-1], LinearRegression().fit(X, y).coef_, rtol=1e-9)


def test_a_large_mean_costs_no_digits():
    X, y, _ = data()
    assert_allclose(
        LinearRegression().fit(X + 2.0**30, y).coef_,
        LinearRegression().fit((X + 2.0**30) - 2.0**30, y).coef_,
        rtol=1e-12,
    )


def test_one_row():
    model = LinearRegression().fit([[1.0, 2.0]], [3.0])
    assert_array_equal(model.coef_, 0)
    assert_array_equal(model.predict([[5.0, 5.0]]), 3)
    assert model.rank_ == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_and_infinite(bad):
    X, y, _ = data()
    for spoil in (X, y):
        kept, spoil[0] = spoil[0].copy(), bad
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            LinearRegression().fit(X, y)
        spoil[0] = kept


def test_errors_say_what_to_do():
    X, y, s = data()
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        LinearRegression().fit(X, y, -s)
    with pytest.raises(TypeError, match="dense data is required"):
        LinearRegression(positive=True).fit(sp.csr_array(X), y)
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        LinearRegression().fit(X[:0], y[:0])
    with pytest.raises(ValueError, match="call partial_fit from the start"):
        LinearRegression().fit(X[:3], y[:3]).partial_fit(X, y)
    with pytest.raises(ValueError, match="call partial_fit from the start"):
        LinearRegression().fit(sp.csr_array(X), y).partial_fit(X, y)
    with pytest.raises(ValueError, match="as many targets"):
        LinearRegression().partial_fit(X, y).partial_fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="features"):
        LinearRegression().partial_fit(X, y).partial_fit(X[:, :2], y)


def test_a_sparse_fit_forgets_the_dense_one():
    X, y, _ = data()
    model = LinearRegression().fit(X, y).fit(sp.csr_array(X), y)
    assert not hasattr(model, "rank_") and not hasattr(model, "singular_")


def test_input_is_left_alone():
    X, y, s = data(K=2)
    for array in (X, y, s):
        array.setflags(write=False)
    LinearRegression(copy_X=False).fit(X, y, s)
    LinearRegression(copy_X=False).fit(X[:3], y[:3], s[:3])


# --- numpy-ml's faults ----------------------------------------------------------------------------


def test_predicts_after_a_vector_of_targets():
    X, y, _ = data()
    assert LinearRegression().fit(X, y).predict(X).shape == (60,)


def test_weights_take_no_matrix_of_rows_by_rows():
    X, y, s = data(5000)
    LinearRegression().fit(X[:9], y[:9])  # what is imported late is imported now
    tracemalloc.start()
    LinearRegression().fit(X, y, s)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5000 * 5000 * 8 / 20


def test_survives_a_file(tmp_path):
    X, y, _ = data()
    save(LinearRegression().fit(X[:50], y[:50]), tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert_array_equal(loaded.singular_, LinearRegression().fit(X[:50], y[:50]).singular_)
    loaded.partial_fit(X[50:], y[50:])
    assert_allclose(loaded.coef_, LinearRegression().fit(X, y).coef_, rtol=1e-12)
