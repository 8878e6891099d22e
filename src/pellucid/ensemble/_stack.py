"""Base of stackings of classifiers and of regressors: the models, their answers Z, the judge."""

from copy import deepcopy
from numbers import Integral
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin, clone, is_classifier
from sklearn.model_selection import check_cv, cross_val_predict
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.metadata_routing import MethodMapping
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from pellucid.ensemble._members import NamedMembers, check_kind, fit_member, in_parallel
from pellucid.ensemble._routing import routed, routing_enabled

__all__ = ["Stacking"]


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


def _cross_predict(model, X, y, folds, method, params):
    return cross_val_predict(model, X, y, cv=folds, method=method, params=params)
