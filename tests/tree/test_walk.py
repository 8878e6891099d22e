"""The walk down trees, against a plain one that takes a row at a time."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor, _walk

RNG = np.random.RandomState(0)
X = RNG.standard_normal((700, 4))
X[:, 3] = RNG.randint(0, 70, len(X))
X[::5, 0] = np.nan
Y = np.nan_to_num(X[:, 0]) + X[:, 1] + X[:, 3] % 3


def plain(tree, x):
    node = 0
    while tree.children_left[node] >= 0:
        f = tree.feature[node]
        if np.isnan(x[f]):
            left = tree.missing_go_to_left[node]
        elif tree.categories[f]:
            left = int(tree.category_bits[node, int(x[f]) // 64]) >> (int(x[f]) % 64) & 1
        else:
            left = x[f] <= tree.threshold[node]
        node = (tree.children_left if left else tree.children_right)[node]
    return node


def grown(**options):
    seeds = [(DecisionTreeRegressor(random_state=s, max_features=1, **options)) for s in range(5)]
    return [tree.fit(X, Y).tree_ for tree in seeds]


@pytest.mark.parametrize("options", [{}, {"categorical_features": [3]}, {"max_depth": 1}], ids=str)
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 300, 700])
def test_every_row_arrives_where_a_plain_walk_does(options, n):
    for tree in grown(**options):
        assert_array_equal(tree.apply(X[:n]), [plain(tree, x) for x in X[:n]])


@pytest.mark.parametrize("room", [1, 100, 1 << 17])
def test_trees_are_added_in_their_order_however_many_are_laid_end_to_end(room, monkeypatch):
    monkeypatch.setattr(_walk, "NODES", room)
    trees, start = grown(), RNG.normal(size=(len(X), 1))
    out = _walk.add_trees(trees, X, start.copy(), 0.1)
    expected = start.copy()
    for tree in trees:
        expected[:, 0] += 0.1 * tree.value[tree.apply(X), 0, 0]
    assert_array_equal(out, expected)


def test_trees_of_several_columns():
    trees = grown(max_depth=3)
    out = _walk.add_trees(trees, X, np.zeros((len(X), 2)), columns=[0, 1, 0, 1, 0])
    for column in range(2):
        parts = [tree.value[tree.apply(X), 0, 0] for tree in trees[column::2]]
        assert_allclose(out[:, column], np.sum(parts, axis=0), rtol=1e-12)
    shares = DecisionTreeClassifier(max_depth=3).fit(X, Y > 1).tree_
    out = _walk.add_trees([shares], X, np.zeros((len(X), 2)))
    assert_array_equal(out, shares.value[shares.apply(X), 0])
    assert_array_equal(_walk.add_trees([], X, out.copy()), out)


def test_sparse_rows_arrive_where_dense_ones_do():
    Z = np.where(np.abs(X) < 1, 0, np.nan_to_num(X))
    tree = DecisionTreeRegressor(random_state=0).fit(Z, Y).tree_
    assert_array_equal(tree.apply(sp.csr_array(Z)), tree.apply(Z))
