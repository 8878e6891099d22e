"""The means and the covariances of the classes: plain, shrunk, or by the user's estimator.

Also the principal axes of centred rows, by the faster of two ways where both are precise.  All are
sums over rows (x, number of the class), and about a centre: the means come from a first pass.

They are the M-step of ``emissions.Gaussian``, tied or full, where each row is all of one class; but
sums over weighted rows would read every row once a class, which took two to four times as long.
"""

import numpy as np
import scipy.sparse as sp
from scipy import linalg
from sklearn.base import clone

from pellucid.reduction import blocks

__all__ = ["class_means", "covariances", "principal_axes", "scatters", "triangle"]


def class_means(rows, n_classes):
    """The number of the rows of each class (K,), and their means (K, D) in float64."""
    return rows.reduce(_block_means, n_classes, combine=_merge_means)


def _block_means(X, labels, n_classes):
    """The block's first row is taken off, so that the mean of a constant column is its constant."""
    N, first = len(X), X[0].astype(np.float64)
    one_hot = sp.csr_array((np.ones(N), labels, np.arange(N + 1)), shape=(N, n_classes))
    count = one_hot.sum(axis=0)
    sums = one_hot.T @ np.subtract(X, first, dtype=np.float64)  # (K, D)
    return count, first + sums / np.maximum(count, 1)[:, None]


def _merge_means(a, b):
    (count_a, mean_a), (count_b, mean_b) = a, b
    count = count_a + count_b
    share = count_b / np.maximum(count, 1)
    return count, mean_a + share[:, None] * (mean_b - mean_a)


def scatters(rows, means):
    """Σ (x_n - m_k)(x_n - m_k)ᵀ of the rows of each class k, one (D, D) after the other.

    One pass makes as many as fit in a few megabytes, and a block outweighs what comes of it.
    """
    D = means.shape[1]
    for some in blocks(len(means), 8 * D**2, 1 << 23):
        kinds = np.arange(len(means))[some]
        wide = rows.in_blocks(8 * D, max(1 << 21, 32 * D**2 * len(kinds)))
        yield from wide.reduce(_block_scatters, means, kinds)


def _block_scatters(X, labels, means, kinds):
    Z = (_centred(X, labels, means, k) for k in kinds)
    return np.array([z.T @ z for z in Z])  # (k, D, D)


def triangle(rows, means, unit, kinds):
    """R with RᵀR = ZᵀZ for Z = (x_n - m_k) / unit, the rows of some classes about their means."""
    D = means.shape[1]
    wide = rows.in_blocks(8 * D, max(1 << 21, 32 * D**2))
    return wide.reduce(_block_triangle, means, unit, kinds, combine=_merge_triangles)


def _block_triangle(X, labels, means, unit, kinds):
    Z = np.concatenate([_centred(X, labels, means, k) for k in kinds])
    return np.linalg.qr(Z / unit, mode="r")


def _merge_triangles(a, b):
    return np.linalg.qr(np.concatenate([a, b]), mode="r")


def _centred(X, labels, means, k):
    return np.subtract(X[labels == k], means[k], dtype=np.float64)


def covariances(rows, counts, means, shrinkage=None, estimator=None):
    """The covariance (D, D) of each class, divided by the number of its rows.

    S*  = (1 - ρ) S + ρ (tr S / D) I for a ``shrinkage`` ρ in [0, 1]; ``"auto"`` standardises the
    columns, takes ρ by Ledoit and Wolf, and undoes the scale.
    """
    if estimator is not None:
        for k in range(len(means)):
            yield _estimated(
                estimator, rows.then(lambda X, y, k=k: (X[y == k],)).gather().arrays[0]
            )
        return
    for k, S in enumerate(scatters(rows, means)):
        S = S / counts[k]
        if shrinkage is None:
            yield S
        elif shrinkage != "auto":
            yield _shrunk(S, shrinkage)
        else:
            scale = np.sqrt(np.diag(S))
            scale[scale == 0] = 1
            S = S / np.outer(scale, scale)
            fourth = rows.reduce(_fourth_powers, means, scale, k) / counts[k]
            yield _shrunk(S, _ledoit_wolf(fourth, S, counts[k])) * np.outer(scale, scale)


def _fourth_powers(X, labels, means, scale, k):
    Z = _centred(X, labels, means, k) / scale
    return np.sum(np.sum(Z**2, axis=1) ** 2)


def _estimated(estimator, X):
    estimator = clone(estimator, safe=False)
    estimator.fit(X)
    if not hasattr(estimator, "covariance_"):
        raise ValueError(f"{type(estimator).__name__} does not have a covariance_ attribute")
    return estimator.covariance_


def principal_axes(S, triangle, n_rows, least):
    """Singular values s > ``least`` of rows Z, largest first, and their right vectors (D, R).

    Those of Z are the roots of the eigenvalues, and the eigenvectors, of S = ZᵀZ: far the faster,
    but with the square of Z's condition.  Where that would be felt, ``triangle()`` gives R with
    RᵀR = ZᵀZ from the rows themselves.
    """
    if n_rows > len(S):
        eigenvalues, V = linalg.eigh(S)
        s = np.sqrt(np.maximum(eigenvalues, 0))
        kept = np.flatnonzero(s > least)[::-1]
        if len(kept) == 0 or s[kept[-1]] > 1e-3 * s[-1]:
            return s[kept], V[:, kept]
    _, s, Vt = linalg.svd(triangle(), full_matrices=False)
    kept = s > least
    return s[kept], Vt[kept].T


def _shrunk(S, shrinkage):
    return (1 - shrinkage) * S + shrinkage * np.trace(S) / len(S) * np.eye(len(S))


def _ledoit_wolf(fourth, S, n_rows):
    """ρ = min(b², d²) / d² for centred rows z_n of covariance S (Ledoit & Wolf 2004, lemma 3.2-4).

    d² = ‖S - μI‖², μ = tr S / D;    b² = Σ_n ‖z_n z_nᵀ - S‖² / N² = (Σ_n ‖z_n‖⁴ / N - ‖S‖²) / N
    """
    d2 = np.sum((S - np.trace(S) / len(S) * np.eye(len(S))) ** 2)
    b2 = (fourth - np.sum(S**2)) / n_rows
    return min(b2, d2) / d2 if min(b2, d2) > 0 else 0.0
