"""Go down trees: a few rows side by side, through as many trees as a cache holds.

The nodes of trees are laid end to end, each what a walk asks of it and no more.  A leaf leads to
itself, so that no step asks whether it is to be taken: where memory is slow, or a guess at the way
fails, the other rows go on.
"""

from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from pellucid._compile import kernel
from pellucid.reduction import blocks, map_blocks

__all__ = ["LEAF", "add_trees", "dense", "leaves_of"]

LEAF = -1  # for a child that is not there
GROUP = 8  # rows that go down a tree side by side
ROWS = 256  # rows that stay in the nearest cache from one tree to the next
NODES = 1 << 17  # about, of trees that are laid end to end
NODE = np.dtype(  # no index has a sign, which the walk would have to look at
    [
        ("threshold", np.float64),
        ("feature", np.uint32),
        ("left", np.uint32),
        ("right", np.uint32),
        ("missing_left", np.uint32),
    ]
)
ONE, SIX, LOW = np.uint64(1), np.uint64(6), np.uint64(63)


def leaves_of(tree, X):
    """The leaf of each row of X (N, D), dense or sparse."""
    nodes, _, categories, bits = _lay_out([tree])
    out = np.empty(X.shape[0], np.int64)

    def walk(rows):
        block = dense(X[rows])
        leaves = np.empty(len(block), np.uint32)
        find(block, nodes, categories, bits, leaves)
        out[rows] = leaves

    map_blocks(walk, blocks(X.shape[0], 8 * X.shape[1]))
    return out


def add_trees(trees, X, out, scale=1.0, columns=None):
    """Add ``scale`` times the values of the leaves of each row of X (N, D) to ``out`` (N, R).

    Tree t adds to the columns of ``out`` from ``columns[t]`` on, by default the first; the trees
    are added in their order.
    """
    columns = np.zeros(len(trees), np.int64) if columns is None else np.asarray(columns, np.int64)
    for part in _parts(trees):
        here = trees[part]
        nodes, roots, categories, bits = _lay_out(here)
        values = np.concatenate([tree.value.reshape(tree.node_count, -1) for tree in here])
        rest = roots, categories, bits, values, columns[part], float(scale)

        def walk(rows, nodes=nodes, rest=rest):
            block = dense(X[rows])
            add(block, nodes, *rest, np.empty(len(block), np.uint32), out[rows])

        map_blocks(walk, blocks(X.shape[0], 8 * X.shape[1] + 8 * len(here)))
    return out


def _parts(trees):
    """Slices of the trees with about NODES nodes each."""
    ends = np.cumsum([tree.node_count for tree in trees])
    cuts = [0, *(np.flatnonzero(np.diff(ends // NODES)) + 1), len(trees)]
    return [slice(a, b) for a, b in pairwise(cuts) if a < b]


def _lay_out(trees):
    """The nodes of all trees (M,), their roots (T,), and if there are any, the categories."""
    sizes = [tree.node_count for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]]).astype(np.uint32)
    feature, threshold, left, right, missing = (
        np.concatenate([getattr(tree, name) for tree in trees])
        for name in (
            *("feature", "threshold", "children_left", "children_right"),
            "missing_go_to_left",
        )
    )
    leaf, first = left == LEAF, np.repeat(roots, sizes)
    here = np.arange(len(left))
    nodes = np.empty(len(left), NODE)
    nodes["threshold"], nodes["feature"] = threshold, np.where(leaf, 0, feature)
    nodes["left"] = np.where(leaf, here, left + first)
    nodes["right"] = np.where(leaf, here, right + first)
    nodes["missing_left"] = missing
    categories, bits = trees[0].categories, None
    if not categories.any():
        return nodes, roots, None, None
    bits = np.concatenate([tree.category_bits for tree in trees])
    return nodes, roots, categories, bits


def dense(X):
    return X.toarray() if sp.issparse(X) else X


@kernel(borrows=True)
def find(X, nodes, categories, bits, leaves):
    for start in range(0, len(X), GROUP):
        descend(X, start, min(start + GROUP, len(X)), np.uint32(0), nodes, categories, bits, leaves)


@kernel(borrows=True)
def add(X, nodes, roots, categories, bits, values, columns, scale, leaves, out):
    for first in range(0, len(X), ROWS):
        last = min(first + ROWS, len(X))
        for t in range(len(roots)):
            for start in range(first, last, GROUP):
                stop = min(start + GROUP, last)
                descend(X, start, stop, roots[t], nodes, categories, bits, leaves)
            for n in range(first, last):
                for r in range(values.shape[1]):
                    out[n, columns[t] + r] += scale * values[leaves[n], r]


@kernel(borrows=True, inner=True, forceinline=True)
def descend(X, start, stop, root, nodes, categories, bits, leaves):
    """Take the rows from ``start`` to ``stop`` of X (N, D) to their leaves below a root."""
    for n in range(start, stop):
        leaves[n] = root
    moved = True
    while moved:
        moved = False
        for n in range(start, stop):
            at = leaves[n]
            node = nodes[at]
            x = X[n, node.feature]
            goes_left = (x <= node.threshold) | ((node.missing_left != 0) & (x != x))
            if categories is not None and categories[node.feature] and x == x:
                c = np.uint64(x)
                goes_left = (bits[at, c >> SIX] >> (c & LOW)) & ONE != 0
            to = node.left if goes_left else node.right
            leaves[n] = to
            moved |= to != at
