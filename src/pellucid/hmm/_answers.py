"""What a hidden Markov model answers once it has its parameters, however it came by them."""

from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.validation import check_is_fitted

from pellucid.base import Estimator
from pellucid.hmm._belief import Belief
from pellucid.hmm._chain import Chain
from pellucid.hmm._probabilities import check_probabilities
from pellucid.hmm._sequences import Sequences, joined, whole
from pellucid.reduction.validation import validate_rows

__all__ = ["HiddenStates"]


class HiddenStates(Estimator):
    """A chain z_1, z_2 ... of hidden states, each of which emits a row x_t.

        p(x, z) = π_{z_1} p(x_1 | z_1) Π_{t>1} A_{z_{t-1} z_t} p(x_t | z_t)

    What a state emits is what ``_emission`` makes of the attributes that are ``_learned``.
    """

    _learned: ClassVar[tuple]  # the attributes that make a model

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
