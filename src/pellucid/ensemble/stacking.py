"""Stacking: a model that learns from what other models say of examples they were not fitted to."""

from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from pellucid.base import validate_parameters_only
from pellucid.ensemble._leave_one_out import leave_one_out_ridge
from pellucid.ensemble._members import check_classes
from pellucid.ensemble._stack import Stacking
from pellucid.linear_model import LogisticRegression

__all__ = ["StackingClassifier", "StackingRegressor"]

METHODS = ("predict_proba", "decision_function", "predict")


class StackingClassifier(ClassifierMixin, Stacking):
    """Let a classifier learn from what other models say, each of examples it was not fitted to.

        z_n = [p_1^(-n)(x_n), ..., p_T^(-n)(x_n)],    ŷ(x) = h([p_1(x), ..., p_T(x)])

    for models p_t^(-n) fitted to the folds that lack example n, p_t fitted to all examples, and a
    judge h fitted to the pairs (z_n, y_n).  Of two classes' probabilities the second is taken.

    Parameters
    ----------
    estimators : list of (str, classifier or regressor)
        'drop' in the place of a model leaves it out, as does ``set_params(name='drop')``.
    final_estimator : classifier, default=None
        h; None is a ``pellucid.linear_model.LogisticRegression``.
    cv : int, splitter, iterable or 'prefit', default=None
        The folds: None is five, stratified.  'prefit' takes the models as they are, fitted, and z_n
        from them: let the examples be new to them.
    stack_method : {'auto', 'predict_proba', 'decision_function', 'predict'}, default='auto'
        What to ask the models; 'auto' is the first of these that a model has.
    n_jobs : int, default=None
        Models to fit at a time, by joblib; any number gives the same answer.
    passthrough : bool, default=False
        Whether the judge sees x as well.
    verbose : int, default=0
        Whether to draw a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (K,), or a list of them for several labels
    estimators_ : list of models
        They know the classes by their places in ``classes_``, unless they came fitted.
    named_estimators_ : Bunch
    final_estimator_ : classifier
    stack_method_ : list of str

    References
    ----------
    Wolpert, D. (1992). Stacked generalization. Neural Networks 5, 241-259.
    """

    _parameter_constraints: ClassVar[dict] = {
        **Stacking._parameter_constraints,
        "stack_method": [StrOptions({"auto", *METHODS})],
    }

    def __init__(
        self,
        estimators,
        final_estimator=None,
        *,
        cv=None,
        stack_method="auto",
        n_jobs=None,
        passthrough=False,
        verbose=0,
    ):
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.stack_method = stack_method
        self.n_jobs = n_jobs
        self.passthrough = passthrough
        self.verbose = verbose

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit models and judge to the rows of X (N, D) and their classes (N,), or labels (N, O)."""
        params = self._sent_on(sample_weight, fit_params)
        y = check_classes(self, y)
        if type_of_target(y) == "multilabel-indicator":
            self.classes_ = [np.unique(column) for column in np.asarray(y).T]
            return self._stack(X, y, sample_weight, params)
        self.classes_, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        return self._stack(X, codes, sample_weight, params)

    def predict(self, X, **predict_params):
        """The judge's class for each row of X; ``predict_params`` are handed to it."""
        said = self._ask_judge(X, predict_params)
        return self.classes_[said] if self._one_label() else said

    @available_if(lambda self: self._judge_has("predict_proba"))
    def predict_proba(self, X):
        """The judge's probabilities (N, K)."""
        check_is_fitted(self)
        return self.final_estimator_.predict_proba(self.transform(X))

    @available_if(lambda self: self._judge_has("decision_function"))
    def decision_function(self, X):
        """The judge's decision function, (N,) or (N, K)."""
        check_is_fitted(self)
        return self.final_estimator_.decision_function(self.transform(X))

    def _judge(self, Z, y, sample_weight):
        return LogisticRegression() if self.final_estimator is None else self.final_estimator

    def _judge_has(self, method):
        getattr(getattr(self, "final_estimator_", self._judge(None, None, None)), method)
        return True

    def _method(self, name, model):
        wanted = METHODS if self.stack_method == "auto" else (self.stack_method,)
        for method in wanted:
            if hasattr(model, method):
                return method
        raise ValueError(f"Underlying estimator {name} does not implement the method {wanted[-1]}.")


class StackingRegressor(RegressorMixin, Stacking):
    """Let a regressor learn from what other regressors say, each of examples it was not fitted to.

        z_n = [h_1^(-n)(x_n), ..., h_T^(-n)(x_n)],    ŷ(x) = h([h_1(x), ..., h_T(x)])

    for models h_t^(-n) fitted to the folds that lack example n, h_t fitted to all examples, and a
    judge h fitted to the pairs (z_n, y_n).

    Parameters
    ----------
    estimators : list of (str, regressor)
        'drop' in the place of a model leaves it out, as does ``set_params(name='drop')``.
    final_estimator : regressor, default=None
        h; None is a ``pellucid.linear_model.Ridge`` whose α, of 0.1, 1 and 10, has the least
        squared error on rows left out: what scikit-learn's default, RidgeCV, comes to.
    cv : int, splitter, iterable or 'prefit', default=None
        The folds: None is five.  'prefit' takes the models as they are, fitted, and z_n from them.
    n_jobs : int, default=None
        Models to fit at a time, by joblib; any number gives the same answer.
    passthrough : bool, default=False
        Whether the judge sees x as well.
    verbose : int, default=0
        Whether to draw a progress bar.

    Attributes
    ----------
    estimators_ : list of regressors
    named_estimators_ : Bunch
    final_estimator_ : regressor
    stack_method_ : list of str

    References
    ----------
    Wolpert, D. (1992). Stacked generalization. Neural Networks 5, 241-259.
    Breiman, L. (1996). Stacked regressions. Machine Learning 24, 49-64.
    """

    def __init__(
        self,
        estimators,
        final_estimator=None,
        *,
        cv=None,
        n_jobs=None,
        passthrough=False,
        verbose=0,
    ):
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.n_jobs = n_jobs
        self.passthrough = passthrough
        self.verbose = verbose

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit the models and the judge to the rows of X (N, D) and their targets (N,)."""
        params = self._sent_on(sample_weight, fit_params)
        return self._stack(X, column_or_1d(y, warn=True), sample_weight, params)

    def predict(self, X, **predict_params):
        """The judge's ŷ for each row of X (N,); ``predict_params`` are handed to it."""
        return self._ask_judge(X, predict_params)

    def _judge(self, Z, y, sample_weight):
        if self.final_estimator is None:
            return leave_one_out_ridge(Z, y, sample_weight)
        return self.final_estimator

    def _method(self, name, model):
        return "predict"
