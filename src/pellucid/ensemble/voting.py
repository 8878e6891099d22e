"""Voting: models of several kinds, fitted to the same examples, answer together."""

from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from pellucid.base import validate_parameters_only
from pellucid.ensemble._members import NamedMembers, check_classes
from pellucid.preprocessing import LabelEncoder

__all__ = ["VotingClassifier", "VotingRegressor"]


class Voting(TransformerMixin, NamedMembers):
    """Base of both: the models, and what each of them says."""

    _parameter_constraints: ClassVar[dict] = {
        "estimators": [list],
        "weights": ["array-like", None],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _fit_voters(self, X, y, params):
        kept = self._checked()
        if self.weights is not None and len(self.weights) != len(self.estimators):
            raise ValueError(
                "Number of `estimators` and weights must be equal; got "
                f"{len(self.weights)} weights, {len(self.estimators)} estimators"
            )
        self._fit_members(kept, X, y, params)
        self._take_names()
        return self

    def _weights(self):
        """w (T,), without those that are dropped."""
        if self.weights is None:
            return np.ones(len(self.estimators_))
        pairs = zip(self.estimators, self.weights, strict=True)
        return np.array([weight for (_, model), weight in pairs if model != "drop"], float)

    def _ask(self, X, method):
        """What each model says of X: a list of T answers."""
        check_is_fitted(self)
        return [getattr(model, method)(X) for model in self.estimators_]

    def _names(self, input_features):
        check_is_fitted(self, "n_features_in_")
        _check_feature_names_in(self, input_features, generate_names=False)
        own = type(self).__name__.lower()
        return [f"{own}_{name}" for name, model in self.estimators if model != "drop"]


class VotingClassifier(ClassifierMixin, Voting):
    """Let classifiers of several kinds vote: by their classes, or by their probabilities.

        hard    ŷ = argmax_k Σ_t w_t [h_t(x) = k]
        soft    ŷ = argmax_k p(k | x),    p(k | x) = Σ_t w_t p_t(k | x) / Σ_t w_t

    for T models h_t with weights w; of equals the first class wins.  T independent models, each
    wrong with probability ε < 1/2 on two classes, are outvoted with Σ_{k > T/2} C(T, k) ε^k
    (1 - ε)^(T - k), which goes to zero: the theorem of Condorcet (1785).

    Parameters
    ----------
    estimators : list of (str, classifier)
        'drop' in the place of a classifier leaves it out, as does ``set_params(name='drop')``.
    voting : {'hard', 'soft'}, default='hard'
    weights : array-like of shape (T,), default=None
        w; None is one for each.
    n_jobs : int, default=None
        Models to fit at a time, by joblib; any number gives the same answer.
    flatten_transform : bool, default=True
        Whether ``transform`` of a soft vote gives (N, T K), or (T, N, K).
    verbose : bool, default=False
        Whether to draw a progress bar.

    Attributes
    ----------
    estimators_ : list of classifiers
        They know the classes by their places in ``classes_``.
    named_estimators_ : Bunch
    classes_ : ndarray of shape (K,)
    le_ : LabelEncoder
        It numbers the labels.

    References
    ----------
    Condorcet, M. de (1785). Essai sur l'application de l'analyse à la probabilité des décisions
    rendues à la pluralité des voix.
    Kittler, J., Hatef, M., Duin, R., & Matas, J. (1998). On combining classifiers. IEEE Trans.
    Pattern Analysis 20, 226-239.
    """

    _parameter_constraints: ClassVar[dict] = {
        **Voting._parameter_constraints,
        "voting": [StrOptions({"hard", "soft"})],
        "flatten_transform": ["boolean"],
    }

    def __init__(
        self,
        estimators,
        *,
        voting="hard",
        weights=None,
        n_jobs=None,
        flatten_transform=True,
        verbose=False,
    ):
        self.estimators = estimators
        self.voting = voting
        self.weights = weights
        self.n_jobs = n_jobs
        self.flatten_transform = flatten_transform
        self.verbose = verbose

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit a copy of each model to the rows of X (N, D) and their classes (N,)."""
        params = self._sent_on(sample_weight, fit_params)
        y = check_classes(self, y)
        if type_of_target(y).startswith("multi") and type_of_target(y) != "multiclass":
            raise NotImplementedError(
                "VotingClassifier only supports binary or multiclass classification. Multilabel "
                "and multi-output classification are not supported."
            )
        self.le_ = LabelEncoder().fit(y)
        self.classes_ = self.le_.classes_
        return self._fit_voters(X, self.le_.transform(y), params)

    def predict(self, X):
        """The class of the most votes (N,)."""
        check_is_fitted(self)
        shares = self.predict_proba(X) if self.voting == "soft" else self._count(X)
        return self.classes_[shares.argmax(axis=1)]

    @available_if(lambda self: self._is_soft())
    def predict_proba(self, X):
        """p(k | x) (N, K), of a soft vote."""
        return np.average(self._ask(X, "predict_proba"), axis=0, weights=self._weights())

    def transform(self, X):
        """What each model says: of a hard vote classes' places (N, T), else probabilities."""
        if self.voting == "hard":
            return np.stack(self._ask(X, "predict"), axis=1)
        shares = np.stack(self._ask(X, "predict_proba"))  # (T, N, K)
        return np.hstack(shares) if self.flatten_transform else shares

    def get_feature_names_out(self, input_features=None):
        """``votingclassifier_name``, or of a soft vote ``votingclassifier_name0``, ..."""
        names = self._names(input_features)
        if self.voting == "soft" and not self.flatten_transform:
            raise ValueError(
                "get_feature_names_out is not supported when `voting='soft'` and "
                "`flatten_transform=False`"
            )
        if self.voting == "soft":
            names = [f"{name}{k}" for name in names for k in range(len(self.classes_))]
        return np.asarray(names, dtype=object)

    def _count(self, X):
        """Σ_t w_t [h_t(x) = k] (N, K)."""
        codes = np.arange(len(self.classes_))
        votes = [said[:, None] == codes for said in self._ask(X, "predict")]
        return np.tensordot(self._weights(), votes, axes=1)

    def _is_soft(self):
        if self.voting == "hard":
            raise AttributeError(f"predict_proba is not available when voting={self.voting!r}")
        return True


class VotingRegressor(RegressorMixin, Voting):
    """Average the predictions of regressors of several kinds.

        ŷ = Σ_t w_t h_t(x) / Σ_t w_t

    Parameters
    ----------
    estimators : list of (str, regressor)
        'drop' in the place of a regressor leaves it out, as does ``set_params(name='drop')``.
    weights : array-like of shape (T,), default=None
        w; None is one for each.
    n_jobs : int, default=None
        Models to fit at a time, by joblib; any number gives the same answer.
    verbose : bool, default=False
        Whether to draw a progress bar.

    Attributes
    ----------
    estimators_ : list of regressors
    named_estimators_ : Bunch
    """

    def __init__(self, estimators, *, weights=None, n_jobs=None, verbose=False):
        self.estimators = estimators
        self.weights = weights
        self.n_jobs = n_jobs
        self.verbose = verbose

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None, **fit_params):
        """Fit a copy of each model to the rows of X (N, D) and their targets (N,)."""
        params = self._sent_on(sample_weight, fit_params)
        return self._fit_voters(X, column_or_1d(y, warn=True), params)

    def predict(self, X):
        """ŷ (N,)."""
        return np.average(self.transform(X), axis=1, weights=self._weights())

    def transform(self, X):
        """What each model says (N, T)."""
        return np.stack(self._ask(X, "predict"), axis=1)

    def get_feature_names_out(self, input_features=None):
        """``votingregressor_name`` for each model."""
        return np.asarray(self._names(input_features), dtype=object)
