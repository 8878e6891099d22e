"""Mark missing values."""

from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import MissingValues, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from pellucid.base import Estimator, sparse_as_configured, validate_parameters
from pellucid.impute._gaps import find_gaps, validate_with_gaps

__all__ = ["MissingIndicator"]


class MissingIndicator(TransformerMixin, Estimator):
    """Mark missing values: m_nd = 1 where x_nd is missing.

    Parameters
    ----------
    missing_values : int, float, str, None or pandas.NA, default=nan
        What counts as missing.
    features : {'missing-only', 'all'}, default='missing-only'
        A column for each feature that had missing values in ``fit``, or for each feature.
    sparse : bool or 'auto', default='auto'
        Give a CSC matrix; 'auto' gives one for sparse X.
    error_on_new : bool, default=True
        Refuse, under 'missing-only', a feature with missing values that had none in ``fit``.

    Attributes
    ----------
    features_ : ndarray of int
        The features that get a column.
    """

    _parameter_constraints: ClassVar[dict] = {
        "missing_values": [MissingValues()],
        "features": [StrOptions({"missing-only", "all"})],
        "sparse": ["boolean", StrOptions({"auto"})],
        "error_on_new": ["boolean"],
    }
    _no_gaps_at_zeros = "Sparse input with missing_values=0 is not supported."

    def __init__(
        self, *, missing_values=np.nan, features="missing-only", sparse="auto", error_on_new=True
    ):
        self.missing_values = missing_values
        self.features = features
        self.sparse = sparse
        self.error_on_new = error_on_new

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X, y=None):
        """Find the features of X (N, D) with missing values."""
        self.fit_transform(X)
        return self

    @validate_parameters
    def fit_transform(self, X, y=None):
        """Find the features of X (N, D) with missing values; mark them (N, len(features_))."""
        mask, has_gaps = self._find_gaps(X, reset=True)
        self.features_ = np.flatnonzero(has_gaps | (self.features == "all"))
        return self._marks(mask)

    def transform(self, X):
        """The mask of X, of the features marked (N, len(features_))."""
        check_is_fitted(self)
        mask, has_gaps = self._find_gaps(X, reset=False)
        if self.features == "missing-only" and self.error_on_new:
            new = np.setdiff1d(np.flatnonzero(has_gaps), self.features_)
            if len(new):
                raise ValueError(
                    f"The features {new} have missing values in transform but have no missing "
                    "values in fit."
                )
        return self._marks(mask)

    def _find_gaps(self, X, reset):
        X = validate_with_gaps(self, X, reset=reset)
        return find_gaps(X, self.missing_values)

    def _marks(self, mask):
        if len(self.features_) < mask.shape[1]:
            mask = mask[:, self.features_]
        if sp.issparse(mask) and self.sparse is False:
            return mask.toarray()
        wanted = sp.issparse(mask) or self.sparse is True
        return sparse_as_configured(sp.csc_matrix(mask)) if wanted else mask

    def get_feature_names_out(self, input_features=None):
        """``missingindicator_<feature>`` for each feature marked."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)[self.features_]
        return np.asarray([f"missingindicator_{name}" for name in names], dtype=object)
