"""The sum of what many trees say of a row: one compiled pass over rows and trees.

Eight rows walk down a tree together, so that while one waits for its node from memory the others
go on; a row that has come to its leaf steps on the spot until all have.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import blocks, map_blocks
from pellucid.tree._tree import LEAF

__all__ = ["sum_of_leaves"]

LANES = 8
BLOCK_BYTES = 1 << 17  # rows that stay in the cache while all trees see them


def sum_of_leaves(trees, X, out):
    """Add Σ_t ``trees[t].value[leaf_t(x)]``, in the order of the trees, to ``out`` (N, R).

    X (N, D) is float64 in C order; R is the number of values of a node.
    """
    packed = _packed(trees)

    def add(s):
        for rows in blocks(s.stop - s.start, 8 * X.shape[1], BLOCK_BYTES):
            here = slice(s.start + rows.start, s.start + rows.stop)
            _add(X[here], *packed, out[here])

    map_blocks(add, blocks(len(X), 8 * X.shape[1] + 8 * len(trees)))
    return out


def _packed(trees):
    """The nodes of all trees one after the other, in which a leaf is its own two children."""
    roots = np.cumsum([0, *(tree.node_count for tree in trees[:-1])])
    nodes = np.concatenate([tree._packed() for tree in trees])
    shift = np.repeat(roots, [tree.node_count for tree in trees])
    leaf, here = nodes["left"] == LEAF, np.arange(len(nodes))
    for side in ("left", "right"):
        nodes[side] = np.where(leaf, here, nodes[side] + shift)
    nodes["feature"][leaf] = 0
    values = np.concatenate([tree.value.reshape(tree.node_count, -1) for tree in trees])
    bits = np.concatenate([tree.category_bits for tree in trees])
    return nodes, np.ascontiguousarray(values), bits, trees[0].categories, roots


@kernel
def _add(X, nodes, values, bits, categories, roots, out):
    N, R, at = len(X), values.shape[1], np.empty(LANES, np.int64)
    for root in roots:
        for first in range(0, N - LANES + 1, LANES):
            walk(X, first, root, nodes, bits, categories, at)
            for k in range(LANES):
                for r in range(R):
                    out[first + k, r] += values[at[k], r]
        for n in range(N - N % LANES, N):
            i = root
            while nodes[i].left != i:
                i = step(X[n, nodes[i].feature], i, nodes, bits, categories)
            for r in range(R):
                out[n, r] += values[i, r]


@kernel
def walk(X, first, root, nodes, bits, categories, at):
    """The leaves ``at`` which the rows from ``first`` on arrive."""
    for k in range(LANES):
        at[k] = root
    moved = True
    while moved:
        moved = False
        for k in range(LANES):
            i = at[k]
            at[k] = step(X[first + k, nodes[i].feature], i, nodes, bits, categories)
            moved |= at[k] != i


@kernel
def step(x, i, nodes, bits, categories):
    """The child of node i to which the value x goes."""
    node = nodes[i]
    if bits.shape[1] and categories[node.feature] and x == x and node.left != i:
        c = np.int64(x)
        goes_left = (bits[i, c >> 6] >> np.uint64(c & 63)) & np.uint64(1) != 0
    else:
        goes_left = (x <= node.threshold) | ((node.missing_left != 0) & (x != x))
    return np.int64(node.left if goes_left else node.right)
