"""The rows of a table as k-means sees them, wherever they are: in blocks, dense or sparse."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from pellucid.cluster import _dense, _sparse
from pellucid.cluster._digits import grid_of, values
from pellucid.reduction import Rows

__all__ = ["Points", "centred", "points_of"]

BLOCK_WORK = 1 << 18  # nanoseconds of one core, about: a hand-over to a thread costs 1/10 of it


@dataclass(frozen=True)
class Dense:
    """Rows of numbers, less an origin: far from zero, products would lose their last digits."""

    origin: np.ndarray  # (D,)
    kernels = _dense

    def __call__(self, x):
        """What the kernels take."""
        return x, self.origin

    def table(self, x):
        return x - self.origin


@dataclass(frozen=True)
class Sparse:
    """Rows of a CSR matrix, about zero: less anything they would not be sparse."""

    origin: np.ndarray
    kernels = _sparse

    def __call__(self, x):
        return x.data, x.indices, x.indptr

    def table(self, x):
        return x.toarray()


@dataclass(frozen=True)
class Points:
    """Rows (x, weight), how a block x is shown to the kernels, and what sums over them need.

    ``grid`` (2, D + 1) is that of Σ_n s_n x_n and Σ_n s_n; ``variance`` the columns' mean variance.
    """

    rows: Rows
    view: Dense | Sparse
    grid: np.ndarray
    variance: float = 0.0

    @property
    def origin(self):
        return self.view.origin

    def table(self):
        """All rows, about the origin."""
        return self.view.table(self.rows.arrays[0])


def centred(rows, n_parts):
    """``Points`` about their mean, if they are not sparse.

    One pass finds the ends of the columns and another, from half way between them, the mean, by
    sums that are exact: it is the same wherever the rows are.
    """
    rows, kind = _in_blocks(rows, n_parts)
    D, dtype = rows.n_features, rows.dtype
    low, high, top, N = rows.reduce(_ends, kind, combine=_wider)
    if not top > 0:
        raise ValueError(f"no row has any weight that is more than zero in {np.dtype(dtype)}")
    middle = low / 2 + high / 2 if kind is Dense else np.zeros(D)
    grid = grid_of(np.maximum(high - middle, middle - low), N)
    sums, squares = rows.reduce(_moments, kind(middle), grid)
    _check_squares(high - low, max(float(top), 1.0) * squares, dtype)
    off = values(sums) / N
    origin = (middle + off if kind is Dense else middle).astype(dtype)
    far = np.maximum(high - origin, origin - low)  # (D,)
    variance = max(squares / N - np.dot(off, off), 0) / D
    return Points(rows, kind(origin), grid_of(top * np.append(far, 1), N), variance)


def _check_squares(ranges, total, dtype):
    """Refuse rows so far apart that squared distances, or their sum, are no numbers."""
    with np.errstate(over="ignore"):
        longest = np.sum(np.square(ranges, dtype=np.float64))
    if not (longest < np.finfo(dtype).max and 4 * total < np.inf):
        raise ValueError(
            f"the rows are so far apart that the squares of distances overflow {np.dtype(dtype)}: "
            "scale the input data"
        )


def points_of(rows, n_parts, origin):
    """``Points`` about a given origin, if they are not sparse; their sums are plain ones."""
    rows, kind = _in_blocks(rows, n_parts)
    origin = origin if kind is Dense else np.zeros_like(origin)
    return Points(rows, kind(origin), np.zeros((2, len(origin) + 1)))


def _in_blocks(rows, n_parts):
    """The rows in blocks, which depend on their width and the number of parts alone."""
    x, _ = rows.head()
    sparse = sp.issparse(x)
    width = 32 if sparse else x.shape[1]
    rows = rows.in_blocks(4 + width // 2 + n_parts * width // 128, BLOCK_WORK)
    return rows.then(_Weighted(x.dtype)), Sparse if sparse else Dense


@dataclass(frozen=True)
class _Weighted:
    """A block and its weights, one each if there are none."""

    dtype: np.dtype

    def __call__(self, x, weight):
        x = x.astype(self.dtype, copy=False)
        if weight is None:
            return x, np.ones(x.shape[0], self.dtype)
        return x, weight.astype(self.dtype, copy=False)


def _ends(x, weight, kind):
    """Of a block, the least and greatest of each column, the greatest weight, and its rows."""
    D = x.shape[1]
    low, high = np.zeros((2, D)) if kind is Sparse else np.array([[np.inf], [-np.inf]]) * np.ones(D)
    kind.kernels.ends(*kind(low)(x), low, high)
    return low, high, weight.max(), x.shape[0]


def _wider(a, b):
    return np.minimum(a[0], b[0]), np.maximum(a[1], b[1]), max(a[2], b[2]), a[3] + b[3]


def _moments(x, weight, view, grid):
    """Σ_n x_n about the origin, in digits (2D,), and Σ_n ‖x_n‖²."""
    sums = np.zeros(grid.size)
    return sums, view.kernels.moments(*view(x), grid, sums)
