"""Categories as what the target is among them, learned so that no row sees its own target."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.model_selection import KFold, StratifiedKFold, check_cv
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from pellucid.base import validate_parameters
from pellucid.preprocessing._encoder import CategoryEncoder, codes_of
from pellucid.preprocessing.label_encoder import LabelEncoder

__all__ = ["TargetEncoder"]


class TargetEncoder(OneToOneFeatureMixin, CategoryEncoder):
    """Encode a category as the mean of the target among its rows, shrunk to the mean of all.

        S_k = λ_k ȳ_k + (1 - λ_k) ȳ,    λ_k = n_k / (n_k + m)

    for the n_k rows of category k, whose targets have mean ȳ_k and variance σ_k².  With
    ``smooth='auto'`` m = σ_k² / τ², the empirical Bayes estimate for a target of variance τ².  A
    target of K > 2 classes gives a column for each class.  ``fit_transform`` encodes each fold of
    the rows by the others, so that a category seen once does not give its own target away; it
    differs from ``fit(X, y).transform(X)``.

    Parameters
    ----------
    categories : 'auto' or list of array-like, default='auto'
    target_type : {'auto', 'continuous', 'binary', 'multiclass'}, default='auto'
    smooth : 'auto' or float, default='auto'
        m.
    cv : int or splitter, default=5
        Folds of ``fit_transform``; a number is stratified for classes.
    shuffle : bool, default=True
        Shuffle the rows before they are cut into folds.
    random_state : int, RandomState or None

    Attributes
    ----------
    encodings_ : list of ndarray
        S for each column, or for each column and class in turn.
    categories_ : list of ndarray
    target_type_ : str
    target_mean_ : float, or ndarray of shape (K,)
        ȳ, which is also the encoding of unknown categories.
    classes_ : ndarray of shape (K,), or None

    References
    ----------
    Micci-Barreca, D. (2001). A preprocessing scheme for high-cardinality categorical attributes.
    SIGKDD Explorations 3(1), 27-32.
    """

    _parameter_constraints: ClassVar[dict] = {
        "categories": [StrOptions({"auto"}), list],
        "target_type": [StrOptions({"auto", "continuous", "binary", "multiclass"})],
        "smooth": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "cv": ["cv_object"],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        categories="auto",
        target_type="auto",
        smooth="auto",
        cv=5,
        shuffle=True,
        random_state=None,
    ):
        self.categories = categories
        self.target_type = target_type
        self.smooth = smooth
        self.cv = cv
        self.shuffle = shuffle
        self.random_state = random_state

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    @validate_parameters
    def fit(self, X, y):
        """Learn the encodings of all rows of X (N, D)."""
        self._fit_all(X, y)
        return self

    @validate_parameters
    def fit_transform(self, X, y, **params):
        """Learn from all rows, and encode each fold of them by the others (N, D or D K)."""
        codes, targets, labels = self._fit_all(X, y)
        folds = self.cv
        if isinstance(folds, Integral):
            Folds = KFold if self.target_type_ == "continuous" else StratifiedKFold
            seed = self.random_state if self.shuffle else None
            folds = Folds(folds, shuffle=self.shuffle, random_state=seed)
        folds = list(check_cv(folds).split(labels, labels))
        applied = np.concatenate([apply for _, apply in folds])
        if not np.array_equal(np.sort(applied), np.arange(len(labels))):
            raise ValueError(
                "Validation indices from `cv` must cover each sample index exactly once: else a "
                "row would have no encoding, or two"
            )
        out = np.empty((len(labels), len(self.encodings_)))
        for learn, apply in folds:
            encodings = self._encodings(codes[learn], targets[learn])
            out[apply] = self._encode(codes[apply], encodings, targets[learn].mean(axis=0))
        return out

    def transform(self, X):
        """The encodings of X (N, D or D K); the mean for unknown categories."""
        check_is_fitted(self)
        codes = self._codes(self._columns(X, reset=False))
        return self._encode(codes, self.encodings_, np.atleast_1d(self.target_mean_))

    def _fit_all(self, X, y):
        columns = self._columns(X, reset=True)
        self.target_type_ = self._type_of(y)
        y = column_or_1d(y, warn=True)
        check_consistent_length(columns[0], y)
        self.categories_ = self._learn_categories(columns)
        targets = self._targets(y)  # (N, 1) or (N, K)
        means = targets.mean(axis=0)
        self.target_mean_ = means[0] if targets.shape[1] == 1 else means
        codes = self._codes(columns)  # (N, D)
        self.encodings_ = self._encodings(codes, targets)
        return codes, targets, y

    def _type_of(self, y):
        if self.target_type != "auto":
            return self.target_type
        found = type_of_target(y, input_name="y")
        if found not in ("binary", "multiclass", "continuous"):
            raise ValueError(
                f"Unknown label type: Target type was inferred to be {found!r}. Only ('binary', "
                "'continuous', 'multiclass') are supported."
            )
        return found

    def _targets(self, y):
        self.classes_ = None
        if self.target_type_ == "continuous":
            return y.astype(np.float64)[:, None]
        labels = LabelEncoder().fit(y)
        self.classes_ = labels.classes_
        codes = labels.transform(y)
        if self.target_type_ == "binary":
            return codes.astype(np.float64)[:, None]
        return np.eye(len(labels.classes_))[codes]

    def _codes(self, columns):
        pairs = zip(columns, self.categories_, strict=True)
        return np.stack([codes_of(column, known) for column, known in pairs], axis=1)

    def _encodings(self, codes, targets):
        sizes = [len(known) for known in self.categories_]
        return [
            self._shrunk_means(column, target, size)
            for column, size in zip(codes.T, sizes, strict=True)
            for target in targets.T
        ]

    def _shrunk_means(self, codes, target, K):
        mean = target.mean()
        seen = codes >= 0
        codes, target = codes[seen], target[seen]
        counts = np.bincount(codes, minlength=K)
        sums = np.bincount(codes, target, K)
        means = np.divide(sums, counts, out=np.full(K, mean), where=counts > 0)
        if self.smooth != "auto":
            total = counts + self.smooth
            smoothed = sums + self.smooth * mean
            return np.divide(smoothed, total, out=np.full(K, mean), where=total > 0)
        squares = np.bincount(codes, (target - means[codes]) ** 2, K)
        within = np.divide(squares, counts, out=np.zeros(K), where=counts > 0)  # σ_k²
        whole = np.var(target) * counts  # τ² n_k
        trust = np.divide(whole, whole + within, out=np.zeros(K), where=whole + within > 0)
        return trust * means + (1 - trust) * mean

    def _encode(self, codes, encodings, means):
        out = np.empty((len(codes), len(encodings)))
        classes = len(means)
        for i, encoding in enumerate(encodings):
            column = codes[:, i // classes]
            out[:, i] = np.where(column >= 0, encoding[column], means[i % classes])
        return out

    def get_feature_names_out(self, input_features=None):
        """The columns' names; ``<column>_<class>`` for a target of several classes."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        if self.target_type_ != "multiclass":
            return names
        return np.array([f"{n}_{c}" for n in names for c in self.classes_], dtype=object)
