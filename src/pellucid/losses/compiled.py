"""A loss as a machine-code function of two numbers, for compiled loops over examples.

The loop takes the function as a pointer, so that it is compiled once for all losses: those of
pellucid and those a user writes.
"""

import functools
from collections import namedtuple
from dataclasses import fields, is_dataclass
from types import FunctionType, ModuleType

import numba
import numpy as np
from numba.extending import overload

__all__ = ["compiled"]


@functools.cache
def compiled(loss, method):
    """``loss.method`` as a compiled ``float64(float64, float64)``; its ``.ctypes`` can be called.

    The method is compiled as it stands, with ``self`` a record of the loss's fields.
    """
    record = namedtuple("Fields", [f.name for f in fields(loss)] if is_dataclass(loss) else [])
    this = record(*(float(getattr(loss, name)) for name in record._fields))
    body = _jit(getattr(type(loss), method))

    def function(y, raw):
        return _number(body(this, y, raw))

    return numba.cfunc("float64(float64, float64)")(function)


def _jit(function):
    """Compile a function together with the plain functions it calls by name."""
    helpers = {
        name: _jit(thing)
        for name, thing in function.__globals__.items()
        if name in function.__code__.co_names and isinstance(thing, FunctionType)
    }
    scope = {**function.__globals__, **helpers}
    scope |= {name: _numbers_alone() for name, thing in scope.items() if thing is np}
    return numba.njit(FunctionType(function.__code__, scope, function.__name__))


@functools.cache
def _numbers_alone():
    """NumPy, but for functions that Numba lacks, or that put a number into an array of none."""
    module = ModuleType("numpy_of_numbers")
    vars(module).update(vars(np))
    module.where = numba.njit(lambda condition, a, b: a if condition else b)
    module.heaviside = numba.njit(lambda a, at_zero: at_zero if a == 0 else 1.0 * (a > 0))
    module.ones_like = numba.njit(lambda a: 1.0)
    module.zeros_like = numba.njit(lambda a: 0.0)
    return module


def _number(a):
    """A number as it is, and the array of one that Numba makes of ``np.where`` as a number."""


@overload(_number)
def _number_overload(a):
    return (lambda a: a.item()) if isinstance(a, numba.types.Array) else (lambda a: a)
