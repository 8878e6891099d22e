"""A hidden Markov model of rows of numbers, a mixture of normals in each state."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.emissions import Gaussian
from pellucid.emissions.gaussian_covariances import COVARIANCES
from pellucid.hmm._base import HiddenMarkovModel
from pellucid.hmm._mixed import Mixed
from pellucid.hmm._normal_prior import NormalPrior
from pellucid.hmm._probabilities import check_probabilities, shares
from pellucid.hmm._start import filled, nearest_of_k_means, overall_covariance
from pellucid.hmm.gaussian_hmm import compact

__all__ = ["GMMHMM"]

NAMES = {"w": "weights_", "m": "means_", "c": "covars_"}


class GMMHMM(HiddenMarkovModel):
    """Hidden states, each of which emits by a mixture of normal densities.

        p(x_t | z_t = k) = Σ_m c_km N(x_t; μ_km, Σ_km)

    A step takes the covariances about the means it has learned; hmmlearn about those before it.

    Parameters
    ----------
    n_components : int
        The number K of states.
    n_mix : int
        The number M of normal densities of each state.
    covariance_type : {'diag', 'full', 'tied', 'spherical'}
        Σ_k a variance for each column; a matrix; one for all M of a state; one variance.
    min_covar : float
        Is added to the variances that a fit starts from.
    startprob_prior, transmat_prior : float or array (K,) and (K, K)
        Dirichlet priors α of π and of each row of A: α - 1 is added to the counts, 1 adds nothing.
    weights_prior : float or array (K, M)
        A Dirichlet prior's α of c, as of π.
    means_prior, means_weight : float or array, (K, M, D) and (K, M)
        As if so many rows had been seen at this mean.
    covars_prior, covars_weight : float or array
        Ψ, added to the scatters (a number to all their entries), and the weight of it: see
        ``NormalPrior``.
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
        transitions, 'm' means, 'c' covariances,
        'w' weights.  Those not asked for stay as they were.
    implementation : {'scaling', 'log'}
        Either gives the same answer; 'scaling' is faster, and takes logarithms where numbers would
        underflow.

    Attributes
    ----------
    startprob_ : array (K,)
        π
    transmat_ : array (K, K)
        A; the row of a state that was never left stays as it was.
    weights_ : array (K, M)
        c
    means_ : array (K, M, D)
    covars_ : array (K, M, D, D), (K, D, D), (K, M, D) or (K, M)
        Of the types 'full', 'tied', 'diag' and 'spherical'.
    history_ : list of float
        log p(x) before each step.
    converged_ : bool
        Whether it was ``tol`` that stopped it.
    n_iter_ : int

    Parameters may be set and the model used without a fit, as with hmmlearn.

    References
    ----------
    Rabiner, A Tutorial on Hidden Markov Models and Selected Applications in Speech Recognition,
    Proceedings of the IEEE 77 (1989).
    """

    _parameter_constraints: ClassVar[dict] = {
        **HiddenMarkovModel._parameter_constraints,
        "n_mix": [Interval(Integral, 1, None, closed="left")],
        "covariance_type": [StrOptions(set(COVARIANCES))],
        "min_covar": [Interval(Real, 0, None, closed="left")],
        "weights_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "means_prior": [Real, "array-like"],
        "means_weight": [Interval(Real, 0, None, closed="left"), "array-like"],
        "covars_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "covars_weight": [Interval(Real, 0, None, closed="left"), "array-like"],
    }
    _learned: ClassVar[tuple] = ("startprob_", "transmat_", "weights_", "means_", "covars_")
    _letters: ClassVar[str] = "mcw"

    def __init__(
        self,
        n_components=1,
        n_mix=1,
        *,
        covariance_type="diag",
        min_covar=1e-3,
        startprob_prior=1.0,
        transmat_prior=1.0,
        weights_prior=1.0,
        means_prior=0.0,
        means_weight=0.0,
        covars_prior=0.0,
        covars_weight=0.0,
        topology=None,
        algorithm="viterbi",
        random_state=None,
        n_iter=10,
        tol=1e-2,
        n_init=1,
        verbose=False,
        params="stmcw",
        init_params="stmcw",
        implementation="scaling",
    ):
        self.n_components = n_components
        self.n_mix = n_mix
        self.covariance_type = covariance_type
        self.min_covar = min_covar
        self.startprob_prior = startprob_prior
        self.transmat_prior = transmat_prior
        self.weights_prior = weights_prior
        self.means_prior = means_prior
        self.means_weight = means_weight
        self.covars_prior = covars_prior
        self.covars_weight = covars_weight
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

    def _emission(self):
        """K · M normal densities, those of the first state first; M of them may share a matrix."""
        self._check_mixtures()
        K, M, D = np.shape(self.means_)
        mean = np.asarray(self.means_, dtype=np.float64).reshape(K * M, D)
        covariance = np.asarray(self.covars_, dtype=np.float64)
        kind = self.covariance_type
        if kind == "tied":  # within a state
            kind, covariance = "full", np.repeat(covariance, M, axis=0)
        else:
            covariance = covariance.reshape(K * M, *covariance.shape[2:])
        return Mixed(
            Gaussian(kind, 0.0, mean, covariance), np.asarray(self.weights_, dtype=np.float64)
        )

    def _adopt(self, emission):
        K, M = emission.share.shape
        self.weights_ = emission.share
        self.means_ = emission.part.mean.reshape(K, M, -1)
        covariance = emission.part.covariance
        covariance = covariance.reshape(K, M, *covariance.shape[1:])
        self.covars_ = covariance[:, 0] if self.covariance_type == "tied" else covariance

    def _m_step(self, emission, total):
        weight, sums = total
        tied, psi = self.covariance_type == "tied", np.asarray(self.covars_prior)
        prior = NormalPrior(
            _flat(self.means_prior),
            _flat(self.means_weight),
            np.repeat(psi, self.n_mix, axis=0) if tied and psi.ndim == 3 else _flat(psi),
            self.covars_weight,
            together=self.n_mix if tied else 1,
        )
        part = prior.m_step(emission.part, sums, "m" in self.params, "c" in self.params)
        share = emission.share
        if "w" in self.params:
            share = shares(weight, self.weights_prior, share)
        return Mixed(part, share)

    def _start_emission(self, sequences, rng):
        wanted = [name for letter, name in NAMES.items() if letter in self.init_params]
        missing = [name for name in NAMES.values() if not hasattr(self, name)]
        if wanted or missing:
            _, states = nearest_of_k_means(sequences.sample, self.n_components, rng)
            self._divide(sequences.sample, states, rng, {*wanted, *missing})

    def _label(self, sequences, states, sure=1.0):
        self._divide(
            sequences.sample, states, check_random_state(self.random_state), NAMES.values()
        )

    def _divide(self, X, states, rng, names):
        """Set ``names`` by k-means among the rows of each state, all of them if it has too few."""
        X, (K, M, D) = filled(X), (self.n_components, self.n_mix, X.shape[1])
        means, covariances = np.empty((K, M, D)), np.empty((K, D, D))
        for k in range(K):
            own = X[states == k]
            own = own if len(own) >= M else X
            means[k], _ = nearest_of_k_means(own, M, rng)
            covariances[k] = overall_covariance(own) + self.min_covar * np.eye(D)
        if self.covariance_type != "tied":
            covariances = compact(np.repeat(covariances, M, axis=0), self.covariance_type)
            covariances = covariances.reshape(K, M, *covariances.shape[1:])
        found = {"weights_": np.full((K, M), 1 / M), "means_": means, "covars_": covariances}
        for name in names:
            setattr(self, name, found[name])

    def _check_state(self):
        super()._check_state()
        if hasattr(self, "means_"):
            self._check_mixtures()

    def _check_mixtures(self):
        K, M = self.n_components, self.n_mix
        D = np.shape(self.means_)[-1]
        wanted = {"full": (K, M, D, D), "tied": (K, D, D), "diag": (K, M, D), "spherical": (K, M)}
        shapes = np.shape(self.weights_), np.shape(self.means_), np.shape(self.covars_)
        if shapes != ((K, M), (K, M, D), wanted[self.covariance_type]):
            raise ValueError(f"weights_, means_ and covars_ have the shapes {shapes}")
        check_probabilities("weights_", np.asarray(self.weights_))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = Gaussian.takes_missing
        return tags


def _flat(prior):
    """A prior of shape (K, M, ...) as one of the K · M parts; a number as it is."""
    prior = np.asarray(prior, dtype=np.float64)
    return prior.reshape(-1, *prior.shape[2:]) if prior.ndim > 1 else prior
