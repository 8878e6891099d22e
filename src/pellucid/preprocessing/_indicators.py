"""A table of ones, from the columns in which they stand."""

import numpy as np
import scipy.sparse as sp
from sklearn import get_config

__all__ = ["indicators"]


def indicators(positions, n_columns, dtype, sparse):
    """An (N, K) table with a one at each of ``positions`` (N, D) that is not negative."""
    N, D = positions.shape
    if not sparse:
        table = np.zeros((N, n_columns), dtype)
        for column in positions.T:
            rows = np.flatnonzero(column >= 0)
            table[rows, column[rows]] = 1
        return table
    index = np.int32 if max(N * D, n_columns) < 2**31 else np.int64
    present = positions >= 0
    starts = np.zeros(N + 1, index)
    np.cumsum(np.sum(present, axis=1), out=starts[1:])
    columns = positions[present].astype(index)
    # scikit-learn 1.9 lets its user choose between SciPy's two kinds
    kind = sp.csr_array if get_config().get("sparse_interface") == "sparray" else sp.csr_matrix
    return kind((np.ones(len(columns), dtype), columns, starts), shape=(N, n_columns))
