"""What a tree, or many, learns of its targets, and how it answers: by classes or by numbers."""

from typing import ClassVar

import numpy as np
from scipy.special import xlogy
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import check_classification_targets

from pellucid.base import finite_targets
from pellucid.tree._criteria import CLASSES, NUMBERS, Criterion

__all__ = ["Classes", "Numbers", "squares"]

LARGEST = 1e153  # sum of targets, of which there is a square


class Classes(ClassifierMixin):
    """Sums are the weights n_k of the K classes; a leaf answers with their shares."""

    _parameter_constraints: ClassVar[dict] = {
        "criterion": [StrOptions(set(CLASSES)), Criterion],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def _learn_targets(self, y, sample_weight):
        """The codes of the classes (N, O), their weights (N,) or None, and K."""
        check_classification_targets(y)
        labels = y.reshape(len(y), -1)
        self.n_outputs_ = labels.shape[1]
        found = [np.unique(column, return_inverse=True) for column in labels.T]
        self.classes_ = [classes for classes, _ in found]
        self.n_classes_ = [len(classes) for classes in self.classes_]
        factors = self._class_factors(y)
        if factors is not None:
            sample_weight = factors if sample_weight is None else sample_weight * factors
        K = max(self.n_classes_)
        if self.monotonic_cst is not None and (K > 2 or self.n_outputs_ > 1):
            raise ValueError(
                "Monotonicity constraints are not supported with "
                + ("multiclass classification" if K > 2 else "multiple output")
            )
        if self.n_outputs_ == 1:
            (self.classes_,), (self.n_classes_,) = self.classes_, self.n_classes_
        codes = np.stack([codes for _, codes in found], axis=1).astype(np.int32)
        return codes, sample_weight, max(K, 2)

    def predict_proba(self, X):
        """p(k | x) for the rows of X, (N, K), or a list of such for O > 1 outputs."""
        return self._by_output(self._leaf_values(X))

    def predict_log_proba(self, X):
        """log p(k | x)."""
        p = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(p) if self.n_outputs_ == 1 else [np.log(each) for each in p]

    def predict(self, X):
        """The most frequent class in the leaf of each row of X, (N,) or (N, O)."""
        return self._labels(self.predict_proba(X))

    def _class_factors(self, y):
        """The weights of the examples by their classes (N,), or None."""
        return None if self.class_weight is None else compute_sample_weight(self.class_weight, y)

    def _by_output(self, shares):
        """Shares (N, O, K) as ``predict_proba`` gives them."""
        if self.n_outputs_ == 1:
            return shares[:, 0, : self.n_classes_]
        return [shares[:, o, :K] for o, K in enumerate(self.n_classes_)]

    def _labels(self, p):
        if self.n_outputs_ == 1:
            return self.classes_[p.argmax(axis=1)]
        pairs = zip(self.classes_, p, strict=True)
        return np.stack([classes[each.argmax(axis=1)] for classes, each in pairs], axis=1)

    def _values(self, sums, low, high):
        shares = sums / sums.sum(axis=2, keepdims=True)
        if self.monotonic_cst is not None:
            second = np.clip(shares[:, 0, 1], low, high)
            shares[:, 0] = np.stack([1 - second, second], axis=1)
        return shares


class Numbers(RegressorMixin):
    """Sums are Σ w, Σ w y and Σ w t(y); a leaf answers with a mean, or a median."""

    _parameter_constraints: ClassVar[dict] = {"criterion": [StrOptions(set(NUMBERS)), Criterion]}

    def _learn_targets(self, y, sample_weight):
        """y less its centre and t(y), (N, O, 2), the weights as they are, and K = 3."""
        y = finite_targets(y.reshape(len(y), -1))
        self.n_outputs_ = y.shape[1]
        if self.monotonic_cst is not None and self.n_outputs_ > 1:
            raise ValueError("Monotonicity constraints are not supported with multiple output")
        if self.criterion == "poisson":
            self._check_counts(y)
            self._centre, second = np.zeros(self.n_outputs_), xlogy(y, y)
        else:
            # 0 or a target, whichever is near their mean: differences of round numbers stay exact
            seen = y if sample_weight is None else y[sample_weight > 0]
            seen = np.append(np.zeros((1, self.n_outputs_)), seen, axis=0)
            self._centre = np.array([x[np.argmin(np.abs(x - x[1:].mean()))] for x in seen.T])
            y = y - self._centre
            straight = self.criterion == "absolute_error"  # and no squares are wanted
            second = np.zeros_like(y) if straight else squares(y)
        return np.stack([y, second], axis=2), sample_weight, 3

    def predict(self, X):
        """ŷ for the rows of X, (N,) or (N, O)."""
        values = self._leaf_values(X)[:, :, 0]  # (N, O)
        return values[:, 0] if self.n_outputs_ == 1 else values

    def _values(self, sums, low, high):
        means = sums[:, :, 1] / sums[:, :, 0]  # (M, O)
        if self.monotonic_cst is not None:
            means = np.clip(means, low[:, None], high[:, None])
        return (means + self._centre)[:, :, None]

    @staticmethod
    def _check_counts(y):
        if (y < 0).any():
            raise ValueError(
                "Some value(s) of y are negative which is not allowed for Poisson regression."
            )
        if (y.sum(axis=0) <= 0).any():
            raise ValueError(
                "Sum of y is not strictly positive which is necessary for Poisson regression."
            )


def squares(y):
    """y²; an error where sums of them would overflow."""
    if len(y) * np.abs(y).max(initial=0) > LARGEST:
        raise ValueError("The targets are so large that their squares overflow: scale y")
    return y * y
