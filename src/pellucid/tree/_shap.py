"""Path-dependent Shapley values of a sum of trees: an integral, by Gauss's rule.

A leaf ℓ with value v is reached, if the features of S are known, by the share

    v_ℓ(S) = v Π_{j ∈ S} o_j Π_{j ∉ S} z_j

of all examples: o_j is 1 if x goes along all those edges of the leaf's path that ask for feature j,
else 0, and z_j is the share of the examples that do.  Let every feature be known with the chance t:
the expected value of this game is V(t) = v Π_j q_j, q_j = z_j (1 - t) + o_j t, and the Shapley
value of feature j is how it changes with j's own chance, at all t alike (Owen 1972):

    φ_j = ∫₀¹ ∂V/∂t_j dt = ∫₀¹ v Π_i q_i (o_j - z_j) / q_j dt

For a path of m features this is a polynomial of degree m - 1, for which Gauss's rule with m / 2
points is exact, and the sum over leaves is had in one walk: products of q on the way down, sums on
the way up, O(L m) in all.  An edge whose feature was asked for above corrects what that edge says.
Two features at once: Φ_ij = 1/2 ∫ ∂²V / ∂t_i ∂t_j dt.
"""

from typing import NamedTuple

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import blocks, map_blocks
from pellucid.tree._tree import LEAF

__all__ = ["Forest", "along_paths", "goes_left", "lay_out"]

LANES = 64  # rows that go through the trees side by side, in vector instructions
TINY = 1e-100  # the share of a side that no example took: nothing, but no 0 / 0
STEP = np.dtype(
    [
        ("threshold", np.float64),
        ("share", np.float64),
        ("feature", np.int32),
        ("right", np.int32),
        ("edge", np.int32),
        ("depth", np.int32),
        ("above", np.int32),
        ("is_left", np.int32),
        ("missing_left", np.int32),
    ],
    align=True,
)


class Forest(NamedTuple):
    """Trees behind each other, the nodes of each in the order of a walk that goes left first.

    A node's left child comes next; ``right`` is the other one, LEAF for leaves.  Of the edge above
    it a node knows its feature, ``edge``, and its ``depth``; the depth of the next edge ``above``
    for that feature, or 0; and z, the ``share`` of the examples that go along all of these.
    """

    nodes: np.ndarray  # (M,) of STEP
    bits: np.ndarray  # (M, words)
    categories: np.ndarray  # (D,)
    value: np.ndarray  # (M, R), with the tree's scale
    starts: np.ndarray  # (T + 1,)
    points: np.ndarray  # (T,), of Gauss's rule
    times: np.ndarray  # (Q + 1, Q): the t of the rule with q points
    weights: np.ndarray  # (Q + 1, Q)
    mean: np.ndarray  # (R,), if no feature is known


def lay_out(trees, scale):
    """The sum of ``trees``, each times its ``scale``, as a Forest."""
    starts = np.cumsum([0] + [tree.node_count for tree in trees])
    words = max(tree.category_bits.shape[1] for tree in trees)
    nodes, bits = np.empty(starts[-1], STEP), np.zeros((starts[-1], words), np.uint64)
    value = np.empty((starts[-1], trees[0].value[0].size))
    points, mean = np.empty(len(trees), np.int64), np.zeros(value.shape[1])
    scales = np.broadcast_to(scale, len(trees))
    for t, (tree, factor) in enumerate(zip(trees, scales, strict=True)):
        here = slice(starts[t], starts[t + 1])
        order, reach = np.empty(tree.node_count, np.int64), np.empty(tree.node_count)
        features = follow(
            tree.children_left,
            tree.children_right,
            tree.feature,
            tree.weighted_n_node_samples,
            starts[t],
            nodes[here],
            order,
            reach,
        )
        nodes["threshold"][here] = tree.threshold[order]
        nodes["missing_left"][here] = tree.missing_go_to_left[order]
        bits[here, : tree.category_bits.shape[1]] = tree.category_bits[order]
        value[here] = factor * tree.value[order].reshape(tree.node_count, -1)
        mean += reach @ value[here]
        points[t] = max(1, -(-features // 2))
    times, weights = np.zeros((2, points.max() + 1, points.max()))
    for Q in range(1, points.max() + 1):
        at, weight = np.polynomial.legendre.leggauss(Q)  # on [-1, 1]
        times[Q, :Q], weights[Q, :Q] = (1 + at) / 2, weight / 2
    return Forest(
        nodes, bits, trees[0].categories.copy(), value, starts, points, times, weights, mean
    )


def along_paths(X, forest, phi, pairs):
    """Fill in φ (N, D, R) of the rows of X, and Φ_ij (N, D, D, R) below or above its diagonal.

    Or ``pairs`` (N, 0, 0, 0), if these are not wanted.
    """
    map_blocks(lambda s: integrate(X[s], forest, phi[s], pairs[s]), blocks(len(X), 1, 4 * LANES))


@kernel
def follow(left, right, feature, cover, start, nodes, order, reach):
    """Fill in the nodes of a tree in the order of the walk, and which nodes of the tree these are.

    ``reach`` (M,) is the share of the examples in a leaf.  Returns the most features of a path.
    """
    most = 0
    waiting, path = [(0, LEAF, False)], np.empty(len(left), np.int64)
    features, came = np.zeros(len(left), np.int64), np.ones(len(left))
    for at in range(len(left)):
        n, parent, is_left = waiting.pop()
        order[at] = n
        node = nodes[at]
        node.feature, node.right, node.is_left = feature[n], LEAF, is_left
        node.edge, node.depth, node.above, node.share = -1, 0, 0, 1.0
        if parent != LEAF:
            all_came = cover[order[parent]]
            share = cover[n] / all_came if all_came > 0 else 0.5
            came[at] = came[parent] * share
            node.edge, node.depth = nodes[parent].feature, nodes[parent].depth + 1
            above = nodes[parent].depth
            while above > 0 and nodes[path[above]].edge != node.edge:
                above -= 1
            features[at] = features[parent] + (above == 0)
            most = max(most, features[at])
            node.above = above
            node.share = max(TINY, share * (nodes[path[above]].share if above else 1.0))
            if not is_left:
                nodes[parent].right = start + at
        path[node.depth] = at
        reach[at] = came[at] if left[n] == LEAF else 0.0
        if left[n] != LEAF:
            waiting.append((right[n], at, False))
            waiting.append((left[n], at, True))
    return most


@kernel
def goes_left(x, n, forest):
    """Where node n sends the value x of its feature."""
    node = forest.nodes[n]
    if forest.categories[node.feature] and x == x:
        c = np.int64(x)
        return (forest.bits[n, c >> 6] >> np.uint64(c & 63)) & np.uint64(1) != 0
    return x <= node.threshold or (node.missing_left != 0 and x != x)


class Walk(NamedTuple):
    """What is known on the path to where the walk is, for all lanes."""

    left: np.ndarray  # (depth, lanes): do they go left below?
    fits: np.ndarray  # (depth, lanes): o, of the feature of the edge above
    factor: np.ndarray  # (depth, Q, lanes): q = z (1 - t) + o t
    slope: np.ndarray  # (depth, Q, lanes): (o - z) / q
    step: np.ndarray  # (depth, Q, lanes): the slope beyond that of the edge above
    product: np.ndarray  # (depth, Q, lanes): Π q, times the weight of t
    below: np.ndarray  # (depth, R, Q, lanes): Σ v Π q over the leaves seen so far


@kernel
def integrate(X, forest, phi, pairs):
    """Add to phi (N, D, R), and to pairs (N, D, D, R) if there is room, the values of all trees."""
    D, R = len(forest.categories), phi.shape[2]
    deep, most = forest.nodes["depth"].max() + 1, forest.points.max()
    x, lane_phi = np.empty((D, LANES)), np.empty((D, R, LANES))
    lane_pairs = np.empty((*pairs.shape[1:], LANES))
    path = np.empty(deep, np.int64)
    walk = Walk(
        np.empty((deep, LANES)),
        np.ones((deep, LANES)),
        np.ones((deep, most, LANES)),
        np.zeros((deep, most, LANES)),
        np.zeros((deep, most, LANES)),
        np.empty((deep, most, LANES)),
        np.empty((deep, R, most, LANES)),
    )
    for begin in range(0, len(X), LANES):
        rows = min(LANES, len(X) - begin)
        for i in range(LANES):
            x[:, i] = X[begin + min(i, rows - 1)]
        lane_phi[:], lane_pairs[:] = 0, 0
        for tree in range(len(forest.points)):
            Q, last = forest.points[tree], forest.starts[tree + 1] - 1
            for q in range(Q):
                walk.product[0, q] = forest.weights[Q, q]
            for n in range(forest.starts[tree], last + 1):
                depth = forest.nodes[n].depth
                path[depth] = n
                if depth > 0:
                    go_down(n, forest, forest.times[Q, :Q], walk)
                open_node(n, x, forest, Q, walk)
                if forest.nodes[n].right == LEAF:
                    coming = forest.nodes[n + 1].depth if n < last else 1
                    for d in range(depth, coming - 1, -1):  # all nodes that end here
                        add_up(d, path, forest, Q, walk, lane_phi, lane_pairs)
        for i in range(rows):
            phi[begin + i] += lane_phi[:, :, i]
            pairs[begin + i] += lane_pairs[:, :, :, i]


@kernel(
    error_model="numpy", forceinline=True
)  # a division that never raises is a vector instruction
def go_down(n, forest, times, walk):
    """Along the edge above node n: what it says of its feature comes in for what was said above."""
    node = forest.nodes[n]
    d, above, z = node.depth, node.above, node.share
    for i in range(LANES):
        walk.fits[d, i] = walk.fits[above, i] * (walk.left[d - 1, i] == node.is_left)
    for q, t in enumerate(times):
        for i in range(LANES):
            o = walk.fits[d, i]
            walk.factor[d, q, i] = z * (1 - t) + o * t
            walk.slope[d, q, i] = (o - z) / walk.factor[d, q, i]
            walk.step[d, q, i] = walk.slope[d, q, i] - walk.slope[above, q, i]
            walk.product[d, q, i] = (
                walk.product[d - 1, q, i] * walk.factor[d, q, i] / walk.factor[above, q, i]
            )


@kernel(forceinline=True)
def open_node(n, x, forest, Q, walk):
    """The leaf's v Π q; or no leaf so far, and where the rows go from here."""
    node = forest.nodes[n]
    leaf = node.right == LEAF
    if not leaf:
        for i in range(LANES):
            walk.left[node.depth, i] = goes_left(x[node.feature, i], n, forest)
    for r in range(walk.below.shape[1]):
        v = forest.value[n, r] if leaf else 0.0
        for q in range(Q):
            for i in range(LANES):
                walk.below[node.depth, r, q, i] = v * walk.product[node.depth, q, i]


@kernel(forceinline=True)
def add_up(d, path, forest, Q, walk, phi, pairs):
    """The node at depth d has all its leaves: they count for its edge, alone and with those above.

    Σ over the edges of one feature of their steps is the last one's slope.
    """
    j = forest.nodes[path[d]].edge
    for r in range(phi.shape[1]):
        for q in range(Q):
            for i in range(LANES):
                phi[j, r, i] += walk.step[d, q, i] * walk.below[d, r, q, i]
                walk.below[d - 1, r, q, i] += walk.below[d, r, q, i]
    for e in range(1, d if len(pairs) else 0):
        k = forest.nodes[path[e]].edge
        if j != k:
            for r in range(phi.shape[1]):
                for q in range(Q):
                    for i in range(LANES):
                        both = walk.step[d, q, i] * walk.step[e, q, i] / 2
                        pairs[j, k, r, i] += both * walk.below[d, r, q, i]
