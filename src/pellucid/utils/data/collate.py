"""Examples to a batch: what is a number or an array in each becomes one tensor of all."""

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.autograd.creation import as_tensor, from_numpy, tensor
from pellucid.autograd.functions.shaping import stack
from pellucid.autograd.tensor import Tensor

__all__ = ["default_collate", "default_convert"]


def default_collate(batch):
    """One batch of many examples, of the same structure.

    Tensors, arrays and numbers are stacked along a new first dimension (Python's floats in
    float64), strings stay a list, and dicts, tuples and lists are batched item by item.
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if isinstance(first, str | bytes):  # NumPy's as well
        return batch
    if isinstance(first, np.ndarray | np.generic):
        if first.dtype.kind in "USO":
            raise TypeError(_refusal(first.dtype))
        return _stacked([as_tensor(x) for x in batch])
    if isinstance(first, float):
        return from_numpy(np.array(batch, np.float64))
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, Mapping):
        return _rebuilt(first, {key: default_collate([x[key] for x in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*map(default_collate, zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(x) != len(first) for x in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        items = [default_collate(x) for x in zip(*batch, strict=True)]
        return items if isinstance(first, tuple) else _rebuilt(first, items)
    raise TypeError(_refusal(type(first)))


def _stacked(tensors):
    arrays = [x._array for x in tensors]
    for i, x in enumerate(arrays):
        if x.shape != arrays[0].shape:
            raise RuntimeError(
                "stack expects each tensor to be equal size, but got "
                f"{list(arrays[0].shape)} at entry 0 and {list(x.shape)} at entry {i}"
            )
    if any(x.requires_grad for x in tensors) or len({x.dtype for x in arrays}) > 1:
        return stack(tensors, 0)
    return Tensor._of(np.stack(arrays))


def _refusal(kind):
    return (
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {kind}"
    )


def _rebuilt(like, content):
    try:
        return type(like)(content)
    except TypeError:  # of a kind that is not made from its content
        return content


def default_convert(data):
    """One example, its arrays made tensors: what a loader that makes no batches gives."""
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind not in "USO":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _rebuilt(data, {key: default_convert(x) for key, x in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        items = [default_convert(x) for x in data]
        return items if isinstance(data, tuple) else _rebuilt(data, items)
    return data
