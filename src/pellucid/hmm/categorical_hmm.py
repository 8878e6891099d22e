"""A hidden Markov model of symbols."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.emissions import Categorical
from pellucid.hmm._base import HiddenMarkovModel
from pellucid.hmm._probabilities import check_probabilities
from pellucid.reduction import is_plain
from pellucid.reduction.validation import validate_rows

__all__ = ["CategoricalHMM"]


class CategoricalHMM(HiddenMarkovModel):
    """Hidden states, each of which emits symbols with probabilities of its own.

        p(x_t = f | z_t = k) = B_kf

    X (T, 1) or (T,) are symbols 0 ... F - 1; of several columns (T, D), each has its own B and is
    independent of the others given the state.  One that is NaN was not seen.

    Parameters
    ----------
    n_components : int
        The number K of states.
    startprob_prior, transmat_prior : float or array (K,) and (K, K)
        Dirichlet priors α of π and of each row of A: α - 1 is added to the counts, 1 adds nothing.
    emissionprob_prior : float or array (K, F)
        A Dirichlet prior's α, as of π.
    n_features : int or None
        F; None takes one more than the largest symbol.
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
        transitions, 'e' emissions.  Those not asked for stay as they were.
    implementation : {'scaling', 'log'}
        Either gives the same answer; 'scaling' is faster, and takes logarithms where numbers would
        underflow.

    Attributes
    ----------
    startprob_ : array (K,)
        π
    transmat_ : array (K, K)
        A; the row of a state that was never left stays as it was.
    emissionprob_ : array (K, F), or (K, D, F) of several columns
        B
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
        "emissionprob_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "n_features": [Interval(Integral, 1, None, closed="left"), None],
    }
    _learned: ClassVar[tuple] = ("startprob_", "transmat_", "emissionprob_")
    _letters: ClassVar[str] = "e"

    def __init__(
        self,
        n_components=1,
        startprob_prior=1.0,
        transmat_prior=1.0,
        *,
        emissionprob_prior=1.0,
        n_features=None,
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
        self.startprob_prior = startprob_prior
        self.transmat_prior = transmat_prior
        self.emissionprob_prior = emissionprob_prior
        self.n_features = n_features
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
        seen = int(sequences.reduce(lambda X, _: X.max(initial=0), combine=max)) + 1
        if self.n_features is not None and seen > self.n_features:
            raise ValueError(f"n_features is {self.n_features}, but there is a symbol {seen - 1}")
        return Categorical(self.n_features or seen, self._prior(self.n_features_in_))

    def _emission(self):
        B = np.asarray(self.emissionprob_, dtype=np.float64)
        B = B[:, None] if B.ndim == 2 else B  # (K, D, F)
        return Categorical(B.shape[2], self._prior(B.shape[1]), B)

    def _adopt(self, emission):
        B = emission.probability
        self.emissionprob_ = B[:, 0] if B.shape[1] == 1 else B

    def _start_emission(self, sequences, rng):
        blank = self._blank(sequences)
        if "e" in self.init_params or not hasattr(self, "emissionprob_"):
            random = rng.uniform(size=(self.n_components, self.n_features_in_, blank.n_symbols))
            self._adopt(blank.m_step((random,)))

    def _prior(self, D):
        """α as it is broadcast to (K, D, F); that of one column is hmmlearn's (K, F)."""
        prior = np.asarray(self.emissionprob_prior, dtype=np.float64)
        return prior[:, None] if prior.ndim == 2 and D == 1 else prior

    def _rows(self, X, reset):
        ndim = np.ndim(X) if is_plain(X) else getattr(X, "ndim", 2)
        if ndim == 1 and (reset or getattr(self, "n_features_in_", 1) == 1):
            X = (np.asarray(X) if is_plain(X) else X)[:, None]
        rows = validate_rows(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return rows.then(_symbols)

    def _check_state(self):
        super()._check_state()
        if hasattr(self, "emissionprob_"):
            B = np.asarray(self.emissionprob_)
            if B.ndim not in (2, 3) or len(B) != self.n_components:
                raise ValueError(f"emissionprob_ of {self.n_components} states has {B.shape}")
            check_probabilities("emissionprob_", B)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.input_tags.allow_nan = True
        return tags


def _symbols(X, weight):
    """X as integers, -1 where there was nothing."""
    if X.min() < 0:
        raise ValueError("Negative values in data: symbols are 0 and up, or NaN if not seen")
    if X.dtype.kind == "f":
        X = np.where(np.isnan(X), -1, X)
    if (np.floor(X) != X).any():
        raise ValueError("symbols are integers, or NaN for one that was not seen")
    return X.astype(np.intp, copy=False), weight
