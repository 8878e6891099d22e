"""What a Tensor can do: its operators, its NumPy protocols, and the table of its methods.

Functions are written once, in ``functions``; here they become methods, and those that keep the
shape also methods that change the tensor in place, whose names end in ``_``.
"""

import math
from numbers import Number

import numpy as np

from pellucid.autograd import functions, rules, shapes
from pellucid.autograd.creation import tensor
from pellucid.autograd.devices import device
from pellucid.autograd.dtypes import ALIASES, DTYPES, as_dtype, held
from pellucid.autograd.errors import as_pytorch
from pellucid.autograd.functions.picking import _is_array, index_of, steps_of
from pellucid.autograd.functions.shaping import _sizes
from pellucid.autograd.in_place import change, check_writeable
from pellucid.autograd.in_place_methods import in_place, in_place_methods
from pellucid.autograd.modes import is_grad_enabled
from pellucid.autograd.printing import written
from pellucid.autograd.reverse import backward
from pellucid.autograd.tape import UNRECORDED, source
from pellucid.autograd.tensor import Tensor
from pellucid.autograd.typed import TYPED

__all__ = ["METHODS", "change"]

NOT_METHODS = {
    *("cat", "concat", "concatenate", "stack", "hstack", "vstack", "row_stack", "column_stack"),
    *("dstack", "einsum", "meshgrid", "atleast_1d", "atleast_2d", "atleast_3d", "cartesian_prod"),
    *("block_diag", "broadcast_shapes", "can_cast", "combinations", "promote_types", "trapezoid"),
    *("broadcast_tensors", "cdist", "isin", "searchsorted", "tensordot", "where", "complex"),
    *("polar", "real", "imag", "view_as_real", "view_as_complex", "rsub", "vander"),
    *("cumulative_trapezoid", "unravel_index", "polygamma", "gradient"),
}
METHODS = {name: f for name, f in functions.PUBLIC.items() if name not in NOT_METHODS}
OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "pow": "pow",
    "matmul": "matmul",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


def _reflected(function):
    return lambda self, other: function(other, self)


def _comparison(function):
    """``function``; what is neither tensor nor number is equal to no tensor."""

    def compare(self, other):
        known = isinstance(other, Tensor | Number | np.ndarray | np.generic)
        return function(self, other) if known else NotImplemented

    return compare


def where(self, condition, other):
    """These numbers where the condition holds, ``other`` elsewhere."""
    return functions.PUBLIC["where"](condition, self, other)


def polygamma(self, n):
    """The n-th derivative of digamma."""
    return functions.PUBLIC["polygamma"](n, self)


def detach(self):
    """The same memory, off the tape."""
    x = Tensor._of(self._array)
    x._changes, x._epoch, x._is_view = self._changes, self._epoch, self._is_view
    return x


def clone(self, *, memory_format="K"):
    """A copy, on the tape, that lies as this does, or in C order."""
    return shapes.copy(self, memory_format)


def contiguous(self, memory_format="C"):
    """The tensor, in C order."""
    if memory_format != "C":
        raise NotImplementedError("contiguous() is in C order here")
    return self if self._array.flags.c_contiguous else shapes.copy(self, "C")


def to(self, *args, device=None, dtype=None, copy=False, non_blocking=False):
    """The tensor as another type, or elsewhere: ``to(dtype)``, ``to(device)``, ``to(tensor)``."""
    for x in args:
        if isinstance(x, Tensor):
            device, dtype = x.device, x.dtype
        elif (isinstance(x, str) and x.partition(":")[0] in ("cpu", "cuda")) or hasattr(x, "type"):
            device = x
        elif x is not None:
            dtype = x
    kind = self._array.dtype if dtype is None else as_dtype(dtype).dtype
    x = self if kind == self._array.dtype else shapes.cast(self, kind)
    x = x if device is None or _is_there(x, device) else shapes.move(x, device)
    return shapes.copy(x) if copy and x is self else x


def _is_there(x, where):
    return (device(where).type == "cpu") == isinstance(x._array, np.ndarray)


def _backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Add to ``.grad`` of each leaf the gradient of ⟨gradient, this⟩."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def copy_(self, src):
    """Let this have the numbers of another, broadcast and cast, or one number."""
    if not isinstance(src, Tensor):
        return fill_(self, src)
    return change(self, lambda x: shapes.broadcast_to(src.to(x.dtype, x.device), x._array.shape))


def fill_(self, value):
    """One number everywhere."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"fill_ takes a tensor of no dimensions, not of {value.shape}")
        return copy_(self, value)
    return change(self, lambda x: Tensor._of(np.full_like(x._array, held(value, x._array.dtype))))


def zero_(self):
    """Zeros everywhere."""
    return fill_(self, 0)


def resize_(self, *size):
    """Another shape, of the numbers as they lie in memory; where it is larger, zeros follow."""
    if self._requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = tuple(_sizes(size))
    if shape != self._array.shape:
        flat, n = np.ravel(self._array, "K"), math.prod(shape)
        flat = np.pad(flat, (0, n - flat.size)) if n > flat.size else flat[:n]
        self._array = flat.reshape(shape)
        self._bump()
    return self


def getitem(self, index):
    for step in steps_of(index_of(index)):
        self = shapes.getitem(self, step)
    return self


def setitem(self, index, value):
    *before, index = steps_of(index_of(index))
    for step in before:
        self = shapes.getitem(self, step)
    check_writeable(self)
    if isinstance(value, Tensor):
        _check_same_dtype(self, index, value)
        value = value.to(self.dtype)
        # As in PyTorch, a 1 x 1 tensor too goes where a number does.
        if value._array.ndim and value._array.size == 1:
            value = value.reshape(())
    elif not isinstance(value, Number | np.generic):
        raise TypeError(f"can't assign a {type(value).__name__} to a {self.type()}")
    if is_grad_enabled() and (
        source(self) is not None
        or getattr(value, "_requires_grad", False)
        or self._epoch == UNRECORDED
    ):
        change(self, shapes.assigned, value, index)
        return
    try:
        self._array[index] = (
            value._array if isinstance(value, Tensor) else held(value, self._array.dtype)
        )
    except (ValueError, TypeError) as error:
        raise as_pytorch(error) from None
    self._bump()


def _check_same_dtype(x, index, value):
    """That picked places get numbers of their own type; one number goes where a mask is true."""
    picked = [p for p in (index if isinstance(index, tuple) else (index,)) if _is_array(p)]
    alone = len(picked) == 1 and np.asarray(picked[0]).dtype == np.bool_
    if picked and value._array.dtype != x._array.dtype and not (alone and value.numel() == 1):
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{x.dtype} for the destination and {value.dtype} for the source."
        )


def _typed(dtype):
    return lambda self: self.to(dtype)


def new_full(self, size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """A new tensor of one number, of this one's type and place where no other is said."""
    kind = self._array.dtype if dtype is None else as_dtype(dtype).dtype
    x = Tensor._of(np.full_like(self._array, held(fill_value, kind), kind, shape=tuple(size)))
    return x.to(device=device).requires_grad_(requires_grad)


def new_zeros(self, *size, **options):
    """New zeros, of this one's type and place where no other is said."""
    return new_full(self, _sizes(size), 0, **options)


def new_ones(self, *size, **options):
    """New ones, of this one's type and place where no other is said."""
    return new_full(self, _sizes(size), 1, **options)


def new_empty(self, *size, **options):
    """Whatever was in new memory, of this one's type and place where no other is said."""
    return new_zeros(self, *size, **options)


def new(self, *data):
    """As ``FloatTensor(...)``, or what this one's type is called: of sizes, or of numbers."""
    return TYPED[self.type().removeprefix("torch.")](*data)


def apply_(self, callable):
    """What a function of Python's makes of each number."""
    kind = [self._array.dtype]
    return change(self, lambda x: Tensor._of(np.vectorize(callable, kind)(x._array)))


def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False):
    """A copy of ``data``, of this one's type and place where no other is said."""
    kind, place = dtype or self.dtype, device or self.device
    return tensor(data, dtype=kind, device=place, requires_grad=requires_grad)


def __array_ufunc__(self, ufunc, method, *inputs, **options):
    if method != "__call__":
        raise TypeError(f"np.{ufunc.__name__}.{method} does not take tensors: use their methods")
    numbers = [x.item() if isinstance(x, np.generic) else x for x in inputs]
    return rules.apply(ufunc, numbers, options)


MADE = np.asarray, np.arange, np.tri, np.identity


def __array_function__(self, function, kinds, args, options):
    if function in MADE:  # like=self: where this tensor is
        return Tensor._of(function(*args, **options, like=self._array))
    return rules.apply(function, args, options)


for extra in (
    polygamma,
    detach,
    clone,
    contiguous,
    to,
    copy_,
    fill_,
    zero_,
    resize_,
    new_full,
    new_zeros,
    new_ones,
    new_tensor,
    new_empty,
    new,
    apply_,
    where,
):
    setattr(Tensor, extra.__name__, extra)
SPECIAL = {
    "backward": _backward,
    "real": property(functions.PUBLIC["real"]),
    "imag": property(functions.PUBLIC["imag"]),
    "__getitem__": getitem,
    "__setitem__": setitem,
    "__array_ufunc__": __array_ufunc__,
    "__array_function__": __array_function__,
    "__repr__": written,
    "__invert__": METHODS["bitwise_not"],
    "__neg__": METHODS["neg"],
    "__abs__": METHODS["abs"],
    "__pos__": METHODS["positive"],
}

for name, function in SPECIAL.items():
    setattr(Tensor, name, function)
CASTS = {**{name: name for name in DTYPES}, **ALIASES, "byte": "uint8", "char": "int8"}
for name, kind in CASTS.items():
    setattr(Tensor, name, _typed(DTYPES[kind]))
for name, function in METHODS.items():
    setattr(Tensor, name, function)
for name, method in in_place_methods(METHODS).items():
    setattr(Tensor, name, method)
for symbol, name in OPERATORS.items():
    setattr(Tensor, f"__{symbol}__", METHODS[name])
    setattr(Tensor, f"__r{symbol}__", _reflected(METHODS[name]))
    setattr(Tensor, f"__i{symbol}__", in_place(METHODS[name]))
for name in COMPARISONS:
    setattr(Tensor, f"__{name}__", _comparison(METHODS[name]))
