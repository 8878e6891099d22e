"""The mean and the covariance of the rows of one class: plain, shrunk, or by the user's estimator.

Also the principal axes of such rows, by the faster of two ways where both are precise.
"""

import numpy as np
from scipy import linalg
from sklearn.base import clone

from pellucid.reduction import blocks, reduce_blocks

__all__ = ["class_mean", "class_rows", "covariance", "principal_axes", "scatter"]


def class_rows(labels, n_classes):
    """The numbers of the rows of each class, K arrays."""
    ends = np.cumsum(np.bincount(labels, minlength=n_classes))
    return np.split(np.argsort(labels, kind="stable"), ends[:-1])


def class_mean(X, rows):
    """Σ x_n / N of some rows, (D,), in float64 whatever X is.

    The first row is taken off before, so that the mean of a constant column is its constant.
    """
    first = X[rows[0]].astype(np.float64)
    total = reduce_blocks(
        lambda b: _about(first, X, rows[b]).sum(axis=0), blocks(len(rows), 8 * X.shape[1])
    )
    return first + total / len(rows)


def scatter(X, rows, mean):
    """Σ (x_n - m)(x_n - m)ᵀ of some rows, (D, D)."""

    def statistics(block):
        Z = _about(mean, X, rows[block])
        return Z.T @ Z

    D = X.shape[1]
    parts = blocks(len(rows), 8 * D, max(1 << 21, 32 * D**2))  # a block outweighs its scatter
    return reduce_blocks(statistics, parts)


def _about(centre, X, rows):
    return np.subtract(X[rows], centre, dtype=np.float64)


def covariance(X, rows, mean, shrinkage=None, estimator=None):
    """The covariance (D, D) of some rows, divided by their number.

    S*  = (1 - ρ) S + ρ (tr S / D) I for a ``shrinkage`` ρ in [0, 1]; ``"auto"`` standardises the
    columns, takes ρ by Ledoit and Wolf, and undoes the scale.
    """
    if estimator is not None:
        estimator = clone(estimator, safe=False)
        estimator.fit(X[rows])
        if not hasattr(estimator, "covariance_"):
            raise ValueError(f"{type(estimator).__name__} does not have a covariance_ attribute")
        return estimator.covariance_
    S = scatter(X, rows, mean) / len(rows)
    if shrinkage is None:
        return S
    if shrinkage != "auto":
        return _shrunk(S, shrinkage)
    scale = np.sqrt(np.diag(S))
    scale[scale == 0] = 1
    S /= np.outer(scale, scale)
    return _shrunk(S, _ledoit_wolf(_about(mean, X, rows) / scale, S)) * np.outer(scale, scale)


def principal_axes(S, rows, n_rows, least):
    """Singular values s > ``least`` of the rows Z, largest first, and their right vectors (D, R).

    Those of Z are the roots of the eigenvalues, and the eigenvectors, of S = ZᵀZ: far the faster,
    but with the square of Z's condition.  Where that would be felt, ``rows()`` gives Z itself.
    """
    if n_rows > len(S):
        eigenvalues, V = linalg.eigh(S)
        s = np.sqrt(np.maximum(eigenvalues, 0))
        kept = np.flatnonzero(s > least)[::-1]
        if len(kept) == 0 or s[kept[-1]] > 1e-3 * s[-1]:
            return s[kept], V[:, kept]
    _, s, Vt = linalg.svd(rows(), full_matrices=False)
    kept = s > least
    return s[kept], Vt[kept].T


def _shrunk(S, shrinkage):
    return (1 - shrinkage) * S + shrinkage * np.trace(S) / len(S) * np.eye(len(S))


def _ledoit_wolf(Z, S):
    """ρ = min(b², d²) / d² for centred rows Z with covariance S (Ledoit & Wolf 2004, lemma 3.2-4).

    d² = ‖S - μI‖², μ = tr S / D;    b² = Σ_n ‖z_n z_nᵀ - S‖² / N² = (Σ_n ‖z_n‖⁴ / N - ‖S‖²) / N
    """
    d2 = np.sum((S - np.trace(S) / len(S) * np.eye(len(S))) ** 2)
    b2 = (np.mean(np.sum(Z**2, axis=1) ** 2) - np.sum(S**2)) / len(Z)
    return min(b2, d2) / d2 if min(b2, d2) > 0 else 0.0
