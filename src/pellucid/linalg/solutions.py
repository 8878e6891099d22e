"""Inverses, determinants and solutions of A X = B, of each matrix of a batch.

From A⁻¹A = I comes d(A⁻¹) = -A⁻¹ dA A⁻¹, and d log|det A| = tr(A⁻¹ dA).
"""

import math

import numpy as np

from pellucid.autograd import Tensor, primitive, sum_to
from pellucid.autograd.elementwise import joined
from pellucid.autograd.errors import LinAlgError
from pellucid.autograd.functions._kinds import named_results
from pellucid.linalg.decompositions import _check_square, matrix_rank, pinv, svdvals, turned

__all__ = [
    "cholesky_solve",
    "det",
    "inv",
    "inv_ex",
    "lstsq",
    "slogdet",
    "solve",
    "solve_triangular",
    "tensorinv",
    "tensorsolve",
]

linalg_slogdet = named_results("linalg_slogdet", "sign", "logabsdet")
linalg_inv_ex = named_results("linalg_inv_ex", "inverse", "info")
LeastSquares = named_results("linalg_lstsq", "solution", "residuals", "rank", "singular_values")


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
def _slogdet(A):
    """(sign, log|det A|); Ā = ȳ A⁻ᵀ; of a complex A, the angle of the sign has a slope too."""
    sign, logarithm = np.linalg.slogdet(A)

    def vjp(dsign, dy):
        if np.dtype(A.dtype).kind == "c":
            dy = joined(dy, np.imag(dsign * sign))
        return np.expand_dims(dy, (-1, -2)) * turned(np.linalg.inv(A))

    return (sign, logarithm), vjp


def slogdet(A):
    """(sign, log|det A|)."""
    return linalg_slogdet(*_slogdet(A))


def inv_ex(A, *, check_errors=False):
    """(A⁻¹, 0); (infinities, 1) where one of the matrices has no inverse."""
    try:
        out, failed = inv(A), 0
    except LinAlgError:
        if check_errors:
            raise
        out, failed = A.detach() * np.inf, 1
    return linalg_inv_ex(
        out, Tensor._of(np.full_like(A._array, failed, np.int32, shape=A.shape[:-2]))
    )


@primitive(np.linalg.solve)
def _solve(A, B):
    """X = A⁻¹ B, for B of columns; B̄ = A⁻ᵀ X̄ and Ā = -B̄ Xᵀ."""
    X = np.linalg.solve(A, B)

    def vjp(dX):
        dB = np.linalg.solve(turned(A), dX)
        return sum_to(-dB @ turned(X), A.shape), sum_to(dB, B.shape)

    return X, vjp


def solve(A, B, *, left=True):
    """X with A X = B (X A = B where not ``left``), for B of columns, or a vector a matrix."""
    _check_square("linalg.solve", A)
    if A.dtype is not B.dtype:
        raise RuntimeError(f"linalg.solve: expected one dtype, not {A.dtype} and {B.dtype}")
    if B.ndim == 1 or (B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1])):
        return _solve(A, B.unsqueeze(-1)).squeeze(-1)
    rows = B.shape[-2 if left else -1]
    if rows != A.shape[-1]:
        shapes = f"{tuple(A.shape)} and {tuple(B.shape)}"
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation: {shapes}"
        )
    return _solve(A, B) if left else turned(_solve(turned(A), turned(B)))


def cholesky_solve(B, L, upper=False):
    """X with A X = B, from the Cholesky factor of A: L Lᵀ, or LᵀL if ``upper``."""
    lower = L.mH if upper else L
    return solve_triangular(lower.mH, solve_triangular(lower, B, upper=False), upper=True)


def tensorinv(A, ind=2):
    """The inverse of A as a map from its last dimensions to its first ``ind``."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    rows, columns = A.shape[:ind], A.shape[ind:]
    if math.prod(rows) != math.prod(columns):
        raise RuntimeError(f"tensorinv: {tuple(rows)} are not as many places as {tuple(columns)}")
    return inv(A.reshape(math.prod(rows), -1)).reshape(*columns, *rows)


def tensorsolve(A, B, dims=None):
    """X with Σ A X = B over the last dimensions of A, after ``dims`` are moved there."""
    if dims is not None:
        A = A.movedim(tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    unknown = A.shape[B.ndim :]
    if math.prod(unknown) != B.numel():
        raise RuntimeError(f"tensorsolve: {tuple(A.shape)} is not square for {tuple(B.shape)}")
    return solve(A.reshape(B.numel(), -1), B.reshape(-1)).reshape(unknown)


def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    """X with A X = B (X A = B where not ``left``), of one triangle of A, its diagonal 1 if said."""
    A = A.triu() if upper else A.tril()
    if unitriangular:
        diagonal = A.diagonal(0, -2, -1)
        A = A - (diagonal - 1).diag_embed()
    return solve(A, B) if left else solve(A.mT, B.mT).mT


def lstsq(A, B, rcond=None, *, driver=None):
    """(X of the smallest ‖X‖ among those with the smallest ‖AX - B‖, residuals, rank, values).

    Singular values below rcond times the largest count as 0.  Any ``driver`` gives this answer;
    as LAPACK's, "gels" leaves out the rank, "gelsy" (which None is) the residuals, and both the
    singular values.
    """
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.lstsq: input must have at least 2 dimensions.")
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"lstsq: driver is gels, gelsy, gelsd or gelss, not {driver!r}")
    if B.ndim == A.ndim - 1:
        X, *rest = lstsq(A, B.unsqueeze(-1), rcond)
        return LeastSquares(X.squeeze(-1), *rest)
    X = pinv(A, rcond) @ B
    m, n = A.shape[-2:]
    rank = matrix_rank(A, rtol=rcond)
    full = driver not in (None, "gelsy") and m > n and bool((rank == n).all())
    none = A.detach().abs().new_zeros(0)
    residuals = ((A @ X - B).abs() ** 2).sum(-2) if full else none
    values = svdvals(A.detach()) if driver in ("gelsd", "gelss") else none
    return LeastSquares(X, residuals, none.long() if driver == "gels" else rank, values)
