"""Newton's method for a mean over rows of a convex function of linear scores.

    F(Θ) = Σ_n s_n ℓ_n(Θᵀ[x_n, c]) / Σ_n s_n + ½ Σ_j a_j |Θ_j|² + Σ_j b_j |Θ_j|₁

Logistic regression and the generalised linear models are of this form: each brings its rows'
value, slope and curvature.  A block of rows is read once for all three.  The Hessian, where it is
small, is formed and factored; else it is only ever multiplied by a vector.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_solve, eigh, lapack

from pellucid.callbacks import steps
from pellucid.linear_model._sparse_newton import coordinate_descent, wanted_columns
from pellucid.reduction import blocks, reduce_blocks

__all__ = ["Problem", "newton"]


@dataclass
class Sums:
    """F's smooth part at one Θ; ``states`` hold what each block's curvature is made of."""

    value: float
    gradient: np.ndarray  # (P, M)
    hessian: np.ndarray | float  # (M P, M P), without the ridge; 0 where it is not formed
    states: tuple

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
        block_bytes = max(1 << 20, 32 * size * size) if self.explicit else 1 << 20
        if lasso.any() and not self.explicit:
            block_bytes = 1 << 24  # few blocks, for each has a Hessian of its own
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
        hessian = self._block_hessian(x, state) if self.explicit else 0.0
        return Sums(value, self._moments(x, slope), hessian, (state,))

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
        if not sp.issparse(self.X):
            return np.asarray(self.X[block], np.float64)
        if block.step > 1:
            return self.X[block].astype(np.float64, copy=False)
        start, stop = self.X.indptr[[block.start, block.stop]]
        parts = (
            self.X.data[start:stop].astype(np.float64, copy=False),
            self.X.indices[start:stop],
            self.X.indptr[block.start : block.stop + 1] - start,
        )
        return sp.csr_array(parts, shape=(block.stop - block.start, self.X.shape[1]))

    def _scores(self, x, theta):
        S = x @ theta[: x.shape[1]]  # (n, M)
        return S + self.constant * theta[-1] if self.constant else S

    def _moments(self, x, R):
        """Σ_n z_n r_nᵀ"""
        G = x.T @ R  # (D, M)
        return np.vstack([G, self.constant * R.sum(axis=0)]) if self.constant else G


def newton(problem, theta, tol, max_iter, estimator, warm=False):
    """Θ, the number of steps, and whether the last one promised to lower F by no more than tol².

    The promise is Newton's decrement λ² = gᵀ H⁻¹ g (Boyd & Vandenberghe 2004, section 9.5), which
    does not depend on the units of X; what is left after the step is of the order of λ⁴.  A step
    is halved until it keeps a part of its promise (Armijo 1966).
    """

    def lasso(theta):
        return float(np.sum(problem.lasso * np.abs(theta)))

    if max_iter == 0:
        return theta, 0, False
    sums = None
    if not warm and problem.X.shape[0] >= 16 * max(2048, 4 * theta.size):
        # Every 16th row knows the answer but for the noise of the sample: the cheapest first step.
        near = newton(problem.thinned(16), theta, 1e-2, 8, estimator, warm=True)[0]
        sums = problem.sums(near)
    if sums is not None and np.isfinite(sums.value):
        theta = near
    else:
        sums = problem.sums(theta)
    last = np.inf
    for iteration in steps(estimator, max_iter):
        F = sums.value + lasso(theta)
        rounding = 4 * np.finfo(float).eps * abs(F)
        step, complete = direction(problem, theta, sums)
        promise = lasso(theta) - lasso(theta + step) - float(np.sum(sums.gradient * step))
        stalled = last / 4 <= promise <= rounding  # no further digit of F or Θ is to be had
        if complete and (promise <= tol**2 or stalled):
            return theta + step, iteration + 1, True
        last = promise
        for share in 0.5 ** np.arange(50):
            trial = problem.sums(theta + share * step)
            if trial.value + lasso(theta + share * step) <= F - 1e-4 * share * promise + rounding:
                break
        else:
            return theta, iteration + 1, False
        theta, sums = theta + share * step, trial
    return theta, max_iter, False


def direction(problem, theta, sums):
    """The step that minimises F's quadratic model, and whether it was free to move all of Θ."""
    if problem.lasso.any():
        columns, complete = wanted_columns(problem, theta, sums.gradient)
        H, rows = problem.hessian(sums, columns)
        flat = [a.T.ravel() for a in (sums.gradient[rows], theta[rows])]
        lasso = np.tile(problem.lasso[rows, 0], problem.shape[1])
        moved = coordinate_descent(H, *flat, lasso)
        step = np.zeros_like(theta)
        step[rows] = moved.reshape(-1, len(rows)).T - theta[rows]
        return step, complete
    if not problem.explicit:
        return -_conjugate_gradients(problem, sums), True
    H, _ = problem.hessian(sums, None)
    return -solve(H, sums.gradient.T.ravel()).reshape(theta.shape[::-1]).T, True


def solve(H, g):
    """H⁻¹ g by Cholesky's factor of H with a unit diagonal; H⁺ g where H is singular."""
    scale = np.sqrt(np.diag(H))
    if (scale > 0).all():
        unit = H / np.outer(scale, scale)
        factor, failed = lapack.dpotrf(unit, lower=True)
        if not failed and lapack.dpocon(factor, np.abs(unit).sum(0).max(), uplo="L")[0] > 1e-13:
            return (cho_solve((factor, True), (g.T / scale).T).T / scale).T
    values, vectors = eigh(H)
    kept = values > values[-1] * len(H) * np.finfo(float).eps
    return (vectors[:, kept] / values[kept]) @ (vectors[:, kept].T @ g)


def _conjugate_gradients(problem, sums):
    """H⁻¹ g, the more exactly the nearer the end (Dembo, Eisenstat & Steihaug 1982)."""
    V = np.zeros_like(sums.gradient)
    R = sums.gradient.copy()  # what is left of g - H V
    unit = np.zeros((1, V.shape[1]))
    unit[0, 0] = 1
    bend = sum(np.sum(problem.loss.bend(state, unit)[:, 0]) for state in sums.states)
    scale = 1 / (bend * problem.column_scale + problem.ridge + np.finfo(float).tiny)  # (P, 1)
    Z = scale * R
    Q, rz = Z, np.sum(R * Z)
    goal = min(0.5, rz**0.25) ** 2 * rz
    for _ in range(10 * R.size):
        if rz <= goal:
            break
        HQ = problem.product(sums.states, Q)
        bend = np.sum(Q * HQ)
        if bend <= 0:  # rounding alone is left
            break
        V += rz / bend * Q
        R -= rz / bend * HQ
        Z = scale * R
        rz, before = np.sum(R * Z), rz
        Q = Z + rz / before * Q
    return V


def _weighted_gram(x, w):
    """Σ_n w_n x_n x_nᵀ"""
    if sp.issparse(x):
        return (x.T @ x.multiply(w)).toarray()
    if w.min(initial=0) >= 0:
        x = x * np.sqrt(w)
        return x.T @ x  # one matrix twice: BLAS does half the work
    return x.T @ (w * x)
