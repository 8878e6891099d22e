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

    A count that is NaN was not seen.

    Parameters
    ----------
    n_components : int
        The number K of states.
    startprob_prior, transmat_prior : float or array (K,) and (K, K)
        Dirichlet priors α of π and of each row of A: α - 1 is added to the counts, 1 adds nothing.
    lambdas_prior, lambdas_weight : float or array, broadcast to (K, D)
        As if so many events had been seen in so many rows.  (hmmlearn scales both by how often a
        state is visited.)
    topology : {'left-right'} or bool array (K, K) or None
        Which transitions a start allows; none that begins at zero is ever learned.  'left-right'
        starts in the first state, never goes back, and begins from equal parts of each sequence.
    algorithm : {'viterbi', 'map'}
        How ``predict`` and ``decode`` choose the states.
    random_state : int, RandomState or None
    n_iter : int
        Most steps of EM; 0 leaves the parameters where they start.
    tol : float
        It stops where log p(x) gains less.
    n_init : int
        Random starts, of which the likeliest end is kept.
    verbose : bool
        Draw the progress.
    params, init_params : str
        Which parameters are learned, and which are set at the start of a fit: 's' start, 't'
        transitions, 'l' rates.  Those not asked for stay as they were.
    implementation : {'scaling', 'log'}
        Either gives the same answer; 'scaling' is faster, and takes logarithms where numbers would
        underflow.

    Attributes
    ----------
    startprob_ : array (K,)
        π
    transmat_ : array (K, K)
        A; the row of a state that was never left stays as it was.
    lambdas_ : array (K, D)
        λ
    history_ : list of float
        log p(x) before each step.
    converged_ : bool
        Whether it was ``tol`` that stopped it.
    n_iter_ : int

    Parameters may be set and the model used without a fit, as with hmmlearn.

    References
    ----------
    Zucchini & MacDonald, Hidden Markov Models for Time Series (2009).
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

    def _blank(self, sequences):
        return Poisson(np.asarray(self.lambdas_prior), np.asarray(self.lambdas_weight))

    def _emission(self):
        rate = np.asarray(self.lambdas_, dtype=np.float64)
        self._check_rates(rate)
        return Poisson(np.asarray(self.lambdas_prior), np.asarray(self.lambdas_weight), rate)

    def _adopt(self, emission):
        self.lambdas_ = emission.rate

    def _start_emission(self, sequences, rng):
        """Rates drawn from the gamma distribution that has the counts' mean and variance."""
        if "l" not in self.init_params and hasattr(self, "lambdas_"):
            return
        counts = filled(sequences.sample)
        mean, variance = counts.mean(), counts.var()
        shape = (self.n_components, counts.shape[1])
        if variance > 0:
            self.lambdas_ = rng.gamma(mean**2 / variance, variance / mean, shape)
        else:
            self.lambdas_ = np.full(shape, mean)

    def _rows(self, X, reset):
        return super()._rows(X, reset).then(_counts)

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


def _counts(X, weight):
    if (X < 0).any():
        raise ValueError("Negative values in data: counts are 0 or more, or NaN if not seen")
    return X, weight
