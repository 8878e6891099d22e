"""Distances between rows, and losses that want some of them small and others large."""

import numpy as np

from pellucid.autograd.functions import PUBLIC
from pellucid.nn.functional.losses import reduce

__all__ = [
    "cosine_embedding_loss",
    "cosine_similarity",
    "pairwise_distance",
    "pdist",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """x₁·x₂ / (max(|x₁|, ε) max(|x₂|, ε)) along ``dim``."""
    x1, x2 = PUBLIC["broadcast_tensors"](x1, x2)
    sizes = [x.norm(2, dim).clamp(min=eps) for x in (x1, x2)]
    return (x1 * x2).sum(dim) / (sizes[0] * sizes[1])


def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction="mean"):
    """1 - cos where y = 1; max(0, cos - margin) where y = -1; of rows (N, D), or of two vectors."""
    if target.ndim + 1 != input1.ndim:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found "
            f"inputs with sizes {list(input1.shape)} and {list(input2.shape)}."
        )
    squares = [(x * x).sum(-1) + 1e-12 for x in (input1, input2)]
    cosine = (input1 * input2).sum(-1) / (squares[0] * squares[1]).sqrt()
    each = (target == 1) * (1 - cosine) + (target == -1) * (cosine - margin).clamp(min=0)
    return reduce(each, reduction)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """‖x₁ - x₂ + ε‖_p along the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def pdist(input, p=2.0):
    """‖x_i - x_j‖_p of each pair i < j of the rows of x (N, D), in the order of i and then j."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    i, j = np.triu_indices(len(input), 1)
    return (input[i] - input[j]).norm(p, -1)


def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2.0, eps=1e-6, swap=False, reduction="mean"
):
    """max(0, d(a, p) - d(a, n) + margin); with ``swap`` the smaller of d(a, n) and d(p, n)."""

    def distance(x, y):
        return pairwise_distance(x, y, p, eps)

    return _ahead(anchor, positive, negative, distance, margin, swap, reduction)


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
    return _ahead(anchor, positive, negative, distance, margin, swap, reduction)


def _ahead(anchor, positive, negative, distance, margin, swap, reduction):
    """The loss of triplets, for any distance."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    sizes = anchor.ndim, positive.ndim, negative.ndim
    if len(set(sizes)) > 1:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            "dimensions, but got: anchor {}D, positive {}D, and negative {}D inputs".format(*sizes)
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduce((near - far + margin).clamp(min=0), reduction)
