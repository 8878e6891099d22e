"""Methods that change the tensor itself: their names end in ``_``."""

import numpy as np

from pellucid.autograd.functions.seldom import index_put
from pellucid.autograd.in_place import change
from pellucid.autograd.modes import is_grad_enabled

__all__ = ["in_place", "in_place_methods"]

IN_PLACE = (
    *("abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv"),
    *("addr", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin"),
    *("asinh", "atan", "atan2", "atanh", "baddbmm", "bitwise_and", "bitwise_left_shift"),
    *("bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil", "clamp"),
    *("clamp_max", "clamp_min", "clip", "copysign", "cos", "cosh", "cumprod", "cumsum", "deg2rad"),
    *("digamma", "div", "divide", "eq", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fix"),
    *("float_power", "floor", "floor_divide", "fmod", "frac", "gcd", "ge", "greater"),
    *("greater_equal", "gt", "heaviside", "hypot", "index_add", "index_copy", "index_fill"),
    *("index_put", "index_reduce", "lcm", "ldexp", "le", "lerp", "less", "less_equal", "lgamma"),
    *("log", "log10", "log1p", "log2", "logical_and", "logical_not", "logical_or", "logical_xor"),
    *("logit", "lt", "masked_fill", "masked_scatter", "mul", "multiply", "nan_to_num", "ne", "neg"),
    *("negative", "nextafter", "not_equal", "pow", "put", "rad2deg", "reciprocal", "remainder"),
    *("renorm", "round", "rsqrt", "scatter", "scatter_add", "scatter_reduce", "sgn", "sigmoid"),
    *("sign", "sin", "sinc", "sinh", "sqrt", "square", "sub", "subtract", "tan", "tanh", "tril"),
    *("triu", "true_divide", "trunc", "xlogy"),
)
RESHAPED = ("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze")


def in_place(function):
    """A method that writes what ``function`` gives into the tensor's own memory."""

    def method(self, *args, **options):
        return change(self, function, *args, **options)

    method.__name__, method.__doc__ = f"{function.__name__}_", f"``{function.__name__}``, in place."
    return method


def reshaped(function):
    """A method that lets the tensor itself see its memory in another shape."""

    def method(self, *args, **options):
        if self._requires_grad and self._node is None and is_grad_enabled():
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation; do it "
                "inside no_grad()"
            )
        seen = function(self, *args, **options)
        self._array, self._is_view, self._base = seen._array, seen._is_view, seen._base
        self._node, self._index, self._epoch = seen._node, seen._index, seen._epoch
        return self

    method.__name__ = f"{function.__name__}_"
    method.__doc__ = f"``{function.__name__}``, of the tensor itself."
    return method


def fill_diagonal_(self, fill_value, wrap=False):
    """One number along the diagonal; if ``wrap``, of a tall matrix, again below its last row."""
    if self._array.ndim < 2:
        raise RuntimeError("fill_diagonal_: dimensions must be larger than 1")
    places = (np.arange(min(self._array.shape)),) * self._array.ndim
    if wrap and self._array.ndim == 2:
        rows, columns = self._array.shape
        places = np.divmod(np.arange(0, rows * columns, columns + 1), columns)
    return change(self, lambda x: index_put(x, places, fill_value))


def detach_(self):
    """This tensor, off the tape from here on."""
    self._node, self._requires_grad = None, False
    return self


def in_place_methods(methods):
    """{name: method} of all of these, made of the methods that give something new."""
    return {
        **{f"{name}_": in_place(methods[name]) for name in IN_PLACE},
        **{f"{name}_": reshaped(methods[name]) for name in RESHAPED},
        "detach_": detach_,
        "fill_diagonal_": fill_diagonal_,
    }
