"""Rows of a table by their numbers: y = W[i]; a row's gradient is the sum over its uses."""

from itertools import pairwise

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import op, unrecorded
from pellucid.autograd.functions.shaping import cat
from pellucid.autograd.tensor import Tensor
from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._exponential import ZERO
from pellucid.reduction import blocks, map_blocks

__all__ = ["embedding", "embedding_bag", "one_hot"]


@op
def _rows(weight, places: object, padding_idx: int | None, uses: object):
    """Rows of the table; a row's gradient is divided by its ``uses``, where they are given."""
    shape = weight.shape

    def vjp(dy):
        dy = dy if uses is None else dy / np.expand_dims(uses, -1)
        return _added_rows(dy, places, shape, padding_idx)

    return weight[places], vjp


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


def embedding(
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """The rows ``input`` (...) of ``weight`` (V, D): (..., D); that of the padding does not learn.

    Rows longer than ``max_norm`` are first, in place, made so long.  With ``scale_grad_by_freq`` a
    row's gradient is the mean over its uses.  Gradients are whole tables, also where ``sparse``
    has PyTorch keep only the rows that were used.
    """
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, not {list(weight.shape)}")
    places, V = input._array, weight.shape[0]
    _check_whole(input)
    if padding_idx is not None and not -V <= padding_idx < V:
        raise AssertionError("Padding_idx must be within num_embeddings")
    if _is_outside(places, V):
        raise IndexError(f"index out of range in self: rows are 0 to {V - 1}")
    if max_norm is not None:
        _shorten(weight, np.unique(places), max_norm, norm_type)
    uses = _uses(places, weight) if scale_grad_by_freq else None
    return _rows(weight, places, None if padding_idx is None else padding_idx % V, uses)


def _check_whole(input):
    if input._array.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {input.type()} instead"
        )


def _is_outside(places, V):
    return places.size and (places.min() < 0 or places.max() >= V)


def _shorten(weight, rows, max_norm, norm_type):
    norms = np.linalg.norm(weight._array[rows], norm_type, 1, keepdims=True).astype(np.float64)
    scale = np.where(norms > max_norm, max_norm / (norms + 1e-7), 1)
    weight._array[rows] *= scale.astype(weight._array.dtype)
    weight._bump()


def _uses(places, weight):
    """How often the row of each place stands among the places."""
    return np.bincount(places.ravel())[places].astype(weight._array.dtype)


def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    mode="mean",
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    """The sum, mean or largest of the rows of each bag: of each row of ``input`` (B, L), or of the
    stretches of ``input`` (N,) that begin at ``offsets`` (B,).

    The row of the padding is in no bag; ``per_sample_weights`` multiply the rows of a sum.
    ``include_last_offset`` says that N stands behind the offsets.  ``max_norm``,
    ``scale_grad_by_freq`` and ``sparse`` are as in ``embedding``.
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, not {mode!r}")
    if mode == "max" and (scale_grad_by_freq or sparse):
        raise ValueError("max mode does not support scale_grad_by_freq or sparse weights")
    starts = _starts(input, weight, offsets)
    if include_last_offset:
        starts = starts[:-1]
    _check_bags(input, weight, mode, per_sample_weights, padding_idx)
    places = input._array.ravel()
    if max_norm is not None:
        _shorten(weight, np.unique(places), max_norm, norm_type)
    kept = slice(None)
    if padding_idx is not None:
        kept = np.flatnonzero(places != padding_idx % weight.shape[0])
    uses = _uses(places, weight)[kept] if scale_grad_by_freq else None
    rows = _rows(weight, places[kept], None, uses)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1)[kept].unsqueeze(1)
    bag = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(places)))
    return _bags(rows, bag[kept], len(starts), mode)


def _starts(input, weight, offsets):
    """Where the bags begin in the flat input: they begin at its beginning, go on, end within."""
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError("if input is 2D, then offsets has to be None: its rows are the bags")
        return np.arange(input.shape[0]) * input.shape[1]
    if input.ndim != 1:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}"
        )
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
    return starts


def _check_bags(input, weight, mode, per_sample_weights, padding_idx):
    V = weight.shape[0]
    _check_whole(input)
    if padding_idx is not None and not -V <= padding_idx < V:
        raise RuntimeError("padding_idx must be within the number of embeddings")
    if _is_outside(input._array, V):
        raise RuntimeError(f"Expected idx >= 0 && idx < num_embeddings: rows are 0 to {V - 1}")
    if per_sample_weights is None:
        return
    if mode != "sum":
        raise NotImplementedError("per_sample_weights was not None: only supported for mode='sum'")
    if per_sample_weights.shape != input.shape:
        raise ValueError(
            "expected per_sample_weights to have the same shape as the input "
            f"{tuple(input.shape)}, but got {tuple(per_sample_weights.shape)}"
        )
    if per_sample_weights.dtype != weight.dtype:
        raise RuntimeError(
            f"expected per_sample_weights to have the same type as weight, {weight.dtype}, but got "
            f"{per_sample_weights.dtype}"
        )


def _bags(rows, bag, n_bags, mode):
    """What the bags make of their rows, which stand in their order; empty ones are zeros."""
    shape = n_bags, rows.shape[1]
    if mode == "max":
        best = np.full(shape, len(rows))  # behind them stands a row of zeros
        stops = np.searchsorted(bag, np.arange(n_bags + 1))
        for k, (start, stop) in enumerate(pairwise(stops)):
            if start < stop:
                best[k] = start + np.argmax(rows._array[start:stop], 0)
        return cat([rows, rows.new_zeros(1, shape[1])]).gather(0, Tensor._of(best))
    sums = _added_rows(rows, bag, shape, None)
    if mode == "sum":
        return sums
    counts = np.maximum(np.bincount(bag, minlength=n_bags), 1)
    return sums / Tensor._of(counts[:, None].astype(rows._array.dtype))


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
