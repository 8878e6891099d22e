"""Functions that are a line of others, by PyTorch's names; their gradients are those others'."""

import math

import numpy as np

from pellucid.autograd.functions._kinds import alike, array_of
from pellucid.autograd.functions.linear import PRODUCTS, matmul, weighted
from pellucid.autograd.functions.picking import narrow
from pellucid.autograd.functions.pointwise import UNARIES, add, masked_fill
from pellucid.autograd.functions.reducing import logsumexp, norm, sum
from pellucid.autograd.functions.seldom import broadcast_tensors
from pellucid.autograd.functions.shaping import cat, diagonal, stack
from pellucid.autograd.tensor import Tensor


def addcmul(input, tensor1, tensor2, *, value=1):
    """input + value tensor1 tensor2."""
    return add(input, tensor1 * tensor2, alpha=value)


def addcdiv(input, tensor1, tensor2, *, value=1):
    """input + value tensor1 / tensor2."""
    return add(input, tensor1 / tensor2, alpha=value)


def addmv(input, mat, vec, *, beta=1, alpha=1):
    """β input + α mat vec."""
    return weighted(input, PRODUCTS["mv"](mat, vec), beta, alpha)


def addr(input, vec1, vec2, *, beta=1, alpha=1):
    """β input + α vec1 vec2ᵀ."""
    return weighted(input, vec1.unsqueeze(1) * vec2.unsqueeze(0), beta, alpha)


def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """β input + α batch1 batch2, matrix by matrix."""
    return weighted(input, PRODUCTS["bmm"](batch1, batch2), beta, alpha)


def inner(input, other):
    """Σ x y along the last dimension, for each pair of rows."""
    if not input.ndim or not other.ndim:
        return input * other
    return tensordot(input, other, ([-1], [-1]))


def tensordot(a, b, dims=2):
    """The sum over the last ``dims`` dimensions of a and the first of b, or over pairs of lists."""
    if isinstance(dims, int):
        dims = range(a.ndim - dims, a.ndim), range(dims)
    ours, theirs = ([d % x.ndim for d in ds] for x, ds in zip((a, b), dims, strict=True))
    left = [d for d in range(a.ndim) if d not in ours]
    right = [d for d in range(b.ndim) if d not in theirs]
    shape = [a.shape[d] for d in left] + [b.shape[d] for d in right]
    summed = math.prod(a.shape[d] for d in ours)
    rows = a.permute(*left, *ours).reshape(-1, summed)
    columns = b.permute(*theirs, *right).reshape(summed, -1)
    return matmul(rows, columns).reshape(shape)


def kron(input, other):
    """Each number of the input times all of the other, as blocks."""
    ndim = max(input.ndim, other.ndim)
    x, y = (z.reshape((1,) * (ndim - z.ndim) + tuple(z.shape)) for z in (input, other))
    apart = x.reshape([n for size in x.shape for n in (size, 1)])
    blocks = apart * y.reshape([n for size in y.shape for n in (1, size)])
    return blocks.reshape([n * m for n, m in zip(x.shape, y.shape, strict=True)])


def trace(input):
    """The sum of the diagonal."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return sum(diagonal(input))


def cross(input, other, dim=-1):
    """x × y of vectors of three."""
    x, y = alike(input, other)
    if x.shape[dim] != 3 or y.shape[dim] != 3:
        raise RuntimeError(f"cross: dimension {dim} must have length 3")
    x, y = (z.unbind(dim) for z in (x, y))
    return stack([x[i] * y[j] - x[j] * y[i] for i, j in ((1, 2), (2, 0), (0, 1))], dim)


def dist(input, other, p=2):
    """The p-norm of the difference."""
    return norm(input - other, p)


def cdist(x1, x2, p=2.0, compute_mode=None):
    """The p-norm of the difference of each row of the one from each row of the other.

    Any ``compute_mode`` gives the same answer.
    """
    return norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


def diff(input, n=1, dim=-1, prepend=None, append=None):
    """What each number has more than the one before it, n times over; of a row with more ends."""
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n == 0:
        return input.clone()
    if prepend is not None or append is not None:
        input = cat([x for x in (prepend, input, append) if x is not None], dim)
    if input._array.dtype.kind == "b":
        size = input.shape[dim] - 1
        return diff(narrow(input, dim, 1, size) ^ narrow(input, dim, 0, size), n - 1, dim)
    for _ in range(min(n, input.shape[dim])):
        size = input.shape[dim] - 1
        input = narrow(input, dim, 1, size) - narrow(input, dim, 0, size)
    return input


def logaddexp(input, other):
    """log(eˣ + eʸ), without overflow."""
    x, y = alike(input, other)
    return logsumexp(stack(broadcast_tensors(x, y)), 0)


def logit(input, eps=None):
    """log(x / (1 - x)), x held to [ε, 1 - ε]."""
    x = input if eps is None else input.clamp(eps, 1 - eps)
    return UNARIES["log"](x / (1 - x))


def frac(input):
    """What follows the point."""
    return input - UNARIES["trunc"](input)


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    """Numbers in the place of NaN, ∞ and -∞; the largest there are for ∞ and -∞ by default."""
    x = input._array
    if x.dtype.kind not in "fc":
        return input.clone()
    ends = np.finfo(x.dtype)
    for places, value in (
        (np.isnan(x), nan),
        (np.isposinf(x), ends.max if posinf is None else posinf),
        (np.isneginf(x), ends.min if neginf is None else neginf),
    ):
        input = masked_fill(input, Tensor._of(places), value)
    return input


def isin(elements, test_elements, *, invert=False):
    """Where a number is among those of the other."""
    return Tensor._of(np.isin(array_of(elements), array_of(test_elements), invert=invert))
