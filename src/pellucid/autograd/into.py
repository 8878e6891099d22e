"""``out=``: what a function gives, written into a tensor that is there already."""

import functools

import numpy as np

from pellucid.autograd.dtypes import can_hold
from pellucid.autograd.modes import is_grad_enabled

__all__ = ["WITH_OUT", "into"]

WITH_OUT = (
    *("abs", "add", "addmm", "bmm", "cat", "ceil", "clamp", "cos", "cumsum", "div", "dot", "eq"),
    *("exp", "floor", "ge", "gt", "index_select", "le", "log", "lt", "matmul", "max", "maximum"),
    *("mean", "min", "minimum", "mm", "mul", "mv", "ne", "neg", "outer", "pow", "round", "sigmoid"),
    *("sign", "sin", "sort", "sqrt", "stack", "sub", "sum", "tanh", "topk"),
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
