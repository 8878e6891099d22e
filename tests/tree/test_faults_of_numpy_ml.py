"""What numpy-ml's DecisionTree gets wrong, or never comes back from, is right here."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor, export_text

RNG = np.random.RandomState(0)
CRITERIA = [
    (DecisionTreeClassifier, "gini"),
    (DecisionTreeClassifier, "entropy"),
    (DecisionTreeRegressor, "squared_error"),
    (DecisionTreeRegressor, "absolute_error"),
    (DecisionTreeRegressor, "poisson"),
]


@pytest.mark.parametrize(("Tree", "criterion"), CRITERIA)
def test_equal_rows_with_different_targets_make_one_leaf(Tree, criterion):
    """There they were split into themselves and nothing, for ever."""
    X, y = np.repeat([[1.0, 2.0], [3.0, 4.0]], 6, axis=0), np.arange(12) % 3
    tree = Tree(criterion=criterion).fit(X, y)
    assert tree.get_n_leaves() == 2
    found = tree.predict_proba(X) if Tree is DecisionTreeClassifier else tree.predict(X)
    assert_allclose(found, 1 / 3 if Tree is DecisionTreeClassifier else 1)


@pytest.mark.parametrize(("Tree", "criterion"), CRITERIA)
def test_constant_features_are_left_alone(Tree, criterion):
    """Issue 39: a feature of one value has no threshold; the recursion never ended."""
    y = 1 + np.arange(10) % 2  # a side without any counts is none for Poisson's deviance
    nothing = Tree(criterion=criterion).fit(np.ones((10, 3)), y)
    assert nothing.tree_.node_count == 1
    X = np.column_stack([np.ones(10), np.arange(10.0), np.zeros(10)])
    tree = Tree(criterion=criterion).fit(X, y)
    assert set(tree.tree_.feature[tree.tree_.children_left >= 0]) == {1}
    assert_array_equal(tree.predict(X), y)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("Tree", "criterion"), CRITERIA)
def test_a_draw_of_constant_features_is_drawn_again(Tree, criterion, seed):
    """Issue 58: with n_feats < M a draw of constant features was an argmax of nothing."""
    X = np.ones((40, 20))
    X[:, 7] = np.arange(40)
    y = 1 + (X[:, 7] > 20)
    tree = Tree(criterion=criterion, max_features=1, random_state=seed).fit(X, y)
    assert tree.tree_.feature[0] == 7
    assert_array_equal(tree.predict(X), y)


@pytest.mark.parametrize("Tree", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_a_deep_tree_does_not_exhaust_the_stack(Tree):
    """Growth and prediction are no recursion: each question of this tree sets one row apart."""
    N = 1500
    X = np.arange(N, dtype=float)[:, None]
    y = np.arange(N) % 2
    tree = Tree().fit(X, y, 1.01 ** -np.arange(N))
    assert tree.get_depth() == N - 1
    assert_array_equal(tree.predict(X), y)


def test_a_seed_is_taken_even_if_it_is_zero():
    """There ``if seed:`` passed over 0."""
    X, y = RNG.standard_normal((100, 10)), RNG.randint(0, 2, 100)
    one, other = (
        DecisionTreeClassifier(max_features=1, random_state=0).fit(X, y) for _ in range(2)
    )
    assert export_text(one, max_depth=50) == export_text(other, max_depth=50)


@pytest.mark.parametrize("Tree", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_what_is_given_is_not_written_to(Tree):
    given = RNG.standard_normal((60, 3)), RNG.randint(0, 3, 60), RNG.random_sample(60)
    kept = [part.copy() for part in given]
    Tree(max_depth=4).fit(*given).predict(given[0])
    for part, before in zip(given, kept, strict=True):
        assert_array_equal(part, before)
