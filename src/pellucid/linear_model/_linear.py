"""How every linear model predicts from the ``coef_`` and ``intercept_`` it has learned."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.reduction.validation import validate_rows

__all__ = [
    "LinearClassifierMixin",
    "LinearRegressorMixin",
    "regression_rows",
    "validate_regression",
]


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

    def _set_coefficients(self, W, mean, flat, dtype):
        """Learn W (D, K) and b = mean y - Wᵀ mean x for the ``mean`` of [x, y]; flat: y is (N,)."""
        D = len(W)
        W = W.astype(dtype)  # (D, K)
        b = (mean[D:] - mean[:D] @ W).astype(dtype)  # (K,)
        self.coef_ = W[:, 0] if flat else np.ascontiguousarray(W.T)
        self.intercept_ = 0.0 if not self.fit_intercept else b[0] if flat else b
        return self


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


def validate_regression(model, X, y, sample_weight=None, reset=True, multi_output=True):
    """X (CSR if it is sparse, where the model's tags allow that), y, and the weights or None."""
    X, y = validate_data(model, X, y, reset=reset, **_accepts(model, multi_output))
    if sample_weight is not None:
        sample_weight = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
    return X, y, sample_weight


def regression_rows(model, X, y, sample_weight=None, reset=True, multi_output=True):
    """The rows (x, y, weight) of all that ``rows_of`` takes, y (N, K), and whether it was (N,)."""
    accepts = _accepts(model, multi_output)
    rows = validate_rows(model, X, y, sample_weight, reset=reset, **accepts)
    return rows.then(_targets_in_columns), rows.head()[1].ndim == 1


def _targets_in_columns(x, y, weight):
    return x, y.reshape(len(y), -1), weight


def _accepts(model, multi_output):
    return {
        "accept_sparse": "csr" if model.__sklearn_tags__().input_tags.sparse else False,
        "dtype": [np.float64, np.float32],
        "y_numeric": True,
        "multi_output": multi_output,
    }
