"""A table of zeros and ones, from the places of the ones."""

import numpy as np
import scipy.sparse as sp

from pellucid.base import sparse_as_configured

__all__ = ["indicators"]


def indicators(positions, n_columns, dtype, sparse):
    """An (N, K) table with ones in the columns ``positions`` (N, D), where not negative."""
    N, D = positions.shape
    if not sparse:
        table = np.zeros((N, n_columns), dtype)
        for column in positions.T:
            rows = np.flatnonzero(column >= 0)
            table[rows, column[rows]] = 1
        return table
    index = np.int32 if max(N * D, n_columns) <= np.iinfo(np.int32).max else np.int64
    present = positions >= 0
    if present.all():
        starts, columns = np.arange(0, N * D + 1, D, dtype=index), positions.ravel()
    else:
        starts = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(index)
        columns = positions[present]
    entries = np.ones(len(columns), dtype), columns.astype(index, copy=False), starts
    return sparse_as_configured(sp.csr_matrix(entries, shape=(N, n_columns)))
