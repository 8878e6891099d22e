"""A hidden Markov model of rows of numbers, normal in each state."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.emissions import Gaussian
from pellucid.emissions.gaussian_covariances import COVARIANCES
from pellucid.hmm._base import HiddenMarkovModel
from pellucid.hmm._normal_prior import NormalPrior
from pellucid.hmm._start import nearest_of_k_means, overall_covariance

__all__ = ["GaussianHMM"]


class GaussianHMM(HiddenMarkovModel):
    """Hidden states, each of which emits rows with a normal density of its own.

        p(x_t | z_t = k) = N(x_t; μ_k, Σ_k)

    A coordinate that is NaN was not seen, nor was a row of nothing else: the others speak for it.

    Parameters
    ----------
    n_components : int
        The number K of states.
    covariance_type : {'diag', 'full', 'tied', 'spherical'}
        Σ_k a variance for each column; a matrix; one matrix for all k; one variance.
    min_covar : float
        Is added to the variances that a fit starts from.
    startprob_prior, transmat_prior : float or array (K,) and (K, K)
        Dirichlet priors α of π and of each row of A: α - 1 is added to the counts, 1 adds nothing.
    means_prior, means_weight : float or array, broadcast to (K, D)
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
        transitions, 'm' means, 'c' covariances.  Those not asked for stay as they were set.
    implementation : {'scaling', 'log'}
        Either gives the same answer; 'scaling' is faster, and takes logarithms where numbers would
        underflow.

    Attributes
    ----------
    startprob_ : array (K,)
        π
    transmat_ : array (K, K)
        A; the row of a state that was never left stays as it was.
    means_ : array (K, D)
    covars_ : array (K, D, D)
        Matrices, whatever the type; it can be set in the type's own shape as well.
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
        "covariance_type": [StrOptions(set(COVARIANCES))],
        "min_covar": [Interval(Real, 0, None, closed="left")],
        "means_prior": [Real, "array-like"],
        "means_weight": [Interval(Real, 0, None, closed="left"), "array-like"],
        "covars_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "covars_weight": [Interval(Real, 0, None, closed="left"), "array-like"],
    }
    _learned: ClassVar[tuple] = ("startprob_", "transmat_", "means_", "_covars_")
    _letters: ClassVar[str] = "mc"

    def __init__(
        self,
        n_components=1,
        covariance_type="diag",
        *,
        min_covar=1e-3,
        startprob_prior=1.0,
        transmat_prior=1.0,
        means_prior=0,
        means_weight=0,
        covars_prior=1e-2,
        covars_weight=1,
        topology=None,
        algorithm="viterbi",
        random_state=None,
        n_iter=10,
        tol=1e-2,
        n_init=1,
        verbose=False,
        params="stmc",
        init_params="stmc",
        implementation="scaling",
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.min_covar = min_covar
        self.startprob_prior = startprob_prior
        self.transmat_prior = transmat_prior
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

    @property
    def covars_(self):
        """Σ_k as a matrix for each state, whatever the type                          (K, D, D)"""
        K, D = np.shape(self.means_)
        form = COVARIANCES[self.covariance_type]
        return np.array([form.matrix(self._covars_, k, D) for k in range(K)])

    @covars_.setter
    def covars_(self, covariance):
        """Takes them as the type has them, or as matrices."""
        self._covars_ = compact(np.asarray(covariance, dtype=np.float64), self.covariance_type)

    def _blank(self, sequences):
        return Gaussian(self.covariance_type, self.min_covar)

    def _emission(self):
        self._check_normals()
        mean = np.asarray(self.means_, dtype=np.float64)
        return Gaussian(self.covariance_type, 0.0, mean, self._covars_)

    def _adopt(self, emission):
        self.means_, self._covars_ = emission.mean, emission.covariance

    def _m_step(self, emission, total):
        prior = NormalPrior(
            self.means_prior, self.means_weight, self.covars_prior, self.covars_weight
        )
        return prior.m_step(emission, total, "m" in self.params, "c" in self.params)

    def _start_emission(self, sequences, rng):
        if "m" in self.init_params or not hasattr(self, "means_"):
            self.means_, _ = nearest_of_k_means(sequences.sample, self.n_components, rng)
        if "c" in self.init_params or not hasattr(self, "_covars_"):
            overall = overall_covariance(sequences.sample)
            overall += self.min_covar * np.eye(len(overall))
            self.covars_ = np.tile(overall, (self.n_components, 1, 1))

    def _check_state(self):
        super()._check_state()
        if hasattr(self, "means_"):
            self._check_normals()

    def _check_normals(self):
        K, D = self.n_components, np.shape(self.means_)[-1]
        wanted = {"full": (K, D, D), "tied": (D, D), "diag": (K, D), "spherical": (K,)}
        shapes = np.shape(self.means_), np.shape(self._covars_)
        if shapes != ((K, D), wanted[self.covariance_type]):
            raise ValueError(f"means_ and covars_ of {K} states have the shapes {shapes}")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = Gaussian.takes_missing
        return tags


def compact(covariance, covariance_type):
    """Covariances as their type has them, of those or of matrices (K, D, D)."""
    if covariance_type == "tied":
        return covariance[0] if covariance.ndim == 3 else covariance
    if covariance_type == "diag" and covariance.ndim == 3:
        return np.array(np.einsum("kdd->kd", covariance))
    if covariance_type == "spherical" and covariance.ndim > 1:
        return covariance.reshape(len(covariance), -1)[:, 0]
    return covariance
