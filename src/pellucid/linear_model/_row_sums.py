"""A mean over rows of a function of linear scores, with penalties: its value and derivatives.

    F(Θ) = Σ_n s_n ℓ_n(Θᵀ[x_n, c]) / Σ_n s_n + ½ Σ_j a_j |Θ_j|² + Σ_j b_j |Θ_j|₁

Logistic regression and the generalised linear models are of this form: each brings its rows'
value, slope and curvature.  A block of rows is read once for all three.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from pellucid.reduction import blocks, reduce_blocks
from pellucid.reduction.rows import csr_rows

__all__ = ["Problem"]


@dataclass
class Sums:
    """F's smooth part at one Θ: with its Hessian, or with the states that give products by it."""

    value: float
    gradient: np.ndarray  # (P, M)
    hessian: np.ndarray | float  # (M P, M P) but for the ridge, or 0
    states: tuple  # one a block, or none

    def __add__(self, other):
        return Sums(
            self.value + other.value,
            self.gradient + other.gradient,
            self.hessian + other.hessian,
            self.states + other.states,
        )


class Problem:
    """F for rows [X, c] (no last column where c is 0), a loss of M scores, and the penalties.

    ``loss.terms(block, scores)`` gives the rows' summed value, their slopes (n, M) and a state;
    ``loss.bend(state, T)`` multiplies scores T (n, M) by the rows' curvatures.  ``every`` q takes
    each q-th row alone, with penalties to match.
    """

    def __init__(self, X, constant, loss, ridge, lasso, every=1):
        self.X, self.constant, self.loss = X, constant, loss
        self.ridge, self.lasso = ridge[:, None] / every, lasso[:, None] / every  # (P, 1)
        (N, D), self.shape = X.shape, (len(ridge), loss.outputs)
        size = self.shape[0] * self.shape[1]
        # Worth forming while it costs no more than some dozens of passes over X.
        self.explicit = size <= 128 or N * size * size <= 1e9
        # A block should be larger than what comes of it: a Hessian, or vectors as long as Θ.
        block_bytes = max(1 << 20, 32 * size * size) if self.explicit else 1 << 23
        if lasso.any() and not self.explicit:
            block_bytes = 1 << 25  # few blocks, for each has a Hessian of its own
        row_bytes = 12 * (X.nnz // max(1, N)) if sp.issparse(X) else 8 * D
        self.slices = [
            slice(b.start * every, min(b.stop * every, N), every)
            for b in blocks(-(-N // every), row_bytes, block_bytes)
        ]

    @cached_property
    def column_scale(self):
        """The mean squares of the columns of [X, c]."""

        def statistics(block):
            x = self._rows(block)
            return self._moments(x.power(2) if sp.issparse(x) else x**2, np.ones((x.shape[0], 1)))

        total = reduce_blocks(statistics, self.slices)  # (P, 1)
        return total / len(range(0, self.X.shape[0], self.slices[0].step))

    def thinned(self, every):
        return Problem(self.X, self.constant, self.loss, self.ridge[:, 0], self.lasso[:, 0], every)

    def sums(self, theta) -> Sums:
        """Value, gradient and curvature at Θ, from one reading of X."""
        with np.errstate(all="ignore"):  # a trial step may leave the domain; F is then infinite
            total = reduce_blocks(lambda block: self._block_sums(theta, block), self.slices)
        total.value += 0.5 * float(np.sum(self.ridge * theta**2))
        total.gradient += self.ridge * theta
        if not (np.isfinite(total.value) and np.isfinite(total.gradient).all()):
            total.value = np.inf
        return total

    def _block_sums(self, theta, block):
        x = self._rows(block)  # (n, D)
        value, slope, state = self.loss.terms(block, self._scores(x, theta))
        if self.explicit:
            return Sums(value, self._moments(x, slope), self._block_hessian(x, state), ())
        return Sums(value, self._moments(x, slope), 0.0, (state,))

    def hessian(self, sums, columns):
        """H in the given columns of X, and c's: formed here unless it was with the sums."""
        H, rows = sums.hessian, np.arange(self.shape[0])
        if not self.explicit:
            rows = np.append(columns, rows[self.X.shape[1] :])
            pairs = list(zip(self.slices, sums.states, strict=True))
            H = reduce_blocks(
                lambda p: self._block_hessian(self._rows(p[0])[:, columns], p[1]), pairs
            )
        return H + np.diag(np.tile(self.ridge[rows, 0], self.shape[1])), rows

    def _block_hessian(self, x, state):
        """H_kl = Σ_n A_nkl z_n z_nᵀ for the rows z = [x, c] and their curvatures A_n (M, M)."""
        M, width = self.shape[1], x.shape[1] + bool(self.constant)
        H = np.empty((M, width, M, width))
        for k, unit in enumerate(np.eye(M)):
            A = self.loss.bend(state, np.broadcast_to(unit, (x.shape[0], M)))  # (n, M)
            for l in range(k + 1):
                gram = np.empty((width, width))
                gram[: x.shape[1], : x.shape[1]] = _weighted_gram(x, A[:, l, None])
                if self.constant:
                    gram[-1] = gram[:, -1] = self.constant * self._moments(x, A[:, l, None])[:, 0]
                H[k, :, l] = H[l, :, k] = gram
        return H.reshape(M * width, -1)

    def product(self, states, V):
        """H V, by two products with X."""

        def one(pair):
            x = self._rows(pair[0])
            return self._moments(x, self.loss.bend(pair[1], self._scores(x, V)))

        pairs = zip(self.slices, states, strict=True)
        return reduce_blocks(one, pairs) + self.ridge * V

    def _rows(self, block):
        """A block of X in float64, in which all sums are taken."""
        if sp.issparse(self.X) and block.step == 1:
            return csr_rows(self.X, block).astype(np.float64, copy=False)
        return self.X[block].astype(np.float64, copy=False)

    def _scores(self, x, theta):
        S = x @ theta[: x.shape[1]]  # (n, M)
        return S + self.constant * theta[-1] if self.constant else S

    def _moments(self, x, R):
        """Σ_n z_n r_nᵀ"""
        G = x.T @ R  # (D, M)
        return np.vstack([G, self.constant * R.sum(axis=0)]) if self.constant else G


def _weighted_gram(x, w):
    """Σ_n w_n x_n x_nᵀ"""
    if sp.issparse(x):
        return (x.T @ x.multiply(w)).toarray()
    if w.min(initial=0) >= 0:
        x = x * np.sqrt(w)
        return x.T @ x  # one matrix twice: BLAS does half the work
    return x.T @ (w * x)
