"""Cross-entropy of classes, by their numbers or by their probabilities.

For logits x (C) and the class t: -log softmax(x)_t = log Σ eˣ - x_t, whose gradient is
softmax(x) - e_t.  Weighted by w_t; its mean is over the weights.
"""

import math

import numpy as np

from pellucid.autograd import op, unrecorded
from pellucid.nn.functional.activations import log_softmax
from pellucid.nn.functional.losses import reduce

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
    classes_first = input.unsqueeze(0) if input.ndim == 1 else input
    shape, classes = classes_first._array.shape, target._array
    expected = (shape[0], *shape[2:]) if input.ndim > 1 else ()
    if classes.shape != expected:
        raise ValueError(
            f"Expected target of shape {expected} for input of shape {tuple(input.shape)}, "
            f"not {tuple(target.shape)}"
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
        raise IndexError(f"a target is out of bounds: classes are 0 to {C - 1}")
    w = kept.astype(dtype) if weight is None else kept * weight._array[known]
    if reduction == "mean":
        total = float(w.sum())
        # where nothing counts there is no mean, and nothing to learn either
        return rows(logits, known, w / total) if total else rows(logits, known, w) + math.nan
    each = rows(logits, known) * w
    return reduce(each.reshape(target.shape) if reduction == "none" else each, reduction)


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """-x_t, x being logarithms of probabilities (N, C, ...), t classes (N, ...)."""

    def rows(logits, classes, shares=None):
        return _together(-logits[np.arange(len(classes)), classes], shares)

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
    if target.is_floating_point():
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    if not label_smoothing:
        return _of_classes(surprise, input, target, weight, ignore_index, reduction)
    C = input.shape[min(1, input.ndim - 1)]
    options = {"ignore_index": ignore_index, "reduction": reduction}
    own = _of_classes(surprise, input, target, weight, **options)
    w = np.ones(C, input._array.dtype) if weight is None else weight._array
    of_all = w / C  # the share of every class in each example, whatever its own class is

    def rows(logits, classes, shares=None):
        spread = -(log_softmax(logits, 1) * of_all).sum(1)
        return _together(spread if weight is None else spread / w[classes], shares)

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
