"""Classes by ridge regression on ±1."""

from typing import ClassVar

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.linear_model._linear import LinearClassifierMixin
from pellucid.linear_model.ridge import Ridge

__all__ = ["RidgeClassifier"]


class RidgeClassifier(LinearClassifierMixin, Estimator):
    """Ridge regression on +1 for a row's own class and -1 for the others; the largest wins.

        ŷ = argmax_k x̃ᵀw_k,    min_W Σ_nk s_n (t_nk - x_nᵀw_k - b_k)² + α‖W‖²,    t_nk = ±1

    With two classes one w is enough; where a row may bear several labels there is one for each,
    and all whose score is above zero are its own.  It is a least-squares support vector machine
    with a linear kernel (Suykens & Vandewalle 1999).

    Parameters
    ----------
    alpha : float, default=1.0
        The price of ‖W‖²; this and all others but ``class_weight`` are those of ``Ridge``.
    fit_intercept, copy_X, max_iter, tol, solver, positive, random_state
        As in ``Ridge``.
    class_weight : dict or 'balanced', default=None
        Factors for the sample weights, by class; 'balanced' gives all classes the same total.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        Of labels that are 0 and 1 in K columns, their places.
    coef_ : ndarray of shape (1, D) for two classes, else (K, D)
    intercept_ : float or ndarray of shape (1,) for two classes, else (K,)
    n_iter_, solver_, n_features_in_, feature_names_in_
        As in ``Ridge``.

    References
    ----------
    Suykens, J. A. K. & Vandewalle, J. (1999). Least Squares Support Vector Machine Classifiers.
    Neural Processing Letters 9, 293-300.
    """

    _parameter_constraints: ClassVar[dict] = {
        **Ridge._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        copy_X=True,
        max_iter=None,
        tol=1e-4,
        class_weight=None,
        solver="auto",
        positive=False,
        random_state=None,
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.class_weight = class_weight
        self.solver = solver
        self.positive = positive
        self.random_state = random_state

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Fit to the rows of X (N, D) and their labels, weighted by ``sample_weight``.

        y (N,) holds one label a row; y (N, K), of 0 and 1, says which of K labels a row bears.
        """
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=[np.float64, np.float32], multi_output=True
        )
        targets = self._learn_labels(y).astype(X.dtype)
        s = sample_weight
        if self.class_weight is not None:
            s = _check_sample_weight(s, X) * compute_sample_weight(self.class_weight, y)
        shared = {k: v for k, v in self.get_params(deep=False).items() if k != "class_weight"}
        ridge = Ridge(**shared).fit(X, targets, s)
        self.coef_ = np.atleast_2d(ridge.coef_)
        self.intercept_ = np.atleast_1d(ridge.intercept_) if self.fit_intercept else 0.0
        self.n_iter_, self.solver_ = ridge.n_iter_, ridge.solver_
        return self

    def predict(self, X):
        """The label of each row of X (N,), or which of K labels it bears (N, K)."""
        check_is_fitted(self)
        if self._many_labels:
            return (self._linear_score(X) > 0).astype(np.int64)
        return super().predict(X)

    def _learn_labels(self, y):
        """Write ``classes_``; ±1 for each class (N, K), or (N,) for the second of two."""
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind == "multiclass-multioutput":
            raise ValueError("Of several labels a row, y must say which it bears, by 0 and 1")
        self._many_labels = kind == "multilabel-indicator"
        if self._many_labels:
            self.classes_ = np.arange(y.shape[1])
            return np.where(y > 0, 1, -1)
        self.classes_, labels = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class alone, {self.classes_[0]!r}: nothing to separate")
        own = labels[:, None] == np.arange(len(self.classes_))  # (N, K)
        targets = np.where(own, 1, -1)
        return targets[:, 1] if len(self.classes_) == 2 else targets
