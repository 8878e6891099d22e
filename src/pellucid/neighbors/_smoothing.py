"""Kernels of a distance, and the sums over all examples that they weight.

A kernel k(u) says what an example counts at a distance of u bandwidths.  Sums are taken in log
space, about the largest term so far, so that examples 40 bandwidths away are small numbers and
not zeros; and by tiles of a core's cache, so that no (M, N) matrix stands in memory.
"""

import math

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import gammaln

from pellucid.reduction import blocks, map_blocks

__all__ = ["LOG_KERNELS", "kernel_sums", "log_integral", "rule_of_thumb"]

TILE = 256, 1024  # rows and examples: 2 MB of float64
PRODUCT_RADIUS_2 = 1e5  # up to which ‖z‖² - 2zᵀe + ‖e‖² is right to 1e-10


def _log(k):
    with np.errstate(divide="ignore"):
        return np.log(k)


# log k(u) of u²; a compact kernel is -∞ from u = 1 on
LOG_KERNELS = {
    "gaussian": lambda u2: u2 / -2,
    "tophat": lambda u2: np.where(u2 < 1, 0.0, -np.inf),
    "epanechnikov": lambda u2: _log(np.maximum(1 - u2, 0)),
    "exponential": lambda u2: -np.sqrt(u2),
    "linear": lambda u2: _log(np.maximum(1 - np.sqrt(u2), 0)),
    "cosine": lambda u2: _log(np.where(u2 < 1, np.cos(np.pi / 2 * np.sqrt(u2)), 0)),
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


def kernel_sums(Z, E, values, log_kernel, leave_out=False):
    """T_m = max_n log k(z_m, e_n) (M, 1), and Σ_n exp(log k(z_m, e_n) - T_m) v_n (M, V).

    Points are in units of the bandwidth.  ``log_kernel`` is the name of one, or a function that
    takes u² to log k(u).  With ``leave_out`` Z is E, and no point counts in its own sum.
    """
    top = np.full((len(Z), 1), np.finfo(np.float64).min)
    sums = np.zeros((len(Z), values.shape[1]))
    logs = _log_kernels(Z, E, log_kernel)

    def add(rows):
        for columns in blocks(len(E), 8 * TILE[0]):
            tile = logs(rows, columns)  # (256, 1024)
            if leave_out:
                own = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
                tile[own - rows.start, own - columns.start] = -np.inf
            higher = np.maximum(top[rows], tile.max(axis=1, keepdims=True))
            sums[rows] *= np.exp(top[rows] - higher)
            tile -= higher
            sums[rows] += np.exp(tile, out=tile) @ values[columns]
            top[rows] = higher

    map_blocks(add, blocks(len(Z), 8 * TILE[1]))
    return top, sums


def _log_kernels(Z, E, log_kernel):
    """The function that takes slices of Z and E to their tile of log k.

    The gaussian's is one product, -u²/2 = [z, -‖z‖²/2, 1]ᵀ [e, 1, -‖e‖²/2], where no points lie so
    many bandwidths from the middle that its terms would cancel.  Others see small distances, and
    the edge of their support, as exactly as differences give them.
    """
    if log_kernel == "gaussian":
        with np.errstate(over="ignore", invalid="ignore"):
            A, B = Z - E.mean(axis=0), E - E.mean(axis=0)
            a2, b2 = (np.sum(C**2, axis=1, keepdims=True) for C in (A, B))
        if a2.max() + b2.max() < PRODUCT_RADIUS_2:
            left = np.hstack([A, a2 / -2, np.ones_like(a2)])
            right = np.hstack([B, np.ones_like(b2), b2 / -2])
            return lambda rows, columns: left[rows] @ right[columns].T
    log_k = LOG_KERNELS.get(log_kernel, log_kernel)
    return lambda rows, columns: log_k(cdist(Z[rows], E[columns], "sqeuclidean"))
