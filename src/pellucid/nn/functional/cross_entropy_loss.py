"""Cross-entropy of classes, by their numbers or by their probabilities.

For logits x (C) and the class t: -log softmax(x)_t = log Σ eˣ - x_t, whose gradient is
softmax(x) - e_t.  Weighted by w_t; its mean is over the weights.
"""

import math

import numpy as np

from pellucid.autograd import Tensor, op, unrecorded
from pellucid.nn.functional.geometry import check_dtypes
from pellucid.nn.functional.losses import reduce
from pellucid.nn.functional.shares import log_softmax

__all__ = ["cross_entropy", "nll_loss"]


@op
def surprise(logits, target, shares=None):
    """log Σ eˣ - x_t of each row (M, C); or their sum, each times its share."""
    shifted = logits - np.max(logits, 1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(shifted), 1, keepdims=True))
    rows = np.arange(target.shape[0])

    def vjp(dy):
        own = _one_hot(target, shifted)
        by_row = dy if shares is None else dy * shares
        return (np.exp(shifted - log_sum) - own) * np.expand_dims(by_row, 1), None, None

    return _together(log_sum[:, 0] - shifted[rows, target], shares), vjp


def _together(each, shares):
    return each if shares is None else np.sum(each * shares)


@unrecorded
def _one_hot(target, like):
    hot = np.zeros_like(like)
    hot[np.arange(len(target)), target] = 1
    return hot


def _flat(input, target):
    """Logits (M, C) and classes (M,) of (N, C, ...) and (N, ...), or of (C,) and ()."""
    if input.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    classes_first = input.unsqueeze(0) if input.ndim == 1 else input
    shape, classes = classes_first._array.shape, target._array
    if classes.dtype.kind not in "iu":
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.type()}")
    expected = (shape[0], *shape[2:]) if input.ndim > 1 else ()
    if classes.shape != expected and not (input.ndim == 1 and classes.shape == (1,)):
        size = f"target size {list(target.shape)} of input size {list(input.shape)}"
        if len(expected) != 1:
            raise RuntimeError(f"Expected target size {list(expected)}, got {size}")
        if classes.ndim > 1:
            raise RuntimeError(
                f"0D or 1D target tensor expected, multi-target not supported: {size}"
            )
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({classes.size})."
        )
    if len(shape) > 2:
        classes_first = classes_first.movedim(1, -1).reshape(-1, shape[1])
    return classes_first, classes.reshape(-1)


def _of_classes(rows, input, target, weight, ignore_index, reduction):
    """The losses of ``rows(logits, classes)``, ignored ones being zero, weighted and reduced.

    A mean is the sum of what ``rows(logits, classes, shares)`` are.
    """
    logits, t = _flat(input, target)
    C, dtype = logits._array.shape[1], logits._array.dtype
    kept = t != ignore_index
    known = t if kept.all() else np.where(kept, t, 0)
    if known.size and (known.min() < 0 or known.max() >= C):
        wrong = known[(known < 0) | (known >= C)][0]
        raise IndexError(f"Target {wrong} is out of bounds: classes are 0 to {C - 1}")
    if weight is not None and tuple(weight.shape) != (C,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {C} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    check_dtypes(input, weight)
    w = kept.astype(dtype) if weight is None else kept * weight._array[known]
    if reduction == "mean":
        total = float(w.sum())
        loss = rows(logits, known, Tensor._of(w / total if total else w))
        return loss if total else loss + math.nan  # of nothing there is no mean, nor gradient
    each = rows(logits, known) * Tensor._of(w)
    return reduce(each.reshape(target.shape) if reduction == "none" else each, reduction)


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """-x_t, x being logarithms of probabilities (N, C, ...), t classes (N, ...)."""

    def rows(logits, classes, shares=None):
        return _together(-logits[np.arange(len(classes)), Tensor._of(classes)], shares)

    return _of_classes(rows, input, target, weight, ignore_index, reduction)


def cross_entropy(
    input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0
):
    """-Σ_c q_c w_c log softmax(x)_c, q being one class or probabilities, mixed with 1/C.

    Parameters
    ----------
    input : Tensor (C,), (N, C) or (N, C, ...)
        Logits x.
    target : Tensor
        Classes () or (N, ...), or probabilities in the shape of ``input``.
    weight : Tensor (C,) or None
        w.
    ignore_index : int
        The class that does not count.
    reduction : {"mean", "sum", "none"}
        The mean is over the weights of the classes; of probabilities, over the examples.
    label_smoothing : float
        ε: q becomes (1 - ε) q + ε / C.
    """
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if target.is_floating_point() and target.ndim == input.ndim:
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    if not (label_smoothing and input.ndim):
        return _of_classes(surprise, input, target, weight, ignore_index, reduction)
    C = input.shape[min(1, input.ndim - 1)]
    options = {"ignore_index": ignore_index, "reduction": reduction}
    own = _of_classes(surprise, input, target, weight, **options)
    w = Tensor._of(np.ones_like(input._array, shape=(C,))) if weight is None else weight
    of_all = w / C  # the share of every class in each example, whatever its own class is

    def rows(logits, classes, shares=None):
        spread = -(log_softmax(logits, 1) * of_all).sum(1)
        return _together(spread if weight is None else spread / w[Tensor._of(classes)], shares)

    return own * (1 - label_smoothing) + label_smoothing * _of_classes(
        rows, input, target, weight, **options
    )


def _of_probabilities(input, target, weight, reduction, label_smoothing):
    dim = min(1, input.ndim - 1)
    C = input.shape[dim]
    if input.shape != target.shape:
        raise ValueError(
            f"probabilities {target.shape} are to have the shape of input {input.shape}"
        )
    q = target * (1 - label_smoothing) + label_smoothing / C
    if weight is not None:
        q = q * weight.reshape(-1, *(1,) * (input.ndim - dim - 1))
    each = -(q * log_softmax(input, dim)).sum(dim)
    return each.sum() / each.numel() if reduction == "mean" else reduce(each, reduction)
