"""Minimal cost-complexity pruning (Breiman, Friedman, Olshen & Stone 1984, chapter 3).

    g(t) = (R(t) - R(T_t)) / (|T_t| - 1)

is what a branch T_t saves in risk for each leaf it costs; the branch that saves least goes first.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._tree import LEAF, Tree

__all__ = ["pruned", "pruning_path"]


def pruning_path(tree):
    """The α at which branches go, one after another, and the risk of the tree that is left."""
    alphas, risks, _ = _weakest_links(tree, np.inf)
    return alphas, risks


def pruned(tree, alpha):
    """The tree without the branches that save less than ``alpha`` a leaf."""
    left = tree.children_left.copy()
    left[_weakest_links(tree, alpha)[2]] = LEAF
    kept = np.zeros(tree.node_count, bool)
    kept[0] = True
    for node in np.flatnonzero(left != LEAF):
        kept[[tree.children_left[node], tree.children_right[node]]] = kept[node]
    left[~kept] = LEAF
    inner = left != LEAF
    new = np.cumsum(kept) - 1
    arrays = {name: getattr(tree, name) for name in tree._get_param_names()}
    arrays |= {
        "children_left": np.where(inner, new[tree.children_left], LEAF),
        "children_right": np.where(inner, new[tree.children_right], LEAF),
        "feature": np.where(inner, tree.feature, -2),
        "threshold": np.where(inner, tree.threshold, -2.0),
    }
    return Tree(**{k: v if k == "categories" else v[kept] for k, v in arrays.items()})


def _weakest_links(tree, alpha):
    risk = tree.impurity * tree.weighted_n_node_samples / tree.weighted_n_node_samples[0]
    return weakest_links(tree.children_left, tree.children_right, risk, alpha)


@kernel(error_model="numpy")
def weakest_links(left, right, risk, limit):
    """Make leaves of nodes, that of least g first, while g ≤ ``limit``: (g, risks, which)."""
    M = len(left)
    parent = np.full(M, LEAF)
    leaves, branch = np.ones(M, np.int64), risk.copy()  # |T_t| and R(T_t)
    inner = left != LEAF
    for node in range(M - 1, -1, -1):
        if inner[node]:
            a, b = left[node], right[node]
            parent[a] = parent[b] = node
            leaves[node], branch[node] = leaves[a] + leaves[b], branch[a] + branch[b]
    alphas, risks, cut = [0.0], [branch[0]], np.zeros(M, np.bool_)
    while inner[0]:
        best, weakest = np.inf, -1
        for node in range(M):
            if inner[node]:
                g = (risk[node] - branch[node]) / (leaves[node] - 1)
                if g < best:
                    best, weakest = g, node
        if weakest < 0 or best > limit:
            break
        saved, lost = risk[weakest] - branch[weakest], leaves[weakest] - 1
        cut[weakest] = True
        stack = [weakest]
        while len(stack):
            node = stack.pop()
            if inner[node]:
                inner[node] = False
                stack.append(left[node])
                stack.append(right[node])
        node = weakest
        while node != LEAF:
            branch[node] += saved
            leaves[node] -= lost
            node = parent[node]
        alphas.append(best)
        risks.append(branch[0])
    return np.array(alphas), np.array(risks), cut
