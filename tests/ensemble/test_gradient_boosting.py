"""Gradient boosting: scikit-learn's losses round by round, its equations, and unpleasant tables."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize_scalar
from sklearn import ensemble as reference
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.svm import SVR

import pellucid
from pellucid import reduction
from pellucid.callbacks import listen
from pellucid.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.ensemble._line_search import line_search, weighted_quantile
from pellucid.ensemble._sampling import choose, select
from pellucid.losses import (
    AbsoluteLoss,
    CrossEntropy,
    ExponentialLoss,
    HingeLoss,
    HuberLoss,
    LogLoss,
    Loss,
    QuantileLoss,
    SquaredLoss,
)

RNG = np.random.RandomState(1)
N = 600
X = RNG.standard_normal((N, 5)).astype(np.float32)
SCORES = X[:, 0] + X[:, 1] ** 2 + RNG.standard_normal(N)
LABELS = np.array(["a", "b", "c"])[np.digitize(SCORES, [0, 1.5])]
TWO = np.where(SCORES > 0.8, "yes", "no")
NEW = RNG.standard_normal((200, 5)).astype(np.float32)
# halves, whose sums are exact: of two splits into the same parts the first is taken then, and not
# the one that has been rounded better
WEIGHT = RNG.randint(1, 5, N) / 2
# random, so that no two ways to part the classes weigh the same
UNEVEN = RNG.uniform(0.5, 2, N)
LARGE_LEAVES = {"max_depth": 2, "min_samples_leaf": 20, "n_estimators": 25, "random_state": 3}
REGRESSIONS = ("squared_error", "absolute_error", "huber", "quantile")
CLASSIFICATIONS = (("log_loss", TWO), ("log_loss", LABELS), ("exponential", TWO))
SHAPES = (
    {},
    {"subsample": 0.5},
    {"max_features": 2, "max_leaf_nodes": 5, "learning_rate": 0.5},
    {"subsample": 0.7, "init": "zero"},
    {"n_iter_no_change": 2, "tol": 0.02, "validation_fraction": 0.2},
)


def boosters(*, of, **options):
    name = f"GradientBoosting{of}"
    options = {**LARGE_LEAVES, **options}
    return getattr(pellucid.ensemble, name)(**options), getattr(reference, name)(**options)


def assert_same_fit(ours, theirs):
    assert ours.n_estimators_ == theirs.n_estimators_
    assert ours.estimators_.shape == theirs.estimators_.shape
    assert_allclose(ours.train_score_, theirs.train_score_, rtol=1e-10)
    assert_allclose(ours.feature_importances_, theirs.feature_importances_, rtol=1e-8, atol=1e-12)
    assert hasattr(ours, "oob_score_") == (ours.subsample < 1)
    if ours.subsample < 1:
        assert_allclose(ours.oob_scores_, theirs.oob_scores_, rtol=1e-10)
        # before the first round scikit-learn measures Huber's loss with another δ than after it
        known = slice(1 if ours.loss == "huber" else 0, None)
        improvement = theirs.oob_improvement_[known]
        assert_allclose(ours.oob_improvement_[known], improvement, rtol=1e-8, atol=1e-12)
        assert ours.oob_score_ == ours.oob_scores_[-1]
    for a, b in zip(ours.estimators_.flat, theirs.estimators_.flat, strict=True):
        assert_array_equal(a.tree_.feature, b.tree_.feature)
        assert_allclose(a.tree_.value, b.tree_.value, rtol=1e-8, atol=1e-12)
    assert_array_equal(ours.apply(NEW), theirs.apply(NEW))
    for a, b in zip(ours.staged_predict(NEW), theirs.staged_predict(NEW), strict=True):
        if a.dtype.kind == "f":
            assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        else:
            assert_array_equal(a, b)


@pytest.mark.parametrize("loss", REGRESSIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
def test_numbers_agree_round_by_round(loss, shape, weight):
    ours, theirs = boosters(of="Regressor", loss=loss, alpha=0.75, **shape)
    assert_same_fit(ours.fit(X, SCORES, weight), theirs.fit(X, SCORES, weight))
    assert_allclose(ours.predict(NEW), theirs.predict(NEW), rtol=1e-9)


@pytest.mark.parametrize(("loss", "y"), CLASSIFICATIONS, ids=["two", "three", "exponential"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("weight", [None, UNEVEN], ids=["", "weighted"])
def test_classes_agree_round_by_round(loss, y, shape, weight):
    ours, theirs = boosters(of="Classifier", loss=loss, **shape)
    assert_same_fit(ours.fit(X, y, weight), theirs.fit(X, y, weight))
    for name in ("predict_proba", "predict_log_proba", "decision_function"):
        a, b = getattr(ours, name)(NEW), getattr(theirs, name)(NEW)
        assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    for name in ("staged_predict_proba", "staged_decision_function"):
        for a, b in zip(getattr(ours, name)(NEW), getattr(theirs, name)(NEW), strict=True):
            assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("of", ["Regressor", "Classifier"])
def test_start_from_another_model(of):
    y = SCORES if of == "Regressor" else TWO
    init = Ridge() if of == "Regressor" else LogisticRegression()
    ours, theirs = boosters(of=of)
    ours.set_params(init=init)
    theirs.set_params(init=clone(init))
    assert_same_fit(ours.fit(X, y, WEIGHT), theirs.fit(X, y, WEIGHT))
    assert not hasattr(init, "coef_")  # an argument is not fitted; a copy of it is
    with pytest.raises(ValueError, match="more than a sum of trees"):
        ours._sum_of_trees()


def test_whole_numbers_lie_on_the_kink():
    """A median of whole numbers is one of them, for many rows."""
    y = np.round(2 * SCORES)
    for loss in ("absolute_error", "quantile"):
        ours, theirs = boosters(of="Regressor", loss=loss, alpha=0.75, n_estimators=3)
        assert_same_fit(ours.fit(X, y), theirs.fit(X, y))


# the line search in a leaf, by its definition


def one_leaf(loss, n=41):
    y = RNG.normal(size=(n, 1)) if not isinstance(loss, (LogLoss, ExponentialLoss)) else (
        (RNG.random_sample((n, 1)) < 0.4).astype(float)
    )  # fmt: skip
    raw, weight = RNG.normal(size=(n, 1)), RNG.uniform(0.5, 2, n)
    return y, raw, weight, np.zeros(n, np.int64)


@pytest.mark.parametrize("loss", [SquaredLoss(), AbsoluteLoss(), QuantileLoss(0.3)])
def test_the_step_is_the_best_one(loss):
    y, raw, weight, leaf = one_leaf(loss)
    (gamma,) = line_search(loss, y, raw, loss.gradient(y, raw)[:, 0], weight, leaf, 1)

    def total(step):
        return weight @ loss.value(y, raw + step)[:, 0]

    best = minimize_scalar(total, (-2, 2), tol=1e-12)
    assert total(gamma) <= best.fun * (1 + 1e-12)


@pytest.mark.parametrize("loss", [LogLoss(), ExponentialLoss()])
def test_the_step_is_newtons(loss):
    y, raw, weight, leaf = one_leaf(loss)
    (gamma,) = line_search(loss, y, raw, loss.gradient(y, raw)[:, 0], weight, leaf, 1)

    def total(step):
        return weight @ loss.value(y, raw + step)[:, 0]

    h = 1e-4
    slope = (total(h) - total(-h)) / (2 * h)
    curvature = (total(h) - 2 * total(0) + total(-h)) / h**2
    assert_allclose(gamma, -slope / curvature, rtol=1e-5)


def test_the_step_of_a_class_among_many():
    """Friedman's equation 32, a class at a time."""
    K, codes = 4, RNG.randint(0, 4, 30)
    raw, weight, leaf = RNG.normal(size=(30, K)), RNG.uniform(0.5, 2, 30), RNG.randint(0, 3, 30)
    gradient = CrossEntropy().gradient(codes, raw)
    for k in range(K):
        gamma = line_search(CrossEntropy(), codes, raw, gradient[:, k], weight, leaf, 3)
        for j in range(3):
            off = [
                (float(codes[n] == k) - np.exp(raw[n, k]) / np.exp(raw[n]).sum(), weight[n])
                for n in np.flatnonzero(leaf == j)
            ]
            above, below = (
                sum(w * r for r, w in off),
                sum(w * abs(r) * (1 - abs(r)) for r, w in off),
            )
            assert_allclose(gamma[j], (K - 1) / K * above / below, rtol=1e-10)


def test_hubers_step():
    loss = HuberLoss(0.4)
    y, raw, _, leaf = one_leaf(loss)
    (gamma,) = line_search(loss, y, raw, loss.gradient(y, raw)[:, 0], np.ones(41), leaf, 1)
    residual = np.sort((y - raw)[:, 0])
    off = residual - residual[20]
    assert_allclose(gamma, residual[20] + np.mean(np.sign(off) * np.minimum(np.abs(off), 0.4)))


@pytest.mark.parametrize("loss", [AbsoluteLoss(), QuantileLoss(0.3), HuberLoss(), LogLoss()])
def test_leaves_are_searched_each_for_itself(loss):
    y, raw, weight, _ = one_leaf(loss)
    leaf = np.array([1, 4, 5])[RNG.randint(0, 3, 41)]
    weight[:5] = weight[leaf == 4] = 0  # out of the bag
    gradient = loss.gradient(y, raw)[:, 0]
    together = line_search(loss, y, raw, gradient, weight, leaf, 7)
    for j in range(7):
        own = (leaf == j) & (weight > 0)
        alone = 0
        if own.any():
            own_leaf = np.zeros(own.sum(), np.int64)
            (alone,) = line_search(
                loss, y[own], raw[own], gradient[own], weight[own], own_leaf, 1
            )  # fmt: skip
        assert_allclose(together[j], alone, rtol=1e-12)


def test_a_saturated_leaf_stays_where_it_is():
    y, raw = np.array([[1.0], [0.0]]), np.array([[800.0], [-800.0]])
    gradient = LogLoss().gradient(y, raw)[:, 0]
    steps = line_search(LogLoss(), y, raw, gradient, np.ones(2), np.array([0, 1]), 2)
    assert_array_equal(steps, 0)


def test_weighted_quantile_is_that_of_repeated_values():
    a, weight = RNG.normal(size=20), RNG.randint(1, 5, 20)
    for q in (0.1, 0.25, 0.5, 0.9, 1.0):
        repeated = np.quantile(a.repeat(weight), q, method="inverted_cdf")
        assert weighted_quantile(a, weight.astype(float), q) == repeated


# kernels and their twins


def test_the_walk_is_the_sum_of_the_trees():
    for y, options in ((TWO, {}), (LABELS, {"max_leaf_nodes": 7, "max_depth": None})):
        model = GradientBoostingClassifier(n_estimators=7, min_samples_leaf=5, **options).fit(X, y)
        expected = model._start(NEW)
        for stage in model.estimators_:
            for r, tree in enumerate(stage):
                expected[:, r] += model.learning_rate * tree.predict(NEW)
        assert_array_equal(model._raw(NEW), expected)
        many = np.tile(NEW, (200, 1))  # in blocks, on all cores
        assert_array_equal(model._raw(many), np.tile(expected, (200, 1)))


def test_a_value_at_the_threshold_goes_left():
    model = GradientBoostingRegressor(n_estimators=2).fit(X.astype(np.float64), SCORES)
    trees = [tree.tree_ for tree in model.estimators_.flat]
    cuts = [(f, x) for tree in trees for f, x in zip(tree.feature, tree.threshold, strict=True)]
    rows = np.tile(X[:1].astype(np.float64), (len(cuts), 1))
    for row, (f, x) in zip(rows, cuts, strict=True):
        row[f] = x if f >= 0 else row[f]
    expected = sum(0.1 * tree.predict(rows) for tree in model.estimators_.flat)
    assert_allclose(model.predict(rows), SCORES.mean() + expected, rtol=1e-12)


def test_algorithm_s():
    uniform = RNG.random_sample(50)
    chosen, wanted = [], 20
    for n, u in enumerate(uniform):
        if u * (50 - n) < wanted:
            chosen.append(n)
            wanted -= 1
    assert_array_equal(np.flatnonzero(select(uniform, 20)), chosen)
    assert len(chosen) == 20


def test_every_part_is_drawn_as_often():
    rng, counts = np.random.RandomState(0), {}
    for _ in range(6000):
        part = tuple(np.flatnonzero(choose(rng, 5, 2)))
        counts[part] = counts.get(part, 0) + 1
    assert set(counts) == set(itertools.combinations(range(5), 2))
    chi2 = sum((c - 600) ** 2 / 600 for c in counts.values())
    assert chi2 < 27.9  # 99.9 % of χ² with 9 degrees of freedom


# what must be true


@pytest.mark.parametrize("loss", REGRESSIONS)
def test_a_small_step_never_raises_the_loss(loss):
    model = GradientBoostingRegressor(loss=loss, n_estimators=60).fit(X, SCORES, WEIGHT)
    if loss != "huber":  # whose δ changes from round to round
        assert np.all(np.diff(model.train_score_) < 0)
    assert model.train_score_[-1] < 0.8 * model.train_score_[0]


@pytest.mark.parametrize(("loss", "y"), CLASSIFICATIONS, ids=["two", "three", "exponential"])
def test_probabilities(loss, y):
    model = GradientBoostingClassifier(loss=loss, n_estimators=40).fit(X, y)
    assert np.all(np.diff(model.train_score_) < 0)
    for p, chosen in zip(model.staged_predict_proba(X), model.staged_predict(X), strict=True):
        assert p.min() >= 0
        assert_allclose(p.sum(axis=1), 1)
        assert_array_equal(model.classes_[p.argmax(axis=1)], chosen)
    assert_array_equal(p, model.predict_proba(X))
    assert_array_equal(chosen, model.predict(X))


def test_the_score_is_the_mean_loss():
    model = GradientBoostingRegressor(n_estimators=3).fit(X, SCORES, WEIGHT)
    error = (model.predict(X) - SCORES) ** 2
    assert_allclose(model.train_score_[-1], np.average(error, weights=WEIGHT))
    model = GradientBoostingClassifier(n_estimators=3).fit(X, TWO, WEIGHT)
    log_p = model.predict_log_proba(X)[np.arange(N), (TWO == "yes").astype(int)]
    assert_allclose(model.train_score_[-1], -2 * np.average(log_p, weights=WEIGHT))


@pytest.mark.parametrize("loss", REGRESSIONS)
def test_shift_and_scale_of_the_target(loss):
    options = {**LARGE_LEAVES, "loss": loss, "alpha": 0.75}
    model = GradientBoostingRegressor(**options).fit(X, SCORES)
    moved = GradientBoostingRegressor(**options).fit(X, 4 * SCORES - 8)
    assert_allclose(moved.predict(NEW), 4 * model.predict(NEW) - 8, rtol=1e-9, atol=1e-9)


def test_only_the_order_of_a_column_counts():
    model = GradientBoostingRegressor(random_state=0).fit(X, SCORES)
    bent = GradientBoostingRegressor(random_state=0).fit(np.exp(X), SCORES)
    assert_array_equal(model.predict(X), bent.predict(np.exp(X)))


@pytest.mark.parametrize("loss", REGRESSIONS)
def test_a_weight_of_two_is_a_row_twice(loss):
    times = RNG.randint(0, 3, N)
    options = {**LARGE_LEAVES, "loss": loss, "alpha": 0.75, "min_samples_leaf": 1}
    options |= {"init": "zero"} if loss != "squared_error" else {}  # a median halves the middle
    options |= {"min_weight_fraction_leaf": 0.05}
    weighted = GradientBoostingRegressor(**options).fit(X, SCORES, times)
    repeated = GradientBoostingRegressor(**options).fit(X.repeat(times, 0), SCORES.repeat(times))
    assert_allclose(weighted.predict(NEW), repeated.predict(NEW), rtol=1e-9)
    assert_allclose(weighted.train_score_, repeated.train_score_, rtol=1e-9)


@pytest.mark.parametrize("subsample", [1.0, 0.5])
@pytest.mark.parametrize("of", ["Regressor", "Classifier"])
def test_warm_start_is_one_fit(of, subsample):
    y = SCORES if of == "Regressor" else LABELS
    whole, _ = boosters(of=of, subsample=subsample)
    parts, _ = boosters(of=of, subsample=subsample, warm_start=True, n_estimators=10)
    parts.fit(X, y).set_params(n_estimators=25).fit(X, y)
    whole.fit(X, y)
    assert_array_equal(parts._raw(NEW), whole._raw(NEW))
    assert_array_equal(parts.train_score_, whole.train_score_)
    with pytest.raises(ValueError, match="n_estimators=9 must be larger"):
        parts.set_params(n_estimators=9).fit(X, y)
    parts.set_params(warm_start=False).fit(X, y)
    assert parts.estimators_.shape[0] == 9
    if subsample < 1:
        assert not hasattr(parts.set_params(subsample=1.0).fit(X, y), "oob_score_")


@pytest.mark.parametrize(
    ("Model", "y"), [(GradientBoostingRegressor, SCORES), (GradientBoostingClassifier, LABELS)]
)
def test_warm_start_refuses_another_table(Model, y):
    model = Model(n_estimators=3, warm_start=True, init="zero").fit(X, y)
    expected = model.predict(NEW)
    model.set_params(n_estimators=5)
    with pytest.raises(ValueError, match="features"):
        model.fit(X[:, :2], y)
    if Model is GradientBoostingClassifier:
        with pytest.raises(ValueError, match="can only go on with the same"):
            model.fit(X, TWO)
    assert_array_equal(model.predict(NEW), expected)


def test_a_fit_that_fails_leaves_no_model_behind():
    model = GradientBoostingClassifier(n_estimators=3, init="zero").fit(X, LABELS)
    with pytest.raises(ValueError, match="missing some classes"):
        model.set_params(n_iter_no_change=2, validation_fraction=0.8, random_state=0).fit(
            np.ones((10, 1)), np.array([0, 0] + [1] * 8)
        )
    with pytest.raises(NotFittedError):
        model.predict(NEW)


def test_a_start_of_another_shape_is_refused():
    class Two(LogisticRegression):
        def predict_proba(self, X):
            return super().predict_proba(X)[:, :2]

    with pytest.raises(ValueError, match="init gives scores of shape"):
        GradientBoostingClassifier(init=Two()).fit(X, LABELS)


def test_an_interrupted_fit_is_a_model_of_the_rounds_that_are_done():
    def stop(step):
        if step.done == 4:
            raise KeyboardInterrupt

    model = GradientBoostingRegressor(n_estimators=10, random_state=0)
    with pytest.raises(KeyboardInterrupt), listen(stop):
        model.fit(X, SCORES)
    assert model.n_estimators_ == len(model.estimators_) == len(model.train_score_) == 4
    short = GradientBoostingRegressor(n_estimators=4, random_state=0).fit(X, SCORES)
    assert_array_equal(model.predict(X), short.predict(X))


def test_a_monitor_sees_and_stops():
    seen = []

    def monitor(i, model, scope):
        seen.append((i, model.train_score_[i], len(scope["raw"])))
        return i == 4

    model = GradientBoostingRegressor(n_estimators=20).fit(X, SCORES, monitor=monitor)
    assert model.n_estimators_ == 5
    assert [i for i, _, _ in seen] == [0, 1, 2, 3, 4]
    assert_array_equal([score for _, score, _ in seen], model.train_score_)


def test_constant_columns_and_duplicates_are_not_split():
    x = np.ones((20, 3))
    for Model, y in (
        (GradientBoostingRegressor, np.arange(20.0)),
        (GradientBoostingClassifier, np.arange(20) % 2),
    ):
        model = Model(n_estimators=5).fit(x, y)
        assert all(tree.tree_.node_count == 1 for tree in model.estimators_.flat)
        assert_array_equal(model.feature_importances_, 0)
    assert_allclose(model.predict_proba(x), 0.5)


@pytest.mark.parametrize(("loss", "y"), CLASSIFICATIONS, ids=["two", "three", "exponential"])
def test_sum_of_trees(loss, y):
    model = GradientBoostingClassifier(loss=loss, n_estimators=6).fit(X, y)
    trees, scale, offset = model._sum_of_trees()
    R = model.n_trees_per_iteration_
    assert offset.shape == (R,)
    total = np.zeros((len(NEW), R))
    for tree in trees:
        assert tree.value.shape == (tree.node_count, R, 1)
        total += tree.value[tree.apply(NEW), :, 0]
    assert_allclose(offset + scale * total, model._raw(NEW), rtol=1e-12, atol=1e-12)


def test_threads_change_nothing(monkeypatch):
    many = np.tile(NEW, (200, 1))
    model = GradientBoostingClassifier(n_estimators=5, subsample=0.5, random_state=0)
    on_all = model.fit(X, LABELS).decision_function(many)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    assert_array_equal(model.fit(X, LABELS).decision_function(many), on_all)


def test_sparse_rows_are_rows():
    x = np.where(np.abs(X) < 0.8, 0, X)
    dense = GradientBoostingRegressor(random_state=0).fit(x, SCORES)
    for kind in (sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.coo_array):
        sparse = GradientBoostingRegressor(random_state=0).fit(kind(x), SCORES)
        assert_array_equal(sparse.predict(kind(x)), dense.predict(x))


# a loss of one's own


@dataclass(frozen=True)
class LateIsWorse(Loss):
    """ℓ = r²/2 for r ≥ 0, 2 r² for r < 0"""

    def value(self, y, raw):
        return np.where(raw >= y, 1, 4) * (raw - y) ** 2 / 2

    def gradient(self, y, raw):
        return np.where(raw >= y, 1, 4) * (raw - y)

    def hessian(self, y, raw):
        return np.where(raw >= y, 1.0, 4.0)


def test_a_loss_of_ones_own():
    model = GradientBoostingRegressor(loss=LateIsWorse(), n_estimators=50).fit(X, SCORES)
    assert np.all(np.diff(model.train_score_) < 0)
    residual = SCORES - SCORES.mean()
    factor = np.where(residual > 0, 4, 1)
    leaf, tree = model.apply(X)[:, 0], model.estimators_[0, 0].tree_
    for j in np.unique(leaf).astype(int):
        own = leaf == j
        step = np.average(residual[own], weights=factor[own])
        assert_allclose(tree.value[j, 0, 0], step, rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("squared_error", SquaredLoss()),
        ("log_loss", LogLoss()),
        ("exponential", ExponentialLoss()),
    ],
)
def test_a_loss_by_its_class_is_that_by_its_name(name, loss):
    of, y = ("Regressor", SCORES) if name == "squared_error" else ("Classifier", TWO)
    by_name, by_class = boosters(of=of, loss=name)[0], boosters(of=of)[0].set_params(loss=loss)
    assert_array_equal(by_name.fit(X, y)._raw(NEW), by_class.fit(X, y)._raw(NEW))


# known answers


def test_two_rounds_by_hand():
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 0.0, 6.0])
    model = GradientBoostingRegressor(n_estimators=2, max_depth=1, learning_rate=0.5).fit(x, y)
    # s₀ = 2; residuals -2 -2 4: γ = -2, 4, s = 1 1 4; residuals -1 -1 2: γ = -1, 2, s = ½ ½ 5
    assert_allclose([*model.staged_predict(x)], [[1, 1, 4], [0.5, 0.5, 5]])
    assert_allclose(model.train_score_, [(1 + 1 + 4) / 3, (0.25 + 0.25 + 1) / 3])


def test_one_round_of_classes_by_hand():
    x, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    options = {"n_estimators": 1, "max_depth": 1, "learning_rate": 1.0}
    # s₀ = 0, y - p = ∓½, p (1 - p) = ¼: γ = ∓2
    model = GradientBoostingClassifier(**options).fit(x, y)
    assert_allclose(model.decision_function(x), [-2, 2])
    assert_allclose(model.predict_proba(x)[:, 1], 1 / (1 + np.exp([2, -2])))
    # m = 0, e⁻ᵐ = 1: γ = ∓1, and p = σ(2s)
    model = GradientBoostingClassifier(loss="exponential", **options).fit(x, y)
    assert_allclose(model.decision_function(x), [-1, 1])
    assert_allclose(model.predict_proba(x)[:, 1], 1 / (1 + np.exp([2, -2])))
    # three classes: y - p = 2/3, -1/3; p (1 - p) = 2/9; times 2/3: γ = 2, -1
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 2])
    model = GradientBoostingClassifier(**{**options, "max_depth": 2}).fit(x, y)
    assert_allclose(model.decision_function(x), 3 * np.eye(3) - 1)


def test_classes_that_mirror_each_other_have_mirrored_probabilities():
    """Four classes on a line of two: where two of them cannot be told apart, they stay even."""
    y = np.arange(10) % 4
    x = np.minimum(y, 5)[:, None].astype(float)
    p = GradientBoostingClassifier().fit(x, y).predict_proba(x)
    assert_allclose(p[2, [2, 3]], p[3, [3, 2]], rtol=1e-9)


def test_hubers_delta_shrinks_with_the_residuals():
    """Ten numbers are learnt by heart, and δ, which is one of their residuals, with them."""
    x, y = np.arange(10.0)[:, None], np.arange(10.0)
    model = GradientBoostingRegressor(loss="huber", alpha=0.8).fit(x, y)
    off = np.abs(model.predict(x) - y)
    assert 0 < model._loss.delta < 1e-3
    assert off.max() < 0.01
    deltas = []
    model.fit(x, y, monitor=lambda i, m, scope: deltas.append(scope["delta"]))
    before = [np.full(10, 4.5), *model.staged_predict(x)]
    residuals = np.abs(np.array(before[:-1]) - y)
    assert_allclose(deltas, np.sort(residuals, axis=1)[:, 7])  # 8 of 10 are no larger


def wine():
    """Book A, chapter 7: classes 2 and 3, alcohol and OD280/OD315."""
    data = load_wine()
    kept = data.target > 0
    return train_test_split(
        data.data[kept][:, [0, 11]], data.target[kept], test_size=0.2, random_state=1,
        stratify=data.target[kept],
    )  # fmt: skip


def test_the_books_table():
    """It boosts by XGBoost there (0.968, 0.917); Friedman's first order is scikit-learn's here."""
    train, test, y_train, y_test = wine()
    options = {"n_estimators": 1000, "learning_rate": 0.01, "max_depth": 4, "random_state": 1}
    ours = GradientBoostingClassifier(**options).fit(train, y_train)
    theirs = reference.GradientBoostingClassifier(**options).fit(train, y_train)
    assert ours.score(train, y_train) == theirs.score(train, y_train)
    assert ours.score(test, y_test) == theirs.score(test, y_test)


# the faults of numpy-ml's GradientBoostedDecisionTree


def test_the_step_does_not_shrink_with_the_number_of_rows():
    """Its residuals carried 1/N, so that a constant step hardly learnt."""
    once = GradientBoostingRegressor(n_estimators=30, random_state=0, min_weight_fraction_leaf=0.02)
    ten = GradientBoostingRegressor(n_estimators=30, random_state=0, min_weight_fraction_leaf=0.02)
    once.fit(X, SCORES)
    ten.fit(np.tile(X, (10, 1)), np.tile(SCORES, 10))
    assert_allclose(ten.train_score_, once.train_score_, rtol=1e-9)
    full = GradientBoostingRegressor(n_estimators=1, learning_rate=1.0, max_depth=None)
    assert_allclose(full.fit(X, SCORES).predict(X), SCORES, rtol=1e-9)


def test_probabilities_are_those_of_the_softmax():
    """Its cross-entropy had no softmax, and "probabilities" of up to 2.57."""
    model = GradientBoostingClassifier(n_estimators=30, learning_rate=1.0).fit(X, LABELS)
    raw = model.decision_function(X)
    assert_allclose(model.predict_proba(X), np.exp(raw) / np.exp(raw).sum(1, keepdims=True))


def test_classes_take_adaptive_steps():
    """Its line search was for the squared error alone: here γ differs from leaf to leaf."""
    model = GradientBoostingClassifier(n_estimators=1, learning_rate=1.0).fit(X, TWO)
    p0, positive = np.mean(TWO == "yes"), TWO == "yes"
    leaf = model.apply(X)[:, 0, 0]
    for j in np.unique(leaf).astype(int):
        step = (positive[leaf == j].mean() - p0) / (p0 * (1 - p0))
        assert_allclose(model.estimators_[0, 0].tree_.value[j, 0, 0], step)


def test_numbers_are_predicted_as_a_vector():
    """It predicted (N, 1)."""
    model = GradientBoostingRegressor(n_estimators=2).fit(X, SCORES)
    assert model.predict(NEW).shape == (200,)
    assert all(y.shape == (200,) for y in model.staged_predict(NEW))


def test_duplicate_rows_with_different_labels_end():
    """Its trees recursed for ever."""
    x = np.repeat(X[:10], 4, axis=0)
    y = np.tile([0, 1, 0, 2], 10)
    model = GradientBoostingClassifier(n_estimators=5, max_depth=None).fit(x, y)
    assert_allclose(model.predict_proba(x), np.tile([0.5, 0.25, 0.25], (40, 1)), rtol=1e-9)


# bad and extreme input

BOTH = [(GradientBoostingRegressor, SCORES), (GradientBoostingClassifier, LABELS)]


@pytest.mark.parametrize(("Model", "y"), BOTH)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_and_infinite_values_are_refused(Model, y, bad):
    x = X.copy()
    x[3, 1] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        Model().fit(x, y)
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        Model(n_estimators=1).fit(X, y).predict(x)


@pytest.mark.parametrize(("Model", "y"), BOTH)
def test_what_cannot_be_learnt_from(Model, y):
    for wrong in (np.empty((0, 5)), np.empty((N, 0)), X[:, 0], X[:10]):
        with pytest.raises(ValueError):
            Model().fit(wrong, y)
    with pytest.raises(ValueError):
        Model().fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        Model().fit(X, y, -WEIGHT)
    with pytest.raises(ValueError):
        Model().fit(X, y, np.zeros(N))
    with pytest.raises(ValueError, match="features"):
        Model(n_estimators=1).fit(X, y).predict(X[:, :3])
    with pytest.raises(NotFittedError):
        Model().predict(X)
    with pytest.raises(NotFittedError):
        next(Model().staged_predict(X))
    with pytest.raises(ValueError, match="'subsample' parameter"):
        Model(subsample=0.0).fit(X, y)
    with pytest.raises(ValueError, match="does not support sample weights"):
        Model(init=Unweighted()).fit(X, y, WEIGHT)


class Unweighted(LogisticRegression):
    def fit(self, X, y):
        return super().fit(X, y)


def test_numbers_that_are_none():
    with pytest.raises(ValueError):
        GradientBoostingRegressor().fit(X, LABELS)
    with pytest.raises(ValueError, match="NaN"):
        GradientBoostingRegressor().fit(X, np.where(SCORES > 1, np.nan, SCORES))
    with pytest.raises(ValueError, match="C'"):  # of the model to start from
        GradientBoostingRegressor(init=SVR(C=-1)).fit(X, SCORES)


def test_classes_that_are_too_few_or_too_many():
    with pytest.raises(ValueError, match="y contains 1 class"):
        GradientBoostingClassifier().fit(X, np.ones(N))
    with pytest.raises(ValueError, match="y contains 1 class"):
        GradientBoostingClassifier().fit(X, TWO, TWO == "yes")
    for loss in ("exponential", LogLoss()):
        with pytest.raises(ValueError, match="only suitable for a binary"):
            GradientBoostingClassifier(loss=loss).fit(X, LABELS)
    with pytest.raises(ValueError, match="no link to a probability"):
        GradientBoostingClassifier(loss=HingeLoss()).fit(X, TWO)
    with pytest.raises(ValueError, match="Unknown label type"):
        GradientBoostingClassifier().fit(X, SCORES)


def test_a_class_without_weight_is_next_to_impossible():
    model = GradientBoostingClassifier(n_estimators=20).fit(X, LABELS, LABELS != "b")
    assert_array_equal(model.classes_, ["a", "b", "c"])
    assert model.predict_proba(NEW)[:, 1].max() < 1e-5


def test_one_row_is_a_constant():
    model = GradientBoostingRegressor(n_estimators=3).fit([[1.0, 2.0]], [7.0])
    assert_array_equal(model.predict([[0.0, 0.0], [5.0, 5.0]]), 7)


@pytest.mark.parametrize("loss", REGRESSIONS)
@pytest.mark.parametrize("scale", [2.0**-490, 2.0**490])  # 1e±147
def test_very_large_and_very_small_targets(loss, scale):
    options = {**LARGE_LEAVES, "loss": loss, "alpha": 0.75, "n_estimators": 5}
    model = GradientBoostingRegressor(**options).fit(X, SCORES)
    scaled = GradientBoostingRegressor(**options).fit(X, scale * SCORES)
    assert_allclose(scaled.predict(NEW) / scale, model.predict(NEW), rtol=1e-9)


def test_very_large_and_very_small_columns():
    for scale in (2.0**-500, 2.0**500):
        x = X.astype(np.float64)
        model = GradientBoostingRegressor(random_state=0, n_estimators=5).fit(x, SCORES)
        scaled = GradientBoostingRegressor(random_state=0, n_estimators=5).fit(scale * x, SCORES)
        assert_array_equal(scaled.predict(scale * x), model.predict(x))


def test_perfect_separation_stays_finite():
    x = np.linspace(-1, 1, 40)[:, None]
    for loss in ("log_loss", "exponential"):
        model = GradientBoostingClassifier(loss=loss, n_estimators=300, learning_rate=1.0)
        p = model.fit(x, x[:, 0] > 0).predict_proba(x)
        assert np.all(np.isfinite(p)) and np.all(np.isfinite(model.train_score_))
        assert model.score(x, x[:, 0] > 0) == 1


def test_rows_held_out_must_leave_every_class():
    y = np.array([0, 0] + [1] * 8)
    with pytest.raises(ValueError, match="is missing some classes"):
        GradientBoostingClassifier(n_iter_no_change=5, random_state=0, validation_fraction=0.8).fit(
            np.ones((10, 1)), y
        )


def test_nothing_given_is_changed():
    x, y, w = X.astype(np.float64), SCORES.copy(), WEIGHT.copy()
    for array in (x, y, w):
        array.flags.writeable = False
    model = GradientBoostingRegressor(n_estimators=3, subsample=0.5).fit(x, y, w)
    first, *_ = stages = list(model.staged_predict(x))
    kept = stages[1].copy()
    first[:] = 0
    assert_array_equal(stages[1], kept)


# files


@pytest.mark.parametrize(("Model", "y"), [*BOTH, (GradientBoostingClassifier, TWO)])
def test_saved_and_loaded(Model, y, tmp_path):
    model = Model(n_estimators=5, subsample=0.5, random_state=0, warm_start=True).fit(X, y)
    pellucid.save(model, tmp_path / "model.pellucid")
    loaded = pellucid.load(tmp_path / "model.pellucid")
    assert_array_equal(loaded._raw(NEW), model._raw(NEW))
    assert_array_equal(loaded.oob_scores_, model.oob_scores_)
    for each in (model, loaded):  # and goes on as it would have
        each.set_params(n_estimators=8).fit(X, y)
    assert_array_equal(loaded._raw(NEW), model._raw(NEW))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda m: setattr(m, "estimators_", m.estimators_[0]),
        lambda m: setattr(m, "estimators_", m.estimators_.reshape(1, 3)),
        lambda m: m.estimators_.__setitem__((0, 0), None),
        lambda m: setattr(m, "n_features_in_", 3),
        lambda m: setattr(m.estimators_[1, 0].tree_, "value", np.zeros((3, 2, 1))),
    ],
    ids=["rounds", "scores", "no tree", "features", "values"],
)
def test_an_unsound_state_is_refused(break_it):
    model = GradientBoostingRegressor(n_estimators=3).fit(X, SCORES)
    model._check_state()
    break_it(model)
    with pytest.raises(ValueError, match="estimators_"):
        model._check_state()


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_the_unit_of_the_weights_is_nothing_to_the_trees(unit):
    X = np.random.RandomState(0).normal(size=(60, 3))
    y, model = X[:, 0] + X[:, 1] ** 2, GradientBoostingRegressor(n_estimators=5)
    plain, weighted = clone(model).fit(X, y), model.fit(X, y, np.full(60, unit))
    np.testing.assert_allclose(weighted.predict(X), plain.predict(X), rtol=1e-12)


def test_targets_whose_squares_overflow_are_refused():
    X = np.arange(9.0)[:, None]
    with pytest.raises(ValueError, match="their squares overflow"):
        GradientBoostingRegressor(n_estimators=2).fit(X, X[:, 0] * 1e155)
