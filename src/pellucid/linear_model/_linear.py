"""How every linear model predicts from the ``coef_`` and ``intercept_`` it has learned."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["LinearClassifierMixin", "LinearRegressorMixin"]


class LinearMixin:
    """s = X Wᵀ + b, for dense and sparse X; W is (D,) or (K, D), b a number or (K,)."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _linear_score(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", reset=False)  # (N, D)
        return safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_


class LinearRegressorMixin(LinearMixin, RegressorMixin):
    """ŷ = X wᵀ + b: (N,) for ``coef_`` (D,), (N, K) for ``coef_`` (K, D)."""

    def predict(self, X):
        """The predicted targets of the rows of X."""
        return self._linear_score(X)


class LinearClassifierMixin(LinearMixin, ClassifierMixin):
    """The class of the largest score; for two classes one score, and the second where it is > 0.

    ``coef_`` is (1, D) and ``intercept_`` (1,) for two classes, else (K, D) and (K,).
    """

    def decision_function(self, X):
        """The scores of the rows of X: (N,) for two classes, else (N, K)."""
        scores = self._linear_score(X)
        return scores.ravel() if scores.shape[1] == 1 else scores

    def predict(self, X):
        """The predicted class labels of the rows of X."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return self.classes_[(scores > 0).astype(np.intp)]
        return self.classes_[np.argmax(scores, axis=1)]
