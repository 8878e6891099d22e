"""Ridge regression: all routes are one answer, and that answer is the normal equations'."""

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError

from pellucid.linear_model import LinearRegression, Ridge, RidgeClassifier
from pellucid.persistence import load, save

SOLVERS = ["auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga"]


def data(N=60, D=4, K=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + rng.normal(size=D)
    y = X @ rng.normal(size=(D,) if K is None else (D, K)) + rng.normal(size=(N, K) if K else N)
    return X, y + 3, rng.uniform(0, 2, size=N)


def normal_equations(X, Y, alpha, s, fit_intercept):
    """W and b of (XᵀSX + αI) W = XᵀSY, term by term."""
    x_mean = np.average(X, axis=0, weights=s) * fit_intercept
    y_mean = np.average(Y, axis=0, weights=s) * fit_intercept
    A = (X - x_mean).T @ ((X - x_mean) * s[:, None])
    B = (X - x_mean).T @ ((Y - y_mean) * s[:, None])
    columns = [
        np.linalg.solve(A + a * np.eye(len(A)), b)
        for a, b in zip(np.broadcast_to(alpha, Y.shape[1]), B.T, strict=True)
    ]
    return np.array(columns), y_mean - np.array(columns) @ x_mean


@pytest.mark.parametrize("shape", [(60, 4, 2), (6, 15, 2), (7, 7, 2), (1, 3, 2)])
@pytest.mark.parametrize("alpha", [0.3, [1.0, 20.0]])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("solver", SOLVERS)
def test_every_route_solves_the_normal_equations(shape, alpha, fit_intercept, solver):
    X, Y, s = data(*shape)
    options = {"fit_intercept": fit_intercept, "solver": solver, "tol": 1e-15}
    W, b = normal_equations(X, Y, alpha, s, fit_intercept)
    for given in (X, np.asfortranarray(X), sp.csr_array(X), sp.csr_matrix(X)):
        model = Ridge(alpha, **options).fit(given, Y, s)
        assert_allclose(model.coef_, W, rtol=1e-8, atol=1e-12)
        assert_allclose(model.intercept_, b, rtol=1e-8, atol=1e-12)
        assert model.solver_ == (
            solver if solver != "auto" else "lsqr" if sp.issparse(given) else "cholesky"
        )


@pytest.mark.parametrize("targets", [None, 1, 3])
def test_shapes_are_scikit_learns(targets):
    X, y, _ = data(K=targets)
    ours, theirs = Ridge().fit(X, y), sklearn.linear_model.Ridge().fit(X, y)
    assert ours.coef_.shape == theirs.coef_.shape
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)
    assert ours.predict(X).shape == theirs.predict(X).shape
    assert ours.n_iter_ is theirs.n_iter_ is None


def test_float32_stays_float32():
    X, y, _ = data()
    for given in (X, X[:3], sp.csr_array(X)):
        target = y[: given.shape[0]].astype(np.float32)
        model = Ridge().fit(given.astype(np.float32), target)
        assert model.coef_.dtype == model.predict(given.astype(np.float32)).dtype == np.float32


def test_no_price_is_least_squares_even_without_rank():
    X, y, s = data()
    for given in (X, X[:, [0, 0, 1, 2, 3]], X[:3]):
        n = len(given)
        ours, plain = Ridge(0).fit(given, y[:n], s[:n]), LinearRegression()
        assert_allclose(ours.coef_, plain.fit(given, y[:n], s[:n]).coef_, rtol=1e-9)


def test_a_price_too_small_for_cholesky():
    X, y, _ = data()
    X[:, 3] = X[:, 2] + 1e-7 * X[:, 3]
    for alpha in (1e-10, 1e-14):
        root = np.vstack([X - X.mean(0), np.sqrt(alpha) * np.eye(4)])
        expected = np.linalg.lstsq(root, np.append(y - y.mean(), np.zeros(4)), rcond=None)[0]
        assert_allclose(Ridge(alpha).fit(X, y).coef_, expected, rtol=1e-7)


def test_the_price_is_that_of_the_sum_not_the_mean():
    X, y, _ = data()
    twice = Ridge(2).fit(np.vstack([X, X]), np.append(y, y))
    assert_allclose(Ridge(1).fit(X, y).coef_, twice.coef_, rtol=1e-12)


def test_the_norm_falls_as_the_price_rises():
    X, y, _ = data()
    norms = [np.linalg.norm(Ridge(alpha).fit(X, y).coef_) for alpha in 10.0 ** np.arange(-3, 8)]
    assert (np.diff(norms) < 0).all()


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", [(60, 6), (5, 12)])
def test_positive_meets_its_optimality_conditions(fit_intercept, shape):
    X, y, s = data(*shape)
    for given, tolerance in ((X, 1e-10), (sp.csr_array(X), 1e-4)):
        model = Ridge(0.5, positive=True, fit_intercept=fit_intercept, tol=1e-8).fit(given, y, s)
        slope = X.T @ (s * (model.predict(given) - y)) + 0.5 * model.coef_
        assert (model.coef_ >= 0).all() and (model.coef_ > 0).any()
        assert_allclose(slope[model.coef_ > 0], 0, atol=tolerance)
        assert (slope[model.coef_ == 0] > -tolerance).all()
        assert model.solver_ == "lbfgs"


def test_a_solver_that_iterates_counts():
    X, y, _ = data(K=2)
    for solver in ("lsqr", "sag", "saga"):
        model = Ridge(solver=solver, max_iter=2, tol=1e-15).fit(X, y)
        assert_array_equal(model.n_iter_, [2, 2])
    assert Ridge(solver="sparse_cg").fit(X, y).n_iter_ is None


def test_tolerance_is_the_distance_from_the_answer():
    X, y, _ = data(200, 30)
    exact = Ridge(solver="svd").fit(X, y).coef_
    errors = [
        np.linalg.norm(Ridge(solver="lsqr", tol=tol).fit(X, y).coef_ - exact)
        for tol in (1e-2, 1e-4, 1e-8)
    ]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 1e-6


@pytest.mark.parametrize("scale", [1e-160, 1e-150, 1e150, 1e160])
def test_extreme_units(scale):
    X, y, _ = data()
    for model in (Ridge(alpha=0), Ridge(alpha=0, solver="svd")):
        assert_allclose(
            model.fit(X * scale, y).coef_ * scale, LinearRegression().fit(X, y).coef_, rtol=1e-8
        )


def test_a_constant_column_is_left_alone():
    X, y, _ = data()
    padded = np.column_stack([X, np.full(60, 1e7)])
    for alpha in (0, 1):
        coef = Ridge(alpha).fit(padded, y).coef_
        assert coef[-1] == 0
        assert_allclose(coef[:-1], Ridge(alpha).fit(X, y).coef_, rtol=1e-10)


def test_one_row_and_no_column_of_use():
    assert_array_equal(Ridge().fit([[1.0, 2.0]], [3.0]).coef_, 0)
    assert Ridge().fit([[1.0, 2.0]], [3.0]).intercept_ == 3


def test_errors_say_what_to_do():
    X, y, s = data()
    with pytest.raises(ValueError, match="targets and number of penalties do not correspond"):
        Ridge([1.0, 2.0]).fit(X, y)
    with pytest.raises(ValueError, match=r"must be >= 0"):
        Ridge([-1.0]).fit(X, y)
    with pytest.raises(InvalidParameterError, match="'alpha'"):
        Ridge(-1.0).fit(X, y)
    with pytest.raises(ValueError, match="does not support positive fitting"):
        Ridge(solver="svd", positive=True).fit(X, y)
    with pytest.raises(ValueError, match="only when positive=True"):
        Ridge(solver="lbfgs").fit(X, y)
    with pytest.raises(ValueError, match="Negative values"):
        Ridge().fit(X, y, -s)
    with pytest.raises(ValueError, match="NaN"):
        Ridge().fit(np.where(X > 0, np.nan, X), y)
    with pytest.warns(ConvergenceWarning, match="increase max_iter"):
        Ridge(positive=True, max_iter=1).fit(sp.csr_array(X), y)


# --- classes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("class_weight", [None, "balanced", {"c0": 3.0}])
def test_classifier_equals_scikit_learns(classes, class_weight):
    X, y = load_iris(return_X_y=True)
    X, y = X[y < classes], np.array(["c0", "c1", "c2"])[y[y < classes]]
    X, y = X[20:], y[20:]
    s = np.random.default_rng(0).uniform(0, 2, len(y))
    ours = RidgeClassifier(class_weight=class_weight).fit(X, y, s)
    theirs = sklearn.linear_model.RidgeClassifier(class_weight=class_weight).fit(X, y, s)
    assert ours.coef_.shape == (1 if classes == 2 else 3, 4)
    assert_allclose(ours.coef_, np.atleast_2d(theirs.coef_), rtol=1e-9)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9)
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-9, atol=1e-12)
    assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_several_labels_a_row(class_weight):
    X, y, s = data(K=3)
    y = (y > np.median(y, axis=0)).astype(int)
    ours = RidgeClassifier(class_weight=class_weight).fit(X, y, s)
    theirs = sklearn.linear_model.RidgeClassifier(class_weight=class_weight).fit(X, y, s)
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9)
    assert_array_equal(ours.classes_, theirs.classes_)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.score(X, y) == theirs.score(X, y)
    assert ours.__sklearn_tags__().classifier_tags.multi_label


def test_several_classes_for_several_outputs_are_refused():
    with pytest.raises(ValueError, match="by 0 and 1"):
        RidgeClassifier().fit(np.eye(3), [[0, 1], [1, 2], [2, 0]])


def test_classifier_wants_two_classes():
    with pytest.raises(ValueError, match="one class"):
        RidgeClassifier().fit([[1.0], [2.0]], [0, 0])


@pytest.mark.parametrize("model", [Ridge([1.0]), RidgeClassifier(), Ridge(solver="lsqr")])
def test_survives_a_file(model, tmp_path):
    X, y, _ = data()
    model.fit(X, y > y.mean())
    save(model, tmp_path / "model")
    assert_array_equal(load(tmp_path / "model").predict(X), model.predict(X))
