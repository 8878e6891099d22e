"""How all hidden Markov models learn: by expectation and maximisation (Baum-Welch)."""

import logging
from numbers import Integral, Real
from typing import ClassVar, NamedTuple

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.base import validate_parameters
from pellucid.callbacks import steps
from pellucid.hmm._answers import HiddenStates
from pellucid.hmm._probabilities import shares
from pellucid.hmm._start import filled
from pellucid.reduction import Rows

__all__ = ["HiddenMarkovModel"]

log = logging.getLogger(__name__)
SURE_OF_START = 0.9  # a state that a row is given at the start: no chance begins at 0, and stays


class Monitor(NamedTuple):
    """How a fit went, under hmmlearn's names."""

    history: list
    iter: int
    n_iter: int
    tol: float
    converged: bool


class HiddenMarkovModel(HiddenStates):
    """A chain of hidden states, learned from the rows that they emit.

        π_k ∝ E[z_1 = k | x],    A_ij ∝ E[transitions from i to j | x],    given the last π, A

    and the emission likewise from each row, weighted by P(z_t = k | x).  A subclass says what a
    state emits: ``_blank`` is that without parameters, ``_emission`` makes it of the fitted
    attributes, ``_adopt`` makes those of it, ``_start_emission`` chooses where to begin.
    """

    _letters: ClassVar[str]  # of the emission's parameters, in ``params`` and ``init_params``
    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "startprob_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "transmat_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "topology": [StrOptions({"left-right"}), "array-like", None],
        "algorithm": [StrOptions({"viterbi", "map"})],
        "random_state": ["random_state"],
        "n_iter": [Interval(Integral, 0, None, closed="left")],
        "tol": [Interval(Real, None, None, closed="both")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "verbose": ["verbose"],
        "params": [str],
        "init_params": [str],
        "implementation": [StrOptions({"log", "scaling"})],
    }

    @validate_parameters
    def fit(self, X, lengths=None):
        """Fit to the rows of X (T, D), which ``lengths`` cut into sequences; they sum to T.

        X is an array, or whatever ``rows_of`` takes.  Without lengths it is one sequence; but each
        block of an iterable is one.  What is larger than memory is read a few megabytes at a time,
        in whole sequences: the longest has to fit into memory.  Such a fit starts from some of the
        rows, and EM runs over all.  Where a partition of Dask ends within a sequence, its worker
        fetches the rest.
        """
        sequences = self._sequences(self._rows(X, reset=True), lengths)
        rng = check_random_state(self.random_state)
        self._say_what_is_lost()
        best = None
        for _ in range(self.n_init if self.n_iter else 1):
            self._start(sequences, rng)
            self._climb(sequences)
            if best is None or self.history_[-1] > best["history_"][-1]:
                best = {k: v for k, v in vars(self).items() if k.endswith("_")}
        vars(self).update(best)
        return self

    @validate_parameters
    def fit_labelled(self, X, states, lengths=None):
        """Fit to rows whose states are known: counts, and each state's emission from its rows.

        With ``init_params=""`` a ``fit`` to rows without states goes on from there.  X is what
        ``fit`` takes, but is read into memory.
        """
        sequences = self._sequences(self._rows(X, reset=True).gather(), lengths)
        K, states = self.n_components, np.asarray(states)
        if states.shape != (sequences.n_rows,) or states.dtype.kind not in "iu":
            raise ValueError("states are integers, one for each row")
        if states.min() < 0 or states.max() >= K:
            raise ValueError(f"states are from 0 to {K - 1}")
        first = sequences.offsets[:-1]
        pairs = np.delete(states[:-1] * K + states[1:], first[1:] - 1)  # none between sequences
        xi = np.bincount(pairs, minlength=K * K).reshape(K, K)
        self.startprob_, self.transmat_ = self._allowed()
        self._learn_chain(np.bincount(states[first], minlength=K), xi, "st")
        self._label(sequences, states)
        return self

    def _climb(self, sequences):
        """E-steps and M-steps, until log p(x) gains less than ``tol``."""
        self.history_, self.converged_ = [], False
        emission = self._emission()
        for _ in steps(self, self.n_iter, "iteration"):
            log_prob, start, xi, total = self._e_step(sequences, emission)
            self._learn_chain(start, xi, self.params)
            if set(self._letters) & set(self.params):
                emission = self._m_step(emission, total)
            self.history_.append(float(log_prob))
            if len(self.history_) > 1 and self.history_[-1] - self.history_[-2] < self.tol:
                self.converged_ = True
                break
        self.n_iter_ = len(self.history_)
        self._adopt(emission)

    def _e_step(self, sequences, emission):
        """log p(x), and E[first states], E[transitions] and the emission's sums given x."""
        chain = self._chain()

        def statistics(X, offsets):
            return chain.expect(
                lambda s: emission.log_density(X[s]),
                offsets,
                lambda s, gamma: emission.statistics(X[s], gamma),
            )

        return sequences.reduce(statistics)

    def _learn_chain(self, start, xi, params):
        """π_k ∝ E[z_1 = k] + prior - 1,  A_ij ∝ E[transitions from i to j] + prior - 1."""
        if "s" in params:
            self.startprob_ = shares(start, self.startprob_prior, self.startprob_)
        if "t" in params:
            self.transmat_ = shares(xi, self.transmat_prior, self.transmat_)

    def _m_step(self, emission, total):
        return emission.m_step(total)

    def _start(self, sequences, rng):
        """π, A and the emission, each where ``init_params`` asks for it or it is not there."""
        K, (may_start, may_follow) = self.n_components, self._allowed()
        startprob, transmat = np.split(rng.dirichlet(np.full(K, 1 / K), size=1 + K), [1])
        if "s" in self.init_params or not hasattr(self, "startprob_"):
            self.startprob_ = shares(startprob[0], 1, may_start)
        if "t" in self.init_params or not hasattr(self, "transmat_"):
            self.transmat_ = shares(transmat, 1, may_follow)
        if isinstance(self.topology, str) and self._starts_emission():
            self._label(sequences, sequences.parts(K), SURE_OF_START)
        else:
            self._start_emission(sequences, rng)

    def _say_what_is_lost(self):
        """Log that parameters set by hand are not where the fit begins: a mistake often made."""
        for name in self._learned:
            if name[0] in self.init_params and hasattr(self, name) and not hasattr(self, "n_iter_"):
                log.warning(
                    "%s is set, but will be overwritten: init_params contains %r", name, name[0]
                )

    def _starts_emission(self):
        """Whether ``init_params`` asks for all of the emission's parameters."""
        return set(self._letters) <= set(self.init_params)

    def _allowed(self):
        """π and A with equal chances of all that the topology allows."""
        K = self.n_components
        start, allowed = np.ones(K), np.ones((K, K))
        if isinstance(self.topology, str):
            start, allowed = np.eye(K)[0], np.triu(allowed)
        elif self.topology is not None:
            allowed = np.asarray(self.topology, dtype=bool).astype(np.float64)
            if allowed.shape != (K, K) or not allowed.any(axis=1).all():
                raise ValueError(f"topology is ({K}, {K}), and every state leads somewhere")
        return start / start.sum(), allowed / allowed.sum(axis=1, keepdims=True)

    def _label(self, sequences, states, sure=1.0):
        """The emission that the sample makes likeliest, its states known, or so ``sure``."""
        X, blank = sequences.sample, self._blank(sequences)
        of_state = sure * np.eye(self.n_components) + (1 - sure) / self.n_components

        whole = ~np.isnan(X).any(axis=1)

        def learn(emission, X, counted):
            def statistics(X, states, counted):
                return emission.statistics(X, of_state[states] * counted[:, None])

            rows = Rows(X, states, counted).in_blocks(self._row_bytes(X.shape[1]))
            return emission.m_step(rows.reduce(statistics))

        if whole.all():
            return self._adopt(learn(blank, X, whole))
        if whole.any():  # from whole rows first: an emission may want parameters to fill the others
            some = np.where(whole[:, None], X, X[whole.argmax()])
            emission = learn(blank, some, whole)
        else:
            emission = learn(blank, filled(X), ~whole)
        return self._adopt(learn(emission, X, np.ones(len(X))))

    @property
    def monitor_(self):
        """history, iter, n_iter, tol and converged, as hmmlearn has them together."""
        return Monitor(self.history_, self.n_iter_, self.n_iter, self.tol, self.converged_)
