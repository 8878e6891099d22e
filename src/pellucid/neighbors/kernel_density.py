"""Kernel density estimation: a small hill on every example, and the sum of the hills."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.special import gammainc
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.neighbors._density import KERNELS, log_density
from pellucid.neighbors._smoothing import rule_of_thumb
from pellucid.neighbors.ball_tree import BallTree
from pellucid.neighbors.kd_tree import KDTree

__all__ = ["KernelDensity"]


class KernelDensity(Estimator):
    """The density of examples as the sum of a small hill on each of them.

        p(x) = Σ_n s_n k(‖x - x_n‖ / h) / (h^D C Σ_n s_n),        C = ∫ k(‖u‖) du

    for a kernel k, a bandwidth h and sample weights s (Rosenblatt 1956, Parzen 1962).  Sums are
    taken in log space, so that a point 40 bandwidths from all examples has its own small log
    density, and exact to rounding unless ``rtol`` or ``atol`` allow more.  C is that of Euclidean
    distances whatever the metric.  (scikit-learn 1.9 differs where it is not exact, far from all
    examples, and for the cosine in an even number of dimensions, where its C is no integral.)

    Parameters
    ----------
    bandwidth : float or {'scott', 'silverman'}, default=1.0
        h; N^{-1/(D+4)}; (N (D+2)/4)^{-1/(D+4)}: rules for a table whose columns have variance one.
    algorithm : {'auto', 'kd_tree', 'ball_tree'}, default='auto'
        Any gives the same answer; 'auto' is the k-d tree where the metric allows one.
    kernel : {'gaussian', 'tophat', 'epanechnikov', 'exponential', 'linear', 'cosine'}
        exp(-u²/2); and for u < 1 alone 1, 1 - u², (everywhere) exp(-u), 1 - u, cos(πu/2).
    metric : str, default='euclidean'
        One of ``BallTree.valid_metrics``; 'haversine' takes h in radians as well.
    atol, rtol : float, default=0
        What the density may be off by, at most: rtol p + atol.
    breadth_first : bool, default=True
        Any gives the same answer.
    leaf_size : int, default=40
        Any gives the same answer.
    metric_params : dict, default=None
        Further arguments of the tree: p and w of 'minkowski'.

    Attributes
    ----------
    bandwidth_ : float
    tree_ : KDTree or BallTree
        Of the examples.
    sample_weight_ : ndarray of shape (N,)
        s
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Parzen, E. (1962). On Estimation of a Probability Density Function and Mode. Annals of
    Mathematical Statistics 33, 1065-1076.
    Gray, A. G. & Moore, A. W. (2003). Nonparametric Density Estimation: Toward Computational
    Tractability. SIAM International Conference on Data Mining.
    """

    _parameter_constraints: ClassVar[dict] = {
        "bandwidth": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"scott", "silverman"}),
        ],
        "algorithm": [StrOptions({"auto", "kd_tree", "ball_tree"})],
        "kernel": [StrOptions(set(KERNELS))],
        "metric": [StrOptions(set(BallTree.valid_metrics))],
        "atol": [Interval(Real, 0, None, closed="left")],
        "rtol": [Interval(Real, 0, None, closed="left")],
        "breadth_first": ["boolean"],
        "leaf_size": [Interval(Integral, 1, None, closed="left")],
        "metric_params": [None, dict],
    }

    def __init__(
        self,
        *,
        bandwidth=1.0,
        algorithm="auto",
        kernel="gaussian",
        metric="euclidean",
        atol=0,
        rtol=0,
        breadth_first=True,
        leaf_size=40,
        metric_params=None,
    ):
        self.bandwidth = bandwidth
        self.algorithm = algorithm
        self.kernel = kernel
        self.metric = metric
        self.atol = atol
        self.rtol = rtol
        self.breadth_first = breadth_first
        self.leaf_size = leaf_size
        self.metric_params = metric_params

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Put the rows of X (N, D), weighted by ``sample_weight``, into a tree."""
        X = validate_data(self, X, dtype=np.float64, order="C")
        self.sample_weight_ = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        chosen = isinstance(self.bandwidth, str)
        self.bandwidth_ = rule_of_thumb(self.bandwidth, *X.shape) if chosen else self.bandwidth
        kind = self._tree_class()
        self.tree_ = kind(X, self.leaf_size, self.metric, **(self.metric_params or {}))
        return self

    def score_samples(self, X):
        """log p of the rows of X, (M,); -∞ where no compact kernel reaches."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, order="C", reset=False)
        weights = self.sample_weight_ / self.sample_weight_.sum()
        return log_density(
            self.tree_, X, weights, self.kernel, self.bandwidth_, self.rtol, self.atol
        )

    def score(self, X, y=None):
        """Σ_m log p(x_m) of the rows of X."""
        return np.sum(self.score_samples(X))

    def sample(self, n_samples=1, random_state=None):
        """Draw from p: an example, and a step from it (gaussian and tophat only), (n, D)."""
        check_is_fitted(self)
        if self.kernel not in ("gaussian", "tophat"):
            raise NotImplementedError(
                f"sample wants a gaussian or a tophat kernel, not {self.kernel!r}"
            )
        random = check_random_state(random_state)
        X, share = self.tree_.data, np.cumsum(self.sample_weight_)
        u = random.uniform(0, 1, size=n_samples)
        centres = X[np.searchsorted(share, u * share[-1], side="right")]  # (n, D)
        steps = random.normal(size=centres.shape)
        if self.kernel == "tophat":  # of a gaussian step, the direction, and the rank of its length
            D, squares = X.shape[1], np.sum(steps**2, axis=1, keepdims=True)
            steps *= gammainc(D / 2, squares / 2) ** (1 / D) / np.sqrt(squares)
        return centres + steps * self.bandwidth_

    def _tree_class(self):
        if self.algorithm == "kd_tree" and self.metric not in KDTree.valid_metrics:
            raise ValueError(f"invalid metric for {KDTree}: {self.metric!r}")
        boxes = self.algorithm != "ball_tree" and self.metric in KDTree.valid_metrics
        return KDTree if boxes else BallTree

    def _check_state(self):
        if not hasattr(self, "tree_"):
            return
        N, D = self.tree_.data.shape
        if self.sample_weight_.shape != (N,) or self.n_features_in_ != D:
            raise ValueError(
                f"{N} examples of {D} features have {len(self.sample_weight_)} weights, and the "
                f"model is of {self.n_features_in_} features"
            )
