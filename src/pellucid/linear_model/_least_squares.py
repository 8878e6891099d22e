"""min ‖X W - Y‖ four ways: by Gram, by triangle, by singular values, and by products alone.

With centred rows, XᵀX = RᵀR for a triangle R (D, D).  Cholesky finds R from the Gram matrix XᵀX at
the price of one fast product, but squares the condition of X: it is taken only where an estimate
of the condition shows that it cannot hurt.  Householder's QR finds R from the rows themselves.
"""

import numpy as np
from scipy.linalg import blas, lapack

from pellucid.linear_model._centering import centred_block, wide_blocks

__all__ = [
    "cholesky",
    "lsqr",
    "merge_triangles",
    "minimum_norm",
    "solve_cholesky",
    "solve_triangle",
    "triangle",
]


def cholesky(gram, worst=1e-8):
    """R with RᵀR = gram, or None where its reciprocal condition is worse than ``worst``.

    A solution then loses at most as many digits as ``worst`` has.  A change of units of a column
    does not touch the rounding of Cholesky, so that the condition is that of the columns scaled to
    norm one; a range of scales past 10⁶ may hide a zero, though.
    """
    if not len(gram):
        return gram
    diagonal = np.diag(gram)  # (D,)
    denormal = 1e-290  # below it squares have lost digits
    if not (np.isfinite(gram).all() and diagonal.min() > max(1e-12 * diagonal.max(), denormal)):
        return None
    scale = np.sqrt(diagonal)
    correlation = gram / scale
    correlation /= scale[:, None]
    try:
        R = np.linalg.cholesky(correlation).T
    except np.linalg.LinAlgError:
        return None
    norm = lapack.dlange("1", correlation.T)
    del correlation
    reciprocal, _ = lapack.dpocon(R, norm)
    if not reciprocal > worst:
        return None
    R *= scale
    return R


def solve_triangle(R, B, transposed=False):
    """R⁻¹B or R⁻ᵀB; SciPy's ``solve_triangular`` takes ten times as long on a small R."""
    return blas.dtrsm(1.0, R, B, trans_a=transposed) if len(R) else B


def solve_cholesky(R, B):
    """(RᵀR)⁻¹B"""
    return solve_triangle(R, solve_triangle(R, B, transposed=True))


def triangle(rows, centre=True):
    """Σ w, the mean of [X, Y], and R (D + K, D + K) of its centred rows by blocked QR."""
    return wide_blocks(rows).reduce(_block_triangle, centre, combine=merge_triangles)


def _block_triangle(x, y, weight, centre):
    weight, mean, Z = centred_block(x, y, weight, centre)
    return weight, mean, np.linalg.qr(Z, mode="r")


def merge_triangles(a, b):
    """Chan's merge without its squares: the means' difference is one more row of the QR."""
    (weight_a, mean_a, R_a), (weight_b, mean_b, R_b) = a, b
    weight = weight_a + weight_b
    share = weight_b / weight if weight else 0.0
    step = mean_b - mean_a
    rows = np.vstack([R_a, R_b, np.sqrt(weight_a * share) * step])
    return weight, mean_a + share * step, np.linalg.qr(rows, mode="r")


def minimum_norm(A, B, cutoff, alpha=0.0):
    """V diag(1 / (σ + α / σ)) UᵀB for A = U diag(σ) Vᵀ, and the rank of A.

    The W of least ‖A W - B‖² + α‖W‖²; for α = 0 the shortest of the best.  Singular values below
    ``cutoff`` times the largest are zeros spoilt by rounding.  α may be one for each column of B.
    """
    U, singular, Vt = np.linalg.svd(A, full_matrices=False)
    rank = int(np.sum(singular > cutoff * singular.max(initial=0)))
    kept = singular[:rank, None]  # (r, 1)
    return Vt[:rank].T @ (U[:, :rank].T @ B / (kept + alpha / kept)), rank


def lsqr(operator, b, damping=0.0, tol=1e-6, max_iter=None):
    """min ‖A w - b‖² + δ²‖w‖² by products with A and Aᵀ alone, and the iterations it took.

    Golub and Kahan's bidiagonalisation A V = U B from u₁ = b / ‖b‖, and a QR of [B; δI] that grows
    with it by two plane rotations a step (Paige & Saunders 1982).  It stops when
    ‖r‖ ≤ tol (‖b‖ + ‖A‖ ‖w‖) or ‖Aᵀr‖ ≤ tol ‖A‖ ‖r‖.
    """
    D = len(operator.mean)
    w = np.zeros(D)
    beta, u = _normalised(np.asarray(b, dtype=np.float64))
    alpha, v = _normalised(operator.rmatvec(u))
    direction = v.copy()
    phi_bar, rho_bar, norm_b = beta, alpha, beta
    squares_A, squares_damped = 0.0, 0.0
    if alpha * beta == 0:
        return w, 0
    max_iter = 2 * D if max_iter is None else max_iter
    for iteration in range(1, max_iter + 1):
        squares_A += alpha**2 + damping**2
        beta, u = _normalised(operator.matvec(v) - alpha * u)
        squares_A += beta**2
        alpha, v = _normalised(operator.rmatvec(u) - beta * v)
        rho_damped = np.hypot(rho_bar, damping)  # rotate δ away ...
        psi = damping / rho_damped * phi_bar
        phi_bar *= rho_bar / rho_damped
        squares_damped += psi**2
        rho = np.hypot(rho_damped, beta)  # ... then β
        cos, sin = rho_damped / rho, beta / rho
        theta, rho_bar = sin * alpha, -cos * alpha
        phi, phi_bar = cos * phi_bar, sin * phi_bar
        w += phi / rho * direction
        direction = v - theta / rho * direction
        norm_A, norm_r = np.sqrt(squares_A), np.hypot(phi_bar, np.sqrt(squares_damped))
        small_residual = norm_r <= tol * (norm_b + norm_A * np.linalg.norm(w))
        if small_residual or alpha * abs(sin * phi) <= tol * norm_A * norm_r:
            return w, iteration
    return w, max_iter


def _normalised(a):
    norm = np.linalg.norm(a)
    return norm, a / norm if norm else a
