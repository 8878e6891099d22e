"""``out=``: what a function gives, written into a tensor that is there already."""

import functools

import numpy as np

from pellucid.autograd.dtypes import can_hold
from pellucid.autograd.modes import is_grad_enabled

__all__ = ["WITH_OUT", "into"]

WITH_OUT = (
    *("abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv"),
    *("addr", "all", "amax", "amin", "aminmax", "angle", "any", "arccos", "arccosh", "arcsin"),
    *("arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "asin", "asinh", "atan"),
    *("atan2", "atanh", "baddbmm", "bitwise_and", "bitwise_left_shift", "bitwise_not"),
    *("bitwise_or", "bitwise_right_shift", "bitwise_xor", "bmm", "cat", "ceil", "clamp"),
    *("clamp_max", "clamp_min", "clip", "column_stack", "complex", "concat", "concatenate"),
    *("copysign", "cos", "cosh", "cross", "cummax", "cummin", "cumprod", "cumsum", "deg2rad"),
    *("diag", "diff", "digamma", "div", "divide", "dot", "dstack", "eq", "erf", "erfc", "erfinv"),
    *("exp", "exp2", "expm1", "fix", "float_power", "floor", "floor_divide", "fmax", "fmin"),
    *("fmod", "frac", "gather", "gcd", "ge", "ger", "greater", "greater_equal", "gt", "heaviside"),
    *("histc", "hstack", "hypot", "index_add", "index_copy", "index_select", "inner", "isin"),
    *("isneginf", "isposinf", "kron", "kthvalue", "lcm", "ldexp", "le", "lerp", "less"),
    *("less_equal", "lgamma", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2"),
    *("logcumsumexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit"),
    *("logsumexp", "lt", "masked_select", "matmul", "max", "maximum", "mean", "min", "minimum"),
    *("mm", "mode", "msort", "mul", "multiply", "mv", "nan_to_num", "nanmean", "nanquantile"),
    *("nansum", "ne", "neg", "negative", "nextafter", "nonzero", "norm", "not_equal", "outer"),
    *("polar", "polygamma", "pow", "quantile", "rad2deg", "reciprocal", "remainder", "renorm"),
    *("round", "row_stack", "rsqrt", "scatter", "scatter_add", "scatter_reduce", "searchsorted"),
    *("sgn", "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "slice_scatter", "sort", "sqrt"),
    *("square", "stack", "std", "sub", "subtract", "sum", "take", "take_along_dim", "tan", "tanh"),
    *("tensordot", "topk", "tril", "triu", "true_divide", "trunc", "var", "vdot", "vstack"),
    *("where", "xlogy"),
)


def into(function):
    """``function`` with an ``out``: a tensor, or one for each of its results.

    Raises
    ------
    RuntimeError
        If a gradient is wanted, which ``out`` has none of; if ``out`` cannot hold the result.
    """

    @functools.wraps(function)
    def call(*args, out=None, **options):
        result = function(*args, **options)
        if out is None:
            return result
        several = isinstance(result, tuple)
        for x, y in zip(out if several else (out,), result if several else (result,), strict=True):
            _write(function.__name__, x, y)
        return out

    return call


def _write(name, x, result):
    if is_grad_enabled() and (x._requires_grad or result._requires_grad):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
    if not can_hold(x._array.dtype, result._array.dtype):
        raise RuntimeError(
            f"result type {result.dtype} can't be cast to the desired output type {x.dtype}"
        )
    if x._array.shape == result._array.shape:
        np.copyto(x._array, result._array, casting="unsafe")
    else:  # memory of the size that is wanted, as PyTorch takes it
        x._array = np.array(result._array, x._array.dtype)
    x._bump()
