"""Losses of numbers, a line for each example; ``reduction`` says what becomes of the examples."""

import functools
import math

import numpy as np
import scipy.special

from pellucid.autograd import op, sum_to
from pellucid.nn.functional.activations import logsigmoid

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cosine_similarity",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "pairwise_distance",
    "poisson_nll_loss",
    "reduced",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]


def reduced(loss):
    """Give a loss of each example the argument ``reduction``: "mean", "sum" or "none"."""

    @functools.wraps(loss)
    def with_reduction(input, target, *args, reduction="mean", **options):
        each = loss(input, target, *args, **options)
        return reduce(each, reduction)

    return with_reduction


def reduce(each, reduction):
    """The mean, the sum, or each loss by itself."""
    if reduction == "mean":
        return each.mean()
    if reduction == "sum":
        return each.sum()
    if reduction != "none":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return each


def _weighted(each, weight):
    return each if weight is None else each * weight


@op
def _squares(input, target):
    d = input - target
    shapes = input.shape, target.shape

    def vjp(dy):
        slope = 2 * d * dy
        return lambda: sum_to(slope, shapes[0]), lambda: sum_to(-slope, shapes[1])

    return d * d, vjp


@reduced
def mse_loss(input, target, *, weight=None):
    """(x - y)²."""
    return _weighted(_squares(input, target), weight)


@reduced
def l1_loss(input, target, *, weight=None):
    """|x - y|."""
    return _weighted((input - target).abs(), weight)


@op
def _huber(input, target, delta=1.0):
    """d²/2 where |d| < δ, else δ (|d| - δ/2)."""
    d = input - target
    shapes = input.shape, target.shape
    near = np.clip(d, -delta, delta)

    def vjp(dy):
        return lambda: sum_to(near * dy, shapes[0]), lambda: sum_to(-near * dy, shapes[1])

    return near * (d - 0.5 * near), vjp


@reduced
def huber_loss(input, target, delta=1.0, *, weight=None):
    """d²/2 where |d| = |x - y| < δ, else δ (|d| - δ/2)."""
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, not {delta}")
    return _weighted(_huber(input, target, delta), weight)


@reduced
def smooth_l1_loss(input, target, beta=1.0):
    """d²/(2 β) where |d| = |x - y| < β, else |d| - β/2."""
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, as {beta} is")
    return _huber(input, target, beta) / beta if beta else (input - target).abs()


@op
def _bernoulli(input, target):
    """-y log p - (1 - y) log(1 - p), each logarithm at least -100."""
    if not np.all(np.logical_and(np.greater_equal(input, 0), np.less_equal(input, 1))):
        raise RuntimeError("binary_cross_entropy: all elements of input should be between 0 and 1")
    log_p, log_q = (np.maximum(np.log(p), -100) for p in (input, 1 - input))

    def vjp(dy):
        variance = np.maximum(input * (1 - input), 1e-12)
        return (
            lambda: dy * (input - target) / variance,
            lambda: dy * (log_q - log_p),
        )

    return -target * log_p - (1 - target) * log_q, vjp


def _same_shape(input, target, name):
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: a target of size {target.shape} is different to the input size {input.shape}"
        )


@reduced
def binary_cross_entropy(input, target, weight=None):
    """-y log p - (1 - y) log(1 - p)."""
    _same_shape(input, target, "binary_cross_entropy")
    return _weighted(_bernoulli(input, target), weight)


@op
def _logistic(input, target):
    """log(1 + e⁻ˣ) + x (1 - y); x̄ = σ(x) - y."""
    soft = np.maximum(-input, 0) + np.log1p(np.exp(-np.abs(input)))

    def vjp(dy):
        return lambda: dy * (scipy.special.expit(input) - target), lambda: -dy * input

    return soft + input * (1 - target), vjp


@reduced
def binary_cross_entropy_with_logits(input, target, weight=None, pos_weight=None):
    """-w y log σ(x) - (1 - y) log(1 - σ(x)), w being ``pos_weight``."""
    _same_shape(input, target, "binary_cross_entropy_with_logits")
    each = _logistic(input, target)
    if pos_weight is not None:
        each = each - (pos_weight - 1) * target * logsigmoid(input)
    return _weighted(each, weight)


def kl_div(input, target, reduction="mean", log_target=False):
    """y (log y - x), x being logarithms; ``batchmean`` divides the sum by the first size."""
    each = target.exp() * (target - input) if log_target else _x_log_x(target) - target * input
    return each.sum() / input.shape[0] if reduction == "batchmean" else reduce(each, reduction)


@op
def _x_log_x(x):
    """0 where x = 0."""
    positive = np.where(np.equal(x, 0), np.ones_like(x), x)
    return x * np.log(positive), lambda dy: dy * (np.log(x) + 1)


@reduced
def hinge_embedding_loss(input, target, margin=1.0):
    """x where y = 1; max(0, margin - x) where y = -1; both where it is neither."""
    return (target != -1) * input + (target != 1) * (margin - input).clamp(min=0)


@reduced
def soft_margin_loss(input, target):
    """log(1 + e^(-y x))."""
    return -logsigmoid(input * target)


def margin_ranking_loss(input1, input2, target, margin=0.0, reduction="mean"):
    """max(0, -y (x₁ - x₂) + margin)."""
    return reduce((-target * (input1 - input2) + margin).clamp(min=0), reduction)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """x₁·x₂ / (max(|x₁|, ε) max(|x₂|, ε)) along ``dim``."""
    x1, x2 = (x.expand(np.broadcast_shapes(x1.shape, x2.shape)) for x in (x1, x2))
    sizes = [x.norm(2, dim).clamp(min=eps) for x in (x1, x2)]
    return (x1 * x2).sum(dim) / (sizes[0] * sizes[1])


def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction="mean"):
    """1 - cos where y = 1; max(0, cos - margin) where y = -1."""
    squares = [(x * x).sum(-1) + 1e-12 for x in (input1, input2)]
    cosine = (input1 * input2).sum(-1) / (squares[0] * squares[1]).sqrt()
    each = (target == 1) * (1 - cosine) + (target == -1) * (cosine - margin).clamp(min=0)
    return reduce(each, reduction)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """‖x₁ - x₂ + ε‖_p along the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2.0, eps=1e-6, swap=False, reduction="mean"
):
    """max(0, d(a, p) - d(a, n) + margin); with ``swap`` the smaller of d(a, n) and d(p, n)."""
    near, far = (pairwise_distance(anchor, x, p, eps) for x in (positive, negative))
    if swap:
        far = far.minimum(pairwise_distance(positive, negative, p, eps))
    return reduce((near - far + margin).clamp(min=0), reduction)


def poisson_nll_loss(input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """eˣ - y x, or x - y log(x + ε); ``full`` adds Stirling's y log y - y + log(2πy)/2, y > 1."""
    each = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        y = target.clamp(min=1)
        stirling = y * y.log() - y + 0.5 * (2 * math.pi * y).log()
        each = each + stirling * (target > 1)
    return reduce(each, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """(log v + (x - y)²/v) / 2, v at least ε, which has no gradient; ``full`` adds log(2π)/2."""
    if (var < 0).any():
        raise ValueError("gaussian_nll_loss: var has negative entry/entries")
    var = var + (var.detach().clamp(min=eps) - var.detach())
    each = 0.5 * (var.log() + (input - target) ** 2 / var)
    return reduce(each + 0.5 * math.log(2 * math.pi) if full else each, reduction)
