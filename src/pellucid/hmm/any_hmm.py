"""A hidden Markov model of whatever has a density."""

from typing import ClassVar

from pellucid.emissions import Emission, Gaussian
from pellucid.hmm._base import SURE_OF_START, HiddenMarkovModel
from pellucid.hmm._start import nearest_of_k_means

__all__ = ["HMM"]


class HMM(HiddenMarkovModel):
    """Hidden states, which emit by any ``Emission``: one of pellucid's, or one's own.

        p(x_t | z_t = k) = p(x_t | θ_k)

    A fit starts from the M-step of the states that k-means finds in the rows; from θ as it is, if
    the emission has it already and ``init_params`` has no "e".

    Parameters
    ----------
    n_components : int
        The number K of states.
    emission : Emission or None
        What the states emit by; None is ``Gaussian("diag")``.
    startprob_prior, transmat_prior : float or array (K,) and (K, K)
        Dirichlet priors α of π and of each row of A: α - 1 is added to the counts, 1 adds nothing.
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
        transitions, 'e' emission.  Those not asked for stay as they were.
    implementation : {'scaling', 'log'}
        Either gives the same answer; 'scaling' is faster, and takes logarithms where numbers would
        underflow.

    Attributes
    ----------
    startprob_ : array (K,)
        π
    transmat_ : array (K, K)
        A; the row of a state that was never left stays as it was.
    emission_ : Emission
        With the parameters that were learned.
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
        "emission": [Emission, None],
    }
    _learned: ClassVar[tuple] = ("startprob_", "transmat_", "emission_")
    _letters: ClassVar[str] = "e"

    def __init__(
        self,
        n_components=1,
        emission=None,
        *,
        startprob_prior=1.0,
        transmat_prior=1.0,
        topology=None,
        algorithm="viterbi",
        random_state=None,
        n_iter=10,
        tol=1e-2,
        n_init=1,
        verbose=False,
        params="ste",
        init_params="ste",
        implementation="scaling",
    ):
        self.n_components = n_components
        self.emission = emission
        self.startprob_prior = startprob_prior
        self.transmat_prior = transmat_prior
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
        return Gaussian("diag") if self.emission is None else self.emission

    def _emission(self):
        return self.emission_

    def _adopt(self, emission):
        self.emission_ = emission

    def _start_emission(self, sequences, rng):
        if "e" in self.init_params:
            _, states = nearest_of_k_means(sequences.sample, self.n_components, rng)
            self._label(sequences, states, SURE_OF_START)
        elif not hasattr(self, "emission_"):
            self._adopt(self._blank(sequences))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._blank(None).takes_missing
        return tags
