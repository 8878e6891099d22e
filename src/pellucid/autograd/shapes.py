"""Where numbers stand: views, copies, joining, indexing.  Their gradients put them back."""

import math
from typing import Literal

import numpy as np

from pellucid.autograd.devices import moved, place_of
from pellucid.autograd.rules import RULES, primitive, sum_to
from pellucid.autograd.tape import op, unrecorded

__all__ = [
    "assigned",
    "broadcast_to",
    "cast",
    "concatenate",
    "copy",
    "diagonal",
    "expand_dims",
    "flip",
    "getitem",
    "moveaxis",
    "parts",
    "put",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "strided",
    "swapaxes",
    "transpose",
    "tril",
    "triu",
]

Shape = tuple[int, ...]


@primitive(np.reshape)
def reshape(x, shape: Shape):
    return np.reshape(x, shape), lambda dy, before=x.shape: np.reshape(dy, before)


@primitive(np.transpose)
def transpose(x, axes: Shape | None = None):
    back = None if axes is None else tuple(np.argsort([a % len(axes) for a in axes]))
    return np.transpose(x, axes), lambda dy: np.transpose(dy, back)


@primitive(np.swapaxes)
def swapaxes(x, axis1: int, axis2: int):
    return np.swapaxes(x, axis1, axis2), lambda dy: np.swapaxes(dy, axis1, axis2)


@primitive(np.moveaxis)
def moveaxis(x, source: int | Shape, destination: int | Shape):
    return np.moveaxis(x, source, destination), lambda dy: np.moveaxis(dy, destination, source)


@primitive(np.expand_dims)
def expand_dims(x, axis: int | Shape):
    return np.expand_dims(x, axis), lambda dy: np.squeeze(dy, axis)


@primitive(np.squeeze)
def squeeze(x, axis: int | Shape | None = None):
    return np.squeeze(x, axis), lambda dy, shape=x.shape: np.reshape(dy, shape)


@primitive(np.broadcast_to)
def broadcast_to(x, shape: Shape):
    return np.broadcast_to(x, shape), lambda dy, before=x.shape: sum_to(dy, before)


@primitive(np.flip)
def flip(x, axis: int | Shape | None = None):
    return np.copy(np.flip(x, axis), "C"), lambda dy: np.flip(dy, axis)


@primitive(np.diagonal)
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The numbers on a diagonal of two axes, as a last one: a view that may be written to."""
    shape = np.moveaxis(x, (axis1, axis2), (-2, -1)).shape

    def vjp(dy):
        k = np.arange(dy.shape[-1])
        whole = put(dy, shape, (..., k - min(offset, 0), k + max(offset, 0)))
        return np.moveaxis(whole, (-2, -1), (axis1, axis2))

    seen = np.diagonal(x, offset, axis1, axis2)
    if isinstance(x, np.ndarray):
        seen.flags.writeable = x.flags.writeable
    return seen, vjp


@primitive(np.roll)
def roll(x, shift: int | Shape, axis: int | Shape | None = None):
    back = tuple(-s for s in shift) if isinstance(shift, tuple) else -shift
    return np.roll(x, shift, axis), lambda dy: np.roll(dy, back, axis)


@primitive(np.tril)
def tril(x, k=0):
    return np.tril(x, k), lambda dy: np.tril(dy, k)


@primitive(np.triu)
def triu(x, k=0):
    return np.triu(x, k), lambda dy: np.triu(dy, k)


@primitive(np.copy)
def copy(x, order: Literal["C", "K"] = "K"):
    return np.copy(x, order), lambda dy: dy


@primitive(np.astype)
def cast(x, dtype: np.dtype):
    before = x.dtype
    widened = np.dtype(dtype).kind == "c" != np.dtype(before).kind  # then only the real part counts
    return np.astype(x, dtype), lambda dy: np.astype(np.real(dy) if widened else dy, before)


@op
def move(x, device: object):
    return moved(x, device), lambda dy, home=place_of(x): moved(dy, home)


@op
def concatenate(*arrays, axis):
    """One after the other along an axis; each gets back its stretch of the gradient."""
    stops = np.cumsum([x.shape[axis] for x in arrays]).tolist()
    starts = [0, *stops[:-1]]

    def vjp(dy):
        before = (slice(None),) * (axis % dy.ndim)
        return [dy[*before, start:stop] for start, stop in zip(starts, stops, strict=True)]

    return np.concatenate(arrays, axis), vjp


@op
def parts(x, axis: int, stops: Shape):
    """x cut along an axis, each part up to a stop; their gradients are joined again."""
    before = (slice(None),) * axis
    cut = zip((0, *stops[:-1]), stops, strict=True)
    return tuple(x[*before, start:stop] for start, stop in cut), (
        lambda *dy: np.concatenate(dy, axis)
    )


@parts.kernel
def _(x, axis: int, stops: Shape):
    """The same; the gradient lies in memory as x does, so that what x is a view of is whole."""
    outer_first = sorted(range(x.ndim), key=lambda k: -abs(x.strides[k]))
    shape, back = [x.shape[k] for k in outer_first], tuple(np.argsort(outer_first))

    def vjp(*dy):
        return np.concatenate(dy, axis, out=np.transpose(np.empty(shape, dy[0].dtype), back))

    return parts.body(x, axis, stops)[0], vjp


@op
def stack(*arrays, axis):
    def vjp(dy):
        first = np.moveaxis(dy, axis, 0)
        return [first[k] for k in range(first.shape[0])]

    return np.stack(arrays, axis), vjp


RULES[np.concatenate] = lambda arrays, axis=0: concatenate(*arrays, axis=axis)
RULES[np.stack] = lambda arrays, axis=0: stack(*arrays, axis=axis)


@op
def getitem(x, index: object):
    """y = x[index]; what was not taken gets no gradient, what was taken twice gets both."""
    if _is_one_place(index):
        index = (*index, ...) if isinstance(index, tuple) else (index, ...)  # a view, no copy
    y = x[index]
    if isinstance(y, np.ndarray) and not _is_basic(index):
        y = np.asarray(y, order="C")  # NumPy leaves the axes that were picked outermost
    return y, lambda dy, shape=x.shape: put(dy, shape, index)


def _is_one_place(index):
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(part, int) for part in parts)


@op
def put(values, shape: Shape, index: object):
    """An array of zeros to which ``values`` are added at ``index``."""
    return _added(values, shape, index), lambda dy: getitem(dy, index)


@unrecorded
def _added(values, shape, index):
    out = np.zeros_like(values, shape=shape)
    if _is_basic(index):
        out[index] = values
    else:
        np.add.at(out, index, values)
    return out


def _is_basic(index):
    """Whether nothing is taken twice, for sure."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is ... or isinstance(part, int | slice) for part in parts)


@op
def strided(x, shape: Shape, steps: Shape, start: int):
    """y[i, j, ...] = v[start + i steps[0] + j steps[1] + ...], a view of the vector v that x is."""
    places = np.asarray(start)
    for n, step in zip(shape, steps, strict=True):
        places = np.expand_dims(places, -1) + step * np.arange(n)
    size = math.prod(x.shape)
    if places.size and np.max(places) >= size:
        raise RuntimeError(f"as_strided: sizes {shape} and strides {steps} lead beyond {size}")
    return _strided(x, places, steps, start), lambda dy: put(dy, (size,), places)


@unrecorded
def _strided(x, places, steps, start):
    if not isinstance(x, np.ndarray):  # on a GPU a copy
        return x[places]
    steps = tuple(step * x.itemsize for step in steps)
    return np.lib.stride_tricks.as_strided(x[start:], places.shape, steps)


@op
def assigned(x, values, index: object):
    """x with ``values`` at ``index``; what they cover gets no gradient."""
    shape = np.shape(values)

    def vjp(dy):
        nothing = np.zeros_like(dy[index])
        return lambda: assigned(dy, nothing, index), lambda: sum_to(dy[index], shape)

    return _assigned(x, values, index), vjp


@unrecorded
def _assigned(x, values, index):
    out = np.copy(x)
    out[index] = values
    return out
