"""Random tensors, by PyTorch's names and with its numbers for the same seed."""

import numpy as np

from pellucid.autograd._stream import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from pellucid.autograd.creation import _kind, _made, _shape, empty, empty_like
from pellucid.autograd.dtypes import as_dtype
from pellucid.autograd.methods import change
from pellucid.autograd.tensor import Tensor

__all__ = [
    "Generator",
    "bernoulli",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]


def _floating(dtype):
    if dtype not in (np.float32, np.float64):
        raise NotImplementedError(
            f"random fractions are float32 or float64, not {dtype}: cast them after"
        )
    return dtype.type


def _check(holds, message):
    if not holds:
        raise RuntimeError(message)


def _check_bounds(low, high, kind):
    """That such a type has the numbers from low to high - 1."""
    if kind.kind in "biu":
        limits = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
        _check(limits[0] <= low, f"from is out of bounds for {kind}")
        _check(high - 1 <= limits[1], f"to - 1 is out of bounds for {kind}")


def rand(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform numbers in [0, 1)."""
    g, kind = generator or default_generator, _floating(_kind(dtype))
    return _made(g.uniform(_shape(sizes, size), dtype=kind), device, requires_grad)


def randn(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Normal numbers, of mean 0 and variance 1."""
    g, kind = generator or default_generator, _floating(_kind(dtype))
    return _made(g.normal(_shape(sizes, size), dtype=kind), device, requires_grad)


def randint(low, high=None, size=None, *, generator=None, dtype=None, device=None):
    """Whole numbers, each as likely: ``randint(high, size)`` or ``randint(low, high, size)``."""
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    _check(low < high, f"randint expects low to be less than high, but got {low} >= {high}")
    kind = np.dtype(np.int64) if dtype is None else as_dtype(dtype).dtype
    _check_bounds(low, high, kind)
    array = (generator or default_generator).random(_shape((size,)), int(low), int(high), kind)
    return _made(array, device, False)


def randperm(n, *, generator=None, dtype=None, device=None):
    """The numbers from 0 to n - 1 in a random order."""
    _check(n >= 0, f"randperm: n must be non-negative, not {n}")
    kind = np.dtype(np.int64) if dtype is None else as_dtype(dtype).dtype
    order = (generator or default_generator).permutation(n)
    return _made(order.astype(kind, copy=False), device, False)


def rand_like(input, *, dtype=None, device=None, requires_grad=False):
    """Uniform numbers in the shape and type of another tensor."""
    return uniform_(empty_like(input, dtype=dtype, device=device)).requires_grad_(requires_grad)


def randn_like(input, *, dtype=None, device=None, requires_grad=False):
    """Normal numbers in the shape and type of another tensor."""
    return normal_(empty_like(input, dtype=dtype, device=device)).requires_grad_(requires_grad)


def randint_like(input, low, high=None, *, dtype=None, device=None):
    """Whole numbers below ``low``, or from ``low`` to ``high`` - 1, shaped and typed as another."""
    bounds = (0, low) if high is None else (low, high)
    return random_(empty_like(input, dtype=dtype, device=device), *bounds)


def normal(mean, std=1.0, size=None, *, generator=None, dtype=None, device=None):
    """Normal numbers, of one mean and deviation, or of as many as the tensors ``mean``, ``std``."""
    if size is not None:
        return normal_(empty(size, dtype=dtype, device=device), mean, std, generator=generator)
    given = [x._array for x in (mean, std) if isinstance(x, Tensor)]
    _check(given, "normal expects a tensor of means or of deviations, or a size")
    mean, std = (x._array if isinstance(x, Tensor) else x for x in (mean, std))
    _check(np.all(np.asarray(std) >= 0), "normal expects all elements of std >= 0.0")
    shape, kind = np.broadcast(mean, std).shape, _floating(np.result_type(*given))
    z = (generator or default_generator).normal(shape, dtype=kind)
    return Tensor._of(z * std + mean)


def bernoulli(input, p=None, *, generator=None):
    """Ones with the probabilities in ``input``, or with probability p in its shape, and zeros."""
    return bernoulli_(empty_like(input), input if p is None else p, generator=generator)


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """Columns drawn from the vector, or from each row of the matrix, of weights ``input``."""
    weights = input._array
    _check(weights.ndim in (1, 2), f"multinomial: weights are 1 or 2 dim, not {weights.ndim}")
    _floating(weights.dtype)
    _check(num_samples > 0, f"cannot sample {num_samples} samples")
    valid = np.all(np.isfinite(weights) & (weights >= 0))
    _check(valid, "probability tensor contains either `inf`, `nan` or element < 0")
    _check(
        np.all(np.sum(weights, -1) > 0),
        "invalid multinomial distribution (sum of probabilities <= 0)",
    )
    _check(
        replacement or num_samples <= weights.shape[-1],
        f"cannot sample {num_samples} of {weights.shape[-1]} without replacement",
    )
    g = generator or default_generator
    return Tensor._of(g.multinomial(weights, num_samples, replacement))


def _filled(x, draw, *args):
    """Let x have what ``draw(shape)`` gives, along its memory."""
    array = x._array
    axes = sorted(range(array.ndim), key=lambda i: -abs(array.strides[i]))
    out = np.empty_like(array)
    out.transpose(axes)[...] = draw(tuple(array.shape[i] for i in axes), *args)
    return change(x, lambda x: Tensor._of(out))


def uniform_(self, a=0.0, b=1.0, *, generator=None):
    """Uniform numbers in [a, b)."""
    _check(a <= b, f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
    g, kind = generator or default_generator, _floating(self._array.dtype)
    return _filled(self, g.uniform, a, b, kind)


def normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Normal numbers of that mean and deviation."""
    _check(std >= 0, f"normal expects std >= 0.0, but found std {std}")
    g, kind = generator or default_generator, _floating(self._array.dtype)
    return _filled(self, g.normal, mean, std, kind, self._array.flags.c_contiguous)


def random_(self, low=0, high=None, *, generator=None):
    """Whole numbers: all that the type counts, those below ``low``, or ``low`` to ``high`` - 1."""
    if high is None and low:
        low, high = 0, low
    _check(
        high is None or low < high,
        f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}",
    )
    if high is not None:
        _check_bounds(low, high, self._array.dtype)
    g = generator or default_generator
    return _filled(self, g.random, low, high, self._array.dtype)


def bernoulli_(self, p=0.5, *, generator=None):
    """Ones with probability p, a number or a tensor of them, and zeros."""
    g = generator or default_generator
    if isinstance(p, Tensor):
        weights = np.broadcast_to(p._array, self._array.shape)
        _check(np.all((weights >= 0) & (weights <= 1)), "bernoulli expects p to be in [0, 1]")
        ones = g.bernoulli(weights).astype(self._array.dtype)
        return change(self, lambda x: Tensor._of(ones))
    _check(0 <= p <= 1, f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _filled(self, lambda shape: g.bernoulli(p, shape, self._array.dtype))


def exponential_(self, lambd=1.0, *, generator=None):
    """Waiting times for what happens ``lambd`` times in a unit of time."""
    _check(lambd > 0, f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    g, kind = generator or default_generator, _floating(self._array.dtype)
    return _filled(self, g.exponential, lambd, kind)


def cauchy_(self, median=0.0, sigma=1.0, *, generator=None):
    """median + σ tan π(u - ½), for u uniform."""
    _check(sigma > 0, f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    return _by_inverse(self, lambda u: median + sigma * np.tan(np.pi * (u - 0.5)), generator)


def geometric_(self, p, *, generator=None):
    """How many trials it takes until what happens with probability p has happened."""
    _check(0 < p < 1, f"geometric_ expects p to be in (0, 1), but got p={p}")
    return _by_inverse(self, lambda u: np.ceil(np.log(u) / np.log1p(-p)), generator)


def _by_inverse(x, quantile, generator):
    """What has these quantiles, of uniform numbers."""
    g = generator or default_generator
    return _filled(x, lambda shape: quantile(g.uniform(shape, dtype=np.float64)))


def log_normal_(self, mean=1.0, std=2.0, *, generator=None):
    """eᶻ of normal numbers z, of that mean and deviation."""
    _check(std > 0, f"log_normal_ expects std > 0.0, but found std={std}")
    g = generator or default_generator
    return _filled(self, lambda shape: np.exp(g.normal(shape, mean, std, np.float64, False)))


METHODS = uniform_, normal_, random_, bernoulli_, exponential_, bernoulli, multinomial
for method in (*METHODS, cauchy_, geometric_, log_normal_):
    setattr(Tensor, method.__name__, method)
