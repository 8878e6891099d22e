"""Classes learned one example at a time: the targets, the weights and the predictions.

``_descent`` has the descent from start to stop, ``_sgd`` its step.
"""

import numbers

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import check_random_state, compute_class_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from pellucid.base import validate_parameters
from pellucid.linear_model._descent import RESIDUAL_LOSSES, SEEDS, Descent, StochasticGradient
from pellucid.linear_model._linear import LinearClassifierMixin

__all__ = ["CLASS_CONSTRAINTS", "LabelDescent"]

CLASS_CONSTRAINTS: dict = {
    "n_jobs": [None, numbers.Integral],
    "class_weight": [StrOptions({"balanced"}), dict, None],
}


class LabelDescent(LinearClassifierMixin, StochasticGradient):
    """Classes by stochastic gradient descent: for more than two, each against the rest."""

    _aggressive_loss = "hinge"

    @validate_parameters
    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None):
        """Learn from X (N, D) and labels y (N,), starting at the given weights or at zero."""
        self._check_arguments()
        X, y = self._validate(X, y, reset=True)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"The number of classes has to be greater than one; got {len(self.classes_)} class"
            )
        walks = self._start(X.shape[1], self._n_targets(), coef_init, intercept_init)
        self._learn(X, codes, sample_weight, walks, self.max_iter, self.class_weight)
        self._warn_if_stopped_short()
        return self

    @validate_parameters
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Learn for one epoch more; the first call is told all ``classes`` there will be."""
        self._check_partial_fit()
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight 'balanced' is not supported for partial_fit. In order to use "
                "'balanced' weights, use compute_class_weight('balanced', classes=classes, y=y). "
                "In place of y you can use a large enough sample of the full training set target "
                "to properly estimate the class frequency distributions. Pass the resulting "
                "weights as the class_weight parameter."
            )
        first = not hasattr(self, "coef_")
        _check_partial_fit_first_call(self, classes)
        X, y = self._validate(X, y, reset=first)
        codes = np.searchsorted(self.classes_, y)
        unseen = ~np.isin(y, self.classes_)
        if unseen.any():
            raise ValueError(f"y has labels {np.unique(y[unseen])} that are not in classes")
        walks = self._resume(X.shape[1], self._n_targets())
        self._learn(X, codes, sample_weight, walks, 1, self.class_weight)
        return self

    def _validate(self, X, y, reset):
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=[np.float64, np.float32], order="C", reset=reset
        )
        check_classification_targets(y)
        return X, y

    def _n_targets(self):
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _learn(self, X, codes, sample_weight, walks, max_iter, class_weight):
        sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        by_class = compute_class_weight(class_weight, classes=self.classes_, y=self.classes_[codes])
        train = None
        if self.early_stopping:
            train = self._hold_out(StratifiedShuffleSplit, codes, sample_weight)
        descents = []
        for k, (walk, seed) in enumerate(zip(walks, self._seeds(len(walks)), strict=True)):
            positive = codes == (1 if len(walks) == 1 else k)  # (N,)
            high = by_class[1 if len(walks) == 1 else k]
            low = by_class[0] if len(walks) == 1 else 1.0
            y = np.where(positive, 1.0, self._negative_label())
            weight = sample_weight * np.where(positive, high, low)
            order = np.arange(len(y))
            descents.append(Descent(y, weight, walk, self._rate(), order, seed))

        def wrong(descent):  # the part of the examples held out that is on the wrong side
            held_out = ~train
            right = (descent.raw(X[held_out]) > 0) == (descent.y[held_out] > 0)
            return -np.average(right, weights=sample_weight[held_out])

        self._descend(X, descents, max_iter, train, wrong if self.early_stopping else None)

    def _negative_label(self):
        """A loss of residuals is told ±1, a loss of labels 1 and 0."""
        return -1.0 if isinstance(self._loss(), tuple(RESIDUAL_LOSSES.values())) else 0.0

    def _seeds(self, n_targets):
        """As scikit-learn draws them: each target's shuffling has the second draw of its stream."""
        random_state = check_random_state(self.random_state)
        if n_targets == 1:
            return [random_state.randint(SEEDS, size=2)[1]]
        seeds = random_state.randint(SEEDS, size=n_targets)
        return [np.random.RandomState(seed).randint(SEEDS, size=2)[1] for seed in seeds]
