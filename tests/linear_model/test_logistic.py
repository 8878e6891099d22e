"""Logistic regression: what must be true of it, known answers, and bad and extreme input."""

import functools
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid.linear_model import LogisticRegression
from pellucid.linear_model._logistic_rows import BinaryRows, MultinomialRows
from pellucid.linear_model._newton import newton
from pellucid.linear_model._row_sums import Problem
from pellucid.linear_model._sparse_newton import coordinate_descent
from pellucid.reduction import Rows


def _data(N=120, D=5, K=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)) + rng.normal(size=D)
    y = np.argmax((X - X.mean(axis=0)) @ rng.normal(size=(D, K)) + rng.gumbel(size=(N, K)), axis=1)
    return X, y, rng.uniform(0.1, 3, size=N)


def _objective(X, y, w, b, C, weight):
    """The penalised loss, from its definition."""
    scores = X @ w.T + b
    if len(w) == 1:
        scores = np.column_stack([np.zeros(len(X)), scores])
    loss = np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(y)), y]
    return C * weight @ loss + 0.5 * np.sum(w**2)


# --- what must be true --------------------------------------------------------------------------


@pytest.mark.parametrize("K", [2, 3])
def test_the_gradient_of_the_objective_is_zero_by_differences(K):
    X, y, weight = _data(K=K)
    model = LogisticRegression(C=0.7, tol=1e-8).fit(X, y, weight)
    w, b, h = model.coef_, model.intercept_, 1e-5
    for k, d in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[k, d] = h
        up, down = (_objective(X, y, w + s, b, 0.7, weight) for s in (step, -step))
        assert abs(up - down) / (2 * h) < 1e-6  # the penalty's gradient is + w, not - w
    for k in range(len(b)):
        step = h * (np.arange(len(b)) == k)
        up, down = (_objective(X, y, w, b + s, 0.7, weight) for s in (step, -step))
        assert abs(up - down) / (2 * h) < 1e-6  # and the intercept is not penalised


@pytest.mark.parametrize("K", [2, 4])
@pytest.mark.parametrize("explicit", [True, False], ids=["Cholesky", "conjugate gradients"])
def test_both_ways_to_a_newton_step_reach_the_optimum(K, explicit):
    X, y, weight = _data(K=K)
    weight = weight / weight.sum()
    rows, loss = Rows(X, y, weight, None), MultinomialRows(K, True) if K > 2 else BinaryRows()
    ridge = np.append(np.full(5, 0.01), 0)
    problem = Problem(rows, 1.0, loss, ridge, np.zeros(6))
    problem.explicit = explicit
    theta, _, converged = newton(problem, np.zeros(problem.shape), 1e-10, 100, None)
    sums = problem.sums(theta)
    assert converged
    assert np.abs(sums.gradient).max() < 1e-10


@pytest.mark.parametrize("sparse", [False, True])
def test_the_hessian_is_the_difference_of_the_gradient_and_products_are_by_it(sparse):
    X, y, weight = _data(K=3)
    X = sp.csr_array(X) if sparse else X
    rows = Rows(X, y, weight / weight.sum(), None)
    problem = Problem(rows, 2.0, MultinomialRows(3, True), np.full(6, 0.3), np.zeros(6))
    theta = np.random.default_rng(1).normal(size=problem.shape)
    H, _ = problem.hessian(problem.sums(theta), None)
    problem.explicit = False
    states = problem.sums(theta).states
    for p, m in np.ndindex(theta.shape):
        unit = np.zeros_like(theta)
        unit[p, m] = 1
        up, down = (problem.sums(theta + s * 1e-6 * unit).gradient for s in (1, -1))
        expected = (up - down) / 2e-6
        column = H[:, m * 6 + p].reshape(-1, 6).T
        np.testing.assert_allclose(column, expected, atol=1e-8)
        np.testing.assert_allclose(problem.product(states, unit), expected, atol=1e-8)


def test_a_wide_solution_lies_in_the_space_of_the_rows():
    X, y, _ = _data(N=40, D=2000)
    model = LogisticRegression(tol=1e-8, fit_intercept=False).fit(X, y)
    w = model.coef_[0]
    Q, R = np.linalg.qr(X.T)  # X = Rᵀ Qᵀ
    small = LogisticRegression(tol=1e-8, fit_intercept=False).fit(R.T, y)
    np.testing.assert_allclose(w, Q @ small.coef_[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(w, Q @ (Q.T @ w), atol=1e-10)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@pytest.mark.parametrize("K", [2, 3])
def test_a_row_of_weight_two_is_two_rows(penalty, K):
    X, y, _ = _data(K=K)
    model = LogisticRegression(penalty, solver="saga", tol=1e-8)
    twice = model.fit(X, y, np.where(np.arange(120) < 40, 2, 1)).coef_
    repeated = model.fit(np.vstack([X, X[:40]]), np.append(y, y[:40])).coef_
    np.testing.assert_allclose(twice, repeated, rtol=1e-6, atol=1e-8)


def test_the_order_of_columns_and_the_names_of_classes_do_not_matter():
    X, y, _ = _data(K=3)
    model = LogisticRegression(tol=1e-8)
    straight = model.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(model.fit(X[:, ::-1], y).predict_proba(X[:, ::-1]), straight)
    named = model.fit(X, np.array(["a", "b", "c"])[y])
    np.testing.assert_allclose(named.predict_proba(X), straight)
    assert set(named.predict(X)) <= {"a", "b", "c"}


@pytest.mark.parametrize("K", [2, 3])
def test_the_first_step_from_a_sample_of_the_rows_changes_no_answer(K):
    X, y, _ = _data(N=40000, D=3, K=K)
    whole = LogisticRegression(tol=1e-8).fit(X, y)
    start = LogisticRegression(tol=1e-8, warm_start=True)
    start.coef_ = np.zeros_like(whole.coef_)
    start.intercept_ = np.zeros_like(whole.intercept_)
    np.testing.assert_allclose(start.fit(X, y).coef_, whole.coef_, rtol=1e-8)
    assert whole.n_iter_[0] < start.n_iter_[0]
    rare = np.where(np.arange(40000) % 16 == 0, 0, y)  # every 16th row knows one class alone
    model = LogisticRegression(tol=1e-8, C=np.inf).fit(X, rare)
    p = model.predict_proba(X)
    np.testing.assert_allclose(np.mean(p, axis=0), np.bincount(rare) / 40000, rtol=1e-6)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
@pytest.mark.parametrize("shape", [(150, 8), (60, 5000)])
@pytest.mark.parametrize("sparse", [False, True])
def test_the_conditions_of_an_l1_optimum_hold(K, l1_ratio, shape, sparse):
    X, y, weight = _data(*shape, K=K)
    if sparse:
        X = np.where(np.abs(X) > 1, X, 0)
    model = LogisticRegression(l1_ratio=l1_ratio, solver="saga", C=0.2, tol=1e-7)
    model.fit(sp.csr_array(X) if sparse else X, y, weight)
    residual = weight[:, None] * (model.predict_proba(X) - np.eye(K)[y])
    residual = residual[:, 1:] if K == 2 else residual
    w = model.coef_
    slope = 0.2 * residual.T @ X + (1 - l1_ratio) * w
    assert 0 < np.count_nonzero(w) < w.size
    np.testing.assert_allclose(slope[w != 0], -l1_ratio * np.sign(w[w != 0]), atol=1e-4)
    assert np.abs(slope[w == 0]).max() < l1_ratio + 1e-4
    np.testing.assert_allclose(residual.sum(axis=0), 0, atol=1e-4)


def test_coordinate_descent_is_its_python_twin_and_solves_its_problem():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(30, 12))
    H, g, w = A.T @ A, 10 * rng.normal(size=12), rng.normal(size=12)
    lasso = np.full(12, 5.0)
    ours = coordinate_descent(H, g, w, lasso)
    np.testing.assert_array_equal(ours, coordinate_descent.py_func(H, g, w, lasso))
    slope = g + H @ (ours - w)
    assert np.abs(slope[ours == 0]).max() < 5 + 1e-2
    np.testing.assert_allclose(slope[ours != 0], -5 * np.sign(ours[ours != 0]), atol=1e-1)


def test_the_number_of_threads_changes_no_bit(monkeypatch):
    from pellucid import reduction

    X, y, _ = _data(N=20000, D=30)
    many = LogisticRegression().fit(X, y).coef_
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    with reduction.threads.one_blas_thread:
        one = LogisticRegression().fit(X, y).coef_
    np.testing.assert_array_equal(one, many)


def test_warm_start_goes_on_where_it_stopped():
    X, y, _ = _data(K=3)
    model = LogisticRegression(warm_start=True, max_iter=2)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y).fit(X, y)
    whole = LogisticRegression(max_iter=4)
    with pytest.warns(ConvergenceWarning):
        whole.set_params(tol=1e-12).fit(X, y)
    np.testing.assert_allclose(model.coef_, whole.coef_, rtol=1e-10)
    for options in ({}, {"solver": "liblinear", "intercept_scaling": 3}):
        model = LogisticRegression(warm_start=True, tol=1e-6, **options).fit(X, y).fit(X, y)
        assert (model.n_iter_ == 1).all()


# --- agreement ----------------------------------------------------------------------------------


@functools.cache
def _standardized_and_reference(load):
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    return X, y, Reference(C=0.5, solver="newton-cholesky", tol=1e-10).fit(X, y)


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"])
def test_every_solver_reaches_the_optimum_that_scikit_learn_reaches_when_made_to(load, solver):
    X, y, theirs = _standardized_and_reference(load)
    ours = LogisticRegression(C=0.5, solver=solver, tol=1e-6).fit(X, y)
    scale = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-6 * scale)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize("options", [{"l1_ratio": 1}, {"l1_ratio": 0}, {"dual": True}])
def test_liblinear_fits_several_classes_one_against_the_rest(options):
    X, y, _ = _data(K=3)
    ours = LogisticRegression(solver="liblinear", tol=1e-8, **options).fit(X, y)
    p = np.empty((len(X), 3))
    for k in range(3):
        one = Reference(solver="liblinear", tol=1e-10, max_iter=100000, random_state=0, **options)
        one.fit(X, y == k)
        np.testing.assert_allclose(ours.coef_[k], one.coef_[0], atol=1e-5)
        np.testing.assert_allclose(ours.intercept_[k], one.intercept_[0], atol=1e-5)
        p[:, k] = one.predict_proba(X)[:, 1]
    np.testing.assert_allclose(ours.predict_proba(X), p / p.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(np.exp(ours.predict_log_proba(X)), ours.predict_proba(X))
    assert ours.n_iter_.shape == (3,)


def test_multi_class_ovr_does_not_penalise_the_intercept():
    X, y, _ = _data(K=3)
    ours = LogisticRegression(multi_class="ovr", tol=1e-8).fit(X, y)
    for k in range(3):
        one = Reference(tol=1e-10, solver="newton-cholesky").fit(X, y == k)
        np.testing.assert_allclose(ours.coef_[k], one.coef_[0], rtol=1e-6)
        np.testing.assert_allclose(ours.intercept_[k], one.intercept_[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"penalty": "l2"}, {}),
        ({"penalty": "l1", "solver": "saga"}, {"l1_ratio": 1, "solver": "saga"}),
        (
            {"penalty": "elasticnet", "l1_ratio": 0.3, "solver": "saga"},
            {"l1_ratio": 0.3, "solver": "saga"},
        ),
        ({"penalty": None}, {"C": np.inf}),
    ],
)
def test_the_older_names_of_penalties_mean_what_they_meant(old, new):
    X, y, _ = _data(K=3)
    np.testing.assert_array_equal(
        LogisticRegression(**old).fit(X, y).coef_, LogisticRegression(**new).fit(X, y).coef_
    )


# --- known answers ------------------------------------------------------------------------------


def test_iris_of_the_book():
    """Raschka, Liu & Mirjalili (2022), chapter 3."""
    X, y = load_iris(return_X_y=True)
    X, Z, y, t = train_test_split(X[:, 2:], y, test_size=0.3, random_state=1, stratify=y)
    scaler = StandardScaler().fit(X)
    X, Z = scaler.transform(X), scaler.transform(Z)
    model = LogisticRegression(C=100.0, solver="lbfgs", multi_class="ovr").fit(X, y)
    assert model.score(Z, t) == pytest.approx(44 / 45)
    p = model.predict_proba(Z[:3])
    np.testing.assert_allclose(p[0], [3.8e-9, 0.1448, 0.8552], atol=5e-5)
    assert p[0, 0] == pytest.approx(3.8e-9, rel=0.01)
    assert p.argmax(axis=1).tolist() == [2, 0, 0]


def test_wine_of_the_book():
    """Raschka, Liu & Mirjalili (2022), chapter 4: the intercept stands under the l1 penalty."""
    X, y = load_wine(return_X_y=True)
    X, Z, y, t = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    scaler = StandardScaler().fit(X)
    model = LogisticRegression(penalty="l1", C=1.0, solver="liblinear", multi_class="ovr")
    model.fit(scaler.transform(X), y)
    assert np.count_nonzero(model.coef_) == 23
    np.testing.assert_allclose(model.intercept_, [-1.263, -1.216, -2.370], atol=6e-4)
    assert model.score(scaler.transform(X), y) == model.score(scaler.transform(Z), t) == 1.0


def test_cancer_of_the_book():
    """Raschka, Liu & Mirjalili (2022), chapter 6."""
    X, y = load_breast_cancer(return_X_y=True)
    y = 1 - y  # M is 1 there
    X, Z, y, t = train_test_split(X, y, test_size=0.2, stratify=y, random_state=1)
    pipe = make_pipeline(StandardScaler(), PCA(n_components=2), LogisticRegression())
    assert pipe.fit(X, y).score(Z, t) == pytest.approx(0.956, abs=5e-4)
    scores = cross_val_score(pipe, X, y, cv=StratifiedKFold(10))
    printed = [0.935, 0.935, 0.957, 0.957, 0.935, 0.956, 0.978, 0.933, 0.956, 0.956]
    np.testing.assert_allclose(scores, printed, atol=6e-4)


def test_two_points_on_a_line():
    """By symmetry b = 0, and w = 2 C σ(-w)."""
    model = LogisticRegression(C=3, tol=1e-10).fit([[-1.0], [1.0]], [0, 1])
    w = model.coef_[0, 0]
    assert w == pytest.approx(2 * 3 / (1 + np.exp(w)), rel=1e-12)
    assert model.intercept_[0] == pytest.approx(0, abs=1e-14)


# --- bad and extreme input ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"C": 0.0}, "The 'C' parameter"),
        ({"solver": "gradient descent"}, "The 'solver' parameter"),
        ({"multi_class": "ovo"}, "The 'multi_class' parameter"),
        ({"intercept_scaling": 0}, "The 'intercept_scaling' parameter"),
        ({"l1_ratio": 1}, "Solver lbfgs supports only 'l2' or None penalties"),
        ({"l1_ratio": 0.5, "solver": "liblinear"}, "Only 'saga' solver supports elasticnet"),
        ({"C": np.inf, "solver": "liblinear"}, "penalty=None is not supported for the liblinear"),
        ({"dual": True}, "Solver lbfgs supports only dual=False"),
        ({"dual": True, "l1_ratio": 1, "solver": "liblinear"}, "dual"),
        ({"multi_class": "multinomial", "solver": "liblinear"}, "multinomial"),
        ({"penalty": "elasticnet", "l1_ratio": None, "solver": "saga"}, "l1_ratio must be"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(options, message):
    X, y, _ = _data()
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**options).fit(X, y)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[np.nan], [1.0]], [0, 1], "contains NaN"),
        ([[np.inf], [1.0]], [0, 1], "contains infinity"),
        ([[0.0], [1.0]], [1, 1], "only one class: np.int64"),
        ([[0.0], [1.0]], [0.5, 1.5], "Unknown label type"),
        ([[0.0]], [1], "only one class"),
        (np.empty((0, 2)), [], "0 sample"),
        (np.empty((2, 0)), [0, 1], "0 feature"),
        ([0.0, 1.0], [0, 1], "Expected 2D array"),
        ([[0.0], [1.0]], [0, 1, 1], "inconsistent numbers of samples"),
    ],
)
def test_data_that_cannot_be_learned_from_are_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        LogisticRegression().fit(X, y)


def test_weights_that_are_negative_or_all_zero_are_refused():
    X, y, _ = _data()
    with pytest.raises(ValueError, match="Negative values"):
        LogisticRegression().fit(X, y, -np.ones(120))
    with pytest.raises(ValueError, match="zero"):
        LogisticRegression().fit(X, y, np.zeros(120))


def test_too_few_steps_are_reported():
    X, y, _ = _data()
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge after 2 iterations"):
        model = LogisticRegression(max_iter=2).fit(X, y)
    assert model.n_iter_.tolist() == [2]
    with pytest.warns(UserWarning, match="penalty=None will ignore the C"):
        LogisticRegression(penalty=None, C=3.0).fit(X, y)


@pytest.mark.parametrize("C", [1e10, np.inf])
def test_separable_classes_end_in_certainty_not_in_overflow(C):
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    model = LogisticRegression(C=C).fit(X, [0, 0, 1, 1])
    assert np.isfinite(model.coef_).all()
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], [0, 0, 1, 1], atol=1e-4)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_units_out_of_all_proportion(K, scale):
    X, y, _ = _data(K=K)
    plain = LogisticRegression(C=np.inf, tol=1e-8).fit(X, y)
    model = LogisticRegression(C=np.inf, tol=1e-8).fit(X * scale, y)
    np.testing.assert_allclose(model.predict_proba(X * scale), plain.predict_proba(X), rtol=1e-6)


def test_columns_that_say_nothing_or_the_same():
    X, y, _ = _data()
    plain = LogisticRegression(tol=1e-8).fit(X, y)
    more = np.column_stack([X, np.zeros(120), np.full(120, 7.0)])
    model = LogisticRegression(tol=1e-8).fit(more, y)
    np.testing.assert_allclose(model.coef_[0], [*plain.coef_[0], 0, 0], atol=1e-9)
    free = LogisticRegression(C=np.inf, tol=1e-8).fit(X, y)
    doubled = LogisticRegression(C=np.inf, tol=1e-8).fit(np.hstack([X, X]), y)
    np.testing.assert_allclose(doubled.coef_[0], np.tile(free.coef_[0] / 2, 2), rtol=1e-6)


@pytest.mark.parametrize("K", [2, 3])
def test_probabilities_are_right_to_the_extremes(K):
    X = np.array([[-1e4], [1e4], [0.0]])
    y = np.arange(3) % K
    model = LogisticRegression().fit(X, y)
    model.coef_ = np.linspace(-1, 1, K)[:, None] if K > 2 else np.array([[1.0]])
    model.intercept_ = np.zeros(len(model.coef_))
    p, log_p = model.predict_proba(X), model.predict_log_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert np.isfinite(log_p).all()
    assert log_p.min() == -2e4 if K > 2 else -1e4
    np.testing.assert_allclose(np.exp(log_p), p)


@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csr_array, sp.csc_array, sp.coo_array])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("D", [20, 300])
def test_sparse_containers(container, index, D):
    X, y, _ = _data(D=D)
    X = np.where(np.abs(X) > 1, X, 0)
    S = sp.csr_array(X)
    S.indices, S.indptr = S.indices.astype(index), S.indptr.astype(index)
    dense = LogisticRegression(tol=1e-8).fit(X, y)
    sparse = LogisticRegression(tol=1e-8).fit(container(S), y)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(sparse.predict_proba(container(S)), dense.predict_proba(X))


@pytest.mark.parametrize("K", [2, 3])
def test_float32_goes_in_and_comes_out_and_is_summed_in_float64(K):
    X, y, _ = _data(K=K)
    X = X.astype(np.float32)
    X.setflags(write=False)
    model = LogisticRegression(tol=1e-8).fit(X, y)
    assert model.coef_.dtype == model.intercept_.dtype == model.predict_proba(X).dtype == np.float32
    exact = LogisticRegression(tol=1e-8).fit(X.astype(float), y)
    np.testing.assert_allclose(model.coef_, exact.coef_, rtol=1e-6)


def test_a_sparse_coef_predicts_the_same():
    X, y, _ = _data(K=3)
    model = LogisticRegression("l1", solver="saga", C=0.1).fit(X, y)
    p = model.predict_proba(X)
    assert sp.issparse(model.sparsify().coef_)
    np.testing.assert_allclose(model.predict_proba(X), p)
    np.testing.assert_allclose(model.densify().predict_proba(X), p)


def test_nothing_is_said_where_all_is_well():
    X, y, _ = _data(K=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LogisticRegression(penalty="l1", solver="liblinear", multi_class="ovr").fit(X, y)
