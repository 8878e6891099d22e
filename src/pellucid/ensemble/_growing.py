"""Grow one tree of many on the same table, whose columns are ranked once for all of them."""

import numpy as np

from pellucid.tree._targets import squares

__all__ = ["columns_of", "grow_tree"]


def columns_of(tree, X):
    """What ``tree`` will ask of X: the ranks of its values, which do not change with the target."""
    tree._categories = {}
    return tree._columns(X)


def grow_tree(tree, X, columns, target, weight):
    """Fit ``tree``, a regression tree, to the target (N,) of the rows of X (N, D).

    Examples of weight zero are left out.
    """
    tree.n_features_in_, tree.n_outputs_ = X.shape[1], 1
    tree._categories, tree._centre = {}, np.zeros(1)
    tree._grow(X, columns, np.stack([target, squares(target)], axis=1)[:, None], weight, 3)
