"""Interventional Shapley values of a sum of trees: the mean over the games with single rows.

In the game between x and one row b of the background the players are the features, and a coalition
S brings in x's values for b's.  A leaf with the value v is reached if S has all the features whose
edges on its path x alone goes along, and none of those that b alone does.  With a of the former and
c of the latter, a feature of either kind has the Shapley value

    v (a - 1)! c! / (a + c)! = v B(a, c + 1),        -v a! (c - 1)! / (a + c)! = -v B(a + 1, c),

and all others have none.  Each tree is walked along both rows' edges at once, and where these part
the feature is decided for one row first, then for the other: what neither reaches is never seen.
Two features at once: Φ_ij = ± v/2 B(a' + 1, c' + 1), with a' and c' of the others.
"""

import numpy as np
from scipy.special import beta

from pellucid._compile import kernel
from pellucid.reduction import blocks, map_blocks
from pellucid.tree._shap import goes_left
from pellucid.tree._tree import LEAF

__all__ = ["against_background"]

ROWS, STRIP = 32, 128  # of X in a block; of the background, whose ways are known at a time
UNDECIDED, FOR_X, FOR_OTHER = 0, 1, -1


def against_background(X, background, forest, phi, pairs):
    """Fill in φ (N, D, R) of the rows of X, and Φ_ij (N, D, D, R) on either side of its diagonal.

    Or ``pairs`` (N, 0, 0, 0), if these are not wanted.
    """
    k = np.arange(forest.nodes["depth"].max() + 1.0)
    chance = beta(k[:, None] + 1, k + 1) / len(background)  # B(a + 1, c + 1) for one of its rows
    map_blocks(
        lambda s: play(X[s], background, forest, chance, phi[s], pairs[s]),
        blocks(len(X), 1, ROWS),
    )


@kernel
def play(X, background, forest, chance, phi, pairs):
    """Add the games of the rows of X against those of the background, tree by tree."""
    size = np.diff(forest.starts).max()
    x_left, left = np.empty(size, np.bool_), np.empty((STRIP, size), np.bool_)
    decided = np.zeros(len(forest.categories), np.int8)
    parted = np.empty(forest.nodes["depth"].max() + 1, np.int64)
    for tree in range(len(forest.points)):
        for begin in range(0, len(background), STRIP):
            others = min(STRIP, len(background) - begin)
            for b in range(others):
                ways(background[begin + b], tree, forest, left[b])
            for row in range(len(X)):
                ways(X[row], tree, forest, x_left)
                for b in range(others):
                    play_one(
                        tree, x_left, left[b], forest, chance, decided, parted, phi[row], pairs[row]
                    )


@kernel
def ways(x, tree, forest, left):
    """Fill in whether x would go left at each node of a tree."""
    start = forest.starts[tree]
    for n in range(start, forest.starts[tree + 1]):
        if forest.nodes[n].right != LEAF:
            left[n - start] = goes_left(x[forest.nodes[n].feature], n, forest)


@kernel(forceinline=True)
def play_one(tree, x_left, left, forest, chance, decided, parted, phi, pairs):
    """Visit each leaf that x and the other row can reach together."""
    nodes, start = forest.nodes, forest.starts[tree]
    n, a, c = start, 0, 0
    while True:
        while nodes[n].right != LEAF:
            f, at = nodes[n].feature, n - start
            if decided[f] == UNDECIDED and x_left[at] != left[at]:
                decided[f] = FOR_X
                parted[a + c] = n
                a += 1
            to_left = left[at] if decided[f] == FOR_OTHER else x_left[at]
            n = n + 1 if to_left else nodes[n].right
        score(n, a, c, forest, chance, decided, parted, phi, pairs)
        while a + c and decided[nodes[parted[a + c - 1]].feature] == FOR_OTHER:
            decided[nodes[parted[a + c - 1]].feature] = UNDECIDED
            c -= 1
        if a + c == 0:
            return
        n = parted[a + c - 1]
        decided[nodes[n].feature] = FOR_OTHER
        a, c = a - 1, c + 1
        n = n + 1 if left[n - start] else nodes[n].right


@kernel(forceinline=True)
def score(leaf, a, c, forest, chance, decided, parted, phi, pairs):
    """Count a leaf for the features that are decided."""
    for k in range(a + c):
        i = forest.nodes[parted[k]].feature
        side = decided[i]
        w = chance[a - 1, c] if side == FOR_X else -chance[a, c - 1]
        for r in range(phi.shape[1]):
            phi[i, r] += w * forest.value[leaf, r]
        for e in range(k if len(pairs) else 0):
            j = forest.nodes[parted[e]].feature
            xs = (side == FOR_X) + (decided[j] == FOR_X)
            w = side * decided[j] * chance[a - xs, c - 2 + xs] / 2
            for r in range(phi.shape[1]):
                pairs[i, j, r] += w * forest.value[leaf, r]
