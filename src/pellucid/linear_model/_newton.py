"""Newton's method for the penalised mean of ``_row_sums``.

A Hessian small enough is formed and factored; a larger one is only ever multiplied by a vector.
"""

import numpy as np
from scipy.linalg import cho_solve, eigh, lapack

from pellucid.callbacks import steps
from pellucid.linear_model._sparse_newton import coordinate_descent, wanted_columns

__all__ = ["newton", "solve"]


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
    start, last = theta, np.inf
    if not warm and problem.rows.longer_than(16 * max(2048, 4 * theta.size) - 1):
        # Every 16th row knows the answer but for the noise of the sample: the cheapest first step.
        theta = newton(problem.thinned(), theta, 1e-2, 8, estimator, warm=True)[0]
    sums = problem.sums(theta)
    if np.isinf(sums.value):  # the other rows will not have it
        theta, sums = start, problem.sums(start)
    for iteration in steps(estimator, max_iter):
        F = sums.value + lasso(theta)
        rounding = 4 * np.finfo(float).eps * abs(F)
        step, complete = direction(problem, theta, sums)
        promise = lasso(theta) - lasso(theta + step) - float(np.sum(sums.gradient * step))
        stalled = 0.9 * last <= promise <= rounding  # no further digit of F or Θ is to be had
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
    """H⁻¹ g by Cholesky's factor of H with a unit diagonal.

    Where H is singular, |H|⁺ g: no step where F is flat, and downhill where it bends down.
    """
    if (np.diag(H) > 0).all():
        scale = np.sqrt(np.diag(H))
        unit = H / np.outer(scale, scale)
        factor, failed = lapack.dpotrf(unit, lower=True)
        if not failed and lapack.dpocon(factor, np.abs(unit).sum(0).max(), uplo="L")[0] > 1e-13:
            return (cho_solve((factor, True), (g.T / scale).T).T / scale).T
    values, vectors = eigh(H)
    values = np.abs(values)
    kept = values > values.max() * len(H) * np.finfo(float).eps
    return (vectors[:, kept] / values[kept]) @ (vectors[:, kept].T @ g)


def _conjugate_gradients(problem, sums):
    """H⁻¹ g, the more exactly the nearer the end (Dembo, Eisenstat & Steihaug 1982)."""
    V = np.zeros_like(sums.gradient)
    R = sums.gradient.copy()  # what is left of g - H V
    unit = np.eye(V.shape[1])[:1]
    bend = sum(np.sum(problem.loss.bend(state, unit)[:, 0]) for state in sums.states)
    diagonal = bend * problem.column_scale + problem.ridge  # (P, 1), or nearly that of H
    scale = 1 / np.where(diagonal > 0, diagonal, 1)
    Z = scale * R
    Q, rz = Z, np.sum(R * Z)
    goal = min(0.5, rz**0.25) ** 2 * rz
    for _ in range(10 * R.size):
        if rz <= goal:
            break
        HQ = problem.product(sums.states, Q)
        bend = np.sum(Q * HQ)
        if bend <= 0:  # F is flat this way, or bends down
            return V if V.any() else Z
        V += rz / bend * Q
        R -= rz / bend * HQ
        Z = scale * R
        rz, before = np.sum(R * Z), rz
        Q = Z + rz / before * Q
    return V
