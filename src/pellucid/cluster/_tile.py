"""Some rows of a table as columns: the form that the kernels of k-means measure distances in.

A tile holds its rows as columns (D, TILE), so that one instruction serves eight or sixteen of them,
and the smallest distance is found without looking across.
"""

from pellucid._compile import kernel

__all__ = ["TILE", "gather", "measure"]

TILE = 112  # rows; times 4 or 8 bytes it is no power of two, which the cache would not like


@kernel(borrows=True)
def gather(X, origin, who, tile):
    """Make columns of the rows ``who``."""
    for j in range(0, TILE, 8):
        a, b, c, e = X[who[j]], X[who[j + 1]], X[who[j + 2]], X[who[j + 3]]
        f, g, h, m = X[who[j + 4]], X[who[j + 5]], X[who[j + 6]], X[who[j + 7]]
        for d in range(len(origin)):
            o, part = origin[d], tile[d * TILE + j : d * TILE + j + 8]
            part[0], part[1], part[2], part[3] = a[d] - o, b[d] - o, c[d] - o, e[d] - o
            part[4], part[5], part[6], part[7] = f[d] - o, g[d] - o, h[d] - o, m[d] - o


@kernel(borrows=True, fastmath={"contract"})
def measure(tile, centre, out):
    """‖x - c‖² for the rows of a tile."""
    D = len(centre)
    out[:] = 0
    for d in range(0, D - 3, 4):
        part = tile[d * TILE : (d + 4) * TILE]
        a, b, c, e = centre[d], centre[d + 1], centre[d + 2], centre[d + 3]
        for i in range(TILE):
            u, v = part[i] - a, part[TILE + i] - b
            w, x = part[2 * TILE + i] - c, part[3 * TILE + i] - e
            out[i] += (u * u + v * v) + (w * w + x * x)
    for d in range(D - D % 4, D):
        c, part = centre[d], tile[d * TILE : (d + 1) * TILE]
        for i in range(TILE):
            out[i] += (part[i] - c) * (part[i] - c)
