"""A view changed in place: the tensor that it is a view of is changed at the view's places.

For v = b[places], in place v ← f(v) means b ← b with f(v) at ``places``: the gradient by the new b
goes to f(v) there and to the old b elsewhere.  Other views of b are taken from it again when they
are next used.
"""

import numpy as np

from pellucid.autograd.modes import enable_grad
from pellucid.autograd.shapes import assigned, getitem, reshape

__all__ = ["renew", "write_through"]


def write_through(x, before, result):
    """Say to the tape that the view's base, of which ``before`` is a copy, has ``result`` there."""
    base = x._base
    places = _places(x._array, base._array)
    values = result if base.ndim else reshape(result, ())
    _follow(base, assigned(before, values, places))
    base._version[1] += 1
    base._epoch = base._version[1]


def renew(x):
    """Take the view ``x`` again from its base, which was changed on the tape since."""
    with enable_grad():
        now = getitem(x._base, _places(x._array, x._base._array))
        now = now if x._base.ndim else reshape(now, x._array.shape)
    _follow(x, now)
    x._epoch = x._version[1]


def _follow(x, other):
    x._node, x._index, x._requires_grad = other._node, other._index, other._requires_grad


def _places(view, base):
    """The index at which the numbers of one array stand in another, whose memory it looks at."""
    axes = sorted(range(base.ndim), key=lambda axis: -base.strides[axis])
    lying = np.transpose(base, axes)  # as it lies in memory
    if not lying.flags.c_contiguous or view.dtype != base.dtype:
        raise RuntimeError(
            "a view of a tensor with gaps, or as another type, cannot be changed in place where "
            "gradients are recorded: take a clone()"
        )
    if base.ndim == 0:
        return ()
    first, size = view.ctypes.data - base.ctypes.data, base.itemsize
    far = np.full(view.shape, first // size)
    for axis, step in enumerate(view.strides):
        far += np.expand_dims(np.arange(view.shape[axis]) * (step // size), _others(axis, view))
    found = np.unravel_index(far, lying.shape)
    return tuple(found[axes.index(axis)] for axis in range(base.ndim))


def _others(axis, array):
    return tuple(a for a in range(array.ndim) if a != axis)
