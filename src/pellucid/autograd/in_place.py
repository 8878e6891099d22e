"""Changes in place: of a tensor, and, through a view, of the tensor that it is a view of.

For v = b[places], in place v ← f(v) means b ← b with f(v) at ``places``: the gradient by the new b
goes to f(v) there and to the old b elsewhere.  Other views of b are taken from it again when they
are next used.
"""

import numpy as np

from pellucid.autograd import shapes
from pellucid.autograd.dtypes import can_hold
from pellucid.autograd.modes import enable_grad, is_grad_enabled
from pellucid.autograd.tape import UNRECORDED, source
from pellucid.autograd.tensor import Tensor

__all__ = ["change", "check_writeable", "renew"]


def change(x, function, *args, **options):
    """Let x be what ``function(x, ...)`` gives, in its own memory, and say so to the tape.

    Raises
    ------
    RuntimeError
        For a leaf that requires a gradient or a view of one, a view that ``no_grad`` has kept from
        the tape, or a result of another shape.
    """
    check_writeable(x)
    recording = is_grad_enabled()
    before = _kept(x) if recording else x
    base = x if x._base is None else x._base
    if recording:
        _check_changeable(x, base)
    result = function(before, *args, **options)
    if result._array.shape != x._array.shape:
        raise RuntimeError(
            f"in place, a result of shape {tuple(result.shape)} does not fit {tuple(x.shape)}"
        )
    if not can_hold(x._array.dtype, result._array.dtype):
        raise RuntimeError(f"result type {result.dtype} can't be cast to the desired {x.dtype}")
    if recording and base._requires_grad and not result._requires_grad:  # the old has no say now
        result = shapes.assigned(before, result, ...)
    recorded = recording and (base._requires_grad or result._requires_grad)
    through = recorded and base is not x
    old, places = (_kept(base), _places(x._array, base._array)) if through else (None, None)
    np.copyto(x._array, result._array, casting="unsafe")
    x._bump()
    if recorded:
        if result._array.dtype != x._array.dtype:
            result = shapes.cast(result, x._array.dtype)
        x._changes[1] += 1  # views that were taken before have another history
        if through:
            values = result if base.ndim else shapes.reshape(result, ())
            _follow(base, shapes.assigned(old, values, places))
        _follow(x, result)
    return x


def _check_changeable(x, base):
    if base._requires_grad and base._node is None:
        raise RuntimeError(
            f"{'a leaf' if base is x else 'a view of a leaf'} Variable that requires grad is being "
            "used in an in-place operation; do it inside no_grad(), or on a clone()"
        )
    if x._is_view and x._epoch == UNRECORDED:
        raise RuntimeError(
            "a view taken inside no_grad() cannot be changed in place outside of it: take it again"
        )


def _kept(x):
    """x as it is now, in memory of its own: what the tape keeps of it outlasts the change."""
    source(x)
    twin = Tensor._of(np.copy(x._array))
    twin._node, twin._index, twin._requires_grad = x._node, x._index, x._requires_grad
    return twin


def check_writeable(x):
    """That no number of ``x`` is there twice, and its memory may be written."""
    if not getattr(x._array.flags, "writeable", True):
        raise RuntimeError(
            "more than one element of the written-to tensor refers to a single memory location, or "
            "its memory is read-only: clone() it before changing it"
        )


def renew(x):
    """Take the view ``x`` again from its base, which was changed on the tape since."""
    with enable_grad():
        now = shapes.getitem(x._base, _places(x._array, x._base._array))
        now = now if x._base.ndim else shapes.reshape(now, x._array.shape)
    _follow(x, now)


def _follow(x, other):
    """Let the tape take x for ``other``, whose numbers it has; x keeps its gradient if it did."""
    retains = x.retains_grad
    if retains:
        del x._node._retained[x._index]
    x._node, x._index, x._requires_grad = other._node, other._index, other._requires_grad
    x._epoch = x._changes[1]
    if retains:
        x.retain_grad()


def _places(view, base):
    """The index at which the numbers of one array stand in another, whose memory it looks at."""
    if not isinstance(base, np.ndarray):
        raise RuntimeError(
            "a view on a GPU cannot be changed in place where gradients are recorded"
        )
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
