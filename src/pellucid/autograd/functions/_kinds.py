"""Which type an operation computes in, and how PyTorch's ``dim`` says an axis."""

import numpy as np

from pellucid.autograd.dtypes import get_default_dtype, promoted
from pellucid.autograd.shapes import cast
from pellucid.autograd.tensor import Tensor

__all__ = ["Dim", "alike", "array_of", "axis_of", "floating"]

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
    if len(kinds) == 1 and tensors[0]._array.dtype.kind == "f":
        return operands
    kind = promoted(*[x._array if isinstance(x, Tensor) else x for x in operands])
    return [
        x if not isinstance(x, Tensor) or x._array.dtype == kind else cast(x, kind)
        for x in operands
    ]


def floating(x):
    """x; of integers, in the default type of numbers with a point."""
    return x if x._array.dtype.kind in "fc" else cast(x, get_default_dtype().dtype)


def axis_of(dim):
    """NumPy's axis."""
    return tuple(dim) if isinstance(dim, list) else dim


def array_of(x):
    """The numbers of a tensor, or what is no tensor."""
    return x._array if isinstance(x, Tensor) else x
