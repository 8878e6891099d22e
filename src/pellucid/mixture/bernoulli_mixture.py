"""A mixture of coins: rows of zeros and ones in groups."""

from functools import partial
from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.emissions import Bernoulli
from pellucid.mixture._base import BaseMixture
from pellucid.mixture._weights import Shares

__all__ = ["BernoulliMixture"]


class BernoulliMixture(BaseMixture):
    """Columns of zeros and ones, independent given the component; also called latent classes.

        p(x) = Σ_k π_k Π_d p_kd^x_d (1 - p_kd)^(1 - x_d)
        E:  r_nk = π_k p(x_n | k) / p(x_n)
        M:  π_k = Σ_n r_nk / N,    p_kd = Σ_n r_nk x_nd / Σ_n r_nk

    A value that is NaN was not seen, and is left out of both.

    Parameters
    ----------
    n_components : int, default=1
    binarize : float or None, default=0.0
        Values above it count as one; None: they are 0 and 1 already.
    tol : float, default=1e-3
        EM stops when the mean of log p(x_n) rises by less.
    max_iter : int, default=100
    n_init : int, default=1
        Starts; the one with the highest bound is kept.
    init_params : {'kmeans', 'k-means++', 'random', 'random_from_data'}
        The first responsibilities: clusters of k-means, one row each, or random numbers.
    random_state : int, RandomState or None
    warm_start : bool, default=False
        Go on from the last fit.
    verbose : int, default=0
        Whether to draw a bar.

    Attributes
    ----------
    weights_ : array (K,)
    probabilities_ : array (K, D)
        Of a one.
    converged_ : bool
    n_iter_ : int
    lower_bound_ : float
        The mean of log p(x_n) at the last E-step.
    lower_bounds_ : list of n_iter_ floats

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 9.3.3.
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseMixture._parameter_constraints,
        "binarize": [None, Interval(Real, None, None, closed="neither")],
    }
    del _parameter_constraints["verbose_interval"]
    _takes_missing = True

    def __init__(
        self,
        n_components=1,
        *,
        binarize=0.0,
        tol=1e-3,
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        random_state=None,
        warm_start=False,
        verbose=0,
    ):
        self.n_components = n_components
        self.binarize = binarize
        self.tol = tol
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    def _in_blocks(self, rows):
        return super()._in_blocks(rows.then(partial(_cut, self.binarize)))

    def _first(self, rows):
        return Shares(), Bernoulli()

    def _publish(self, weights, emission, dtype):
        self.weights_ = weights.mean.astype(dtype)
        self.probabilities_ = emission.probability.astype(dtype)

    def _learned(self):
        weights = self.weights_.astype(np.float64)
        return Shares(weights), Bernoulli(self.probabilities_.astype(np.float64))

    def _check_state(self):
        if hasattr(self, "weights_"):
            self._check_shapes("weights_", "probabilities_")


def _cut(binarize, X, *rest):
    """Ones where X is above ``binarize``, zeros where it is not; gaps stay."""
    return X if binarize is None else np.where(np.isnan(X), X, np.greater(X, binarize)), *rest
