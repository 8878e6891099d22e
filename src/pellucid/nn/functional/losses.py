"""Losses of numbers, a line for each example; ``reduction`` says what becomes of the examples."""

import functools
import math
import warnings

import numpy as np

from pellucid.autograd import Tensor, op, sum_to
from pellucid.autograd.creation import full_like
from pellucid.autograd.functions._kinds import alike
from pellucid.nn.functional.activations import logsigmoid, sigmoid_of

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "poisson_nll_loss",
    "reduced",
    "smooth_l1_loss",
    "soft_margin_loss",
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


def _by_weight(each, weight, reduction):
    """As ``reduce``, but that a mean is over the weights."""
    if weight is not None and reduction == "mean":
        return (each * weight).sum() / weight.sum()
    return reduce(_weighted(each, weight), reduction)


def _paired(input, target):
    """Both in one type; they are to have one shape as well."""
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )
    return alike(input, target)


@op
def _squares(input, target):
    d = input - target
    shapes = input.shape, target.shape

    def vjp(dy):
        slope = 2 * d * dy
        return lambda: sum_to(slope, shapes[0]), lambda: sum_to(-slope, shapes[1])

    return d * d, vjp


def mse_loss(input, target, *, weight=None, reduction="mean"):
    """(x - y)²."""
    return _by_weight(_squares(*_paired(input, target)), weight, reduction)


def l1_loss(input, target, *, weight=None, reduction="mean"):
    """|x - y|."""
    x, y = _paired(input, target)
    return _by_weight((x - y).abs(), weight, reduction)


@op
def _huber(input, target, delta=1.0):
    """d²/2 where |d| < δ, else δ (|d| - δ/2)."""
    d = input - target
    shapes = input.shape, target.shape
    near = np.clip(d, -delta, delta)

    def vjp(dy):
        return lambda: sum_to(near * dy, shapes[0]), lambda: sum_to(-near * dy, shapes[1])

    return near * (d - 0.5 * near), vjp


def huber_loss(input, target, delta=1.0, *, weight=None, reduction="mean"):
    """d²/2 where |d| = |x - y| < δ, else δ (|d| - δ/2)."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    return reduce(_weighted(_huber(*_paired(input, target), delta), weight), reduction)


def smooth_l1_loss(input, target, beta=1.0, *, reduction="mean"):
    """d²/(2 β) where |d| = |x - y| < β, else |d| - β/2."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    x, y = _paired(input, target)
    return reduce(_huber(x, y, beta) / beta if beta else (x - y).abs(), reduction)


@op
def _bernoulli(input, target):
    """-y log p - (1 - y) log(1 - p), each logarithm at least -100."""
    for name, p in (("input", input), ("target", target)):
        if not np.all(np.logical_and(np.greater_equal(p, 0), np.less_equal(p, 1))):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    log_p, log_q = (np.maximum(np.log(p), -100) for p in (input, 1 - input))

    def vjp(dy):
        variance = np.maximum(input * (1 - input), 1e-12)
        return (
            lambda: dy * (input - target) / variance,
            lambda: dy * (log_q - log_p),
        )

    return -target * log_p - (1 - target) * log_q, vjp


def _check_likelihoods(input, target):
    """That there is a probability, with a point, for each of the numbers."""
    if input.shape != target.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape}): a "
            "target size that is different to the input size is ambiguous"
        )
    if not target.is_floating_point():
        raise RuntimeError(f"Found dtype {target.dtype} of the target but expected {input.dtype}")


@reduced
def binary_cross_entropy(input, target, weight=None):
    """-y log p - (1 - y) log(1 - p)."""
    _check_likelihoods(input, target)
    return _weighted(_bernoulli(input, target), weight)


@op
def _logistic(input, target):
    """log(1 + eˣ) - x y = log(1 + e^-|x|) + x ([x > 0] - y); x̄ = σ(x) - y."""
    bend = np.log1p(np.exp(-np.abs(input)))
    above = np.astype(np.greater(input, 0), input.dtype)

    def vjp(dy):
        return lambda: dy * (sigmoid_of(input) - target), lambda: -dy * input

    return bend + input * (above - target), vjp


@reduced
def binary_cross_entropy_with_logits(input, target, weight=None, pos_weight=None):
    """-w y log σ(x) - (1 - y) log(1 - σ(x)), w being ``pos_weight``."""
    _check_likelihoods(input, target)
    each = _logistic(input, target)
    if pos_weight is not None:
        each = each - (pos_weight - 1) * target * logsigmoid(input)
    return _weighted(each, weight)


def kl_div(input, target, reduction="mean", log_target=False):
    """y (log y - x), x being logarithms; ``batchmean`` divides the sum by the first size."""
    each = target.exp() * (target - input) if log_target else _x_log_x(target) - target * input
    if reduction == "batchmean":
        return each.sum() / (input.shape[0] if input.ndim else 1)
    return reduce(each, reduction)


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
    if not input1.ndim == input2.ndim == target.ndim:
        shapes = f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape}"
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"{shapes}"
        )
    return reduce((-target * (input1 - input2) + margin).clamp(min=0), reduction)


def poisson_nll_loss(input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """eˣ - y x, or x - y log(x + ε); ``full`` adds Stirling's y log y - y + log(2πy)/2, y > 1."""
    each = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        y = target.clamp(min=1)
        stirling = y * y.log() - y + 0.5 * (2 * math.pi * y).log()
        each = each + stirling * (target > 1)
    return reduce(each, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """(log v + (x - y)²/v) / 2, v at least ε, which has no gradient; ``full`` adds log(2π)/2.

    v is a number; or one for each x; or one for all x along an axis.
    """
    var = var if isinstance(var, Tensor) else full_like(input, var)
    by_row = tuple(input.shape[:-1])
    if tuple(var.shape) == by_row != tuple(input.shape):
        var = var.unsqueeze(-1)
    other = [v for x, v in zip(input.shape, var.shape, strict=False) if v != x]
    if var.ndim != input.ndim or other not in ([], [1]):
        raise ValueError(f"var is of incorrect size: {var.shape} for input {input.shape}")
    if (var < 0).any():
        raise ValueError("var has negative entry/entries")
    var = var + (var.detach().clamp(min=eps) - var.detach())
    each = 0.5 * (var.log() + (input - target) ** 2 / var)
    return reduce(each + 0.5 * math.log(2 * math.pi) if full else each, reduction)
