"""How weights begin: each function fills a tensor in place, from PyTorch's stream of numbers.

fan_in is how many numbers feed one output, fan_out how many outputs one input feeds: for a weight
(O, I, *kernel), I and O times the size of the kernel.

References
----------
Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
He et al., "Delving deep into rectifiers", 2015.
Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear networks", 2014.
"""

import math
import warnings

import numpy as np

from pellucid.autograd import Tensor, no_grad
from pellucid.autograd._stream import default_generator

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

LINEAR = ("linear", *(f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)))
GAINS = {
    **dict.fromkeys(LINEAR, 1),
    "sigmoid": 1,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
}


def calculate_gain(nonlinearity, param=None) -> float:
    """By how much weights before a nonlinearity are to be larger for signals to keep their size."""
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool) or not isinstance(param, int | float | None):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return GAINS[nonlinearity]


def _fans(tensor):
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def _kind(tensor):
    """The type to draw in: a half is cast afterwards."""
    kind = tensor._array.dtype.type
    return np.float32 if kind is np.float16 else kind


def _filled(tensor, array):
    with no_grad():
        return tensor.copy_(Tensor._of(array))


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Uniform on [a, b)."""
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found {a} > {b}")
    draw = generator or default_generator
    return _filled(tensor, draw.uniform(tensor.shape, a, b, _kind(tensor)))


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Normal."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    draw = generator or default_generator
    return _filled(tensor, draw.normal(tensor.shape, mean, std, _kind(tensor)))


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Normal, within [a, b] alone."""
    if not a < b or abs(mean - min(max(mean, a), b)) > 6 * std:
        raise ValueError(f"[{a}, {b}] is empty, or too far from {mean} ± {std} to fall into")
    draw = generator or default_generator
    return _filled(tensor, draw.trunc_normal(tensor.shape, mean, std, a, b, _kind(tensor)))


def constant_(tensor, val):
    """One number everywhere."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor):
    """Ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor):
    """Zeros."""
    return constant_(tensor, 0.0)


def eye_(tensor):
    """Ones on the diagonal of a matrix, zeros elsewhere."""
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, not {tensor.ndim}")
    return _filled(tensor, np.eye(*tensor.shape))


def dirac_(tensor, groups=1):
    """A convolution that gives back its channels as they are, as many as there are."""
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(
            f"Only tensors with 3, 4, or 5 dimensions are supported, not {tensor.ndim}"
        )
    if tensor.shape[0] % groups:
        raise ValueError(f"dim 0 must be divisible by groups: {tensor.shape[0]} and {groups}")
    array = np.zeros(tensor.shape)
    O, I = tensor.shape[0] // groups, tensor.shape[1]
    middle = tuple(n // 2 for n in tensor.shape[2:])
    for group in range(groups):
        for k in range(min(O, I)):
            array[(group * O + k, k, *middle)] = 1
    return _filled(tensor, array)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform on ±gain √(6 / (fan_in + fan_out)): variance 2 / (fan_in + fan_out) for gain 1."""
    bound = gain * math.sqrt(2 / sum(_fans(tensor))) * math.sqrt(3)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal with deviation gain √(2 / (fan_in + fan_out))."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))), generator)


def _kaiming(tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _is_empty(tensor):
    if empty := 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return empty


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform with deviation gain / √fan."""
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal with deviation gain / √fan."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor, gain=1.0, generator=None):
    """A matrix (O, the rest) with orthonormal rows or columns, times gain."""
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    draw = generator or default_generator
    normal = draw.normal((rows, columns), 0.0, 1.0, _kind(tensor))
    q, r = np.linalg.qr(normal.T if rows < columns else normal)
    q = q * np.sign(np.diag(r))  # so that each such matrix is as likely as another
    return _filled(tensor, gain * (q.T if rows < columns else q).reshape(tensor.shape))


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """A normal matrix (R, C) with ⌈sparsity R⌉ zeros in each column.

    References
    ----------
    Martens, "Deep learning via Hessian-free optimization", 2010.
    """
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, not {tensor.ndim}")
    draw, (rows, columns) = generator or default_generator, tensor.shape
    x = draw.normal((rows, columns), 0.0, std, _kind(tensor))
    for column in range(columns):
        x[draw.permutation(rows)[: math.ceil(sparsity * rows)], column] = 0
    return _filled(tensor, x)
