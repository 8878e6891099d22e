"""Counts, quantiles and covariances, by PyTorch's names."""

import math

import numpy as np

from pellucid.autograd.functions._kinds import Dim, array_of, floating, named_results, over
from pellucid.autograd.functions.picking import gather
from pellucid.autograd.functions.pointwise import lerp, masked_fill
from pellucid.autograd.functions.reducing import PAIRS, sort, sum
from pellucid.autograd.functions.shaping import diagonal
from pellucid.autograd.tensor import Tensor


def count_nonzero(input, dim: Dim = None):
    """How many are not zero."""
    return sum(Tensor._of(input._array != 0), dim)


def histc(input, bins=100, min=0, max=0):
    """How many numbers are in each of ``bins`` equal parts of [min, max]."""
    x = np.ravel(input._array)
    if min == max == 0 and x.size:
        min, max = float(x.min()), float(x.max())
    if bins < 1 or not (math.isfinite(min) and math.isfinite(max)) or min > max:
        raise RuntimeError(f"histc: {bins} bins of [{min}, {max}]")
    counts, _ = np.histogram(x, bins, (min, max))
    return Tensor._of(counts.astype(input._array.dtype))


Histogram = named_results("histogram", "hist", "bin_edges")


def histogram(input, bins, *, range=None, weight=None, density=False):
    """(how many numbers, or how much weight, are between two edges; the edges).

    ``bins`` is a number of equal parts of ``range``, or the edges; a density has the area one.
    """
    edges, weights = array_of(bins), None if weight is None else np.ravel(weight._array)
    counts, edges = np.histogram(np.ravel(input._array), edges, range, density, weights)
    return Histogram(*(Tensor._of(x.astype(input._array.dtype)) for x in (counts, edges)))


def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None):
    """Where in a sorted vector each number would stand: before equal ones, after if ``right``.

    Of a tensor of vectors, each row of the input in its own; ``sorter`` says how they are sorted.
    """
    if side == "left" and right:
        raise RuntimeError("side and right can't be set to opposites")
    rows, side = sorted_sequence, "right" if right else side or "left"
    rows = rows if sorter is None else gather(rows, -1, sorter)
    values, sorted_, kind = array_of(input), rows._array, np.int32 if out_int32 else np.int64
    if rows.ndim == 1:
        return Tensor._of(np.searchsorted(sorted_, values, side).astype(kind))
    if sorted_.shape[:-1] != np.shape(values)[:-1]:
        raise RuntimeError(
            "boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, not {sorted_.shape} and {np.shape(values)}"
        )
    places = np.empty_like(values, kind)
    for row in np.ndindex(values.shape[:-1]):
        places[row] = np.searchsorted(sorted_[row], values[row], side)
    return Tensor._of(places)


def nansum(input, dim: Dim = None, keepdim=False):
    """The sum of those that are numbers."""
    return sum(masked_fill(input, input.isnan(), 0.0), dim, keepdim)


def nanmean(input, dim: Dim = None, keepdim=False):
    """The mean of those that are numbers."""
    return nansum(input, dim, keepdim) / sum(input.isnan().logical_not(), dim, keepdim)


def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The number below which the share q lies; NaN where there is one.

    Between two, by ``interpolation``: a straight line ("linear"), "lower", "higher", "nearest",
    "midpoint".
    """
    if input._array.dtype.kind != "f":
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if np.ndim(array_of(q)) > 1 or (isinstance(q, Tensor) and q.dtype is not input.dtype):
        raise RuntimeError("quantile() q must be a number, or a vector of the input's dtype")
    out = nanquantile(input, q, dim, keepdim, interpolation=interpolation)
    unknown = input.isnan().any() if dim is None else input.isnan().any(dim, keepdim)
    return masked_fill(out, unknown, math.nan)


def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """As ``quantile``, of those that are numbers."""
    if dim is None:
        flat = nanquantile(input.reshape(-1), q, 0, interpolation=interpolation)
        return flat.reshape((*flat.shape, *(1,) * input.ndim)) if keepdim else flat
    input, dim, keepdim = over(input, dim, keepdim)
    shares = np.asarray(array_of(q), input._array.dtype, like=input._array)
    if np.any((shares < 0) | (shares > 1)):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    if interpolation not in BETWEEN:
        raise RuntimeError(f"quantile() interpolation must be one of {list(BETWEEN)}")
    if not input.shape[dim]:
        raise RuntimeError("quantile() input tensor must be non-empty")
    values = sort(input, dim)[0].movedim(dim, 0)  # NaN last
    known = np.maximum(np.sum(~np.isnan(values._array), 0), 1)
    places = np.multiply.outer(shares, known - 1).astype(shares.dtype)
    below = np.floor(places).astype(np.int64)
    weight = Tensor._of(BETWEEN[interpolation](places - below).astype(shares.dtype))
    rows = [values.expand(*places.shape[: shares.ndim], *values.shape)] if shares.ndim else [values]
    low, high = (
        gather(rows[0], shares.ndim, Tensor._of(np.expand_dims(k, shares.ndim)))
        for k in (below, np.ceil(places).astype(np.int64))
    )
    out = lerp(low, high, weight.unsqueeze(shares.ndim)).squeeze(shares.ndim)
    return out.unsqueeze(dim % input.ndim + shares.ndim) if keepdim else out


BETWEEN = {
    "linear": lambda rest: rest,
    "lower": lambda rest: 0 * rest,
    "higher": lambda rest: np.ceil(rest),
    "nearest": lambda rest: np.rint(rest),
    "midpoint": lambda rest: np.ceil(rest) / 2,
}


def mode(input, dim=-1, keepdim=False):
    """(the number that is there most often along ``dim``, the least of such; its last place)."""
    input, dim, keepdim = over(input, dim, keepdim)
    if not input.shape[dim]:
        raise IndexError(f"mode(): Expected reduction dim {dim} to have non-zero size.")
    places = np.apply_along_axis(_place_of_most, dim, input._array)
    places = Tensor._of(np.expand_dims(places, dim))
    pair = gather(input, dim, places), places
    return PAIRS["mode"](*(pair if keepdim else (y.squeeze(dim) for y in pair)))


def _place_of_most(vector):
    values, counts = np.unique(vector, return_counts=True)
    return np.flatnonzero(vector == values[counts.argmax()])[-1]


def cov(input, *, correction=1, fweights=None, aweights=None):
    """The covariances of variables, each a row of observations; how often, and how much, each is.

    Σ w (x - x̄)(x - x̄)ᵀ / (Σ w - correction Σ w a / Σ w) with w = f a.
    """
    if input.ndim > 2:
        raise RuntimeError("cov(): expected input to have two or fewer dimensions")
    x = floating(input.reshape(1, -1) if input.ndim < 2 else input)
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is not None and tuple(weights.shape) != tuple(x.shape[1:]):
            raise RuntimeError(f"cov(): expected {name} to be a vector of {x.shape[1]}")
    a = x.new_ones(x.shape[1]) if aweights is None else aweights
    w = a if fweights is None else a * fweights
    total = sum(w)
    x = x - sum(x * w, 1, True) / total
    free = total - correction * (1 if aweights is None else sum(w * a) / total)
    return ((x * w) @ x.mH / free.clamp(min=0)).squeeze()


def corrcoef(input):
    """The correlations of variables, each a row of observations."""
    c = cov(input)
    if not c.ndim:
        return c / c
    deviations = diagonal(c).sqrt()
    return c / deviations.unsqueeze(0) / deviations.unsqueeze(1)
