"""Count tokens: one growing dictionary, one array of the columns of all tokens, one sparse sum."""

from array import array
from collections import defaultdict
from itertools import repeat

import numpy as np
import scipy.sparse as sp

__all__ = ["columns_of_tokens", "count_matrix", "growing_vocabulary", "normalize_rows"]


def growing_vocabulary():
    """A dictionary that gives each new token the next number."""
    vocabulary = defaultdict()
    vocabulary.default_factory = vocabulary.__len__
    return vocabulary


def columns_of_tokens(documents, analyze, vocabulary):
    """The column of each token of each document (T,), and where each document begins (N + 1,).

    A vocabulary that does not grow leaves out the tokens it does not have.
    """
    growing = isinstance(vocabulary, defaultdict)
    columns, starts = array("i"), [0]
    for document in documents:
        tokens = analyze(document)
        if growing:
            columns.extend(map(vocabulary.__getitem__, tokens))
        else:
            columns.extend(map(vocabulary.get, tokens, repeat(-1)))
        starts.append(len(columns))
    columns, starts = np.frombuffer(columns, np.int32), np.array(starts)
    known = columns >= 0
    return columns[known], np.concatenate([[0], np.cumsum(known)])[starts]


def count_matrix(values, columns, starts, n_columns):
    """The sparse (N, D) matrix whose entry (n, d) sums the values of document n in column d."""
    if len(columns) <= np.iinfo(np.int32).max:
        starts = starts.astype(np.int32)
    X = sp.csr_matrix((values, columns, starts), shape=(len(starts) - 1, n_columns))
    X.sum_duplicates()
    return X


def normalize_rows(X, norm):
    """Divide each row of a CSR matrix by its norm, in place; a row of zeros stays."""
    if norm is None:
        return X
    filled = np.flatnonzero(np.diff(X.indptr))
    size = np.abs(X.data) if norm == "l1" else X.data**2
    length = np.ones(X.shape[0])
    length[filled] = np.add.reduceat(size, X.indptr[filled], dtype=np.float64)
    if norm == "l2":
        length = np.sqrt(length)
    length[length == 0] = 1
    X.data /= np.repeat(length, np.diff(X.indptr))
    return X
