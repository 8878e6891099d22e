"""Inverses, determinants and solutions of A X = B, of each matrix of a batch.

From A⁻¹A = I comes d(A⁻¹) = -A⁻¹ dA A⁻¹, and d log|det A| = tr(A⁻¹ dA).
"""

from collections import namedtuple

import numpy as np

from pellucid.autograd import primitive, sum_to
from pellucid.linalg.decompositions import matrix_rank, pinv, svdvals, turned

__all__ = ["det", "inv", "lstsq", "slogdet", "solve", "solve_triangular"]

LeastSquares = namedtuple("LeastSquares", ["solution", "residuals", "rank", "singular_values"])


@primitive(np.linalg.inv)
def inv(A):
    """A⁻¹; Ā = -A⁻ᵀ ȳ A⁻ᵀ."""
    out = np.linalg.inv(A)
    return out, lambda dy: -turned(out) @ dy @ turned(out)


@primitive(np.linalg.det)
def det(A):
    """det A; Ā = ȳ det(A) A⁻ᵀ, so that A must have an inverse where a gradient is wanted."""
    out = np.linalg.det(A)
    return out, lambda dy: np.expand_dims(dy * out, (-1, -2)) * turned(np.linalg.inv(A))


@primitive(np.linalg.slogdet)
def slogdet(A):
    """(sign, log|det A|); Ā = ȳ A⁻ᵀ."""
    sign, logarithm = np.linalg.slogdet(A)

    def vjp(_, dy):
        return np.expand_dims(dy, (-1, -2)) * turned(np.linalg.inv(A))

    return (sign, logarithm), vjp


@primitive(np.linalg.solve)
def _solve(A, B):
    """X = A⁻¹ B, for B of columns; B̄ = A⁻ᵀ X̄ and Ā = -B̄ Xᵀ."""
    X = np.linalg.solve(A, B)

    def vjp(dX):
        dB = np.linalg.solve(turned(A), dX)
        return sum_to(-dB @ turned(X), A.shape), sum_to(dB, B.shape)

    return X, vjp


def solve(A, B):
    """X with A X = B, for B of columns, or a vector."""
    return _solve(A, B.unsqueeze(-1)).squeeze(-1) if B.ndim == 1 else _solve(A, B)


def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    """X with A X = B (X A = B where not ``left``), of one triangle of A, its diagonal 1 if said."""
    A = A.triu() if upper else A.tril()
    if unitriangular:
        diagonal = A.diagonal(0, -2, -1)
        A = A - (diagonal - 1).diag_embed()
    return solve(A, B) if left else solve(A.mT, B.mT).mT


def lstsq(A, B):
    """(X of the smallest ‖X‖ among those with the smallest ‖AX - B‖, residuals, rank, none)."""
    X = pinv(A) @ B
    m, n = A.shape[-2:]
    rank = matrix_rank(A)
    full = m > n and bool((rank == n).all())
    residuals = ((A @ X - B) ** 2).sum(-2) if full else A.new_zeros(0)
    return LeastSquares(X, residuals, rank, svdvals(A.detach()))
