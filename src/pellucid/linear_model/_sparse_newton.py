"""Newton's step under an l1 penalty, by coordinate descent on the columns that may move.

    argmin_z  gᵀ(z - w) + ½ (z - w)ᵀ H (z - w) + Σ_j b_j |z_j|

(Friedman, Hastie & Tibshirani 2010; Yuan, Ho & Lin 2012.)
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["coordinate_descent", "wanted_columns"]


def wanted_columns(problem, theta, gradient):
    """The columns of X to move: those in use, and the worst of those that want to be.

    A column with w_j = 0 stays there as long as |g_j| ≤ b_j.  The rest come in by and by, so that
    the Hessian never has many more columns than the solution.  The second value is whether all
    of them are in.
    """
    D = problem.columns
    if problem.explicit:
        return np.arange(D), True
    used = theta[:D].any(axis=1)
    excess = np.max(np.abs(gradient[:D]) - problem.lasso[:D], axis=1)  # (D,)
    excess[used] = 0
    waiting = np.flatnonzero(excess > 1e-6 * problem.lasso[:D, 0])
    room = max(100, np.count_nonzero(used) // 2)
    worst = waiting[np.argsort(-excess[waiting], kind="stable")[:room]]
    return np.sort(np.append(np.flatnonzero(used), worst)), len(worst) == len(waiting)


@kernel
def coordinate_descent(H, g, w, lasso):
    """z, coordinate by coordinate until an epoch moves by 10⁻⁵ of the first one's energy."""
    z, slope = w.copy(), g.copy()  # slope = g + H (z - w)
    first = 0.0
    for epoch in range(1000):
        energy = 0.0
        for j in range(len(z)):
            if H[j, j] <= 0:
                continue
            pull = H[j, j] * z[j] - slope[j]
            new = np.sign(pull) * max(abs(pull) - lasso[j], 0.0) / H[j, j]
            move = new - z[j]
            if move != 0:
                z[j] = new
                for k in range(len(z)):
                    slope[k] += move * H[j, k]
                energy += H[j, j] * move * move
        if epoch == 0:
            first = energy
        if energy <= 1e-5 * first:
            break
    return z
