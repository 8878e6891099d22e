"""Sparse tables: the splits are those of the same table with its zeros written out."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal
from sklearn.base import clone

from pellucid.ensemble import ExtraTreesClassifier, GradientBoostingRegressor, RandomForestRegressor
from pellucid.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
from pellucid.tree._filled import entries_of
from pellucid.tree._order import ZERO, ranks_beside_zero

RNG = np.random.RandomState(0)
N, D = 240, 25
TABLE = RNG.randint(-4, 5, (N, D)) * (RNG.random_sample((N, D)) < np.linspace(0.01, 1, D))
X, SPARSE = TABLE.astype(float), sp.csr_array(TABLE.astype(float))
CLASSES, NUMBERS = RNG.randint(0, 3, N), RNG.randint(-9, 10, N)  # whole: sums are exact
WEIGHTS = RNG.randint(0, 4, N)
GROWTH = [
    {},
    {"min_samples_leaf": 5},
    {"max_leaf_nodes": 20},
    {"max_features": 4},
    {"min_weight_fraction_leaf": 0.02},
    {"max_depth": 4, "min_impurity_decrease": 1e-3},
]


def assert_same(one, other):
    for name in ("children_left", "feature", "threshold", "impurity", "n_node_samples", "value"):
        assert_array_equal(getattr(one.tree_, name), getattr(other.tree_, name))


@pytest.mark.parametrize("growth", GROWTH, ids=str)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
@pytest.mark.parametrize("Model", [DecisionTreeClassifier, ExtraTreeClassifier])
def test_classes(Model, weights, growth):
    several = np.column_stack([CLASSES, CLASSES > 0])
    for y, criterion in itertools.product((CLASSES, CLASSES > 0, several), ("gini", "entropy")):
        model = Model(criterion=criterion, random_state=0, **growth)
        dense = clone(model).fit(X, y, weights)
        assert_same(model.fit(SPARSE, y, weights), dense)


@pytest.mark.parametrize("growth", GROWTH, ids=str)
@pytest.mark.parametrize("criterion", ["squared_error", "absolute_error"])
@pytest.mark.parametrize("Model", [DecisionTreeRegressor, ExtraTreeRegressor])
def test_numbers(Model, criterion, growth):
    for y in (NUMBERS, np.column_stack([NUMBERS, -(NUMBERS**2)])):
        model = Model(criterion=criterion, random_state=0, **growth)
        dense = clone(model).fit(X, y, WEIGHTS)
        assert_same(model.fit(SPARSE, y, WEIGHTS), dense)


@pytest.mark.parametrize("Model", [DecisionTreeRegressor, ExtraTreeRegressor])
def test_monotone_features(Model):
    model = Model(monotonic_cst=np.resize([1, 0, -1], D), random_state=0)
    dense = clone(model).fit(X, NUMBERS)
    assert_same(model.fit(SPARSE, NUMBERS), dense)


@pytest.mark.parametrize(
    "model",
    [
        ExtraTreesClassifier(n_estimators=3, bootstrap=True, random_state=0),
        RandomForestRegressor(n_estimators=3, max_features=5, random_state=0),
        GradientBoostingRegressor(n_estimators=1, subsample=0.5, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_ensembles(model):
    y = NUMBERS % 3
    dense = model.fit(X, y).predict(X)
    assert_array_equal(model.fit(SPARSE, y).predict(SPARSE), dense)


def test_a_lopsided_tree():
    """Every split sets one row apart: the run of the others is passed on, and thinned out."""
    table = np.eye(300)
    y = np.arange(300) ** 2
    model = DecisionTreeRegressor(random_state=0).fit(sp.csc_matrix(table), y)
    assert_array_equal(model.predict(table), y)
    assert model.get_depth() > 100
    assert_same(model, DecisionTreeRegressor(random_state=0).fit(table, y))


@pytest.mark.parametrize(
    "table",
    [np.zeros((4, 3)), np.ones((4, 3)), -np.eye(4), np.array([[1e300], [-1e300], [0], [1e-300]])],
    ids=["empty", "full", "negative", "extreme"],
)
@pytest.mark.parametrize("Model", [DecisionTreeClassifier, ExtraTreeClassifier])
def test_unusual_tables(Model, table):
    y = [0, 1, 1, 2]
    model = Model(random_state=0)
    dense = clone(model).fit(table, y)
    assert_same(model.fit(sp.csr_matrix(table), y), dense)


def test_zeros_that_are_stored_are_zeros():
    stored = SPARSE.tocsc()
    stored.data[::3] = 0
    model = DecisionTreeClassifier(random_state=0)
    dense = clone(model).fit(stored.toarray(), CLASSES)
    assert_same(model.fit(stored, CLASSES), dense)
    assert (stored.data == 0).any()  # it is as it was


def test_ranks_beside_zero():
    x, starts = np.array([3.0, -2, 3, -7, 1, -1, -1]), np.array([0, 5, 5, 7])
    order, ranks = ranks_beside_zero(x, starts)
    assert_array_equal(x[order], [-7, -2, 1, 3, 3, -1, -1])
    assert_array_equal(ranks.astype(int) - int(ZERO), [-2, -1, 1, 2, 2, -1, -1])


def test_the_entries_of_a_row():
    entries = entries_of(SPARSE.tocsc())
    for n in (0, 7, N - 1):
        own = entries.of_row[entries.row_starts[n] : entries.row_starts[n + 1]]
        assert_array_equal(entries.rows[own], np.full(np.count_nonzero(X[n]), n))
        assert_array_equal(np.searchsorted(entries.starts, own, "right") - 1, np.flatnonzero(X[n]))


def test_sparse_targets_are_refused():
    with pytest.raises(TypeError, match="dense data is required"):
        DecisionTreeClassifier().fit(X, sp.csr_matrix(CLASSES[:, None]))


@pytest.mark.parametrize("tree", [DecisionTreeRegressor, ExtraTreeRegressor])
def test_cuts_that_tie_but_for_rounding_fall_alike_dense_and_sparse(tree):
    """Thirds are summed in another order where zeros are one group: the first of equals wins."""
    rng = np.random.default_rng(0)
    for seed in range(20):
        table = (rng.random((30, 12)) < 0.4).astype(float)
        y = rng.integers(1, 5, 30) / 3
        one = tree(random_state=seed).fit(table, y).tree_
        other = tree(random_state=seed).fit(sp.csr_array(table), y).tree_
        assert_array_equal(one.feature, other.feature)
        assert_array_equal(one.children_left, other.children_left)


def test_the_first_of_two_cuts_wins_where_rounding_alone_would_choose():
    """Both cuts cost 3/2; 0.6 + 0.1 and the like make of one of them a last bit more."""
    tree = DecisionTreeRegressor(criterion="absolute_error", max_leaf_nodes=2)
    tree.fit([[3], [5], [3], [8], [5]], [6, 7, 3, 4, 3], sample_weight=[0.6, 0.3, 0.1, 1.0, 0.3])
    assert tree.tree_.threshold[0] == 4


def test_targets_that_balance_have_a_mean_of_exactly_zero():
    X = np.linspace(-2, 2, 10)[:, None]
    tree = DecisionTreeRegressor(monotonic_cst=[-1]).fit(X, X[:, 0])
    assert tree.tree_.value.tolist() == [[[0.0]]]
