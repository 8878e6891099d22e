"""Classes and numbers by all examples within a radius."""

import warnings
from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from pellucid.neighbors._neighbors import Neighbors, RadiusNeighborsMixin, without
from pellucid.neighbors._votes import NeighborsClassifierMixin, NeighborsRegressorMixin, weigh

__all__ = ["RadiusNeighborsClassifier", "RadiusNeighborsRegressor"]


class RadiusNeighborsModel(RadiusNeighborsMixin, Neighbors):
    """Base of both: the examples within the radius and their weights."""

    _parameter_constraints: ClassVar[dict] = {
        **without("n_neighbors"),
        "weights": [StrOptions({"uniform", "distance"}), callable, None],
    }

    def _neighbors(self, X):
        """How many neighbours each row has; and whose each is, who, and of what weight."""
        counts, who, far = self._within(X)
        row = np.repeat(np.arange(len(counts)), counts)
        if callable(self.weights):  # asked row by row: it may compare the distances of one
            parts = np.split(far, np.cumsum(counts[:-1]))
            w = np.concatenate([weigh(self.weights, part, None) for part in parts])
        else:
            w = weigh(self.weights, far, row)
        return counts, row, who, w


class RadiusNeighborsClassifier(NeighborsClassifierMixin, RadiusNeighborsModel):
    """Classes by the votes of all examples within a radius.

        P(c | x) = Σ_{n: d(x, x_n) ≤ r} w_n [y_n = c] / Σ_{n: d(x, x_n) ≤ r} w_n

    with w_n = 1 or 1 / d(x, x_n) (Bentley 1975).  Of classes with as many votes the first is taken.

    Parameters
    ----------
    radius : float, default=1.0
        r.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        Votes of one each; of 1/d, where an example at distance zero outweighs all that are not; or
        a function of the array of a row's distances that returns as many weights.
    outlier_label : label, list of labels, 'most_frequent' or None, default=None
        The class of a row that has no neighbours; None raises an error for it.  One that is not
        among the classes has no share in ``predict_proba``.
    algorithm, leaf_size, metric, p, metric_params, n_jobs
        How examples are searched, and by what distance: as of ``NearestNeighbors``.

    Attributes
    ----------
    classes_ : ndarray of shape (K,), or a list of them for several outputs
    outlier_label_ : list, one for each output, or None
    outputs_2d_ : bool
        Whether there are several outputs.
    effective_metric_, effective_metric_params_, n_samples_fit_, n_features_in_, feature_names_in_
        As of ``NearestNeighbors``.

    References
    ----------
    Bentley, J. L. (1975). A Survey of Techniques for Fixed Radius Near Neighbor Searching. Stanford
    Linear Accelerator Center, report 186.
    """

    _parameter_constraints: ClassVar[dict] = {
        **RadiusNeighborsModel._parameter_constraints,
        "outlier_label": [Integral, str, "array-like", None],
    }

    def __init__(
        self,
        radius=1.0,
        *,
        weights="uniform",
        algorithm="auto",
        leaf_size=30,
        p=2,
        metric="minkowski",
        outlier_label=None,
        metric_params=None,
        n_jobs=None,
    ):
        self.radius = radius
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.outlier_label = outlier_label
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Keep the rows of X (N, D), or a tree of them, and their classes y (N,) or (N, O)."""
        super().fit(X, y)
        self.outlier_label_ = self._outlier_labels()
        return self

    def predict(self, X):
        """The class of each row of X (N,) or (N, O); of the examples, for None."""
        shares, columns = self.predict_proba(X), []
        pairs = zip(self._outputs(self.classes_), self._outputs(shares), strict=True)
        for o, (classes, shares) in enumerate(pairs):
            column = classes[shares.argmax(axis=1)]
            alone = ~shares.any(axis=1)
            if alone.any():
                column = column.astype(np.result_type(column, np.asarray(self.outlier_label_[o])))
                column[alone] = self.outlier_label_[o]
            columns.append(column)
        return self._joined(columns)

    def predict_proba(self, X):
        """The shares of the votes (N, K); a list of them for several outputs."""
        counts, row, who, w = self._neighbors(X)
        alone = counts == 0
        if alone.any() and self.outlier_label_ is None:
            raise ValueError(
                f"No neighbors found for test samples {np.flatnonzero(alone)}, you can try using "
                "larger radius, giving a label for outliers, or considering removing them from "
                "your dataset."
            )
        shares = []
        for o, votes in enumerate(self._votes(len(counts), row, who, w)):
            if alone.any():
                self._count_outliers(votes, alone, o)
            total = votes.sum(axis=1, keepdims=True)
            shares.append(votes / np.where(total == 0, 1, total))
        return shares if self.outputs_2d_ else shares[0]

    def _count_outliers(self, votes, alone, o):
        """Rows that are alone vote for the outlier label themselves."""
        label = self.outlier_label_[o]
        place = np.flatnonzero(self._outputs(self.classes_)[o] == label)
        if len(place):
            votes[alone, place[0]] = 1
        else:
            warnings.warn(
                f"Outlier label {label} is not in training classes. All class probabilities of "
                "outliers will be assigned with 0.",
                stacklevel=3,
            )

    def _outlier_labels(self):
        """The outlier label of each output, or None."""
        given, classes = self.outlier_label, self._outputs(self.classes_)
        if given is None:
            return None
        if isinstance(given, str) and given == "most_frequent":
            places = self._outputs(self._y.T)
            return [c[np.bincount(p).argmax()] for c, p in zip(classes, places, strict=True)]
        labels = list(given) if np.ndim(given) else [given] * len(classes)
        if len(labels) != len(classes):
            raise ValueError(f"there are {len(labels)} outlier labels for {len(classes)} outputs")
        for label, c in zip(labels, classes, strict=True):
            if np.ndim(label):
                raise TypeError(f"an outlier label must be a scalar, got {label}")
            if np.append(c, label).dtype.kind != c.dtype.kind:
                raise TypeError(f"the outlier label {label!r} is not of the kind of the labels {c}")
        return labels


class RadiusNeighborsRegressor(NeighborsRegressorMixin, RadiusNeighborsModel):
    """The average target of all examples within a radius.

        ŷ(x) = Σ_{n: d(x, x_n) ≤ r} w_n y_n / Σ_{n: d(x, x_n) ≤ r} w_n

    with w_n = 1 or 1 / d(x, x_n); nan, with a warning, where there are none.

    Parameters
    ----------
    radius : float, default=1.0
        r.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        One each; 1/d, where an example at distance zero outweighs all that are not; or a function
        of the array of a row's distances that returns as many weights.
    algorithm, leaf_size, metric, p, metric_params, n_jobs
        How examples are searched, and by what distance: as of ``NearestNeighbors``.

    Attributes
    ----------
    effective_metric_, effective_metric_params_, n_samples_fit_, n_features_in_, feature_names_in_
        As of ``NearestNeighbors``.

    References
    ----------
    Watson, G. S. (1964). Smooth Regression Analysis. Sankhyā A 26, 359-372.
    """

    def __init__(
        self,
        radius=1.0,
        *,
        weights="uniform",
        algorithm="auto",
        leaf_size=30,
        p=2,
        metric="minkowski",
        metric_params=None,
        n_jobs=None,
    ):
        self.radius = radius
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def predict(self, X):
        """The averages for the rows of X (N,) or (N, O); of the examples, for None."""
        counts, row, who, w = self._neighbors(X)
        N, targets = len(counts), self._y.reshape(len(self._y), -1)
        total = np.bincount(row, w, N)[:, None]
        sums = np.column_stack([np.bincount(row, w * y[who], N) for y in targets.T])
        if not counts.all():
            warnings.warn(
                "One or more samples have no neighbors within specified radius; predicting NaN.",
                stacklevel=2,
            )
        with np.errstate(invalid="ignore"):
            out = sums / total
        return out.reshape(N, *self._y.shape[1:])
