"""Kernels of a distance, and the sums over all examples that they weight.

A kernel k(u) says what an example counts at a distance of u bandwidths.  The two that reach
everywhere are summed in log space, about the largest term so far, so that examples 40 bandwidths
away are small numbers and not zeros.  Sums go by tiles of a core's cache: no (M, N) matrix stands
in memory.
"""

import math

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import gammaln

from pellucid.reduction import blocks, map_blocks

__all__ = ["COMPACT", "ENDLESS", "NONE", "STEEP", "kernel_sums", "log_integral", "rule_of_thumb"]

TILE = 256, 512  # rows and examples
TILE_BYTES = 8 * math.prod(TILE)  # 1 MB
PRODUCT_RADIUS_2 = 1e5  # up to which ‖z‖² - 2zᵀe + ‖e‖² is right to 1e-10
NOTHING = -700.0  # exp of this is 1e-304; that of less is slow
NONE = np.finfo(np.float64).min  # log k of examples at no finite distance

STEEP = 1e19

# k(u) of u²; zero from u = 1 on.  They work in place: u2 is a tile, used once
COMPACT = {
    "tophat": lambda u2: np.less(u2, 1, out=u2, casting="unsafe"),
    "epanechnikov": lambda u2: np.maximum(np.subtract(1, u2, out=u2), 0, out=u2),
    "linear": lambda u2: np.maximum(np.subtract(1, np.sqrt(u2, out=u2), out=u2), 0, out=u2),
    "cosine": lambda u2: np.cos(np.pi / 2 * np.sqrt(np.minimum(u2, 1, out=u2), out=u2)) * (u2 < 1),
}
# log k(u) of u².  The nearest example is that of a kernel so steep that none but it counts
ENDLESS = {
    "gaussian": lambda u2: np.multiply(u2, -0.5, out=u2),
    "exponential": lambda u2: np.negative(np.sqrt(u2, out=u2), out=u2),
    "nearest": lambda u2: -STEEP * np.log(np.maximum(u2, np.finfo(np.float64).tiny, out=u2)),
}


def log_integral(kernel, D):
    """log ∫ k(‖u‖) du over the D dimensions: log [ D V ∫ k(r) r^{D-1} dr ], V the unit ball's."""
    log_ball = D / 2 * math.log(math.pi) - gammaln(D / 2 + 1)
    if kernel == "gaussian":
        return D / 2 * math.log(2 * math.pi)
    if kernel == "exponential":
        return log_ball + gammaln(D + 1)
    if kernel == "cosine":  # cos(πr/2) as its power series, term by term
        terms = ((-1) ** j * (math.pi / 2) ** (2 * j) / math.factorial(2 * j) for j in range(16))
        return log_ball + math.log(D * sum(t / (D + 2 * j) for j, t in enumerate(terms)))
    share = {"tophat": 1, "epanechnikov": 2 / (D + 2), "linear": 1 / (D + 1)}[kernel]
    return log_ball + math.log(share)


def rule_of_thumb(rule, N, D):
    """The bandwidth, in standard deviations, of Scott (1992) or of Silverman (1986)."""
    return (N if rule == "scott" else N * (D + 2) / 4) ** (-1 / (D + 4))


def kernel_sums(Z, E, values, kernel, own=None):
    """T_m (M, 1), and Σ_n k(z_m, e_n) exp(-T_m) v_n (M, V).

    Points are in units of the bandwidth.  ``kernel`` is a name, or a function of u² that is summed
    as it is; T is the largest log k for the endless kernels, and zero for others.  ``own`` (M,)
    are the examples, one for each point, that are left out of its sum.
    """
    endless = kernel in ENDLESS
    top = np.full((len(Z), 1), NONE if endless else 0.0)
    sums = np.zeros((len(Z), values.shape[1]))
    weigh = _product(Z, E) if kernel == "gaussian" else None
    weigh = weigh or _differences(Z, E, ENDLESS.get(kernel) or COMPACT.get(kernel, kernel))

    def add(rows):
        buffer = np.empty((rows.stop - rows.start) * TILE[1])
        for columns in blocks(len(E), 8 * TILE[0], TILE_BYTES):
            shape = rows.stop - rows.start, columns.stop - columns.start
            tile = weigh(rows, columns, buffer[: math.prod(shape)].reshape(shape))
            if own is not None:
                m = np.flatnonzero((own[rows] >= columns.start) & (own[rows] < columns.stop))
                tile[m, own[rows][m] - columns.start] = NONE if endless else 0.0
            if endless:
                higher = np.maximum(top[rows], tile.max(axis=1, keepdims=True))
                sums[rows] *= np.exp(top[rows] - higher)
                top[rows] = higher
                np.maximum(np.subtract(tile, higher, out=tile), NOTHING, out=tile)
                np.exp(tile, out=tile)
            sums[rows] += tile @ values[columns]

    map_blocks(add, blocks(len(Z), 8 * TILE[1], TILE_BYTES))
    return top, sums


def _product(Z, E):
    """Tiles of the gaussian's log k in one product, -u²/2 = [z, -‖z‖²/2, 1]ᵀ [e, 1, -‖e‖²/2].

    None where points lie so many bandwidths from the middle that its terms would cancel.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        A, B = Z - E.mean(axis=0), E - E.mean(axis=0)
        a2, b2 = (np.sum(C**2, axis=1, keepdims=True) for C in (A, B))
    if not a2.max() + b2.max() < PRODUCT_RADIUS_2:
        return None
    left = np.hstack([A, a2 / -2, np.ones_like(a2)])  # (M, D + 2)
    right = np.hstack([B, np.ones_like(b2), b2 / -2])  # (N, D + 2)
    return lambda rows, columns, out: np.matmul(left[rows], right[columns].T, out=out)


def _differences(Z, E, k):
    """Tiles of k, by differences: as exact at small distances, and at the edge of k's support."""
    return lambda rows, columns, out: k(cdist(Z[rows], E[columns], "sqeuclidean", out=out))
