"""Which type an operation computes in, and how PyTorch's ``dim`` says an axis."""

from collections import namedtuple

import numpy as np

from pellucid.autograd.dtypes import get_default_dtype, promoted
from pellucid.autograd.shapes import cast, reshape
from pellucid.autograd.tensor import Tensor

__all__ = [
    "Dim",
    "alike",
    "along",
    "array_of",
    "as_tensor",
    "before_dim",
    "dimension",
    "floating",
    "named_results",
    "over",
]

Dim = int | tuple[int, ...] | list[int] | None


def alike(*operands):
    """Tensors and numbers, brought to the one type in which PyTorch would compute with them."""
    first = operands[0]
    kind = first._array.dtype if isinstance(first, Tensor) else None
    if kind is not None and kind.kind == "f":
        for x in operands:
            if type(x) is not float and not (isinstance(x, Tensor) and x._array.dtype == kind):
                break
        else:  # as nearly always: nothing to bring together
            return operands
    tensors = [x for x in operands if isinstance(x, Tensor)]
    kinds = {x._array.dtype for x in tensors}
    operands = [x.item() if isinstance(x, np.generic) else x for x in operands]
    for x in operands:
        if not isinstance(x, Tensor | bool | int | float | complex | np.ndarray):
            raise TypeError(f"a tensor goes together with tensors and numbers, not with {x!r:.60}")
    wider = any(isinstance(x, complex) for x in operands)
    if len(kinds) == 1 and tensors[0]._array.dtype.kind == "f" and not wider:
        return operands
    kind = promoted(*[x._array if isinstance(x, Tensor) else x for x in operands])
    return [_as_kind(x, kind) for x in operands]


def _as_kind(x, kind):
    """A tensor in the type; a whole number brought round into what the type counts."""
    if isinstance(x, Tensor):
        return x if x._array.dtype == kind else cast(x, kind)
    if type(x) is int and kind.kind in "iu":
        limits = np.iinfo(kind)
        return (x - limits.min) % (limits.max - limits.min + 1) + limits.min
    return x


def floating(x):
    """x; of integers, in the default type of numbers with a point."""
    return x if x._array.dtype.kind in "fc" else cast(x, get_default_dtype().dtype)


def over(input, dim, keepdim=False):
    """What NumPy is to reduce, its axis, whether that is kept: no dimensions named are all.

    A tensor without dimensions is a vector of one where a dimension is named.
    """
    if isinstance(dim, list | tuple):
        dim = tuple(dim) or None
    if dim is None or input._array.ndim:
        return input, dim, keepdim
    return reshape(input, (1,)), dim, False


def along(function, input, dim):
    """``function`` of the input along ``dim``, which keeps the shape, also a shape of none."""
    if input._array.ndim:
        return function(input, dim)
    return reshape(function(reshape(input, (1,)), dim), ())


def named_results(name, *fields):
    """A named tuple for several tensors, which prints as PyTorch's do."""

    def written(self):
        parts = [f"{field}={x!r}" for field, x in zip(fields, self, strict=True)]
        return f"torch.return_types.{name}(\n" + ",\n".join(parts) + ")"

    return type(name, (namedtuple(name, fields),), {"__slots__": (), "__repr__": written})


def array_of(x):
    """The numbers of a tensor, or what is no tensor."""
    return x._array if isinstance(x, Tensor) else x


def dimension(input, dim, more=0):
    """``dim`` counted from the front; a tensor without dimensions has one here."""
    n = max(input._array.ndim + more, 1)
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return dim % n


def as_tensor(x):
    """A tensor, or a number as one in the type that it has beside others."""
    return x if isinstance(x, Tensor) else Tensor._of(np.asarray(x, promoted(x)))


def before_dim(input, dim):
    """The index of everything in the dimensions before ``dim``."""
    if input._array.ndim == 0:
        raise RuntimeError("a tensor without dimensions has no places along one")
    return (slice(None),) * dimension(input, dim)
