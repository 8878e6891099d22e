"""A mixture of any emission: of normals, of coins, of a density of one's own."""

from typing import ClassVar

import numpy as np

from pellucid.emissions import Emission, Gaussian
from pellucid.mixture._base import BaseMixture
from pellucid.mixture._weights import Shares

__all__ = ["Mixture"]


class Mixture(BaseMixture):
    """A weighted sum of densities of one family, fitted by expectation and maximisation.

        p(x) = Σ_k π_k p(x | θ_k)
        E:  r_nk = π_k p(x_n | θ_k) / p(x_n)
        M:  π_k = Σ_n r_nk / N,    θ_k = argmax_θ Σ_n r_nk log p(x_n | θ)

    The family is an ``Emission``: one that says its log density, its sums and its M-step can be
    mixed, and emitted by the states of a hidden Markov model.  ``examples/own_emission.py`` writes
    one.

    Parameters
    ----------
    emission : Emission or None
        The family, as an example of it that has its settings; None is ``Gaussian()``.
    n_components : int, default=1
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
    emission_ : Emission
        The K densities that were learned.
    converged_ : bool
    n_iter_ : int
    lower_bound_ : float
        The mean of log p(x_n) at the last E-step.
    lower_bounds_ : list of n_iter_ floats

    References
    ----------
    Dempster, Laird & Rubin, Maximum likelihood from incomplete data via the EM algorithm, Journal
    of the Royal Statistical Society B 39 (1977).
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseMixture._parameter_constraints,
        "emission": [Emission, None],
    }
    del _parameter_constraints["verbose_interval"]

    def __init__(
        self,
        emission=None,
        n_components=1,
        *,
        tol=1e-3,
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        random_state=None,
        warm_start=False,
        verbose=0,
    ):
        self.emission = emission
        self.n_components = n_components
        self.tol = tol
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    @property
    def _takes_missing(self):
        return self._family().takes_missing

    def _family(self):
        return Gaussian() if self.emission is None else self.emission

    def _n_products(self, K, D):
        return self._family().n_products(K, D)

    def _first(self, rows):
        return Shares(), self._family()

    def _publish(self, weights, emission, dtype):
        self.weights_, self.emission_ = weights.mean, emission

    def _learned(self):
        return Shares(self.weights_), self.emission_

    def _check_state(self):
        if hasattr(self, "weights_") and np.shape(self.weights_) != (self.n_components,):
            raise ValueError(f"{self.n_components} components have weights {self.weights_!r}")
