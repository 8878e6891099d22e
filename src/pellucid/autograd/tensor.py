"""Tensor: an array, and where it stands on the tape."""

import weakref

import numpy as np

from pellucid.autograd._hooks import Handle
from pellucid.autograd.described import Described, Size
from pellucid.autograd.dtypes import get_default_dtype
from pellucid.autograd.modes import is_grad_enabled

__all__ = ["Tensor"]


class Tensor(Described):
    """An array whose operations can be differentiated; its methods are PyTorch's.

    ``_array`` holds the numbers; ``_node`` is the call that made it (None: a leaf), as its output
    number ``_index``.  ``_changes`` is shared by all views of one memory and counts the changes
    made in place to it, and how many of them went on the tape; ``_epoch`` is how many of those
    this tensor's node knows of.  ``_base`` is the tensor that a view was taken of, while its
    gradient was recorded or none was asked for.
    """

    __slots__ = (
        "__weakref__",
        "_array",
        "_base",
        "_changes",
        "_epoch",
        "_grad",
        "_hooks",
        "_index",
        "_is_view",
        "_node",
        "_requires_grad",
    )

    def __init__(self, *data):
        """As PyTorch's old constructor: sizes, or numbers, that get the default dtype."""
        kind = get_default_dtype().dtype
        if len(data) == 1 and isinstance(data[0], Size):
            data = tuple(data[0])
        if data and all(isinstance(d, int) for d in data):
            array = np.zeros(data, kind)
        else:
            array = np.array([t.tolist() if isinstance(t, Tensor) else t for t in data], kind)
            array = array[0] if len(data) == 1 else array
        self._set(array)

    def _set(self, array):
        self._array = array
        self._changes = [0, 0]
        self._node = self._hooks = self._base = self._grad = None
        self._index = self._epoch = 0
        self._is_view = self._requires_grad = False

    @classmethod
    def _of(cls, array):
        """A leaf tensor on ``array``, in no time."""
        self = Tensor.__new__(Tensor)
        self._set(np.asarray(array) if isinstance(array, np.generic) else array)
        return self

    def _bump(self):
        """Say that the memory has been changed."""
        self._changes[0] += 1

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient by this tensor is wanted; only of leaves can one say so."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted):
        if self._node is not None and not wanted:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables; take detach() of others"
            )
        if wanted and self._array.dtype.kind not in "fc":
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients"
            )
        self._requires_grad = bool(wanted)

    @property
    def grad(self):
        """The gradients that have come here, added up; None before any has."""
        return self._grad

    @grad.deleter
    def grad(self):
        self._grad = None

    @grad.setter
    def grad(self, gradient):
        if gradient is not None:
            if not isinstance(gradient, Tensor):
                raise TypeError(f"a gradient is a Tensor or None, not {type(gradient).__name__}")
            if gradient is self:
                raise RuntimeError("can't assign Variable as its own grad")
            mine, its = self._array, gradient._array
            if (mine.shape, mine.dtype) != (its.shape, its.dtype):
                raise RuntimeError(
                    f"assigned a gradient of size {list(its.shape)} and {gradient.dtype} to a "
                    f"tensor of size {list(mine.shape)} and {self.dtype}"
                )
        self._grad = gradient

    def requires_grad_(self, requires_grad=True):
        """Say whether a gradient by this tensor is wanted."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self._node is None

    @property
    def grad_fn(self):
        """What made it, None for a leaf."""
        return self._node

    @property
    def _version(self) -> int:
        """How often its memory has been changed in place."""
        return self._changes[0]

    @property
    def output_nr(self) -> int:
        """Which of the outputs of what made it."""
        return self._index

    @property
    def data(self):
        """The same memory, off the tape, its changes unseen by it."""
        return Tensor._of(self._array)

    @data.setter
    def data(self, other):
        self._array = other._array

    def numpy(self, *, force=False):
        """The array itself, on the same memory; ``force`` also of what is on the tape, or a GPU."""
        if self._requires_grad and is_grad_enabled() and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        if isinstance(self._array, np.ndarray):
            return self._array
        if not force:
            raise TypeError("can't convert a CUDA tensor to numpy. Use Tensor.cpu() first.")
        return self._array.get()

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numpy(), dtype, copy=copy)

    def register_hook(self, hook):
        """Call ``hook`` with each gradient by this tensor; what it returns takes its place."""
        if not self._requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        owner, index = (self, 0) if self._node is None else (self._node, self._index)
        owner._hooks = owner._hooks or {}
        return Handle(owner._hooks.setdefault(index, {}), hook)

    def register_post_accumulate_grad_hook(self, hook):
        """Call ``hook`` with this leaf each time that ``backward`` has added to its ``grad``."""
        if not self._requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node is not None:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        self._hooks = self._hooks or {}
        return Handle(self._hooks.setdefault("accumulated", {}), hook)

    def retain_grad(self):
        """Keep the gradient by this tensor, though it is no leaf, in ``grad``."""
        if not self._requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self._node is not None:
            self._node._retained = self._node._retained or {}
            self._node._retained[self._index] = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether it is no leaf and keeps its gradient."""
        return self._node is not None and self._index in (self._node._retained or ())

    __hash__ = object.__hash__

    def __deepcopy__(self, memo):
        if self._node is not None:
            raise RuntimeError("only leaf tensors can be deep-copied: detach() the others")
        twin = self._rebuilt(np.array(self._array))
        twin.grad = None if self.grad is None else self.grad.__deepcopy__(memo)
        memo[id(self)] = twin
        return twin

    def __reduce__(self):
        return type(self)._from_parts, (self._array, self._requires_grad)

    def _rebuilt(self, array):
        return type(self)._from_parts(array, self._requires_grad)

    @classmethod
    def _from_parts(cls, array, requires_grad):
        x = cls.__new__(cls)
        x._set(array)
        x._requires_grad = requires_grad
        return x
