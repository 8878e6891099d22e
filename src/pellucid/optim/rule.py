"""One rule, two engines: what a step does is written once, for one number and for whole arrays.

A rule is ``f(p, g, *kept, *settings) -> (p, *kept)``: θ and what is kept of its past, after a step
from before it.  It branches on settings alone; what is not kept is None.  NumPy's arrays go through
one compiled loop about it: their memory, and not the arithmetic, is what takes the time.  For other
arrays, a GPU's, it is called on them as they are.
"""

import functools

import numba
import numpy as np
from numba.extending import overload, register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from pellucid._compile import kernel
from pellucid.reduction import BLOCK_BYTES, map_blocks

__all__ = ["rule", "sweep", "where"]

BLOCK = BLOCK_BYTES // 16  # numbers, with a gradient and two means of each, in single precision
COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]
MATH = {"error_model": "numpy", "fastmath": {"contract"}}

rule = register_jitable(**MATH)  # it stays a function of Python, which compiled code may call


def where(condition, x, y):
    """x where the condition holds, y elsewhere: of arrays, or of numbers in a compiled rule."""
    return np.where(condition, x, y)


@overload(where)
def _one_where(condition, x, y):
    return lambda condition, x, y: x if condition else y


def sweep(rule, works):
    """The rule for all works ``(parameter, gradient, kept, settings)``, in place, on all cores."""
    calls = []
    for parameter, gradient, kept, settings in works:
        if parameter.dtype.kind == "c":  # it moves as its real and its imaginary parts would
            parameter, gradient = _real(parameter), _real(np.ascontiguousarray(gradient))
            kept = [None if x is None else _real(x) for x in kept]
        lines = _lines((parameter, *kept))
        if lines is None:
            moved = rule(parameter, gradient, *kept, *settings.tolist())
            _write((parameter, *kept), moved)
        else:
            lines.insert(1, gradient.reshape(-1))  # or a copy: it is read alone
            calls.append((*lines, settings))
    if calls:
        loop = _loop(rule, len(calls[0]) - 3)
        map_blocks(lambda task: [loop(*call) for call in task], _tasks(calls))


def _tasks(calls):
    """The calls in an even number of tasks of one size: a large one is cut, small ones together."""
    total = sum([call[0].size for call in calls])
    size = total if total <= BLOCK else -(-total // (2 * -(-total // (2 * BLOCK))))
    tasks, room = [[]], size
    for call in calls:
        start, n = 0, call[0].size
        while start < n:
            if room == 0:
                tasks.append([])
                room = size
            stop = min(n, start + room)
            if stop - start < n:
                *lines, settings = call
                lines = [None if x is None else x[start:stop] for x in lines]
                tasks[-1].append((*lines, settings))
            else:
                tasks[-1].append(call)
            start, room = stop, room - (stop - start)
    return tasks


def _lines(arrays):
    """The arrays as lines of numbers in the same memory; None where there is no loop for them."""
    first, lines = arrays[0], []
    if not COMPILED or not isinstance(first, np.ndarray) or first.dtype.char not in "fd":
        return None
    for x in arrays:
        if x is not None and not x.flags.c_contiguous:
            return None
        lines.append(None if x is None else x.reshape(-1))
    return lines


def _real(x):
    """Complex numbers as twice as many real ones, in the same memory."""
    if not x.flags.c_contiguous:
        raise ValueError("complex parameters are changed in place: they are to lie in C order")
    return x.reshape(-1).view(f"f{x.dtype.itemsize // 2}")


def _write(places, moved):
    for place, new in zip(places, moved, strict=True):
        if place is not None:
            place[...] = new


@functools.cache
def _loop(rule, kept):
    """The compiled loop about a rule that keeps so many arrays."""
    count = rule.__code__.co_argcount - 2 - kept

    def one(p, g, a, rates):
        settings = to_fixed_tuple(rates, count)
        for i in range(len(p)):
            p[i], a_i = rule(p[i], g[i], None if a is None else a[i], *settings)
            if a is not None:
                a[i] = a_i

    def two(p, g, a, b, rates):
        settings = to_fixed_tuple(rates, count)
        for i in range(len(p)):
            p[i], a[i], b[i] = rule(p[i], g[i], a[i], b[i], *settings)

    def three(p, g, a, b, c, rates):
        settings = to_fixed_tuple(rates, count)
        for i in range(len(p)):
            b_i, c_i = None if b is None else b[i], None if c is None else c[i]
            p[i], a[i], b_i, c_i = rule(p[i], g[i], a[i], b_i, c_i, *settings)
            if b is not None:
                b[i] = b_i
            if c is not None:
                c[i] = c_i

    return kernel((one, two, three)[kept - 1], borrows=True, **MATH)
