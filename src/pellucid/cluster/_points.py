"""The rows of a table as k-means sees them, dense or sparse: blocks for the kernels, on threads."""

import numpy as np
import scipy.sparse as sp

from pellucid.cluster import _dense, _sparse
from pellucid.reduction import BLOCK_BYTES, blocks, map_blocks

__all__ = ["points_of"]

PRODUCTS = 1 << 20  # in a block at least, so that it is worth handing to a thread
MOST_BLOCKS = 64


def points_of(X, origin=None):
    """The rows of X (N, D), about the ``origin`` (D,), or about their mean."""
    return (SparsePoints if sp.issparse(X) else DensePoints)(X, origin)


class Points:
    """Rows, and the kernels for them."""

    def each(self, function, products, *arrays):
        """``[function(*block, *the block's part of each array)]``, for that many products a row."""
        n_rows = max(len(self) // MOST_BLOCKS, PRODUCTS // max(1, products), 1)

        def call(s):
            return function(*self._block(s), *(a[s] for a in arrays))

        return map_blocks(call, blocks(len(self), 1, n_rows))

    def __len__(self):
        return self.X.shape[0]


class DensePoints(Points):
    """Rows of numbers, less their mean: far from zero, products would lose their last digits."""

    kernels = _dense

    def __init__(self, X, origin):
        self.X = X
        if origin is None:
            sums = map_blocks(lambda s: X[s].sum(axis=0, dtype=np.float64), self._slices())
            origin = (sum(sums) / len(X)).astype(X.dtype)
        self.origin = origin

    def take(self, rows):
        """Some of the rows (n, D)."""
        return self.X[rows] - self.origin

    def all(self):
        return self.X - self.origin

    def variance(self):
        """The mean of the columns' variances."""

        def squares(s):
            gaps = self.X[s] - self.origin
            return np.einsum("nd,nd->", gaps, gaps, dtype=np.float64)

        return sum(map_blocks(squares, self._slices())) / self.X.size

    def _slices(self):
        return blocks(len(self), self.X.itemsize * self.X.shape[1], BLOCK_BYTES)

    def _block(self, s):
        return self.X[s], self.origin


class SparsePoints(Points):
    """Rows of a CSR matrix, about zero: less anything they would not be sparse."""

    kernels = _sparse

    def __init__(self, X, origin):
        self.X, self.origin = X, np.zeros(X.shape[1], X.dtype)

    def take(self, rows):
        return self.X[rows].toarray()

    def all(self):
        return self.X.toarray()

    def variance(self):
        mean = np.asarray(self.X.mean(axis=0, dtype=np.float64))
        return (np.vdot(self.X.data, self.X.data) / len(self) - np.vdot(mean, mean)) / mean.size

    def _block(self, s):
        return self.X.data, self.X.indices, self.X.indptr[s.start : s.stop + 1]
