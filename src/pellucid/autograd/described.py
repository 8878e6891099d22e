"""What a tensor says of the array it holds, in PyTorch's words."""

from numbers import Number

import numpy as np

from pellucid.autograd.devices import place_of
from pellucid.autograd.dtypes import WORDS, as_dtype

__all__ = ["Described", "Size"]


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


class Described:
    """Shape, type, place and numbers of ``_array``; nothing of the tape."""

    __slots__ = ()
    _array: np.ndarray

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
    def nbytes(self) -> int:
        return self._array.nbytes

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

    is_sparse = is_quantized = False

    def is_signed(self) -> bool:
        """Whether its type has numbers below zero."""
        return self.dtype.is_signed

    def get_device(self) -> int:
        """The number of the GPU, -1 of the CPU."""
        return self.device.index if self.is_cuda else -1

    def storage_offset(self) -> int:
        """How many numbers lie in its memory before the first."""
        memory = self._array
        while isinstance(memory.base, np.ndarray):
            memory = memory.base
        return (self._array.ctypes.data - memory.ctypes.data) // self._array.itemsize

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

    def cpu(self):
        """The tensor in the memory of the CPU."""
        return self.to("cpu")

    def cuda(self, device=None):
        """The tensor in the memory of a GPU."""
        return self.to(f"cuda:{device or 0}")

    def type(self, dtype=None):
        """The name of the type; or the tensor in another: a dtype, or FloatTensor, or its name."""
        if isinstance(dtype, str):
            word = dtype.removeprefix("torch.").removesuffix("Tensor")
            dtype = {one: name for name, one in WORDS.items()}.get(word, dtype)
        if dtype is not None:
            return self.to(as_dtype(dtype))
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
        if self._array.ndim < 2:
            raise RuntimeError(f"mT is of matrices, not of {self._array.ndim} dimensions")
        return self.transpose(-1, -2)

    @property
    def H(self):
        """The conjugate transpose of a matrix."""
        return self.t().conj()

    @property
    def mH(self):
        """The conjugate transpose of each matrix."""
        return self.mT.conj()

    def view_as(self, other):
        """The same numbers in the shape of another."""
        return self.view(other.shape)

    def reshape_as(self, other):
        """The same numbers in the shape of another."""
        return self.reshape(other.shape)

    def expand_as(self, other):
        """Dimensions of size one seen as large as another's."""
        return self.expand(other.shape)

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

    def _real(self):
        number = self._number()
        if isinstance(number, complex):
            raise RuntimeError("value cannot be converted to type double without overflow")
        return number

    def __float__(self):
        return float(self._real())

    def __int__(self):
        return int(self._real())

    def __complex__(self):
        return complex(self._number())

    def __index__(self):
        if self._array.dtype.kind not in "iub" or self._array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __contains__(self, x):
        if not hasattr(x, "_array") and not isinstance(x, Number):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in {type(x)}"
            )
        return bool((self == x).any())

    def __format__(self, spec):
        if self._array.ndim == 0:
            return format(self.item(), spec)
        return object.__format__(self, spec)
