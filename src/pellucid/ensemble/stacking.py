"""Stacking: a model that learns from what other models say of examples they were not fitted to."""

from copy import deepcopy
from numbers import Integral
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import ClassifierMixin, RegressorMixin, TransformerMixin, clone, is_classifier
from sklearn.model_selection import check_cv, cross_val_predict
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.metadata_routing import MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from pellucid.base import validate_parameters_only
from pellucid.ensemble._leave_one_out import leave_one_out_ridge
from pellucid.ensemble._members import (
    NamedMembers,
    check_classes,
    check_kind,
    fit_member,
    in_parallel,
)
from pellucid.ensemble._routing import routed, routing_enabled
from pellucid.linear_model import LogisticRegression

__all__ = ["StackingClassifier", "StackingRegressor"]

METHODS = ("predict_proba", "decision_function", "predict")


class Stacking(TransformerMixin, NamedMembers):
    """Base of both: the models, their answers Z, and the judge that learns from Z."""

    _parameter_constraints: ClassVar[dict] = {
        "estimators": [list],
        "final_estimator": [None, HasMethods("fit")],
        "cv": ["cv_object", StrOptions({"prefit"})],
        "n_jobs": [None, Integral],
        "passthrough": ["boolean"],
        "verbose": ["verbose"],
    }

    def transform(self, X):
        """What each model says of X, side by side: Z (N, ·)."""
        check_is_fitted(self)
        pairs = zip(self.estimators_, self.stack_method_, strict=True)
        return self._side_by_side(X, [getattr(model, method)(X) for model, method in pairs])

    def get_feature_names_out(self, input_features=None):
        """``stackingclassifier_name``, with a number if there are more, and those of X."""
        check_is_fitted(self, "n_features_in_")
        given = _check_feature_names_in(self, input_features, generate_names=self.passthrough)
        own, names = type(self).__name__.lower(), []
        kept = [name for name, model in self.estimators if model != "drop"]
        for name, width in zip(kept, self._widths, strict=True):
            names += [f"{own}_{name}{i if width > 1 else ''}" for i in range(width)]
        return np.asarray([*names, *given] if self.passthrough else names, dtype=object)

    def get_metadata_routing(self):
        """Which arguments of ``fit`` go to which of the models, and of ``predict`` to the judge."""
        judge = getattr(self, "final_estimator_", self.final_estimator)
        to_judge = MethodMapping().add(caller="predict", callee="predict")
        return super().get_metadata_routing().add(method_mapping=to_judge, final_estimator_=judge)

    def _stack(self, X, y, sample_weight, params):
        kept = self._checked(must_match=not is_classifier(self))
        if self.cv == "prefit":
            self.estimators_ = [model for _, model in kept]
            for model in self.estimators_:
                check_is_fitted(model)
        else:
            self._fit_members(kept, X, y, params)
        self._take_names()
        fitted = zip(kept, self.estimators_, strict=True)
        self.stack_method_ = [self._method(name, model) for (name, _), model in fitted]
        if self.cv == "prefit":
            Z = self.transform(X)
        else:
            Z = self._side_by_side(X, self._say_out_of_fold(kept, X, y, params))
        judge = self._judge(Z, y, sample_weight)
        check_kind(self, judge, f"'final_estimator' parameter should be a {{}}. Got {judge}")
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.final_estimator_ = fit_member(clone(judge), Z, y, weights)
        return self

    def _say_out_of_fold(self, kept, X, y, params):
        """What each model says of a row when it is fitted to the folds that lack it."""
        folds = check_cv(self.cv, y, classifier=is_classifier(self))
        tasks = (  # a copy of the folds for each: all models are asked about the same
            (clone(model), X, y, deepcopy(folds), method, params[name])
            for (name, model), method in zip(kept, self.stack_method_, strict=True)
        )
        return list(in_parallel(self, _cross_predict, tasks, [model for _, model in kept]))

    def _side_by_side(self, X, answers):
        """The answers as columns of Z; of two probabilities, which sum to one, the second."""
        columns = []
        for answer, method in zip(answers, self.stack_method_, strict=True):
            if isinstance(answer, list):  # a table for each of several labels
                columns.append(np.column_stack([shares[:, 1] for shares in answer]))
            elif answer.ndim == 1:
                columns.append(answer[:, None])
            elif method == "predict_proba" and answer.shape[1] == 2 and self._one_label():
                columns.append(answer[:, 1:])
            else:
                columns.append(answer)
        self._widths = [column.shape[1] for column in columns]
        if not self.passthrough:
            return np.hstack(columns)
        return (
            sp.hstack([*columns, X], format=X.format)
            if sp.issparse(X)
            else np.hstack([*columns, X])
        )

    def _ask_judge(self, X, predict_params):
        check_is_fitted(self)
        if routing_enabled():
            predict_params = routed(self, "predict", predict_params).final_estimator_.predict
        return self.final_estimator_.predict(self.transform(X), **predict_params)

    def _one_label(self):
        return not isinstance(getattr(self, "classes_", None), list)


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


def _cross_predict(model, X, y, folds, method, params):
    return cross_val_predict(model, X, y, cv=folds, method=method, params=params)
