"""From a table to what the split search knows of it: categories as codes, values as ranks."""

from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import MultiOutputMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.base import Estimator
from pellucid.reduction import map_blocks
from pellucid.tree._filled import entries_of
from pellucid.tree._order import ranks, ranks_beside_zero
from pellucid.tree._search import Columns
from pellucid.tree._walk import dense

__all__ = ["Table", "summed"]


class Table(MultiOutputMixin, Estimator):
    """Base of all that grow trees on the columns of a table, be it one tree or many."""

    _parameter_constraints: ClassVar[dict] = {
        "monotonic_cst": ["array-like", None],
        "categorical_features": ["array-like", None],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags

    def _read(self, X, y, sample_weight):
        """X as an array in which categories are codes; y; and the weights, or None."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            ensure_all_finite=_finite(X),
        )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        X = summed(X)
        self._learn_categories(X)
        return self._coded(X), y, sample_weight

    def _table(self, X):
        check_is_fitted(self)
        X = validate_data(
            self,
            X,
            reset=False,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_all_finite=_finite(X),
        )
        return self._coded(X)

    def _learn_categories(self, X):
        wanted = np.asarray([] if self.categorical_features is None else self.categorical_features)
        if wanted.dtype == bool:
            wanted = np.flatnonzero(wanted)
        elif wanted.dtype.kind in "UO" and len(wanted):
            names = getattr(self, "feature_names_in_", np.array([]))
            if not np.isin(wanted, names).all():
                raise ValueError(f"categorical_features {wanted.tolist()} are not all columns of X")
            wanted = np.flatnonzero(np.isin(names, wanted))
        if len(wanted) and not (wanted.min() >= 0 and wanted.max() < X.shape[1]):
            raise ValueError(f"categorical_features must be columns of X, got {wanted.tolist()}")
        self._categories = {}
        for d in wanted.astype(int).tolist():
            values = np.unique(dense(X[:, [d]]))
            self._categories[d] = values[~np.isnan(values)]

    def _coded(self, X):
        """X with categories as their places among those of ``fit``; nan for others."""
        if not self._categories:
            return X
        X = dense(X).copy()
        for d, known in self._categories.items():
            codes = np.searchsorted(known, X[:, d]) if len(known) else np.zeros(len(X), int)
            seen = known[np.minimum(codes, len(known) - 1)] == X[:, d] if len(known) else False
            X[:, d] = np.where(seen, codes, np.nan)
        return X

    def _columns(self, X):
        D = X.shape[1]
        categories = np.zeros(D, np.int64)
        for d, known in self._categories.items():
            categories[d] = len(known)
        about = categories, self._monotonic(D)
        if sp.issparse(X):
            return self._sparse_columns(X.tocsc(), *about)
        if self.splitter == "random":
            return Columns(None, np.ascontiguousarray(X).T, None, *about)
        table = np.empty((D, len(X)), np.uint32)

        def fill(d):
            table[d] = ranks(X[:, d])

        map_blocks(fill, range(D))
        return Columns(table, None, None, *about)

    def _sparse_columns(self, X, *about):
        X.eliminate_zeros()
        if self.splitter == "random":
            return Columns(None, X.data[None], entries_of(X), *about)
        order, table = ranks_beside_zero(X.data, X.indptr)
        X.indices = X.indices[order]
        return Columns(table[None], None, entries_of(X), *about)

    def _monotonic(self, D):
        if self.monotonic_cst is None:
            return np.zeros(D, np.int8)
        directions = np.asarray(self.monotonic_cst)
        if directions.shape != (D,):
            raise ValueError(
                f"monotonic_cst has shape {directions.shape[0] if directions.ndim else ()} but "
                f"the input data X has {D} features."
            )
        if not np.isin(directions, (-1, 0, 1)).all():
            raise ValueError(
                "monotonic_cst must be None or an array-like of -1, 0 or 1, "
                f"but got {directions.tolist()}"
            )
        if any(directions[d] for d in self._categories):
            raise ValueError("Categories have no order for monotonic_cst to keep")
        return directions.astype(np.int8)


def summed(X):
    """A sparse matrix with one entry a place; anything else is as it is."""
    if sp.issparse(X):
        X = sp.csr_matrix(X, copy=not X.has_canonical_format)
        X.sum_duplicates()
    return X


def _finite(X):
    """Values may be missing from a dense table; what a sparse one lacks is zero."""
    return True if sp.issparse(X) else "allow-nan"
