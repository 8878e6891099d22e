"""The mean, the median, the most frequent of the values that are there, column by column.

A sparse column leaves out zeros, which count as values all the same.
"""

from collections import Counter

import numpy as np
import scipy.sparse as sp

from pellucid._compile import kernel
from pellucid.impute._gaps import is_gap, nan_is_gap
from pellucid.reduction import blocks, map_blocks, reduce_blocks

__all__ = ["by_columns", "column_means", "median", "most_frequent", "with_zeros"]


def column_means(X, missing_values):
    """Σ x_nd / N_d over the N_d values of column d that are there (D,); nan where N_d = 0."""
    N, D = X.shape
    if sp.issparse(X):
        column = np.repeat(np.arange(D), np.diff(X.indptr))
        there = ~is_gap(X.data, missing_values)
        sums = np.bincount(column[there], X.data[there], minlength=D)
        counts = N - np.bincount(column[~there], minlength=D)
    else:
        missing = X.dtype.type(np.nan if nan_is_gap(missing_values) else missing_values)

        def totals(block):
            sums = np.zeros((2, D))
            _add_up(X[block], missing, *sums)
            return sums

        sums, counts = reduce_blocks(totals, blocks(N, X[:1].nbytes))
    with np.errstate(invalid="ignore"):
        return sums / counts


def by_columns(statistic, X, missing_values, empty):
    """``statistic(values, zeros)`` of each column, D of them; ``empty`` where nothing is there."""

    def of_column(j):
        values, zeros = _present(X, j, missing_values)
        return statistic(values, zeros) if len(values) + zeros else empty

    D = X.shape[1]
    parts = map_blocks(
        lambda columns: [of_column(j) for j in range(D)[columns]],
        blocks(D, X.data.nbytes // D),  # ``data`` of a sparse matrix and of an array alike
    )
    return [each for part in parts for each in part]


def _present(X, j, missing_values):
    """The values of column j that are there, and the number of zeros that are left out."""
    column = X.data[X.indptr[j] : X.indptr[j + 1]] if sp.issparse(X) else X[:, j]
    return column[~is_gap(column, missing_values)], X.shape[0] - len(column)


def with_zeros(values, zeros):
    """All values of a sparse column."""
    return np.concatenate([values, np.zeros(zeros, values.dtype)]) if zeros else values


def median(values, zeros):
    """The middle value, or the mean of the two in the middle."""
    if not zeros:
        return np.median(values)
    values = np.sort(values)
    negative, N = np.searchsorted(values, 0), len(values) + zeros

    def of_rank(r):
        if negative <= r < negative + zeros:
            return values.dtype.type(0)
        return values[r if r < negative else r - zeros]

    return (of_rank((N - 1) // 2) + of_rank(N // 2)) / 2


def most_frequent(values, zeros):
    """The value that is there most often, and of several the smallest."""
    if values.dtype == object:
        counts = Counter(values.tolist())
        most = max(counts.values())
        return _smallest([value for value, count in counts.items() if count == most])
    if zeros:
        levels, numbers = np.unique(np.append(values, 0), return_inverse=True)
        counts = np.bincount(numbers)
        counts[numbers[-1]] += zeros - 1
    else:
        levels, counts = np.unique(values, return_counts=True)
    return levels[np.argmax(counts)]


def _smallest(values):
    """The smallest, by the names of their types where values do not compare."""
    try:
        return min(values)
    except TypeError:
        return min(values, key=lambda value: (str(type(value)), value))


@kernel
def _add_up(X, missing, sums, counts):
    """``there = ~is_gap(X, missing)``; add the sums and the counts over n of ``X[there]``."""
    for n in range(X.shape[0]):
        for d in range(X.shape[1]):
            x = X[n, d]
            there = (x == x) & (x != missing)
            sums[d] += x if there else 0
            counts[d] += there
