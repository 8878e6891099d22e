"""Norms of vectors, and of matrices as operators."""

import math

from pellucid.autograd.functions import PUBLIC
from pellucid.linalg.decompositions import svdvals
from pellucid.linalg.solutions import inv

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]


def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """The norm of a vector or a matrix: of all numbers, or along one dimension, or two.

    No ``ord`` is 2 over all the numbers; with one, a matrix, or two dimensions, has its norm as an
    operator, and a vector (Σ |x|ᵖ)^(1/p).  It is computed in ``dtype``.
    """
    A = A if dtype is None else A.to(dtype)
    two = isinstance(dim, tuple | list) and len(dim) == 2
    if ord is not None and dim is None and A.ndim > 2:
        raise RuntimeError(f"linalg.norm: with an ord and no dim, A is 1D or 2D, not {A.ndim}D")
    if ord is None or not (two or (dim is None and A.ndim == 2)):
        if isinstance(ord, str):
            raise RuntimeError(f"linalg.norm: {ord!r} is a norm of matrices, not of vectors")
        return vector_norm(A, 2 if ord is None else ord, dim, keepdim)
    return matrix_norm(A, ord, tuple(dim) if two else (0, 1), keepdim)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    """(Σ |x|ᵖ)^(1/p); the largest |x| for p = inf, how many are not 0 for p = 0."""
    if isinstance(ord, str):
        raise TypeError(f"vector_norm: ord is a number, not {ord!r}")
    return PUBLIC["norm"](x, ord, dim, keepdim, dtype=dtype)


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False):
    """ "fro": √Σ a²; "nuc": Σ s of the singular values; ±2: the largest, the smallest s.

    ±1: the largest, smallest column sum of |a|; ±inf: the row sum.
    """
    if A.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: A must have at least 2 dimensions")
    if ord == "fro":
        return PUBLIC["norm"](A, 2, tuple(dim), keepdim)
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"matrix_norm: ord is fro, nuc, inf, -inf, 1, -1, 2 or -2, not {ord!r}")
    A = A.movedim(tuple(dim), (-2, -1))
    if ord in ("nuc", 2, -2):
        sizes = svdvals(A)
    else:
        sizes = A.abs().sum(-2 if abs(ord) == 1 else -1)
    if ord == "nuc":
        out = sizes.sum(-1)
    else:
        out = sizes.amax(-1) if ord > 0 else sizes.amin(-1)
    for d in sorted(d % A.ndim for d in dim) if keepdim else ():
        out = out.unsqueeze(d)
    return out


def cond(A, p=None):
    """‖A‖ ‖A⁻¹‖; for p = 2, or none, the largest singular value over the smallest."""
    if p in (None, 2, -2):
        s = svdvals(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return matrix_norm(A, p) * matrix_norm(inv(A), p)
