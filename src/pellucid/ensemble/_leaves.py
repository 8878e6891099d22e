"""From the nodes of a growing tree to the tree that is kept, and to the scores of its examples."""

import numpy as np

from pellucid._compile import kernel
from pellucid.ensemble._nodes import LEAF
from pellucid.ensemble._prefetch import prefetch
from pellucid.ensemble._steps import quantile
from pellucid.reduction import map_blocks
from pellucid.tree._tree import Tree

__all__ = ["add_leaves", "quantiles_of_leaves", "tree_of"]

LEAVES_IN_A_BLOCK = 8


def add_leaves(nodes, values, rows, raw):
    """Add the value of its leaf to the score of each example, ``raw`` (N,)."""
    leaves = np.flatnonzero(nodes["left"] == LEAF)
    if len(rows) < 1 << 15:
        add(leaves, nodes, values, rows, raw)
    else:
        starts = range(0, len(leaves), LEAVES_IN_A_BLOCK)
        pieces = [leaves[k : k + LEAVES_IN_A_BLOCK] for k in starts]
        map_blocks(lambda piece: add(piece, nodes, values, rows, raw), pieces)


@kernel
def add(leaves, nodes, values, rows, raw):
    for leaf in leaves:
        value = values[leaf]
        for i in range(nodes[leaf].start, nodes[leaf].stop):
            prefetch(raw, rows, i)
            raw[rows[i]] += value


def quantiles_of_leaves(loss, nodes, rows, residual, weight, directions):
    """The values (M,) that cost the residuals least, in place of a step by their slopes.

    On the two sides of a monotone feature they are kept apart by what lies halfway between those
    of the sides as a whole.
    """

    def best(id):
        here = rows[nodes["start"][id] : nodes["stop"][id]]
        own = None if weight is None else weight[here]
        return quantile(loss, residual[here], own)

    inner = np.flatnonzero(nodes["left"] != LEAF)
    asked = np.arange(len(nodes)) if directions.any() else np.flatnonzero(nodes["left"] == LEAF)
    values = np.zeros(len(nodes))
    values[asked] = map_blocks(best, asked)
    low, high = np.full(len(nodes), -np.inf), np.full(len(nodes), np.inf)
    for node in inner:  # parents before children
        left = nodes["left"][node]
        children, direction = [left, left + 1], directions[nodes["feature"][node]]
        low[children], high[children] = low[node], high[node]
        values[children] = np.clip(values[children], low[node], high[node])
        if direction:
            lower, upper = children[::direction]
            high[lower] = low[upper] = values[children].mean()
            values[lower], values[upper] = min(values[children]), max(values[children])
    return np.clip(values, low, high)


def tree_of(nodes, bits, values, unit, rows, weight, bins):
    """The tree with the thresholds of the bins, and with the ``values`` (M,) of its nodes.

    The impurity of a node is -½ G² / (H + λ) per weight, so that what a split takes off it, times
    the weight, is its gain.
    """
    inner, split = nodes["left"] != LEAF, nodes["split"]
    ordered = inner & (bins.categories[nodes["feature"]] == 0)
    threshold = np.where(inner, np.nan, -2.0)
    threshold[ordered] = bins.thresholds[nodes["feature"][ordered], split["bin"][ordered]]
    if weight is None:
        mass = nodes["samples"].astype(float)
    else:
        sums = np.concatenate([[0.0], np.cumsum(weight[rows])])
        mass = sums[nodes["stop"]] - sums[nodes["start"]]
    with np.errstate(over="ignore"):  # the square of a target beyond 1e154 is infinite
        cost = nodes["gradient"] / unit * nodes["value"] / unit / 2
    return Tree(
        children_left=nodes["left"].copy(),
        children_right=np.where(inner, nodes["left"] + 1, LEAF),
        feature=np.where(inner, nodes["feature"], -2),
        threshold=threshold,
        missing_go_to_left=(inner & split["missing_left"]).astype(np.uint8),
        category_bits=bits.copy(),
        categories=bins.categories,
        impurity=np.divide(cost, mass, out=np.zeros(len(mass)), where=mass > 0),
        n_node_samples=nodes["samples"].copy(),
        weighted_n_node_samples=mass,
        value=values.reshape(-1, 1, 1),
    )
