"""Count tokens: one dictionary numbers them for all documents, one sparse sum counts them.

Where an analyzer knows the n-grams of many texts at once, it is given a megabyte of text at a time,
and the dictionary sees each distinct n-gram of it once.
"""

from array import array
from collections import defaultdict
from itertools import repeat

import numpy as np
import scipy.sparse as sp

from pellucid.feature_extraction.text._analysis import Analyzer
from pellucid.feature_extraction.text._numbers import number_tokens

__all__ = ["count_tokens", "normalize_rows"]

BATCH = 1 << 20  # characters, about 200 000 words
SMALL = 1 << 16  # not worth compiling for


def count_tokens(documents, analyze, vocabulary):
    """How many times document n has token number d: a sparse (N, V) matrix, by columns.

    A vocabulary that does not grow leaves out the tokens it does not have.
    """

    def look_up(tokens):
        if isinstance(vocabulary, defaultdict):
            return map(vocabulary.__getitem__, tokens)
        return map(vocabulary.get, tokens, repeat(-1))

    def one_by_one(token_lists):
        n_lists, rows, numbers = number_tokens(token_lists, look_up)
        return n_lists, [_known(rows, numbers, np.ones(len(rows), np.int32))]

    def batch(texts):
        if sum(map(len, texts)) < SMALL:
            return one_by_one(map(analyze.ngrams.tokens, texts))
        parts = []
        for tokens, rows, numbers, times in analyze.ngrams.of_batch(texts):
            columns = np.fromiter(look_up(tokens), np.int32, len(tokens))
            parts.append(_known(rows, columns[numbers], times))
        return len(texts), parts

    if isinstance(analyze, Analyzer) and analyze.ngrams.in_batches:
        batches = map(batch, _batches(map(analyze.text, documents)))
    else:
        batches = [one_by_one(map(analyze, documents))]
    N, found = 0, [array("i") for _ in ("rows", "columns", "times")]
    for n_documents, parts in batches:
        for rows, columns, times in parts:
            for whole, part in zip(found, (N + rows, columns, times), strict=True):
                whole.frombytes(np.ascontiguousarray(part, np.int32).view(np.uint8))
        N += n_documents
    rows, columns, times = (np.frombuffer(whole, np.int32) for whole in found)
    return sp.csc_matrix((times, (rows, columns)), shape=(N, len(vocabulary)))


def _known(rows, columns, times):
    known = columns >= 0
    return (rows, columns, times) if known.all() else (rows[known], columns[known], times[known])


def _batches(texts):
    batch, size = [], 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    yield batch


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
