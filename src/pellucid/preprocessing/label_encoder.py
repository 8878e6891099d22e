"""Class labels as the integers 0 .. K-1."""

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_is_fitted

from pellucid.base import Estimator
from pellucid.preprocessing._encoder import codes_of, find_categories

__all__ = ["LabelEncoder"]


class LabelEncoder(TransformerMixin, Estimator, auto_wrap_output_keys=None):
    """Number the labels of a target: y_n ↦ k with classes_[k] = y_n.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The distinct labels, sorted.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.one_d_labels = True
        return tags

    def fit(self, y):
        """Find the labels of y (N,)."""
        self.classes_ = find_categories(column_or_1d(y, warn=True))
        return self

    def fit_transform(self, y):
        """``fit(y)``, and the codes of y (N,)."""
        return self.fit(y).transform(y)

    def transform(self, y):
        """The codes of y (N,)."""
        check_is_fitted(self)
        y = column_or_1d(y, dtype=self.classes_.dtype, warn=True)
        codes = codes_of(y, self.classes_)
        if np.any(codes < 0):
            unseen = find_categories(y[codes < 0]).tolist()
            raise ValueError(f"y contains previously unseen labels: {unseen}")
        return codes

    def inverse_transform(self, y):
        """The labels of the codes y (N,)."""
        check_is_fitted(self)
        y = column_or_1d(y, warn=True)
        unseen = np.setdiff1d(y, np.arange(len(self.classes_)))
        if len(unseen):
            raise ValueError(f"y contains previously unseen labels: {unseen}")
        return self.classes_[np.asarray(y, dtype=np.intp)]
