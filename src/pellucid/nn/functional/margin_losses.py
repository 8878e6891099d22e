"""Losses that want the right classes ahead of the others by a margin."""

import numpy as np

from pellucid.nn.functional.activations import logsigmoid
from pellucid.nn.functional.losses import pairwise_distance, reduce, reduced

__all__ = [
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "triplet_margin_with_distance_loss",
]


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Σ_{i ≠ t} w_t max(0, margin - x_t + x_i)ᵖ / C, for scores x (N, C) or (C,) and classes t."""
    x, t = (input, target) if input.ndim == 2 else (input.unsqueeze(0), target.reshape(1))
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    rows, C = np.arange(len(x)), x.shape[1]
    others = np.ones(x.shape, x._array.dtype)
    others[rows, t._array] = 0
    behind = (margin - x[rows, t].unsqueeze(1) + x).clamp(min=0) ** p * others  # (N, C)
    each = (behind if weight is None else behind * weight[t].unsqueeze(1)).sum(1) / C
    return reduce(each if input.ndim == 2 else each[0], reduction)


def multilabel_margin_loss(input, target, reduction="mean"):
    """Σ_{j ∈ T} Σ_{i ∉ T} max(0, 1 - x_j + x_i) / C, T being the classes before the first -1."""
    x, t = (input, target) if input.ndim == 2 else (input.unsqueeze(0), target.unsqueeze(0))
    if x.shape != t.shape:
        raise RuntimeError(f"targets {tuple(target.shape)} for scores {tuple(input.shape)}")
    rows, dtype = np.arange(len(x))[:, None], x._array.dtype
    named = np.logical_and.accumulate(t._array >= 0, 1)  # (N, C)
    classes = np.where(named, t._array, 0)
    others = np.ones(x.shape, dtype)
    n, j = np.nonzero(named)
    others[n, classes[n, j]] = 0
    behind = (1 - x[rows, classes].unsqueeze(2) + x.unsqueeze(1)).clamp(min=0)  # (N, j, i)
    pairs = named.astype(dtype)[:, :, None] * others[:, None, :]
    each = (behind * pairs).sum((1, 2)) / x.shape[1]
    return reduce(each if input.ndim == 2 else each[0], reduction)


@reduced
def multilabel_soft_margin_loss(input, target, weight=None):
    """-Σ_c w_c (y_c log σ(x_c) + (1 - y_c) log σ(-x_c)) / C."""
    each = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    return (each if weight is None else each * weight).mean(-1)


def triplet_margin_with_distance_loss(
    anchor,
    positive,
    negative,
    *,
    distance_function=None,
    margin=1.0,
    swap=False,
    reduction="mean",
):
    """max(0, d(a, p) - d(a, n) + margin), d being any function; as ``triplet_margin_loss``."""
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduce((near - far + margin).clamp(min=0), reduction)
