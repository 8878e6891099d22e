"""A Markov chain of hidden states, seen through the density of what each of them emits."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid._math import log_sum_exp
from pellucid.hmm import _logs, _scaled
from pellucid.hmm._viterbi import viterbi, viterbi_of_two
from pellucid.reduction import blocks, map_blocks, reduce_blocks

__all__ = ["Chain"]

FAINT = _scaled.TINY  # so little beside 1 may be less than the truth
LONG = 1 << 18  # transitions to weigh; fewer are done before a second thread is awake
SURE = 1e-90  # with chances not below this, what is faint is soon made good


@dataclass(frozen=True)
class Chain:
    """π and A: z_1 ~ π, and z_t ~ A's row z_{t-1}.

    What a state emits is known by ``density(rows)``, log p(x_t | z_t = k) for a slice of T rows;
    ``offsets`` (S + 1,) cut the T rows into S sequences.  ``logs`` chooses logarithms throughout;
    without, they are taken where probabilities would lose something that could matter again.
    """

    start: np.ndarray  # (K,)
    transitions: np.ndarray  # (K, K)
    logs: bool = False

    def log_prob(self, density, offsets):
        """log p(x), summed over the sequences; -∞ if one is impossible."""
        if not self.logs:
            B, scale = self._scaled(density, offsets)
            log_prob, lowest = _scaled.forward(B, offsets, self._arrivals, B)
            if self._safe(lowest):
                return log_prob + scale
        L = self._joint(density, offsets)
        return _logs.forward(L, offsets, self._arrivals, self._log_arrivals, L)

    def posterior(self, density, offsets):
        """log p(x), and P(z_t = k | x)                                                  (T, K)"""
        out = np.empty((offsets[-1], len(self.start)))

        def keep(rows, gamma):
            out[rows] = gamma
            return 0

        return self.expect(density, offsets, keep)[0], out

    def expect(self, density, offsets, statistics):
        """log p(x), E[first state], E[transitions], and ``statistics(rows, posterior)`` added up.

        A transition leads from one row of a sequence to its next: a sequence of T has T - 1.
        """
        is_first = np.zeros(offsets[-1], dtype=bool)
        is_first[offsets[:-1]] = True
        log_prob, expect = self._messages(density, offsets)
        if log_prob == -np.inf:
            raise ValueError("a sequence has probability zero, so that it has no posterior")

        def block(rows):
            gamma, xi = expect(rows, is_first)
            return gamma[_firsts(offsets, rows)].sum(axis=0), xi, statistics(rows, gamma)

        start, xi, total = reduce_blocks(block, self._blocks(offsets))
        return log_prob, start, xi, total

    def viterbi(self, density, offsets):
        """log max_z p(x, z), summed over the sequences, and the z it is reached by        (T,)"""
        L = self._joint(density, offsets)
        path = np.empty(len(L), dtype=np.int64)
        decode = viterbi_of_two if len(self.start) == 2 else viterbi
        log_prob = decode(L, offsets, self._log_arrivals, path)
        if log_prob == -np.inf:
            raise ValueError("a sequence has probability zero on every path")
        return log_prob, path

    def filter(self, density, offsets):
        """log P(z_t = k | x_1 ... x_t)                                                  (T, K)"""
        L = self._joint(density, offsets)
        log_prob = _logs.forward(L, offsets, self._arrivals, self._log_arrivals, L)
        if log_prob == -np.inf:
            raise ValueError("a sequence has probability zero, so that it has no posterior")
        return L - log_sum_exp(L, keepdims=True)

    def sample(self, n, rng, state=None):
        """A path of ``n`` states, that follows ``state`` if that is given                 (n,)"""
        cumulative = np.cumsum(self.transitions, axis=1)
        uniform, path = rng.uniform(size=n), np.empty(n, dtype=np.int64)
        for t in range(n):
            chances = np.cumsum(self.start) if state is None else cumulative[state]
            state = path[t] = np.searchsorted(chances, uniform[t] * chances[-1], side="right")
        return path

    def _messages(self, density, offsets):
        """log p(x), and the function that makes of a slice of rows their γ and Σ ξ."""
        return (None if self.logs else self._scaled_messages(density, offsets)) or (
            self._log_messages(density, offsets)
        )

    def _scaled_messages(self, density, offsets):
        """As ``_messages``, by probabilities; None where they are not safe."""
        B, scale = self._scaled(density, offsets)
        alpha, beta = np.empty_like(B), np.empty_like(B)
        if self._is_long(offsets):
            (log_prob, low), lowest = self._both(
                offsets,
                lambda: _scaled.forward(B, offsets, self._arrivals, alpha),
                lambda: _scaled.backward(B, offsets, self.transitions, beta),
            )
            lowest = min(low, lowest)
        else:
            matrices = self._arrivals, self.transitions
            log_prob, lowest = _scaled.both(B, offsets, *matrices, alpha, beta)
        if not self._safe(lowest):
            return None

        def expect(rows, first):
            gamma, v = np.empty((2, rows.stop - rows.start, B.shape[1]))
            _scaled.expect(B, alpha, beta, first, rows.start, rows.stop, gamma, v)
            begin = max(rows.start, 1)  # before the very first row there is none, and v is 0
            before = alpha[begin - 1 : rows.stop - 1]
            return gamma, self.transitions * (before.T @ v[begin - rows.start :])

        return log_prob + scale, expect

    def _log_messages(self, density, offsets):
        L = self._joint(density, offsets)
        alpha, beta = np.empty_like(L), np.empty_like(L)
        log_prob, _ = self._both(
            offsets,
            lambda: _logs.forward(L, offsets, self._arrivals, self._log_arrivals, alpha),
            lambda: _logs.backward(L, offsets, self.transitions, self._log_transitions, beta),
        )

        def expect(rows, first):
            gamma = np.empty((rows.stop - rows.start, L.shape[1]))
            xi = np.zeros_like(self.transitions)
            bounds = rows.start, rows.stop
            _logs.expect(L, self._log_transitions, alpha, beta, first, *bounds, gamma, xi)
            return gamma, xi

        return log_prob, expect

    def _scaled(self, density, offsets):
        """exp(log density - the largest of the row) (T, K), and Σ of those largest."""
        B = np.empty((offsets[-1], len(self.start)))

        def block(rows):
            self._fill(B[rows], density, offsets, rows)
            top = _scaled.shift(B[rows], B[rows])
            np.exp(B[rows], out=B[rows])
            return top

        return B, sum(map_blocks(block, self._blocks(offsets)))

    def _joint(self, density, offsets):
        """Log densities (T, K), those of first rows with log π."""
        L = np.empty((offsets[-1], len(self.start)))
        map_blocks(lambda s: self._fill(L[s], density, offsets, s), self._blocks(offsets))
        return L

    def _fill(self, out, density, offsets, rows):
        out[:] = density(rows)
        if not (out < np.inf).all():
            raise ValueError("a state's log density is infinite, or not a number")
        out[_firsts(offsets, rows)] += _log(self.start)

    def _both(self, offsets, *calls):
        """One way and the other, on two cores if that is worth the hand-over."""
        if not self._is_long(offsets):
            return [call() for call in calls]
        return map_blocks(lambda call: call(), calls)

    def _is_long(self, offsets):
        return offsets[-1] * self.transitions.size >= LONG

    def _blocks(self, offsets):
        return blocks(offsets[-1], 64 * len(self.start))  # B, α, β, γ and temporaries

    def _safe(self, lowest):
        return lowest >= FAINT or self.transitions.min() >= SURE

    @cached_property
    def _arrivals(self):
        return np.ascontiguousarray(self.transitions.T)

    @cached_property
    def _log_transitions(self):
        return _log(self.transitions)

    @cached_property
    def _log_arrivals(self):
        return _log(self._arrivals)


def _firsts(offsets, rows):
    """Which of these rows are the first of a sequence, counted from the first of them."""
    first, last = np.searchsorted(offsets[:-1], [rows.start, rows.stop])
    return offsets[first:last] - rows.start


def _log(p):
    with np.errstate(divide="ignore"):
        return np.log(p)
