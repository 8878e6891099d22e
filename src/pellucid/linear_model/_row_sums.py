"""A mean over rows of a function of linear scores, with penalties: its value and derivatives.

    F(Θ) = Σ_n s_n ℓ_n(Θᵀ[x_n, c]) / Σ_n s_n + ½ Σ_j a_j |Θ_j|² + Σ_j b_j |Θ_j|₁

Logistic regression and the generalised linear models are of this form: each brings its rows'
value, slope and curvature.  A block of rows is read once for all three.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

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
    """F for rows (x, target, share of weight, offset), a loss of M scores, and the penalties.

    The scores are of [x, c], or of x alone where ``constant`` c is 0.  ``loss.terms(scores, target,
    share, offset)`` gives a block's summed value, its rows' slopes (n, M) and a state;
    ``loss.bend(state, T)`` multiplies scores T (n, M) by the rows' curvatures.  ``every`` q takes
    each q-th row alone, with penalties to match.
    """

    def __init__(self, rows, constant, loss, ridge, lasso, every=1):
        self.constant, self.loss = constant, loss
        self.ridge, self.lasso = ridge[:, None] / every, lasso[:, None] / every  # (P, 1)
        self.shape = (len(ridge), loss.outputs)
        self.columns = len(ridge) - bool(constant)  # D
        size = self.shape[0] * self.shape[1]
        # Worth forming while it costs no more than some dozens of passes over X, or when X is not
        # at hand for so many.
        cheap = size <= 128 or not rows.in_memory
        whole = rows.n_rows * every // rows.every
        self.explicit = cheap or whole * size * size <= 1e9
        # A block should be larger than what comes of it: a Hessian, or vectors as long as Θ.
        block_bytes = max(1 << 20, 32 * size * size) if self.explicit else 1 << 23
        if lasso.any() and not self.explicit:
            block_bytes = 1 << 25  # few blocks, for each has a Hessian of its own
        x = rows.arrays[0] if rows.in_memory else None
        row_bytes = 12 * (x.nnz // max(1, x.shape[0])) if sp.issparse(x) else 8 * self.columns
        self.rows = rows.in_blocks(row_bytes, block_bytes)

    @property
    def block(self):
        """What a block of rows adds, apart from where the rows are."""
        return Block(self.constant, self.loss, self.explicit)

    @cached_property
    def column_scale(self):
        """The mean squares of the columns of [X, c]."""
        total, n_rows = self.rows.reduce(self.block.squares)  # (P, 1)
        return total / n_rows

    def thinned(self):
        """The same for every 16th row, or fewer where those would be more than 256 MB."""
        every = max(16, 8 * self.columns * self.rows.n_rows >> 28)
        sample = self.rows.thinned(every).gather()
        return Problem(sample, self.constant, self.loss, self.ridge[:, 0], self.lasso[:, 0], every)

    def sums(self, theta) -> Sums:
        """Value, gradient and curvature at Θ, from one reading of X."""
        total = self.rows.reduce(self.block.sums, theta)
        total.value += 0.5 * float(np.sum(self.ridge * theta**2))
        total.gradient += self.ridge * theta
        if not (np.isfinite(total.value) and np.isfinite(total.gradient).all()):
            total.value = np.inf
        return total

    def hessian(self, sums, columns):
        """H in the given columns of X, and c's: formed here unless it was with the sums."""
        H, rows = sums.hessian, np.arange(self.shape[0])
        if not self.explicit:
            rows = np.append(columns, rows[self.columns :])
            H = self.rows.reduce(self.block.hessian, columns, beside=sums.states)
        return H + np.diag(np.tile(self.ridge[rows, 0], self.shape[1])), rows

    def product(self, states, V):
        """H V, by two products with X."""
        return self.rows.reduce(self.block.product, V, beside=states) + self.ridge * V


@dataclass(frozen=True)
class Block:
    """What a block of rows x (n, D), with their targets, shares and offsets, adds to the sums.

    All sums are taken in float64.
    """

    constant: float
    loss: object
    explicit: bool

    def sums(self, x, target, share, offset, theta):
        x = _float64(x)
        with np.errstate(all="ignore"):  # a trial step may leave the domain; F is then infinite
            value, slope, state = self.loss.terms(self._scores(x, theta), target, share, offset)
            gradient = self._moments(x, slope)
            if self.explicit:
                return Sums(value, gradient, self._hessian(x, state), ())
            return Sums(value, gradient, 0.0, (state,))

    def squares(self, x, *rest):
        x = _float64(x)
        squares = x.power(2) if sp.issparse(x) else x**2
        return self._moments(squares, np.ones((x.shape[0], 1))), x.shape[0]

    def hessian(self, x, target, share, offset, state, columns):
        return self._hessian(_float64(x)[:, columns], state)

    def product(self, x, target, share, offset, state, V):
        x = _float64(x)
        return self._moments(x, self.loss.bend(state, self._scores(x, V)))

    def _hessian(self, x, state):
        """H_kl = Σ_n A_nkl z_n z_nᵀ for the rows z = [x, c] and their curvatures A_n (M, M)."""
        M, width = self.loss.outputs, x.shape[1] + bool(self.constant)
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

    def _scores(self, x, theta):
        S = x @ theta[: x.shape[1]]  # (n, M)
        return S + self.constant * theta[-1] if self.constant else S

    def _moments(self, x, R):
        """Σ_n z_n r_nᵀ"""
        G = x.T @ R  # (D, M)
        return np.vstack([G, self.constant * R.sum(axis=0)]) if self.constant else G


def _float64(x):
    return x.astype(np.float64, copy=False)


def _weighted_gram(x, w):
    """Σ_n w_n x_n x_nᵀ"""
    if sp.issparse(x):
        return (x.T @ x.multiply(w)).toarray()
    if w.min(initial=0) >= 0:
        x = x * np.sqrt(w)
        return x.T @ x  # one matrix twice: BLAS does half the work
    return x.T @ (w * x)
