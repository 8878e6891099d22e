"""Products of matrices and vectors."""

import functools
import math

from pellucid.autograd.functions import PUBLIC
from pellucid.linalg.solutions import inv

__all__ = [
    "cross",
    "diagonal",
    "matmul",
    "matrix_exp",
    "matrix_power",
    "multi_dot",
    "vander",
    "vecdot",
]

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


def matrix_exp(A):
    """Σ Aᵏ / k!: of A / 2ˢ, small enough for 18 terms to be all of it, squared s times."""
    size = float(A.detach().abs().sum(-2).amax()) if A.numel() else 0.0
    squarings = max(0, math.ceil(math.log2(size)) + 1) if size > 0 else 0
    A = A / 2**squarings
    term = out = matrix_power(A, 0)
    for k in range(1, 19):
        term = term @ A / k
        out = out + term
    for _ in range(squarings):
        out = out @ out
    return out


def vander(x, *, N=None):
    """The powers 0 to N - 1 of each number, along a last dimension."""
    x = PUBLIC["atleast_1d"](x)
    n = x.shape[-1] if N is None else N
    if n < 1:
        raise RuntimeError(f"N must be greater than 1, but got {n}.")
    ones = x.new_ones(*x.shape, 1)
    rows = [ones, x.unsqueeze(-1).expand(*x.shape, n - 1)] if n > 1 else [ones]
    return PUBLIC["cat"](rows, -1).cumprod(-1)


def multi_dot(tensors):
    """The product of several matrices; a vector may stand first, and last."""
    return functools.reduce(matmul, tensors)


def cross(input, other, *, dim=-1):
    """x × y of vectors of three."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if input.shape[dim] != 3 or other.shape[dim] != 3:
        sizes = f"{input.shape[dim]} and {other.shape[dim]}"
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes}")
    return PUBLIC["cross"](input, other, dim)


def vecdot(x, y, *, dim=-1):
    """Σ x̄ y along a dimension."""
    return (x.conj() * y).sum(dim)


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """The diagonal of each matrix."""
    return PUBLIC["diagonal"](A, offset, dim1, dim2)
