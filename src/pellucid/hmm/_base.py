"""What all hidden Markov models share: a chain, and expectation and maximisation (Baum-Welch)."""

from numbers import Integral, Real
from typing import ClassVar, NamedTuple

import numpy as np
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from pellucid.base import Estimator, validate_parameters
from pellucid.callbacks import steps
from pellucid.hmm._belief import Belief
from pellucid.hmm._chain import Chain
from pellucid.hmm._probabilities import check_probabilities, shares
from pellucid.hmm._sequences import Sequences, joined, whole
from pellucid.hmm._start import filled
from pellucid.reduction import Rows, validate_rows

__all__ = ["HiddenMarkovModel"]

SURE_OF_START = 0.9  # a state that a row is given at the start: no chance begins at 0, and stays


class Monitor(NamedTuple):
    """How a fit went, under hmmlearn's names."""

    history: list
    iter: int
    n_iter: int
    tol: float
    converged: bool


class HiddenMarkovModel(Estimator):
    """A chain z_1, z_2 ... of hidden states, each of which emits a row x_t.

        p(x, z) = π_{z_1} p(x_1 | z_1) Π_{t>1} A_{z_{t-1} z_t} p(x_t | z_t)

    A subclass says what a state emits: ``_blank`` is that without parameters, ``_emission`` makes
    it of the fitted attributes, ``_adopt`` makes those of it, ``_start_emission`` chooses where to
    begin.
    """

    _learned: ClassVar[tuple]  # the attributes that make a model
    _letters: ClassVar[str]  # of the emission's parameters, in ``params`` and ``init_params``
    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "startprob_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "transmat_prior": [Interval(Real, 0, None, closed="left"), "array-like"],
        "topology": [StrOptions({"left-right"}), "array-like", None],
        "algorithm": [StrOptions({"viterbi", "map"})],
        "random_state": ["random_state"],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
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
        best = None
        for _ in range(self.n_init):
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

    def score(self, X, lengths=None):
        """log p(x), summed over the sequences: that of densities may well be above 0."""
        return float(sum(self._each(Chain.log_prob, X, lengths)))

    def score_samples(self, X, lengths=None):
        """log p(x), and P(z_t = k | x)                                                  (T, K)"""
        return joined(self._each(Chain.posterior, X, lengths))

    def predict_proba(self, X, lengths=None):
        """P(z_t = k | x), all of a sequence's rows being known                          (T, K)"""
        return self.score_samples(X, lengths)[1]

    def predict(self, X, lengths=None):
        """The states, by ``algorithm``                                                    (T,)"""
        return self.decode(X, lengths)[1]

    def decode(self, X, lengths=None, algorithm=None):
        """The states and their log score; ``algorithm`` is that of the model, if not given.

        'viterbi': the likeliest path, and log p(x, z).  'map': each row's likeliest state, which
        together may be impossible, and the sum of their posterior probabilities.
        """
        algorithm = self.algorithm if algorithm is None else algorithm
        if algorithm == "viterbi":
            return joined(self._each(Chain.viterbi, X, lengths))
        if algorithm != "map":
            raise ValueError(f"algorithm is 'viterbi' or 'map', not {algorithm!r}")
        posterior = self.predict_proba(X, lengths)
        return float(posterior.max(axis=1).sum()), posterior.argmax(axis=1)

    def filter(self, X, lengths=None):
        """P(z_t = k | x_1 ... x_t), the rows so far being known                         (T, K)"""
        return np.exp(whole(self._each(Chain.filter, X, lengths)))

    def step(self, x, belief=None):
        """What is known of the state after one more row x (D,): a ``Belief``, that before given."""
        check_is_fitted(self, self._learned)
        (X, _) = self._rows(np.asarray(x)[None], reset=False).arrays
        log_density = self._emission().log_density(X)
        return (belief or Belief()).step(self._chain(), log_density[0])

    def sample(self, n_samples=1, random_state=None, currstate=None):
        """Rows (T, D) and their states (T,), which follow ``currstate`` if that is given."""
        check_is_fitted(self, self._learned)
        rng = check_random_state(self.random_state if random_state is None else random_state)
        states = self._chain().sample(n_samples, rng, currstate)
        return self._emission().sample(states, rng), states

    def get_stationary_distribution(self):
        """π with πA = π: the left singular vector of A - I to 0."""
        check_is_fitted(self, "transmat_")
        vector = np.linalg.svd(self.transmat_.T - np.eye(self.n_components))[2][-1]
        return vector / vector.sum()

    def aic(self, X, lengths=None):
        """-2 log p(x) + 2 · free parameters (Akaike 1974); the lower the better."""
        return -2 * self.score(X, lengths) + 2 * self._n_free()

    def bic(self, X, lengths=None):
        """-2 log p(x) + log T · free parameters (Schwarz 1978); the lower the better."""
        n_rows = self._rows(X, reset=False).n_rows
        return -2 * self.score(X, lengths) + np.log(n_rows) * self._n_free()

    @property
    def monitor_(self):
        """history, iter, n_iter, tol and converged, as hmmlearn has them together."""
        return Monitor(self.history_, self.n_iter_, self.n_iter, self.tol, self.converged_)

    def _n_free(self):
        K = self.n_components
        return (K - 1) + K * (K - 1) + self._emission().n_parameters

    def _each(self, method, X, lengths):
        """``[method(chain, density, offsets) for each chunk]``"""
        check_is_fitted(self, self._learned)
        sequences = self._sequences(self._rows(X, reset=False), lengths)
        chain, emission = self._chain(), self._emission()

        def answer(X, offsets):
            return method(chain, lambda s: emission.log_density(X[s]), offsets)

        return sequences.map(answer)

    def _chain(self):
        self._check_chain()  # its user may have set them
        start = np.asarray(self.startprob_, dtype=np.float64)
        transitions = np.ascontiguousarray(self.transmat_, dtype=np.float64)
        return Chain(start, transitions, self.implementation == "log")

    def _sequences(self, rows, lengths):
        return Sequences(rows, lengths, self._row_bytes(rows.n_features))

    def _row_bytes(self, n_features):
        return 8 * n_features + 64 * self.n_components

    def _rows(self, X, reset):
        finite = "allow-nan" if get_tags(self).input_tags.allow_nan else True
        return validate_rows(self, X, reset=reset, dtype=np.float64, ensure_all_finite=finite)

    def _check_state(self):
        if hasattr(self, "transmat_"):
            self._check_chain()

    def _check_chain(self):
        K = self.n_components
        for name, shape in (("startprob_", (K,)), ("transmat_", (K, K))):
            p = np.asarray(getattr(self, name))
            if p.shape != shape:
                raise ValueError(f"{name} has the shape {p.shape}, but {K} states want {shape}")
            check_probabilities(name, p)
