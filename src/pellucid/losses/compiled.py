"""A loss as a machine-code function of two numbers, for compiled loops over examples.

The loop takes the function as a pointer, so that it is compiled once for all losses: those of
pellucid and those a user writes.
"""

import functools
from collections import namedtuple
from dataclasses import fields, is_dataclass
from types import FunctionType

import numba
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
    return numba.njit(FunctionType(function.__code__, scope, function.__name__))


def _number(a):
    """A number as it is, and the array of one that Numba makes of ``np.where`` as a number."""


@overload(_number)
def _number_overload(a):
    return (lambda a: a.item()) if isinstance(a, numba.types.Array) else (lambda a: a)
