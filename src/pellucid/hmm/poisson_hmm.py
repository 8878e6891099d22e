"""A hidden Markov model of counts."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.emissions import Poisson
from pellucid.hmm._base import HiddenMarkovModel
from pellucid.hmm._start import filled

__all__ = ["PoissonHMM"]


class PoissonHMM(HiddenMarkovModel):
    """Hidden states, each of which emits counts at a rate of its own.

    p(x_t | z_t = k) = Π_d exp(-λ_kd) λ_kd^x_td / x_td!
    """

    _parameter_constraints: ClassVar[dict] = {
        **HiddenMarkovModel._parameter_constraints,
        "lambdas_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "lambdas_weight": [Interval(Real, 0, None, closed="left"), "array-like"],
    }
    _learned: ClassVar[tuple] = ("startprob_", "transmat_", "lambdas_")
    _letters: ClassVar[str] = "l"

    def __init__(
        self,
        n_components=1,
        startprob_prior=1.0,
        transmat_prior=1.0,
        *,
        lambdas_prior=0.0,
        lambdas_weight=0.0,
        topology=None,
        algorithm="viterbi",
        random_state=None,
        n_iter=10,
        tol=1e-2,
        n_init=1,
        verbose=False,
        params="stl",
        init_params="stl",
        implementation="scaling",
    ):
        self.n_components = n_components
        self.startprob_prior = startprob_prior
        self.transmat_prior = transmat_prior
        self.lambdas_prior = lambdas_prior
        self.lambdas_weight = lambdas_weight
        self.topology = topology
        self.algorithm = algorithm
        self.random_state = random_state
        self.n_iter = n_iter
        self.tol = tol
        self.n_init = n_init
        self.verbose = verbose
        self.params = params
        self.init_params = init_params
        self.implementation = implementation

    def _blank(self, X):
        return Poisson(np.asarray(self.lambdas_prior), np.asarray(self.lambdas_weight))

    def _emission(self):
        rate = np.asarray(self.lambdas_, dtype=np.float64)
        self._check_rates(rate)
        return Poisson(np.asarray(self.lambdas_prior), np.asarray(self.lambdas_weight), rate)

    def _adopt(self, emission):
        self.lambdas_ = emission.rate

    def _start_emission(self, X, sequences, rng):
        """Rates drawn from the gamma distribution that has the counts' mean and variance."""
        if "l" not in self.init_params and hasattr(self, "lambdas_"):
            return
        counts = filled(X)
        mean, variance = counts.mean(), counts.var()
        shape = (self.n_components, X.shape[1])
        if variance > 0:
            self.lambdas_ = rng.gamma(mean**2 / variance, variance / mean, shape)
        else:
            self.lambdas_ = np.full(shape, mean)

    def _rows(self, X, reset):
        X = super()._rows(X, reset)
        if (X < 0).any():
            raise ValueError("Negative values in data: counts are 0 or more, or NaN if not seen")
        return X

    def _check_state(self):
        super()._check_state()
        if hasattr(self, "lambdas_"):
            self._check_rates(np.asarray(self.lambdas_))

    def _check_rates(self, rate):
        if rate.ndim != 2 or len(rate) != self.n_components:
            raise ValueError(f"lambdas_ has the shape {rate.shape}, for {self.n_components} states")
        if not (rate >= 0).all():
            raise ValueError("lambdas_ must be 0 or more")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.input_tags.allow_nan = True
        return tags
