"""Weighted centring of X and Y: what removes the intercept from a linear model.

The best intercept puts the weighted mean of the residuals at zero, so that a model of X and Y with
an intercept is one of X - 1mᵀ and Y - 1mᵀ without.  Three forms of it, one for each shape of X:
``moments`` for many rows, ``free_rows`` for many columns, ``CentredProducts`` for many zeros.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.linalg import blas

from pellucid.reduction import blocks, map_blocks, reduce_blocks
from pellucid.reduction.rows import csr_rows

__all__ = [
    "CentredProducts",
    "Moments",
    "dual_gram",
    "free_rows",
    "from_dual",
    "moments",
    "weighted_mean",
    "wide_blocks",
]

# squares of numbers past 1e154 are infinite, and whoever inverts a scatter matrix looks for that
OVERFLOW = np.errstate(over="ignore", invalid="ignore")


@dataclass(frozen=True)
class Moments:
    """w = Σ w_n, m = Σ w_n z_n / w and S = Σ w_n (z_n - m)(z_n - m)ᵀ of rows z_n."""

    weight: float
    mean: np.ndarray  # (M,)
    scatter: np.ndarray  # (M, M)

    @OVERFLOW
    def __add__(self, other):
        """S = S_a + S_b + (w_a w_b / w) d dᵀ, d = m_b - m_a (Chan, Golub & LeVeque 1983)."""
        weight = self.weight + other.weight
        share = other.weight / weight if weight else 0.0
        step = other.mean - self.mean
        between = self.weight * share * np.outer(step, step)
        return Moments(weight, self.mean + share * step, self.scatter + other.scatter + between)


def moments(rows, centre=True):
    """The moments of the rows z = [x, y], block by block in float64; about zero, not centred."""
    return wide_blocks(rows).reduce(_block_moments, centre)


@OVERFLOW
def _block_moments(x, y, weight, centre):
    weight, mean, Z = centred_block(x, y, weight, centre)
    return Moments(weight, mean, Z.T @ Z)


def wide_blocks(rows):
    """Rows (x, y, ...) in blocks whose scatter is no more than a quarter of their own size."""
    x, y, *_ = rows.head()
    columns = x.shape[1] + y.shape[1]
    return rows.in_blocks(8 * columns, max(1 << 21, 32 * columns**2))


def centred_block(x, y, sample_weight, centre):
    """Σ w, the mean, and the rows √w_n (z_n - mean) of one block of z = [x, y].

    The block's first row is taken off first, so that a constant column is zero to the last bit.
    """
    x = x.toarray() if sp.issparse(x) else x
    w = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
    D, weight = x.shape[1], float(w.sum())
    first = np.concatenate([x[0], y[0]], dtype=np.float64) * centre
    Z = np.empty((len(y), len(first)))  # (n, M)
    np.subtract(x, first[:D], out=Z[:, :D])
    np.subtract(y, first[D:], out=Z[:, D:])
    step = w @ Z / weight if centre and weight else np.zeros_like(first)
    if centre:
        Z -= step
    if sample_weight is not None:
        Z *= np.sqrt(w)[:, None]
    return weight, first + step, Z


def weighted_mean(A, sample_weight=None):
    """Σ w_n a_n / Σ w_n of the rows of a dense or sparse A, in float64."""
    w = np.ones(A.shape[0]) if sample_weight is None else np.asarray(sample_weight, np.float64)
    total = w.sum()
    return (A.T @ w) / total if total else np.zeros(A.shape[1])


def free_rows(Z, sample_weight=None, centre=True):
    """Rows F with FᵀF = Σ w_n (z_n - m)(z_n - m)ᵀ: one fewer than Z has, and none of them bound.

    The centred rows sum to zero, so that their Gram matrix Z Zᵀ cannot be inverted.  Householder's
    reflection H = I - v vᵀ/v_1, v = r + e_1, of r = √w / ‖√w‖ turns the weighted rows into one
    multiple of the mean and N - 1 rows that know nothing of it.
    """
    first = Z[0] * centre  # taken off at once, so that constant columns are zero to the last bit
    F = np.subtract(Z, first, dtype=np.float64, order="C")  # (N, M)
    root, v = _reflection(len(Z), sample_weight)
    if sample_weight is not None:
        F *= root[:, None]
    if not centre or v is None:
        return F
    blas.dger(-1 / v[0], v @ F, v, a=F.T, overwrite_a=True)  # F -= v (vᵀF) / v_1, in place
    return F[1:]


def _reflection(N, sample_weight):
    """√w, and the v of its reflection; None if all weights are zero."""
    root = np.ones(N) if sample_weight is None else np.sqrt(sample_weight)
    if not root.any():
        return root, None
    v = root / np.linalg.norm(root)
    v[0] += 1
    return root, v


def dual_gram(X, sample_weight=None, centre=True):
    """F Fᵀ for the free rows F of X: H Z Zᵀ H without its first row and column.

    Z are the weighted rows, made a few columns at a time, and H is their reflection.
    """
    first = X[0] * centre
    root, v = _reflection(len(X), sample_weight)
    gram = None
    for columns in blocks(X.shape[1], 8 * len(X), 1 << 24):
        Z = np.subtract(X[:, columns], first[columns], dtype=np.float64)
        if sample_weight is not None:
            Z *= root[:, None]
        gram = Z @ Z.T if gram is None else np.add(gram, Z @ Z.T, out=gram)
    if not centre or v is None:
        return gram
    p = gram @ v / v[0]
    p -= (v @ p / v[0] / 2) * v
    for rows in blocks(len(gram), 8 * len(gram)):  # H G H = G - v pᵀ - p vᵀ
        gram[rows] -= np.outer(v[rows], p) + np.outer(p[rows], v)
    return gram[1:, 1:]


def from_dual(X, A, sample_weight=None, centre=True):
    """FᵀA for the free rows F of X: Zᵀ H [0, A] for the weighted rows Z and their reflection H."""
    first = X[0] * centre
    root, v = _reflection(len(X), sample_weight)
    if centre and v is not None:
        A = np.concatenate([np.zeros((1, A.shape[1])), A])
        A -= np.outer(v, v @ A) / v[0]
    A = A * root[:, None]

    def product(block):
        return np.subtract(X[block], first, dtype=np.float64).T @ A[block]

    return reduce_blocks(product, blocks(len(X), 8 * X.shape[1], 1 << 22))


class CentredProducts:
    """A = diag(√w) (X - 1mᵀ) as products with A and Aᵀ alone, so that a sparse X stays sparse."""

    def __init__(self, X, sample_weight=None, centre=True):
        N, D = X.shape
        self.root = np.sqrt(np.ones(N) if sample_weight is None else sample_weight)  # (N,)
        self.mean = weighted_mean(X, sample_weight) if centre else np.zeros(D)  # (D,)
        self.blocks, self.parts = [slice(0, N)], [X]  # BLAS has its own threads
        if sp.issparse(X):
            self.blocks = blocks(N, 12 * (X.nnz // N), max(1 << 21, 64 * D))
            self.parts = [csr_rows(X, block) for block in self.blocks]

    def matvec(self, v):  # (D,) -> (N,)
        scores = np.concatenate(map_blocks(lambda part: part @ v, self.parts))
        return self.root * (scores - self.mean @ v)

    def rmatvec(self, u):  # (N,) -> (D,)
        scaled = self.root * u
        pieces = [(part, scaled[b]) for part, b in zip(self.parts, self.blocks, strict=True)]
        return reduce_blocks(lambda p: p[0].T @ p[1], pieces) - self.mean * scaled.sum()
