"""Padding: zeros, mirror images, repeated edges or a torus around a tensor."""

import numpy as np

from pellucid.autograd import op, unrecorded

__all__ = ["pad"]


def pad(input, pad, mode="constant", value=None):
    """Lengthen the last axes of ``input`` at both ends.

    Parameters
    ----------
    input : Tensor or array
    pad : sequence of ints
        (before, after) of the last axis, then of the one before it, and so on.  Less than zero
        takes away.
    mode : {"constant", "reflect", "replicate", "circular"}
        With what: ``value``; the mirror image, whose mirror is the outermost element itself (and
        which is not repeated); the outermost element; or the other end, as on a torus.  All but
        "constant" pad one to three spatial axes, before which there are one or two others.
    value : float or None
        None is 0.

    Raises
    ------
    RuntimeError
        If more is asked for than a mode has to give.
    """
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(pad)} and input of dimension {input.ndim}"
        )
    sides = [(0, 0)] * (input.ndim - len(pad) // 2) + list(zip(pad[-2::-2], pad[::-2], strict=True))
    if mode == "constant":
        kept = tuple((max(before, 0), max(after, 0)) for before, after in sides)
        return _surround(_cut(input, sides), kept, 0 if value is None else value)
    if mode not in _ENDS:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value is not None:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if input.ndim - len(pad) // 2 not in (1, 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor: modes other "
            "than constant pad all axes but the first, or all but the first two"
        )
    if not any(pad):
        return _surround(input, tuple(sides), 0)  # which copies: what is padded is no view
    for axis, (before, after) in enumerate(sides):
        if before or after:
            input = _lengthen(input, axis, before, after, mode)
    return input


@op
def _surround(x, sides: tuple, value: float):
    """x with ``value`` around it."""

    def vjp(dy):
        inner = zip(sides, dy.shape, strict=True)
        return dy[tuple(slice(before, n - after) for (before, after), n in inner)]

    return unrecorded(np.pad)(x, sides, constant_values=value), vjp


def _lengthen(x, axis, before, after, mode):
    """One axis: a piece for each end, made of x, and x between them."""
    most = x.shape[axis] - (mode == "reflect")
    if mode != "replicate" and max(before, after) > most:
        raise RuntimeError(
            f"{mode} padding ({before}, {after}) at dimension {axis} of input {list(x.shape)}: it "
            f"has no more than {most} to give"
        )
    middle = _cut(x, [(0, 0)] * axis + [(before, after)])
    whole = middle if mode == "circular" else x  # a torus is what is left of x
    first, last = _ENDS[mode](whole, axis, max(before, 0), max(after, 0))
    return np.concatenate([first, middle, last], axis)


def _reflected(x, axis, before, after):
    n = x.shape[axis]
    first, last = _slice(x, axis, 1, 1 + before), _slice(x, axis, n - 1 - after, n - 1)
    return np.flip(first, axis), np.flip(last, axis)


def _replicated(x, axis, before, after):
    n = x.shape[axis]
    ends = (_slice(x, axis, 0, 1), before), (_slice(x, axis, n - 1, n), after)
    return [np.broadcast_to(e, (*x.shape[:axis], m, *x.shape[axis + 1 :])) for e, m in ends]


def _circular(x, axis, before, after):
    n = x.shape[axis]
    return _slice(x, axis, n - before, n), _slice(x, axis, 0, after)


_ENDS = {"reflect": _reflected, "replicate": _replicated, "circular": _circular}


def _cut(x, sides):
    """x without what padding of less than zero takes away."""
    for axis, (before, after) in enumerate(sides):
        if before < 0 or after < 0:
            n = x.shape[axis]
            if n + min(before, 0) + min(after, 0) < 0:
                raise RuntimeError(f"padding ({before}, {after}) takes more than there is: {n}")
            x = _slice(x, axis, -min(before, 0), n + min(after, 0))
    return x


def _slice(x, axis, start, stop):
    return x[(*[slice(None)] * axis, slice(start, stop))]
