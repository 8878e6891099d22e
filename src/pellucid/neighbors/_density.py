"""Sum a kernel over all points of a tree, and stop where the rest cannot change the sum.

A node bounds the distances to its points from below and above, and so what they add to the sum:
between W k(far) and W k(near) for their weight W.  Where half the difference is within the node's
share of the error allowed, the middle is taken for all of them (Gray & Moore 2001).  The nearest
nodes come first, so that the sum is known well when the far ones are met.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid._math import exponentials
from pellucid.neighbors._build import Points
from pellucid.neighbors._metrics import EUCLIDEAN, distances, restored
from pellucid.neighbors._smoothing import log_integral
from pellucid.reduction import blocks, map_blocks

__all__ = ["KERNELS", "log_density", "node_weights", "tree_sums"]

KERNELS = ("gaussian", "exponential", "tophat", "epanechnikov", "linear", "cosine")
GAUSSIAN, EXPONENTIAL, TOPHAT, EPANECHNIKOV, LINEAR, COSINE = range(6)

ROUNDING = np.finfo(np.float64).eps / 2


def log_density(tree, X, weights, kernel, h, rtol, atol):
    """log [ Σ_n s_n k(d(x_m, x_n) / h) / (h^D C) ], (M,), for weights s (N,) of a tree's points.

    C = ∫ k(‖u‖) du.  What the log is of may be off by ``rtol`` of it, plus ``atol``.
    """
    points, D = Points(**tree._points), X.shape[1]
    nodes = points.columns, points.starts, points.ends, tree._bounds, tree._radii
    weights, metric, form = weights[points.index], tree._metric(), KERNELS.index(kernel)
    of_nodes = node_weights(points.starts, points.ends, weights)
    log_scale = log_integral(kernel, D) + D * math.log(h)
    atol = float(atol) * math.exp(min(log_scale, 700))  # of the sum; less will do
    rtol = max(float(rtol), ROUNDING)
    top, sums = np.empty((2, len(X)))

    def add(b):
        which = form, float(h), X[b], rtol, atol
        tree_sums(nodes, metric, weights, of_nodes, *which, top[b], sums[b])

    map_blocks(add, blocks(len(X), 1, 256))
    with np.errstate(divide="ignore"):
        return top + np.log(sums) - log_scale


def node_weights(starts, ends, weights):
    """The weight of the points of each node, (M,), for the weights of points in tree order."""
    cumulative = np.concatenate([[0.0], np.cumsum(weights)])
    return cumulative[ends] - cumulative[starts]


@kernel(error_model="numpy")
def tree_sums(nodes, metric, weights, node_weight, form, h, X, rtol, atol, top, total):
    """Fill in T (M,) and Σ_n w_n k(x_m, x_n) exp(-T_m) for the rows of X.

    T is the largest log k met for the two endless kernels, zero for others.  The error is at most
    ``rtol`` of the sum, plus ``atol``.
    """
    columns, starts, ends, bounds, radii = nodes
    D, first_leaf, endless = X.shape[1], len(starts) // 2, form <= EXPONENTIAL
    size = (ends - starts)[first_leaf:].max()
    x, points, room, powers = np.empty(D), np.empty((3, D)), np.empty(size), np.empty(size)
    ahead, spans = np.empty(64, np.int64), np.empty((64, 2))
    flat = not endless or rtol > 1e-12 or atol > 0  # may be: an endless kernel is so nowhere else
    for m in range(len(X)):
        x[:] = X[m]
        t, s = -np.inf if endless else 0.0, 0.0
        ahead[0], spans[0, 0], spans[0, 1], depth = 0, 0.0, np.inf, 1
        while depth:
            depth -= 1
            node, most = ahead[depth], at(form, spans[depth, 0] / h, t)
            if most < np.inf:  # not so much nearer than all so far that it overflows
                allowed = (rtol * s + (atol * np.exp(-t) if atol > 0 else 0.0)) / node_weight[0]
                if most <= allowed:
                    continue
                if flat:
                    least = at(form, spans[depth, 1] / h, t)
                    if most - least <= 2 * allowed:
                        s += node_weight[node] * (most + least) / 2
                        continue
            if node < first_leaf:
                for side in range(2):  # the nearer child is put on top
                    ahead[depth + side] = 2 * node + 1 + side
                    for above in range(1 + flat):
                        spans[depth + side, above] = bound(
                            bounds, radii, metric, ahead[depth + side], x, above, points
                        )
                if spans[depth, 0] < spans[depth + 1, 0]:
                    for above in range(2):
                        low = spans[depth, above]
                        spans[depth, above] = spans[depth + 1, above]
                        spans[depth + 1, above] = low
                    ahead[depth], ahead[depth + 1] = ahead[depth + 1], ahead[depth]
                depth += 2
                continue
            start, end = starts[node], ends[node]
            out = room[: end - start]
            distances(metric, x, columns, start * D, end - start, points[0], out)
            weigh(form, metric, h, out)
            if endless:
                higher = max(t, highest(out))
                if higher == -np.inf:
                    continue  # so far that even the log overflows
                if higher > t:
                    s, t = s * np.exp(t - higher), higher
                exponentials(out, t, powers[: end - start])
            s += dot(weights[start:end], out)
        top[m], total[m] = t, s


@kernel(error_model="numpy")
def bound(bounds, radii, metric, node, x, above, room):
    """A bound from below, or from ``above``, on the distances of x (D,) to the points of a node.

    It is to the nearest or farthest point of the node's box, or by way of its ball's centre.
    """
    ball, corner = bounds.shape[1] == 1, room[2]
    for d in range(len(x)):
        low, high = bounds[node, 0, d], bounds[node, bounds.shape[1] - 1, d]
        if above:
            corner[d] = low if x[d] - low > high - x[d] else high
        else:
            corner[d] = low if ball else min(max(x[d], low), high)
    distances(metric, x, corner, 0, 1, room[0], room[1])
    far = restored(metric, room[1, 0])
    if above:
        return far * (1 + metric.slack) + radii[node] if ball else far
    return max(far * (1 - metric.slack) - radii[node], 0.0) if ball else far


@kernel(error_model="numpy")
def at(form, u, t):
    """k(u) exp(-t)"""
    if form == GAUSSIAN:
        return np.exp(-u * u / 2 - t)
    if form == EXPONENTIAL:
        return np.exp(-u - t)
    if u >= 1:
        return 0.0
    if form == TOPHAT:
        return 1.0
    if form == EPANECHNIKOV:
        return 1 - u * u
    if form == LINEAR:
        return 1 - u
    return np.cos(np.pi / 2 * u)


@kernel(error_model="numpy")
def weigh(form, metric, h, out):
    """Make log k of reduced distances, for the endless kernels, and k for others."""
    if metric.kind == EUCLIDEAN:  # the squares of distances, and no branch within a loop
        for i in range(len(out)):
            out[i] /= h * h
    else:
        for i in range(len(out)):
            out[i] = (restored(metric, out[i]) / h) ** 2
    if form == GAUSSIAN:
        for i in range(len(out)):
            out[i] *= -0.5
    elif form == EXPONENTIAL:
        for i in range(len(out)):
            out[i] = -np.sqrt(out[i])
    elif form == TOPHAT:
        for i in range(len(out)):
            out[i] = out[i] < 1
    elif form == EPANECHNIKOV:
        for i in range(len(out)):
            out[i] = max(1 - out[i], 0.0)
    elif form == LINEAR:
        for i in range(len(out)):
            out[i] = max(1 - np.sqrt(out[i]), 0.0)
    else:
        for i in range(len(out)):
            out[i] = np.cos(np.pi / 2 * np.sqrt(out[i])) if out[i] < 1 else 0.0


@kernel(fastmath={"reassoc", "nnan", "nsz"})
def highest(a):
    top = -np.inf
    for i in range(len(a)):
        top = max(top, a[i])
    return top


@kernel(fastmath={"reassoc", "contract"})
def dot(a, b):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total
