"""Classes and numbers by the k nearest examples."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from pellucid.neighbors._neighbors import KNeighborsMixin, Neighbors, without
from pellucid.neighbors._votes import NeighborsClassifierMixin, NeighborsRegressorMixin, weigh

__all__ = ["KNeighborsClassifier", "KNeighborsRegressor"]


class KNeighborsModel(KNeighborsMixin, Neighbors):
    """Base of both: the k nearest examples and their weights."""

    _parameter_constraints: ClassVar[dict] = {
        **without("radius"),
        "weights": [StrOptions({"uniform", "distance"}), callable, None],
    }

    def __init__(
        self,
        n_neighbors=5,
        *,
        weights="uniform",
        algorithm="auto",
        leaf_size=30,
        p=2,
        metric="minkowski",
        metric_params=None,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def _neighbors(self, X):
        """The nearest examples to each row, and their weights: (N, k) both."""
        far, who = self.kneighbors(X)
        row = np.broadcast_to(np.arange(len(far))[:, None], far.shape)
        return who, weigh(self.weights, far, row)


class KNeighborsClassifier(NeighborsClassifierMixin, KNeighborsModel):
    """Classes by the votes of the k nearest examples.

        P(c | x) = Σ_{n ∈ N_k(x)} w_n [y_n = c] / Σ_{n ∈ N_k(x)} w_n,    w_n = 1 or 1 / d(x, x_n)

    for the k examples N_k(x) nearest to x (Fix & Hodges 1951; Cover & Hart 1967).  Of classes with
    as many votes the first is taken, and of examples equally far that with the lower index.

    Parameters
    ----------
    n_neighbors : int, default=5
        k.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        Votes of one each; of 1/d, where an example at distance zero outweighs all that are not; or
        a function of an array of distances (N, k) that returns as many weights.
    algorithm, leaf_size, metric, p, metric_params, n_jobs
        How examples are searched, and by what distance: as of ``NearestNeighbors``.

    Attributes
    ----------
    classes_ : ndarray of shape (K,), or a list of them for several outputs
    outputs_2d_ : bool
        Whether there are several outputs.
    effective_metric_, effective_metric_params_, n_samples_fit_, n_features_in_, feature_names_in_
        As of ``NearestNeighbors``.

    References
    ----------
    Fix, E. & Hodges, J. L. (1951). Discriminatory Analysis: Nonparametric Discrimination. USAF
    School of Aviation Medicine, report 4.
    Cover, T. M. & Hart, P. E. (1967). Nearest Neighbor Pattern Classification. IEEE Transactions on
    Information Theory 13, 21-27.
    """

    def predict(self, X):
        """The class of each row of X (N,) or (N, O); of the examples, for None."""
        votes, classes = self._counted(X), self._outputs(self.classes_)
        return self._joined([c[v.argmax(axis=1)] for c, v in zip(classes, votes, strict=True)])

    def predict_proba(self, X):
        """The shares of the votes (N, K); a list of them for several outputs."""
        shares = [v / v.sum(axis=1, keepdims=True) for v in self._counted(X)]
        return shares if self.outputs_2d_ else shares[0]

    def _counted(self, X):
        who, w = self._neighbors(X)
        if (w == 0).all(axis=1).any():
            raise ValueError(
                "All neighbors of some sample is getting zero weights. Please modify 'weights' to "
                "avoid this case if you are using a user-defined function."
            )
        row = np.repeat(np.arange(len(who)), who.shape[1])
        return list(self._votes(len(who), row, who.ravel(), w.ravel()))


class KNeighborsRegressor(NeighborsRegressorMixin, KNeighborsModel):
    """The average target of the k nearest examples.

        ŷ(x) = Σ_{n ∈ N_k(x)} w_n y_n / Σ_{n ∈ N_k(x)} w_n,    w_n = 1 or 1 / d(x, x_n)

    for the k examples N_k(x) nearest to x (Cover 1968).  Of examples equally far the one with the
    lower index is nearer.

    Parameters
    ----------
    n_neighbors : int, default=5
        k.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        One each; 1/d, where an example at distance zero outweighs all that are not; or a function
        of an array of distances (N, k) that returns as many weights.
    algorithm, leaf_size, metric, p, metric_params, n_jobs
        How examples are searched, and by what distance: as of ``NearestNeighbors``.

    Attributes
    ----------
    effective_metric_, effective_metric_params_, n_samples_fit_, n_features_in_, feature_names_in_
        As of ``NearestNeighbors``.

    References
    ----------
    Cover, T. M. (1968). Estimation by the Nearest Neighbor Rule. IEEE Transactions on Information
    Theory 14, 50-55.
    """

    def predict(self, X):
        """The averages for the rows of X (N,) or (N, O); of the examples, for None."""
        who, w = self._neighbors(X)
        targets = self._y[who]  # (N, k) or (N, k, O)
        if self.weights in (None, "uniform"):
            return targets.mean(axis=1)
        w = w.reshape(w.shape + (1,) * (targets.ndim - 2))
        return np.sum(w * targets, axis=1) / w.sum(axis=1)
