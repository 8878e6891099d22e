"""Losses that want the right classes ahead of the others by a margin."""

import numpy as np

from pellucid.autograd.creation import ones_like
from pellucid.nn.functional.activations import logsigmoid
from pellucid.nn.functional.losses import reduce, reduced

__all__ = [
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
]


def _scores(x):
    """Those of a batch (N, C), of one example (C,), or a single one."""
    if x.ndim > 2 or (x.ndim and not x.shape[-1]):
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(x.shape)}"
        )
    return x if x.ndim == 2 else x.reshape(1, -1)


def _check_classes(target, n_classes, least=0):
    if target._array.dtype.kind not in "iu":
        raise RuntimeError(f"expected scalar type Long but found {target.type()}")
    if target.numel() and (target.min() < least or target.max() >= n_classes):
        raise RuntimeError(f"target out of range: classes are 0 to {n_classes - 1}")


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Σ_{i ≠ t} w_t max(0, margin - x_t + x_i)ᵖ / C, for scores x (N, C) or (C,) and classes t."""
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    x = _scores(input)
    (N, C), t = x.shape, target.reshape(-1)
    _check_classes(t, C)
    if len(t) != N:
        raise RuntimeError(
            "target tensor should be 1-D with size equal to the number of rows. Expected target "
            f"size [{N}], but got {list(target.shape)}"
        )
    if weight is not None and tuple(weight.shape) != (C,):
        raise RuntimeError(f"inconsistent weight size, expected {C} but got {list(weight.shape)}")
    rows = np.arange(N)
    others = ones_like(x)
    others[rows, t] = 0
    behind = (margin - x[rows, t].unsqueeze(1) + x).clamp(min=0) ** p * others  # (N, C)
    each = (behind if weight is None else behind * weight[t].unsqueeze(1)).sum(1) / C
    return reduce(each if input.ndim == 2 else each[0], reduction)


def multilabel_margin_loss(input, target, reduction="mean"):
    """Σ_{j ∈ T} Σ_{i ∉ T} max(0, 1 - x_j + x_i) / C, T being the classes before the first -1."""
    if input.shape != target.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    x, t = _scores(input), _scores(target)
    _check_classes(t, x.shape[1], least=-1)
    named = (t < 0).cumsum(1) == 0  # (N, C)
    rows, classes = np.arange(len(x))[:, None], t * named
    others = ones_like(x)
    n, j = named.nonzero(as_tuple=True)
    others[n, classes[n, j]] = 0
    behind = (1 - x[rows, classes].unsqueeze(2) + x.unsqueeze(1)).clamp(min=0)  # (N, j, i)
    each = (behind * named.unsqueeze(2) * others.unsqueeze(1)).sum((1, 2)) / x.shape[1]
    return reduce(each if input.ndim == 2 else each[0], reduction)


@reduced
def multilabel_soft_margin_loss(input, target, weight=None):
    """-Σ_c w_c (y_c log σ(x_c) + (1 - y_c) log σ(-x_c)) / C."""
    each = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    return (each if weight is None else each * weight).mean(-1)
