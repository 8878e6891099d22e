"""Products of matrices and vectors."""

import functools

from pellucid.autograd.functions import PUBLIC
from pellucid.linalg.solutions import inv

__all__ = ["cross", "diagonal", "matmul", "matrix_power", "multi_dot", "vecdot"]

matmul = PUBLIC["matmul"]


def matrix_power(A, n):
    """Aⁿ by squaring; of the inverse for n < 0, the identity for n = 0."""
    if n < 0:
        return matrix_power(inv(A), -n)
    if n == 0:
        return (A * 0).diagonal(0, -2, -1).add(1).diag_embed()
    half = matrix_power(A, n // 2) if n > 1 else None
    if half is None:
        return A
    return half @ half @ A if n % 2 else half @ half


def multi_dot(tensors):
    """The product of several matrices; a vector may stand first, and last."""
    return functools.reduce(matmul, tensors)


def cross(input, other, *, dim=-1):
    """x × y of vectors of three."""
    return PUBLIC["cross"](input, other, dim)


def vecdot(x, y, *, dim=-1):
    """Σ x y along a dimension."""
    return (x * y).sum(dim)


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """The diagonal of each matrix."""
    return PUBLIC["diagonal"](A, offset, dim1, dim2)
