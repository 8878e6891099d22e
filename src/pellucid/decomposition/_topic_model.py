"""What both topic models share: documents, wherever they are, and their mixtures of topics."""

from functools import partial
from typing import ClassVar

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from pellucid.base import Estimator
from pellucid.decomposition._documents import documents
from pellucid.decomposition._expectation import mixtures

__all__ = ["TopicModel"]


class TopicModel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Estimator):
    """Documents that mix topics, which are distributions over words.

    A subclass says in ``_posterior_of`` what the posterior of a document's mixture depends on.
    """

    _whole: ClassVar[bool] = False  # whether it takes whole numbers of words alone

    def _documents(self, X, method, reset=False):
        """The ``Rows`` of counts, in pieces."""
        if not reset:
            check_is_fitted(self, "components_")
        return documents(self, X, f"{type(self).__name__}.{method}", reset, self._whole)

    def _mixtures(self, X):
        """γ of each document, of whose mixture it is the posterior Dirichlet's           (N, K)"""
        rows = self._documents(X, "transform")
        return np.concatenate(rows.map(partial(mixtures, **self._posterior_of())))

    @property
    def _n_features_out(self):
        return len(self.components_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        return tags
