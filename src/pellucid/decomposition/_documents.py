"""Documents as counts of words."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import check_is_fitted, check_non_negative

from pellucid.reduction import Rows
from pellucid.reduction.validation import validate_rows

__all__ = ["documents", "in_batches"]

PIECE_BYTES = 1 << 25  # of documents at a time, all cores upon them
DTYPES = [np.float64, np.float32]


def documents(model, X, whom, reset=True, whole=False):
    """The ``Rows`` of counts (N, V), wherever they are; in pieces, of CSR.

    None is negative and, if ``whole``, all are whole numbers.  Documents given as lists of words,
    of any lengths, are counted; their vocabulary, sorted, becomes ``feature_names_in_`` if the
    model is ``reset``, and else the words outside of it are left out.
    """
    check = Counts(whom, whole)
    if _are_lists_of_words(X):
        rows = Rows(*check(_counted(model, X, reset)))
    else:
        rows = validate_rows(model, X, reset=reset, accept_sparse="csr", dtype=DTYPES).then(check)
    return rows.in_blocks(block_bytes=PIECE_BYTES)


def in_batches(rows, size):
    """``size`` documents at a time, the last fewer, however the pieces are cut."""
    rest = []
    for (piece,) in rows.iterate(lambda X: (X,)):
        X = sp.vstack([*rest, piece], "csr")
        ready = X.shape[0] - X.shape[0] % size
        for start in range(0, ready, size):
            yield X[start : start + size]
        rest = [X[ready:]]
    if rest[0].shape[0]:
        yield rest[0]


@dataclass(frozen=True)
class Counts:
    """A block of documents in CSR, checked to be counts; it bears no weight."""

    whom: str
    whole: bool = False

    def __call__(self, X, weight=None):
        check_non_negative(X, self.whom)
        X = X if sp.issparse(X) else sp.csr_array(X)
        if self.whole and np.any(X.data != np.floor(X.data)):
            raise ValueError(f"{self.whom} takes counts of words, which are whole numbers")
        return (X,)


def _are_lists_of_words(X):
    """Whether X is a list of documents, the first that is not empty a list of strings."""
    if not isinstance(X, list | tuple) or not all(isinstance(d, list | tuple) for d in X):
        return False
    return any(isinstance(word, str) for document in X for word in document[:1])


def _counted(model, documents, reset):
    words = np.array([word for document in documents for word in document], dtype=object)
    if reset:
        model.feature_names_in_ = np.array(sorted(set(words)), dtype=object)
        model.n_features_in_ = len(model.feature_names_in_)
    check_is_fitted(model, "feature_names_in_", msg=NO_VOCABULARY)
    place = {word: i for i, word in enumerate(model.feature_names_in_)}
    columns = np.array([place.get(word, -1) for word in words], dtype=np.int64)
    rows = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    rows, columns = rows[columns >= 0], columns[columns >= 0]
    shape = len(documents), model.n_features_in_
    return sp.csr_array((np.ones(len(rows)), (rows, columns)), shape)


NO_VOCABULARY = (
    "This %(name)s learned from counts without names of words: give counts here as well, or fit it "
    "on documents of words or on a frame whose columns are the words."
)
