"""Functions of each number by itself, by PyTorch's names."""

from numbers import Number

import numpy as np

from pellucid.autograd import elementwise
from pellucid.autograd.dtypes import held, promoted
from pellucid.autograd.elementwise import BINARY, UNARY
from pellucid.autograd.errors import as_pytorch
from pellucid.autograd.functions._kinds import alike, array_of, floating
from pellucid.autograd.tensor import Tensor

_EXACT = {"abs", "square", "negative", "positive", "sign", "floor", "ceil", "round", "trunc"}


_NO_BOOL = {"negative", "positive"}
_SCIPYS = {"erf", "erfc", "erfinv", "lgamma", "digamma", "sigmoid"}  # which it has not for float16
_WHOLE = {"floor", "ceil", "trunc", "round"}  # which integers are already


def _unary(name):
    op = UNARY[name]

    def function(input):
        kind = input._array.dtype.kind
        if name in _WHOLE and kind in "iu":
            return op(input).to(input.dtype)
        if kind == "b" and name in _NO_BOOL:
            raise RuntimeError(f"{name} of a bool tensor is not supported: use ~ or logical_not()")
        if kind == "b" and name in ("square", "sign"):
            return input.long() if name == "square" else input.clone()
        if name in _SCIPYS and input._array.dtype == np.float16:
            return op(input.float()).half()
        return op(input if name in _EXACT else floating(input))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of each number; of integers, in the default type."
    return function


def _binary(name, op):
    def function(input, other):
        x, y = alike(input, other)
        if name in ("remainder", "fmod"):
            _check_divisor(x, y)
        return op(x, y)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of the numbers of both, broadcast against each other."
    return function


_ORDERS = {"lt", "le", "gt", "ge"}


def _comparison(name, compare):
    def function(input, other):
        x, y = map(array_of, alike(input, other))
        if name in _ORDERS and np.result_type(x, y).kind == "c":
            raise NotImplementedError(f"{name}: complex numbers have no order")
        if name == "floor_divide":
            _check_divisor(x, y)
        try:
            return Tensor._of(compare(x, y))
        except (ValueError, TypeError) as error:
            raise as_pytorch(error) from None

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Where input is {name.replace('_', ' ')} other."
    return function


def _check_divisor(x, y):
    """A whole number divided by zero has no answer, not even infinity."""
    x, y = array_of(x), array_of(y)
    if np.result_type(x, y).kind in "biu" and np.any(np.equal(y, 0)) and np.size(x):
        raise RuntimeError("ZeroDivisionError")


UNARIES = {name: _unary(name) for name in UNARY}
UNARIES |= {"neg": UNARIES.pop("negative"), "positive": UNARIES.pop("positive")}
OTHER_NAMES = {
    "absolute": "abs",
    "negative": "neg",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
}
UNARIES |= {name: UNARIES[same] for name, same in OTHER_NAMES.items()}
BINARIES = {
    name: _binary(name, BINARY[same])
    for name, same in {
        "mul": "multiply",
        "multiply": "multiply",
        "maximum": "maximum",
        "minimum": "minimum",
        "remainder": "remainder",
        "fmod": "fmod",
    }.items()
}
COMPARISONS = {
    name: _comparison(name, compare)
    for name, compare in {
        "eq": np.equal,
        "ne": np.not_equal,
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "logical_and": np.logical_and,
        "logical_or": np.logical_or,
        "logical_xor": np.logical_xor,
        "bitwise_and": np.bitwise_and,
        "bitwise_or": np.bitwise_or,
        "bitwise_xor": np.bitwise_xor,
        "bitwise_left_shift": np.left_shift,
        "bitwise_right_shift": np.right_shift,
        "floor_divide": np.floor_divide,
    }.items()
}


def pow(input, exponent):
    """xʸ; of whole numbers, below zero in a tensor of exponents, cut to a whole number."""
    x, y = alike(input, exponent)
    powers = array_of(y)
    if not isinstance(y, Tensor) or powers.dtype.kind != "i" or not np.any(powers < 0):
        return BINARY["power"](x, y)
    base = array_of(x)
    out = np.power(base, np.maximum(powers, 0))
    below = np.where(np.abs(base) == 1, np.power(base, np.abs(powers)), np.zeros_like(out))
    return Tensor._of(np.astype(np.where(powers < 0, below, out), powers.dtype))


def add(input, other, *, alpha=1):
    """input + alpha other."""
    return BINARY["add"](*alike(input, other if alpha == 1 else other * alpha))


def sub(input, other, *, alpha=1):
    """input - alpha other."""
    if any(getattr(array_of(x), "dtype", None) == np.bool_ or x is True for x in (input, other)):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    return BINARY["subtract"](*alike(input, other if alpha == 1 else other * alpha))


def div(input, other, *, rounding_mode=None):
    """input / other, with a point; or rounded "floor" or "trunc"."""
    if rounding_mode == "floor":
        return COMPARISONS["floor_divide"](input, other)
    x, y = alike(input, other)
    x, y = (floating(z) if isinstance(z, Tensor) else z for z in (x, y))
    if rounding_mode is None:
        y = other if isinstance(other, Number) else y  # -1 is not 255 here
        return BINARY["divide"](x, y)
    if rounding_mode != "trunc":
        raise RuntimeError(f"rounding_mode is None, 'floor' or 'trunc', not {rounding_mode!r}")
    quotient = UNARIES["trunc"](BINARY["divide"](x, y))
    return quotient.to(alike(input, other)[0].dtype)


def round(input, *, decimals=0):
    """The nearest whole number, or the nearest with so many decimals; of two, the even one."""
    if decimals == 0 or input._array.dtype.kind in "iu":
        return _round(input)
    scale = 10.0 ** abs(decimals)
    return _round(input * scale) / scale if decimals > 0 else _round(input / scale) * scale


_round = UNARIES.pop("round")


def sign(input):
    """-1, 0 or 1; 0 of what is no number."""
    y = _sign(input)
    unknown = np.isnan(y._array)
    return masked_fill(y, Tensor._of(unknown), 0) if unknown.any() else y


_sign = UNARIES.pop("sign")


def atan2(input, other):
    """The angle of the point (other, input)."""
    x, y = alike(input, other)
    return BINARY["arctan2"](floating(x), floating(y))


def clamp(input, min=None, max=None):
    """Each number, or the bound that it lies beyond."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    bounds = [x for x in (min, max) if x is not None]
    input, *bounds = alike(input, *bounds)
    low = bounds[0] if min is not None else None
    high = bounds[-1] if max is not None else None
    return elementwise.clip(input, low, high)


def clamp_min(input, min):
    """The larger of each number and ``min``."""
    return clamp(input, min=min)


def clamp_max(input, max):
    """The smaller of each number and ``max``."""
    return clamp(input, max=max)


def where(condition, input=None, other=None):
    """``input`` where the condition holds, ``other`` elsewhere; alone, the places where it does."""
    if input is None:
        return tuple(map(Tensor._of, np.nonzero(condition._array)))
    kind = condition._array.dtype
    if kind not in (np.bool_, np.uint8):
        raise RuntimeError(f"where expected condition to be a boolean tensor, not {kind}")
    x, y = alike(input, other)
    if not isinstance(x, Tensor) and not isinstance(y, Tensor):
        x, y = (Tensor._of(np.asarray(z, promoted(x, y))) for z in (x, y))
    return elementwise.where(condition, x, y)


def lerp(input, end, weight):
    """input + weight (end - input)."""
    return add(input, BINARIES["mul"](sub(end, input), weight))


def masked_fill(input, mask, value):
    """``value`` where the mask holds, elsewhere the input."""
    if isinstance(mask, Tensor) and mask._array.dtype != np.bool_:
        raise RuntimeError(f"masked_fill only supports boolean masks, but got {mask.dtype}")
    if getattr(value, "ndim", 0):
        raise RuntimeError(f"masked_fill takes a value of no dimensions, not of {value.shape}")
    return elementwise.where(mask, _like(value, input), input)


def _like(value, input):
    if isinstance(value, Tensor):
        return value.to(input.dtype)
    return np.asarray(held(value, input._array.dtype), input._array.dtype)


def _test(name, function):
    def test(input):
        return Tensor._of(function(input._array))

    test.__name__ = name
    test.__doc__ = f"Where {name} is true."
    return test


TESTS = {
    "isnan": _test("isnan", np.isnan),
    "isinf": _test("isinf", np.isinf),
    "isfinite": _test("isfinite", np.isfinite),
    "logical_not": _test("logical_not", np.logical_not),
    "bitwise_not": _test("bitwise_not", np.bitwise_not),
    "signbit": _test("signbit", np.signbit),
}
