"""Rows of a table by their numbers: y = W[i]; a row's gradient is the sum over its uses."""

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import op, unrecorded
from pellucid.autograd.creation import tensor
from pellucid.autograd.functions.shaping import stack
from pellucid.autograd.tensor import Tensor
from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._exponential import ZERO
from pellucid.reduction import blocks, map_blocks

__all__ = ["embedding", "embedding_bag", "one_hot"]


@op
def _rows(weight, places: object, padding_idx: int | None):
    shape = weight.shape
    return weight[places], lambda dy: _added_rows(dy, places, shape, padding_idx)


@op
def _added_rows(dy, places: object, shape: tuple, padding_idx: int | None):
    """A table of zeros to whose rows ``dy`` is added, but for the row of the padding."""
    return _sum_rows(dy, places, shape, padding_idx), _taken(places, padding_idx)


def _taken(places, padding_idx):
    def vjp(d):
        rows = d[places]
        if padding_idx is not None:
            rows = rows * np.expand_dims(places != padding_idx, -1)
        return rows

    return vjp


@unrecorded
def _sum_rows(dy, places, shape, padding_idx):
    out = np.zeros_like(dy, shape=shape)
    np.add.at(out, places, dy)
    if padding_idx is not None:
        out[padding_idx] = 0
    return out


@_added_rows.kernel
def _(dy, places, shape, padding_idx):
    """As in the body, for tables of float32, of which each block takes what falls into it."""
    if not is_single(dy):
        return _added_rows.body(dy, places, shape, padding_idx)
    rows, places_of_rows = as_rows(dy, shape[1]), np.array(places, np.int64).ravel()
    out = np.empty(shape, dy.dtype)
    parts = blocks(shape[0], out.itemsize * shape[1])
    map_blocks(lambda s: _add_rows(rows, places_of_rows, s.start, out[s]), parts)
    if padding_idx is not None:
        out[padding_idx] = 0
    return out, _taken(places, padding_idx)


@kernel(borrows=True)
def _add_rows(dy, places, first, out):
    """``np.add.at`` into the rows from ``first`` on of a table of zeros, ``out``."""
    out[:] = ZERO
    for i in range(len(places)):
        if first <= places[i] < first + len(out):
            row = out[places[i] - first]
            for j in range(len(row)):
                row[j] += dy[i, j]


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0):
    """The rows ``input`` (...) of ``weight`` (V, D): (..., D); that of the padding does not learn.

    Rows longer than ``max_norm`` are first, in place, made so long.
    """
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, not {list(weight.shape)}")
    places, V = input._array, weight.shape[0]
    if places.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {input.type()} instead"
        )
    if padding_idx is not None and not -V <= padding_idx < V:
        raise AssertionError("Padding_idx must be within num_embeddings")
    if places.size and (places.min() < 0 or places.max() >= V):
        raise IndexError(f"index out of range in self: rows are 0 to {V - 1}")
    if max_norm is not None:
        _shorten(weight, np.unique(places), max_norm, norm_type)
    return _rows(weight, places, None if padding_idx is None else padding_idx % V)


def _shorten(weight, rows, max_norm, norm_type):
    norms = np.linalg.norm(weight._array[rows], norm_type, 1, keepdims=True)
    scale = np.where(norms > max_norm, max_norm / (norms + 1e-7), 1)
    weight._array[rows] *= scale.astype(weight._array.dtype)
    weight._bump()


def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm=None,
    norm_type=2.0,
    mode="mean",
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    """The sum, mean or largest of the rows of each bag: of each row of ``input`` (B, L), or of the
    stretches of ``input`` (N,) that begin at ``offsets`` (B,).
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, not {mode!r}")
    if input.ndim == 1:
        _check_offsets(offsets, input)
    else:
        offsets = tensor(np.arange(input.shape[0]) * input.shape[1])
        input = input.reshape(-1)
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.reshape(-1)
    starts = offsets._array[:-1] if include_last_offset else offsets._array
    stops = np.append(starts[1:], offsets._array[-1] if include_last_offset else input.shape[0])
    rows = embedding(input, weight, padding_idx, max_norm, norm_type)
    if per_sample_weights is not None:
        if mode != "sum":
            raise NotImplementedError("per_sample_weights want mode='sum'")
        rows = rows * per_sample_weights.unsqueeze(1)
    kept = np.ones(input.shape[0], bool)
    if padding_idx is not None:
        kept = input._array != padding_idx % weight.shape[0]
    return _bags(rows, starts, stops, kept, mode)


def _check_offsets(offsets, input):
    """That the stretches begin at the beginning, go on, and end within the input."""
    if offsets is None or offsets.ndim != 1:
        raise ValueError(f"offsets has to be a 1D Tensor but got {offsets}")
    starts = offsets._array
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            f"position 0. However, got {starts[0]}"
        )
    if len(starts) and (np.any(np.diff(starts) < 0) or starts[-1] > len(input)):
        raise RuntimeError(
            "offsets rise, and offsets[-1] can not be greater than input's length "
            f"{len(input)} but got offsets[-1] of {starts[-1]}"
        )


def _bags(rows, starts, stops, kept, mode):
    bag = np.repeat(np.arange(len(starts)), stops - starts)
    if mode == "max":
        filled = [rows[np.flatnonzero(kept[a:b]) + a] for a, b in zip(starts, stops, strict=True)]
        empty = rows.new_full((rows.shape[1],), 0)
        return stack([x.max(0).values if len(x) else empty for x in filled])
    member = np.zeros((len(starts), len(bag)), rows._array.dtype)
    member[bag, np.arange(len(bag))] = kept
    if mode == "mean":
        member /= np.maximum(member.sum(1, keepdims=True), 1)
    return Tensor._of(member) @ rows


def one_hot(tensor, num_classes=-1):
    """Zeros with a one at each number: (...) to (..., C); -1 is one more than the largest."""
    places = tensor._array
    if places.dtype.kind not in "iu":
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor")
    if places.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    C = int(places.max()) + 1 if num_classes == -1 else num_classes
    if places.size and (places.min() < 0 or places.max() >= C):
        raise RuntimeError(f"Class values must be non-negative and smaller than num_classes, {C}")
    return Tensor._of((places[..., None] == np.arange(C)).astype(np.int64))
