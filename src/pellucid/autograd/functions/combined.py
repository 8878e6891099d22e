"""Functions that are a line of others, by PyTorch's names; their gradients are those others'."""

import math

import numpy as np

from pellucid.autograd.functions._kinds import Dim, alike, array_of
from pellucid.autograd.functions.linear import PRODUCTS, matmul
from pellucid.autograd.functions.pointwise import UNARIES, add, masked_fill, where
from pellucid.autograd.functions.reducing import logsumexp, mean, norm, sort, sum
from pellucid.autograd.functions.shaping import broadcast_to, diagonal, narrow, stack
from pellucid.autograd.tensor import Tensor


def addcmul(input, tensor1, tensor2, *, value=1):
    """input + value tensor1 tensor2."""
    return add(input, tensor1 * tensor2, alpha=value)


def addcdiv(input, tensor1, tensor2, *, value=1):
    """input + value tensor1 / tensor2."""
    return add(input, tensor1 / tensor2, alpha=value)


def addmv(input, mat, vec, *, beta=1, alpha=1):
    """β input + α mat vec."""
    return input * beta + PRODUCTS["mv"](mat, vec) * alpha


def addr(input, vec1, vec2, *, beta=1, alpha=1):
    """β input + α vec1 vec2ᵀ."""
    return input * beta + vec1.unsqueeze(1) * vec2.unsqueeze(0) * alpha


def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """β input + α batch1 batch2, matrix by matrix."""
    return input * beta + PRODUCTS["bmm"](batch1, batch2) * alpha


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
    return sum(diagonal(input))


def cross(input, other, dim=-1):
    """x × y of vectors of three."""
    x, y = (z.unbind(dim) for z in alike(input, other))
    return stack([x[i] * y[j] - x[j] * y[i] for i, j in ((1, 2), (2, 0), (0, 1))], dim)


def dist(input, other, p=2):
    """The p-norm of the difference."""
    return norm(input - other, p)


def cdist(x1, x2, p=2.0):
    """The p-norm of the difference of each row of the one from each row of the other."""
    return norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


def diff(input, n=1, dim=-1):
    """What each number has more than the one before it, n times over."""
    for _ in range(n):
        size = input.shape[dim] - 1
        input = narrow(input, dim, 1, size) - narrow(input, dim, 0, size)
    return input


def logaddexp(input, other):
    """log(eˣ + eʸ), without overflow."""
    x, y = alike(input, other)
    shape = np.broadcast_shapes(x.shape, y.shape)
    return logsumexp(stack([broadcast_to(z, shape) for z in (x, y)]), 0)


def logit(input, eps=None):
    """log(x / (1 - x)), x held to [ε, 1 - ε]."""
    x = input if eps is None else input.clamp(eps, 1 - eps)
    return UNARIES["log"](x / (1 - x))


def frac(input):
    """What follows the point."""
    return input - UNARIES["trunc"](input)


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    """Numbers in the place of NaN, ∞ and -∞; the largest there are for ∞ and -∞ by default."""
    x, ends = input._array, np.finfo(input._array.dtype)
    for places, value in (
        (np.isnan(x), nan),
        (np.isposinf(x), ends.max if posinf is None else posinf),
        (np.isneginf(x), ends.min if neginf is None else neginf),
    ):
        input = masked_fill(input, Tensor._of(places), value)
    return input


def nansum(input, dim: Dim = None, keepdim=False):
    """The sum of those that are numbers."""
    return sum(masked_fill(input, input.isnan(), 0.0), dim, keepdim)


def nanmean(input, dim: Dim = None, keepdim=False):
    """The mean of those that are numbers."""
    return nansum(input, dim, keepdim) / sum(input.isnan().logical_not(), dim, keepdim)


def count_nonzero(input, dim: Dim = None):
    """How many are not zero."""
    return sum(Tensor._of(input._array != 0), dim)


def isin(elements, test_elements, *, invert=False):
    """Where a number is among those of the other."""
    return Tensor._of(np.isin(array_of(elements), array_of(test_elements), invert=invert))


def searchsorted(sorted_sequence, input, *, right=False):
    """Where in a sorted vector each number would stand: before equal ones, after if ``right``."""
    if sorted_sequence.ndim != 1:
        raise ValueError(f"searchsorted: a vector is sorted, not {tuple(sorted_sequence.shape)}")
    side = "right" if right else "left"
    return Tensor._of(np.asarray(np.searchsorted(sorted_sequence._array, array_of(input), side)))


def cov(input, *, correction=1):
    """The covariances of variables, each a row of observations."""
    x = input.unsqueeze(0) if input.ndim == 1 else input
    x = x - mean(x, 1, True)
    return (x @ x.t() / (x.shape[1] - correction)).squeeze()


def corrcoef(input):
    """The correlations of variables, each a row of observations."""
    c = cov(input)
    if not c.ndim:
        return c / c
    deviations = diagonal(c).sqrt()
    return c / deviations.unsqueeze(0) / deviations.unsqueeze(1)


def quantile(input, q, dim=None, keepdim=False):
    """The number below which the share q lies, between two by a straight line."""
    if dim is None:
        flat = quantile(input.reshape(-1), q, 0)
        return flat.reshape((*flat.shape, *(1,) * input.ndim)) if keepdim else flat
    shares = np.asarray(array_of(q), input._array.dtype)
    if np.any((shares < 0) | (shares > 1)):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    values = sort(input, dim)[0].movedim(dim, 0)
    places = shares * (len(values) - 1)
    below = np.floor(places).astype(np.int64)
    above = np.ceil(places).astype(np.int64)
    weight = (places - below).astype(shares.dtype)
    weight = Tensor._of(weight.reshape(shares.shape + (1,) * (values.ndim - 1)))
    out = values[below] + weight * (values[above] - values[below])
    out = where(values.isnan().any(0), Tensor._of(np.full_like(out._array, np.nan)), out)
    return out.unsqueeze(dim % input.ndim + shares.ndim) if keepdim else out
