"""Rows as columns about a point: the form in which normals are measured."""

import numpy as np

from pellucid._compile import kernel

__all__ = ["columns"]


def columns(X, point):
    """The rows of X (N, D) less the point, as columns (D, N)."""
    out = np.empty(X.shape[::-1])
    turn(np.ascontiguousarray(X), point, out)
    return out


@kernel(borrows=True)
def turn(X, point, out):
    """``columns``, of eight rows at a time: NumPy writes one number to each line of the cache."""
    N, D = X.shape
    for n in range(0, N - 7, 8):
        a, b, c, e = X[n], X[n + 1], X[n + 2], X[n + 3]
        f, g, h, m = X[n + 4], X[n + 5], X[n + 6], X[n + 7]
        for d in range(D):
            o, part = point[d], out[d, n : n + 8]
            part[0], part[1], part[2], part[3] = a[d] - o, b[d] - o, c[d] - o, e[d] - o
            part[4], part[5], part[6], part[7] = f[d] - o, g[d] - o, h[d] - o, m[d] - o
    for n in range(N - N % 8, N):
        for d in range(D):
            out[d, n] = X[n, d] - point[d]
