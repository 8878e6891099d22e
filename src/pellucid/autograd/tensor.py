"""Tensor: an array, and where it stands on the tape."""

import weakref

import numpy as np

from pellucid.autograd.devices import place_of
from pellucid.autograd.dtypes import WORDS, as_dtype, get_default_dtype

__all__ = ["Size", "Tensor"]


class Size(tuple):
    """The shape of a tensor."""

    __slots__ = ()

    def numel(self) -> int:
        """How many numbers a tensor of this shape has."""
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self):
        return f"torch.Size({list(self)})"

    def __getitem__(self, index):
        found = super().__getitem__(index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other):
        return Size(super().__add__(tuple(other)))

    def __radd__(self, other):
        return Size((*other, *self))

    def __mul__(self, times):
        return Size(super().__mul__(times))

    __rmul__ = __mul__


class Tensor:
    """An array whose operations can be differentiated; its methods are PyTorch's.

    ``_array`` holds the numbers; ``_node`` is the call that made it (None: a leaf), as its output
    number ``_index``.  ``_version`` is shared by all views of one memory and counts the changes
    made in place to it, and how many of them went on the tape; ``_epoch`` is how many of those
    this tensor's node knows of.  ``_base`` is the tensor that a view was taken of, while its
    gradient was recorded or none was asked for.
    """

    __slots__ = (
        "__weakref__",
        "_array",
        "_base",
        "_epoch",
        "_grad",
        "_hooks",
        "_index",
        "_is_view",
        "_node",
        "_requires_grad",
        "_version",
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
        self._version = [0, 0]
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
        self._version[0] += 1

    @property
    def shape(self) -> Size:
        return Size(self._array.shape)

    @property
    def ndim(self) -> int:
        return self._array.ndim

    @property
    def dtype(self):
        return as_dtype(self._array.dtype)

    @property
    def device(self):
        """Where the memory is."""
        return place_of(self._array)

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    @property
    def itemsize(self) -> int:
        return self._array.itemsize

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

    @grad.setter
    def grad(self, gradient):
        if gradient is not None:
            if not isinstance(gradient, Tensor):
                raise TypeError(f"a gradient is a Tensor or None, not {type(gradient).__name__}")
            mine, its = (self.shape, self.dtype), (gradient.shape, gradient.dtype)
            if mine != its:
                raise RuntimeError(
                    f"assigned a gradient of size {list(its[0])} and {its[1]} to a tensor of size "
                    f"{list(mine[0])} and {mine[1]}"
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
    def data(self):
        """The same memory, off the tape, its changes unseen by it."""
        return Tensor._of(self._array)

    @data.setter
    def data(self, other):
        self._array = other._array

    def is_floating_point(self) -> bool:
        """Whether its numbers have a point."""
        return self._array.dtype.kind == "f"

    def size(self, dim=None):
        """The shape, or one of its sizes."""
        return self.shape if dim is None else self._array.shape[dim]

    def dim(self) -> int:
        """How many dimensions."""
        return self._array.ndim

    def numel(self) -> int:
        """How many numbers."""
        return self._array.size

    nelement, ndimension = numel, dim

    def element_size(self) -> int:
        """Bytes a number."""
        return self._array.itemsize

    def stride(self, dim=None):
        """How many numbers to step over from one place to the next, along each dimension."""
        steps = tuple(s // self._array.itemsize for s in self._array.strides)
        return steps if dim is None else steps[dim]

    def is_contiguous(self) -> bool:
        """Whether the numbers lie in C order."""
        return self._array.flags.c_contiguous

    def data_ptr(self) -> int:
        """Where the memory begins."""
        return self._array.ctypes.data

    def item(self):
        """The one number of a tensor of one."""
        if self._array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self._array.size} elements cannot be converted to Scalar"
            )
        return self._array.item()

    def tolist(self):
        """Nested lists of Python's numbers."""
        return self._array.tolist()

    def numpy(self, *, force=False):
        """The array itself, on the same memory; ``force`` also of what is on the tape, or a GPU."""
        if self._requires_grad and not force:
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

    def cpu(self):
        """The tensor in the memory of the CPU."""
        return self.to("cpu")

    def cuda(self, device=None):
        """The tensor in the memory of a GPU."""
        return self.to(f"cuda:{device or 0}")

    def type(self, dtype=None):
        """The name of the type; or the tensor in another."""
        if dtype is not None:
            return self.to(dtype)
        return f"torch.{WORDS[self.dtype.name]}Tensor"

    def type_as(self, other):
        """The tensor in the type of another."""
        return self.to(other.dtype)

    @property
    def T(self):
        """All dimensions in the reverse order."""
        return self.permute(*reversed(range(self._array.ndim)))

    @property
    def mT(self):
        """The transpose of each matrix."""
        return self.transpose(-1, -2)

    def view_as(self, other):
        """The same numbers in the shape of another."""
        return self.view(other.shape)

    def reshape_as(self, other):
        """The same numbers in the shape of another."""
        return self.reshape(other.shape)

    def expand_as(self, other):
        """Dimensions of size one seen as large as another's."""
        return self.expand(other.shape)

    def register_hook(self, hook):
        """Call ``hook`` with each gradient by this tensor; what it returns takes its place."""
        if not self._requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        owner, index = (self, 0) if self._node is None else (self._node, self._index)
        owner._hooks = owner._hooks or {}
        hooks = owner._hooks.setdefault(index, [])
        hooks.append(hook)
        return _Handle(hooks, hook)

    def retain_grad(self):
        """Keep the gradient by this tensor, though it is no leaf, in ``grad``."""
        if self._node is not None:
            kept = weakref.ref(self)

            def keep(gradient):
                if (x := kept()) is not None:
                    x.grad = gradient if x.grad is None else x.grad + gradient

            self.register_hook(keep)

    def __len__(self):
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self._array)

    def __iter__(self):
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __bool__(self):
        if self._array.size != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._array.item())

    def _number(self):
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._array.item()

    def __float__(self):
        return float(self._number())

    def __int__(self):
        return int(self._number())

    def __index__(self):
        if self._array.dtype.kind not in "iub" or self._array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __contains__(self, x):
        return bool((self == x).any())

    def __format__(self, spec):
        return format(self.item() if self._array.ndim == 0 else str(self), spec)

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


class _Handle:
    """What takes a hook away again."""

    def __init__(self, hooks, hook):
        self.hooks, self.hook = hooks, hook

    def remove(self):
        if self.hook in self.hooks:
            self.hooks.remove(self.hook)
