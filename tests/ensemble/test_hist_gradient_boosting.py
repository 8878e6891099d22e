"""Boosting on histograms: scikit-learn stage by stage, splits by brute force, odd tables."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble as reference
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import pellucid
from pellucid import reduction
from pellucid.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    _leafwise,
)
from pellucid.ensemble._histogram import fill
from pellucid.ensemble._steps import Slopes
from pellucid.losses import (
    AbsoluteLoss,
    CrossEntropy,
    GammaLoss,
    HuberLoss,
    LogitLink,
    LogLoss,
    Loss,
    PoissonLoss,
    QuantileLoss,
    SquaredLoss,
)
from pellucid.tree._walk import add_trees

Regressor, Classifier = HistGradientBoostingRegressor, HistGradientBoostingClassifier
RNG = np.random.default_rng(0)
N = 1500
X = RNG.normal(size=(N, 5))
GAPS = np.where(RNG.random(X.shape) < 0.1, np.nan, X)
KINDS = np.column_stack([X[:, :3], RNG.integers(0, 12, N), RNG.integers(0, 5, N)])
KINDS[RNG.random(N) < 0.1, 4] = np.nan
Y = X[:, 0] + X[:, 1] ** 2 + np.sin(7 * KINDS[:, 3]) + 0.5 * RNG.normal(size=N)
WEIGHT = RNG.uniform(size=N)
COUNTS = RNG.poisson(np.exp(Y / 3)).astype(float)
LABELS = np.array(["a", "b", "c"])[np.digitize(Y, [0, 2])]

AGREE = [
    (Regressor, {}, X, Y, None),
    (Regressor, {}, X, Y, WEIGHT),
    (Regressor, {}, GAPS, Y, None),
    (Regressor, {"categorical_features": [3, 4]}, KINDS, Y, None),
    (Regressor, {"categorical_features": [3, 4]}, KINDS, Y, WEIGHT),
    (Regressor, {"loss": "absolute_error"}, X, Y, None),
    # slopes of two values alone: small nodes have ties
    (Regressor, {"loss": "quantile", "quantile": 0.8, "max_leaf_nodes": 5}, X, Y, None),
    (Regressor, {"loss": "poisson"}, GAPS, COUNTS, None),
    (Regressor, {"loss": "poisson"}, X, COUNTS, WEIGHT),
    (Regressor, {"loss": "gamma"}, X, np.exp(Y / 3), None),
    (Regressor, {"max_leaf_nodes": None, "min_samples_leaf": 5}, X, Y, None),
    (Regressor, {"max_leaf_nodes": None, "max_depth": 3}, GAPS, Y, None),
    (Regressor, {"l2_regularization": 5.0, "max_bins": 16}, X, Y, None),
    (Regressor, {"monotonic_cst": [1, -1, 0, 0, 0]}, X, Y, None),
    (Regressor, {"interaction_cst": [{0, 1}, {2}]}, X, Y, None),
    (Regressor, {"early_stopping": True, "max_iter": 200}, X, Y, None),
    (Regressor, {"early_stopping": True, "scoring": "r2", "tol": 1e-3}, X, Y, WEIGHT),
    (Classifier, {}, X, Y > 1, None),
    (Classifier, {}, GAPS, Y > 1, WEIGHT),
    (Classifier, {"categorical_features": [3, 4]}, KINDS, Y > 1, None),
    (Classifier, {"monotonic_cst": [1, 0, 0, 0, 0]}, X, Y > 1, None),
    (Classifier, {"class_weight": "balanced"}, X, Y > 2, None),
    (Classifier, {}, X, LABELS, None),
    (Classifier, {}, GAPS, LABELS, WEIGHT),
    (Classifier, {"early_stopping": True, "validation_fraction": None}, X, LABELS, None),
]


@pytest.mark.parametrize(
    ("Model", "options", "table", "y", "weight"),
    AGREE,
    ids=lambda a: a.__name__[:25] if isinstance(a, type) else str(a) if isinstance(a, dict) else "",
)
def test_stages_are_scikit_learns(Model, options, table, y, weight):
    options = {"max_iter": 12, "random_state": 0, **options}
    ours = Model(**options).fit(table, y, weight)
    theirs = getattr(reference, Model.__name__)(**options).fit(table, y, weight)
    stages = "staged_predict" if Model is Regressor else "staged_decision_function"
    assert ours.n_iter_ == theirs.n_iter_
    pairs = zip(getattr(ours, stages)(table), getattr(theirs, stages)(table), strict=True)
    for one, other in pairs:
        assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    assert_allclose(ours.train_score_, theirs.train_score_, rtol=1e-5)
    assert_allclose(ours.validation_score_, theirs.validation_score_, rtol=1e-5)
    assert_array_equal(
        ours.predict(table[:50]), theirs.predict(table[:50])
    ) if Model is Classifier else None


def _best_by_brute_force(x, g, h, least, l2):
    """The largest gain of all cuts x ≤ θ, missing values on either side."""
    best, G, H = 0.0, g.sum(), h.sum()
    present = np.unique(x[~np.isnan(x)])
    for threshold in present:
        for missing_left in (False, True):
            left = np.where(np.isnan(x), missing_left, x <= threshold)
            if min(left.sum(), (~left).sum()) < least:
                continue
            G_L, H_L = g[left].sum(), h[left].sum()
            if min(H_L, H - H_L) < 1e-3:
                continue
            gain = G_L**2 / (H_L + l2) + (G - G_L) ** 2 / (H - H_L + l2) - G**2 / (H + l2)
            best = max(best, gain / 2)
    return best


@pytest.mark.parametrize("l2", [0.0, 3.0])
@pytest.mark.parametrize("binary", [False, True])
def test_every_split_is_the_best_there_is(l2, binary):
    rng = np.random.default_rng(3)
    table = rng.integers(0, 9, (200, 3)).astype(float)  # each value a bin
    table[rng.random(table.shape) < 0.2] = np.nan
    y = np.nan_to_num(table[:, 0]) * 1.0 + rng.normal(size=200)
    y = (y > 3).astype(float) if binary else y
    Model = Classifier if binary else Regressor
    model = Model(max_iter=1, min_samples_leaf=4, l2_regularization=l2, max_leaf_nodes=12)
    model.fit(table, y)
    tree, raw = model._predictors[0][0], np.full(200, model._baseline[0])
    loss = LogLoss() if binary else SquaredLoss()
    g, h = loss.gradient(y, raw), loss.hessian(y, raw)
    path = tree.decision_path(table).toarray().astype(bool)  # (N, M)
    risk = tree.impurity * tree.weighted_n_node_samples
    inner = np.flatnonzero(tree.children_left >= 0)
    assert len(inner) >= 4
    for node in inner:
        here = path[:, node]
        gains = [_best_by_brute_force(x[here], g[here], h[here], 4, l2) for x in table.T]
        left, right = tree.children_left[node], tree.children_right[node]
        own = g[here].sum() ** 2 / (h[here].sum() + l2) / 2
        found = (-own if node == 0 else risk[node]) - risk[left] - risk[right]
        assert_allclose(found, max(gains), rtol=1e-5)
    leaf = tree.apply(table)
    for node in np.unique(leaf):
        step = -g[leaf == node].sum() / (h[leaf == node].sum() + l2)
        assert_allclose(tree.value[node, 0, 0], 0.1 * step, rtol=1e-5)


@pytest.mark.parametrize("width", [2, 4])
@pytest.mark.parametrize("columns", [[0, 1, 2, 3, 4], [0, 1, 2], [2, 0], [4], [1, 2, 3, 4]])
def test_a_histogram_is_what_bincount_sums(width, columns):
    bins = RNG.integers(0, 7, (5, 100), dtype=np.uint8)
    words = np.array(
        [sum(bins[d].astype(np.uint32) << (8 * (d % 4)) for d in four) for four in (range(4), [4])]
    )
    rows = RNG.permutation(100)[:60].astype(np.uint32)
    slopes = RNG.normal(size=(60, 2)).astype(np.float32)
    starts, sums = np.arange(0, 36, 7), np.full((35, width), np.nan)
    fill(words, np.array(columns), starts, rows, slopes, sums)
    for d in columns:
        here = sums[starts[d] : starts[d + 1]]
        for k in range(2):
            assert_allclose(here[:, k], np.bincount(bins[d, rows], slopes[:, k], 7), atol=1e-12)
        if width == 4:
            assert_array_equal(here[:, 2], np.bincount(bins[d, rows], minlength=7))


LOSSES = [SquaredLoss(), LogLoss(), PoissonLoss(), GammaLoss(), HuberLoss(0.7), CrossEntropy()]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("weight", [None, WEIGHT[:50]])
def test_slopes_are_the_losses_own(loss, weight):
    several = isinstance(loss, CrossEntropy)
    y = RNG.integers(0, 2 + several, 50).astype(float)
    raw = 3 * RNG.normal(size=(3 if several else 1, 50))
    slopes = Slopes(loss, y, weight, len(raw))
    args = (y.astype(int), raw.T) if several else (y, raw[0])
    w = 1.0 if weight is None else weight[:, None] if several else weight
    expected = np.stack([w * loss.gradient(*args) * slopes.unit, w * loss.hessian(*args)], -1)
    found = slopes(raw)
    assert_allclose(
        found, expected.swapaxes(0, 1) if several else expected[None], rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("options", [{}, {"max_leaf_nodes": None}, {"interaction_cst": "pairwise"}])
def test_threads_change_nothing(monkeypatch, options):
    """One core or several, nodes of one piece or of many: bit for bit the same."""
    table, y = np.tile(KINDS, (14, 1)), np.tile(np.digitize(Y, [0, 2]), 14)
    table[:, :3] += RNG.normal(size=(len(table), 3))
    model = Classifier(
        max_iter=4, max_features=0.7, random_state=0, categorical_features=[3], **options
    )
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    alone = clone(model).fit(table, y)
    monkeypatch.setattr(_leafwise, "SMALL", 0)
    for cores in (2, 4):
        monkeypatch.setattr(reduction.threads, "_cores", lambda cores=cores: cores)
        reduction.threads._crew.cache_clear()  # one with a thread for each
        together = clone(model).fit(table, y)
        assert_array_equal(alone._raw_predict(table), together._raw_predict(table))
        for one, other in zip(alone._predictors, together._predictors, strict=True):
            for a, b in zip(one, other, strict=True):
                assert_array_equal(a.impurity, b.impurity)
    reduction.threads._crew.cache_clear()


def test_a_large_table_is_scikit_learns_too():
    """Its nodes are parted and searched in pieces, some of them by other threads."""
    rng = np.random.default_rng(5)
    table = rng.normal(size=(30_000, 11))
    y = table[:, 0] * table[:, 1] + np.abs(table[:, 9:]).sum(1)
    weight = rng.uniform(size=len(y))
    for options in ({}, {"max_leaf_nodes": None, "max_depth": 6}):
        for w in (None, weight):
            ours = Regressor(max_iter=5, early_stopping=False, **options).fit(table, y, w)
            theirs = reference.HistGradientBoostingRegressor(
                max_iter=5, early_stopping=False, **options
            ).fit(table, y, w)
            assert_allclose(ours.predict(table), theirs.predict(table), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("Model", [Regressor, Classifier])
def test_a_weight_of_two_is_two_rows(Model):
    weight = RNG.integers(0, 3, 400)
    y = Y[:400] if Model is Regressor else LABELS[:400]
    weighted = Model(min_samples_leaf=1, max_iter=20).fit(X[:400], y, weight)
    repeated = Model(min_samples_leaf=1, max_iter=20).fit(
        np.repeat(X[:400], weight, 0), np.repeat(y, weight)
    )
    assert_allclose(weighted._raw_predict(X), repeated._raw_predict(X), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "quantile"])
def test_a_monotone_column_is(loss):
    model = Regressor(loss=loss, quantile=0.4, monotonic_cst=[1, -1, 0, 0, 0], min_samples_leaf=5)
    model.fit(X, Y)
    for d, sign in ((0, 1), (1, -1)):
        table = np.repeat(X[:20], 50, 0)
        table[:, d] = np.tile(np.linspace(-3, 3, 50), 20)
        steps = np.diff(model.predict(table).reshape(20, 50), axis=1)
        assert np.all(sign * steps >= -1e-12)
        assert np.any(sign * steps > 0)


def test_columns_that_may_not_meet_do_not():
    model = Regressor(interaction_cst=[{0, 1}, {2}]).fit(X, Y)
    for (tree,) in model._predictors:
        for path in tree.decision_path(X[:100]).toarray().astype(bool):
            asked = set(tree.feature[path]) - {-2}
            assert asked <= {0, 1} or asked <= {2} or asked <= {3, 4}


def test_training_loss_never_rises():
    model = Regressor(early_stopping=True, validation_fraction=None, max_iter=40, learning_rate=0.5)
    assert np.all(np.diff(model.fit(X, Y).train_score_) >= 0)


def test_a_split_takes_any_subset_of_categories():
    x = RNG.integers(0, 100, 4000).astype(float)
    y = (x % 7 == 0) * 5.0
    model = Regressor(max_iter=1, max_leaf_nodes=2, learning_rate=1, categorical_features=[0])
    assert_allclose(model.fit(x[:, None], y).predict(x[:, None]), y, atol=1e-6)
    assert_array_equal(model.predict([[-1.0], [1000.0]]), model.predict([[np.nan], [np.nan]]))


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_frames_say_which_columns_are_categories(frame):
    names = [f"kind {int(k):02}" for k in KINDS[:, 3]]
    table = {"x": X[:, 0], "kind": names, "z": X[:, 1]}
    if frame == "pandas":
        table = pd.DataFrame(table).astype({"kind": "category"})
    else:
        table = pl.DataFrame(table).with_columns(pl.col("kind").cast(pl.Categorical))
    ours = Regressor(max_iter=10).fit(table, Y)
    assert_array_equal(ours.is_categorical_, [False, True, False])
    assert_array_equal(ours.feature_names_in_, ["x", "kind", "z"])
    codes = np.column_stack([X[:, 0], KINDS[:, 3], X[:, 1]])
    theirs = Regressor(max_iter=10, categorical_features=[1]).fit(codes, Y)
    assert_array_equal(ours.predict(table), theirs.predict(codes))


def test_missing_values_go_where_they_gain_more():
    x = np.where(RNG.random(N) < 0.3, np.nan, np.sign(X[:, 0]))[:, None]
    y = np.isnan(x[:, 0]) * 3.0 + np.where(np.nan_to_num(x[:, 0]) > 0, 3.0, 0.0)
    model = Regressor(max_iter=1, max_leaf_nodes=2, learning_rate=1).fit(x, y)
    assert_allclose(model.predict(x), y, atol=1e-6)
    alone = Regressor(max_iter=1, max_leaf_nodes=2, learning_rate=1).fit(x, 3.0 * np.isnan(x[:, 0]))
    assert_allclose(alone.predict([[np.inf], [-np.inf], [np.nan]]), [0, 0, 3], atol=1e-6)


@dataclass(frozen=True)
class OwnSquare(Loss):
    """ℓ = c r²/2"""

    c: float = 2.0

    def value(self, y, raw):
        return self.c * (raw - y) ** 2 / 2

    def gradient(self, y, raw):
        return self.c * (raw - y)

    def hessian(self, y, raw):
        return self.c * np.ones_like(raw)


@dataclass(frozen=True)
class OwnLogLoss(Loss):
    """ℓ = log(1 + eˢ) - y s"""

    link: ClassVar = LogitLink()

    def value(self, y, raw):
        return np.logaddexp(0, raw) - y * raw

    def gradient(self, y, raw):
        return 1 / (1 + np.exp(-raw)) - y

    def hessian(self, y, raw):
        return np.exp(-np.abs(raw)) / (1 + np.exp(-np.abs(raw))) ** 2


def test_a_loss_of_ones_own_is_as_good_as_the_built_in():
    own = Regressor(loss=OwnSquare(3.0), max_iter=10).fit(X, Y)
    assert_allclose(
        own.predict(X), Regressor(max_iter=10).fit(X, Y).predict(X), rtol=1e-5, atol=1e-5
    )
    own = Classifier(loss=OwnLogLoss(), max_iter=10).fit(X, Y > 1)
    built_in = Classifier(max_iter=10).fit(X, Y > 1)
    assert_allclose(own.predict_proba(X), built_in.predict_proba(X), atol=1e-5)
    huber = Regressor(loss=HuberLoss(1e6), max_iter=10).fit(X, Y)
    assert_allclose(
        huber.predict(X), Regressor(max_iter=10).fit(X, Y).predict(X), rtol=1e-5, atol=1e-5
    )
    with pytest.raises(ValueError, match="LogitLink"):
        Classifier(loss=OwnSquare()).fit(X, Y > 1)


@pytest.mark.parametrize(("loss", "q"), [(AbsoluteLoss(), 0.5), (QuantileLoss(0.9), 0.9)])
def test_leaves_of_straight_losses_are_quantiles(loss, q):
    model = Regressor(loss=loss, max_iter=1, learning_rate=1.0).fit(X, Y)
    (tree,) = model._predictors[0]
    leaf = tree.apply(X)
    for node in np.unique(leaf):
        value = np.quantile(Y[leaf == node] - model._baseline[0], q)
        assert_allclose(tree.value[node, 0, 0], value, atol=1e-12)


def test_weights_of_classes_are_weights_of_their_rows():
    by_class = Classifier(max_iter=5, class_weight={"a": 3.0}).fit(X, LABELS, WEIGHT)
    by_row = Classifier(max_iter=5).fit(X, LABELS, WEIGHT * np.where(LABELS == "a", 3.0, 1.0))
    assert_array_equal(by_class.decision_function(X), by_row.decision_function(X))


def test_warm_start_goes_on_where_it_was():
    options = {"random_state": 0, "max_features": 0.5}
    whole = Classifier(max_iter=9, **options).fit(X, LABELS)
    parts = Classifier(max_iter=4, warm_start=True, **options).fit(X, LABELS)
    parts.set_params(max_iter=9).fit(X, LABELS)
    assert_array_equal(parts.decision_function(X), whole.decision_function(X))
    with pytest.raises(ValueError, match="must be larger than or equal to n_iter_=9"):
        parts.set_params(max_iter=5).fit(X, LABELS)


def test_given_validation_data_are_those_that_would_be_split_off():
    split = Regressor(early_stopping=True, validation_fraction=0.4, random_state=3).fit(X, Y)
    seed = np.random.RandomState(3).randint(np.iinfo(np.uint32).max, dtype="u8")
    a, b, c, d = train_test_split(X, Y, test_size=0.4, random_state=seed)
    given = Regressor(random_state=3).fit(a, c, X_val=b, y_val=d)
    assert_array_equal(given.validation_score_, split.validation_score_)
    with pytest.raises(ValueError, match="y_val was not provided"):
        Regressor().fit(X, Y, X_val=X)
    with pytest.raises(ValueError, match="early_stopping is False"):
        Regressor(early_stopping=False).fit(X, Y, X_val=X, y_val=Y)


def test_stages_end_in_the_prediction_and_scores_are_their_losses():
    model = Classifier(
        max_iter=6, early_stopping=True, validation_fraction=None, n_iter_no_change=9
    )
    model.fit(X, LABELS)
    losses = [log_loss(LABELS, p) for p in model.staged_predict_proba(X)]
    assert_allclose(model.train_score_[1:], -np.array(losses))
    *_, last = model.staged_predict(X)
    assert_array_equal(last, model.predict(X))
    assert model.predict_proba(X).shape == (N, 3) and model.n_trees_per_iteration_ == 3


@pytest.mark.parametrize("classes", [2, 3])
def test_the_sum_of_trees_is_the_raw_score(classes):
    y = np.digitize(Y, [0, 2][: classes - 1])
    model = Classifier(max_iter=5, categorical_features=[3]).fit(KINDS, y)
    trees, scale, offset = model._sum_of_trees()
    raw = offset + scale * sum(tree.predict(KINDS)[:, :, 0] for tree in trees)
    assert_allclose(raw, model._raw_predict(KINDS), atol=1e-12)


@pytest.mark.parametrize("n", [1, 7, 8, 100])
def test_the_compiled_sum_is_that_of_each_tree(n):
    table = np.ascontiguousarray(KINDS[:n])
    model = Regressor(max_iter=7, categorical_features=[3, 4]).fit(KINDS, Y)
    trees = [tree for (tree,) in model._predictors]
    expected = sum(tree.predict(table)[:, :, 0] for tree in trees)
    assert_allclose(add_trees(trees, table, np.zeros((n, 1))), expected, atol=1e-13)


@pytest.mark.parametrize("model", [Regressor(max_iter=3), Classifier(max_iter=3)])
def test_files(model, tmp_path):
    table = pd.DataFrame(KINDS, columns=list("abcde")).astype({"d": int}).astype({"d": "category"})
    y = Y if isinstance(model, Regressor) else LABELS
    model.fit(table, y)
    pellucid.save(model, tmp_path / "m.safetensors")
    loaded = pellucid.load(tmp_path / "m.safetensors")
    assert_array_equal(loaded.predict(table), model.predict(table))
    loaded.set_params(warm_start=True, max_iter=5).fit(table, y)
    assert loaded.n_iter_ == 5
    for damage in ("categories", "fewer", "values"):
        loaded = pellucid.load(tmp_path / "m.safetensors")
        if damage == "categories":
            loaded._categories[3] = loaded._categories[3][:-1]
        elif damage == "fewer":
            loaded._predictors[1] = []
        else:
            loaded._predictors[0][0].value = np.zeros((loaded._predictors[0][0].node_count, 2, 1))
        with pytest.raises(ValueError, match="booster"):
            loaded._check_state()


def test_known_tables():
    table, y = load_diabetes(return_X_y=True)
    model = Regressor(max_iter=30).fit(table, y)
    expected = reference.HistGradientBoostingRegressor(max_iter=30).fit(table, y)
    assert_allclose(model.predict(table), expected.predict(table), rtol=1e-6)


@pytest.mark.parametrize("scale", [1e150, 1e-150, 1e-30])
def test_targets_of_any_size(scale):
    model = Regressor(max_iter=5, l2_regularization=2.0).fit(X, scale * Y)
    assert_allclose(
        model.predict(X) / scale,
        Regressor(max_iter=5, l2_regularization=2.0).fit(X, Y).predict(X),
        rtol=1e-4,
        atol=1e-4,
    )


def test_odd_tables():
    assert_allclose(Regressor(max_iter=2).fit([[1.0]], [3.0]).predict([[7.0]]), [3.0])
    one = Classifier(max_iter=2).fit(X, np.full(N, "only"))
    assert set(one.predict(X)) == {"only"} and one.predict_proba(X).shape == (N, 2)
    constant = np.ones((N, 2))
    assert_allclose(Regressor(max_iter=2).fit(constant, Y).predict(constant), Y.mean())
    twice = Regressor(max_iter=5).fit(np.column_stack([X, X]), Y)
    assert_array_equal(
        twice.predict(np.column_stack([X, X])), Regressor(max_iter=5).fit(X, Y).predict(X)
    )
    ends = np.array([[-np.inf], [0.0], [1.0], [np.inf]])
    model = Regressor(min_samples_leaf=1).fit(ends, [0, 0, 1, 1])
    assert_allclose(model.predict(ends), [0, 0, 1, 1], atol=1e-4)
    huge = Regressor(max_iter=5).fit(1e150 * X, Y)
    assert_allclose(huge.predict(1e150 * X), Regressor(max_iter=5).fit(X, Y).predict(X))
    all_missing = np.full((N, 1), np.nan)
    assert_allclose(Regressor(max_iter=2).fit(all_missing, Y).predict([[1.0]]), Y.mean())
    Classifier(learning_rate=100, max_iter=10).fit(X, LABELS)  # Hessians underflow


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"loss": "poisson"}, -COUNTS - 1, "non-negative y"),
        ({"loss": "poisson"}, 0 * COUNTS, "non-negative y"),
        ({"loss": "gamma"}, COUNTS, "strictly positive y"),
        ({"loss": "quantile"}, Y, "requires a quantile"),
        ({"monotonic_cst": [1, 0]}, Y, "monotonic_cst has shape"),
        ({"categorical_features": [0], "max_bins": 5}, Y, "cardinality <= 5"),
        ({"categorical_features": [7]}, Y, "must be in"),
        ({"categorical_features": ["a"]}, Y, "without feature names"),
        ({"categorical_features": [0.5]}, Y, "array-like of bool, int or str"),
        ({"interaction_cst": [{9}]}, Y, "integer indices"),
        ({"interaction_cst": [0, 1]}, Y, "sequence of tuples or lists"),
        ({"max_bins": 256}, Y, "max_bins"),
        ({"max_iter": 0}, Y, "max_iter"),
        ({"loss": "huber"}, Y, "loss"),
        ({"loss": "gamma"}, np.full(N, 1e300) ** np.linspace(0.001, 1, N), "not finite"),
        ({}, np.where(np.arange(N) == 3, np.nan, Y), "NaN"),
        ({}, Y[1:], "inconsistent"),
    ],
)
def test_what_cannot_be_fitted_says_why(options, y, message):
    with pytest.raises(ValueError, match=message):
        Regressor(**options).fit(X, y)


def test_more_that_cannot_be():
    with pytest.raises(ValueError, match="multiclass"):
        Classifier(monotonic_cst=[1, 0, 0, 0, 0]).fit(X, LABELS)
    with pytest.raises(ValueError, match="Categorical features cannot have monotonic"):
        Regressor(categorical_features=[3], monotonic_cst=[0, 0, 0, 1, 0]).fit(KINDS, Y)
    with pytest.raises(ValueError, match="non-zero"):
        Regressor().fit(X, Y, np.zeros(N))
    with pytest.raises(ValueError, match="Negative values"):
        Regressor().fit(X, Y, -np.ones(N))
    with pytest.raises(NotFittedError):
        next(Regressor().staged_predict(X))
    with pytest.raises(ValueError, match="classes that are not in y"):
        Classifier().fit(X, Y > 1, X_val=X, y_val=np.full(N, 7))
