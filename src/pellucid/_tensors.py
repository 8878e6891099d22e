"""What ``import pellucid as torch`` has beside the families: tensors and their functions."""

import math

import numpy as np

from pellucid.autograd import creation, dtypes, modes, random
from pellucid.autograd.described import Size
from pellucid.autograd.devices import backends, cuda, device
from pellucid.autograd.functions import PUBLIC
from pellucid.autograd.functions._kinds import array_of
from pellucid.autograd.functions.pointwise import UNARIES
from pellucid.autograd.in_place_methods import IN_PLACE
from pellucid.autograd.into import WITH_OUT, into
from pellucid.autograd.settings import SETTINGS
from pellucid.autograd.tensor import Tensor
from pellucid.autograd.typed import TYPED
from pellucid.linalg import det, inv, matrix_exp, matrix_power, pinv, slogdet
from pellucid.linalg.older import OLDER
from pellucid.nn.functional.tensor_methods import OF_LAYERS

__all__ = ["NAMES"]

OF_TYPES = ("dtype", "finfo", "get_default_dtype", "iinfo", "result_type", "set_default_dtype")


def is_tensor(obj) -> bool:
    """Whether it is a tensor."""
    return isinstance(obj, Tensor)


def _of_tensor(name):
    """The method as a function."""

    def function(input, *args, **options):
        return getattr(input, name)(*args, **options)

    function.__name__, function.__doc__ = name, getattr(Tensor, name).__doc__
    return function


def allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False) -> bool:
    """Whether |x - y| <= atol + rtol |y| everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Where |x - y| <= atol + rtol |y|."""
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {tolerance}")
    if input.dtype is not other.dtype:
        raise RuntimeError(f"isclose: {input.dtype} did not match {other.dtype}")
    equal = input == other
    if not (input.is_floating_point() or other.is_floating_point()):
        input, other = input.double(), other.double()
    close = equal | (((input - other).abs() <= atol + rtol * other.abs()) & other.isfinite())
    return close | (input.isnan() & other.isnan()) if equal_nan else close


def equal(input, other) -> bool:
    """Whether shape and numbers are the same."""
    return input.shape == other.shape and bool((input == other).all())


def bincount(input, weights=None, minlength=0):
    """How often each number, or how much weight it has."""
    if input._array.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount is of whole numbers, not of {input.dtype}")
    if input._array.ndim != 1 or (input._array < 0).any():
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if weights is None:
        return Tensor._of(np.bincount(input._array, None, minlength))
    if weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    kind = np.float32 if weights._array.dtype == np.float32 else np.float64
    return Tensor._of(np.bincount(input._array, weights._array, minlength).astype(kind))


def bucketize(input, boundaries, *, out_int32=False, right=False):
    """The i with bᵢ₋₁ < x <= bᵢ of each number, boundaries being sorted; <= and < if ``right``."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    side = "right" if right else "left"
    places = np.searchsorted(boundaries._array, array_of(input), side)
    return Tensor._of(np.asarray(places, np.int32 if out_int32 else np.int64))


def logdet(input):
    """The logarithm of the determinant of each matrix; NaN where that is negative."""
    sign, logarithm = slogdet(input)
    if sign.is_complex():
        return sign.log() + logarithm
    return logarithm.masked_fill(sign < 0, math.nan)


def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=False):
    """A tensor of numbers, on their memory where there is any and no copy is asked for."""
    make = creation.tensor if copy else creation.as_tensor
    return make(obj, dtype=dtype, device=device).requires_grad_(requires_grad)


OF_MATRICES = {"det": det, "inverse": inv, "logdet": logdet, "slogdet": slogdet}
OF_MATRICES |= {"matrix_exp": matrix_exp, "matrix_power": matrix_power, "pinverse": pinv}
OF_MATRICES |= OLDER
for _name, _function in OF_MATRICES.items():
    setattr(Tensor, _name, _function)
for _function in (allclose, bincount, equal, isclose):
    setattr(Tensor, _function.__name__, _function)
OF_ONE = tuple(name for name in IN_PLACE if name in PUBLIC and name in UNARIES)
CONSTANTS = {"e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "pi": math.pi}
NAMES: dict = {
    **CONSTANTS,
    **{
        name: getattr(module, name)
        for module in (creation, random, modes)
        for name in module.__all__
    },
    **{name: function for name, function in PUBLIC.items() if name != "unfold"},  # a method alone
    **TYPED,
    **dtypes.DTYPES,
    **{alias: dtypes.DTYPES[name] for alias, name in dtypes.ALIASES.items()},
    **{name: _of_tensor(name) for name in ("clone", "detach", "numel", "is_floating_point")},
    **{
        f"{name}_": _of_tensor(f"{name}_")
        for name in ("relu", "zero", "fill", "round", "sign", "index_put", *OF_ONE)
    },
    **OF_LAYERS,
    **{name: getattr(dtypes, name) for name in OF_TYPES},
    **OF_MATRICES,
    **SETTINGS,
    **{f.__name__: f for f in (asarray, is_tensor, allclose, isclose, equal, bincount, bucketize)},
    **{thing.__name__: thing for thing in (Size, Tensor, backends, cuda, device)},
}
NAMES |= {name: into(NAMES[name]) for name in WITH_OUT}
