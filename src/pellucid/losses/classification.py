"""Losses of a label.  The margin losses are functions of m = (2y - 1) s for y in {0, 1}."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pellucid._math import expit, log1pexp, log_sum_exp, softmax
from pellucid.losses.base import Loss
from pellucid.losses.links import HalfLogitLink, Link, LogitLink

__all__ = [
    "CrossEntropy",
    "ExponentialLoss",
    "HingeLoss",
    "LogLoss",
    "ModifiedHuberLoss",
    "PerceptronLoss",
    "SquaredHingeLoss",
]


@dataclass(frozen=True)
class LogLoss(Loss):
    """ℓ = log(1 + eˢ) - y s, for y in [0, 1]; ∂ℓ/∂s = σ(s) - y, ∂²ℓ/∂s² = σ(s) σ(-s)."""

    link: ClassVar[Link] = LogitLink()

    def value(self, y, raw):
        return (1 - y) * log1pexp(raw) + y * log1pexp(-raw)

    def gradient(self, y, raw):
        return (1 - y) * expit(raw) - y * expit(-raw)  # no cancellation as σ(s) nears y

    def hessian(self, y, raw):
        return expit(raw) * expit(-raw)


@dataclass(frozen=True)
class CrossEntropy:
    """ℓ = log Σ_k exp s_k - s_y, for a class index y and scores s (..., K).

    The gradient is softmax(s) - e_y.
    """

    def value(self, y, raw):
        return log_sum_exp(raw) - np.take_along_axis(raw, y[..., None], -1)[..., 0]

    def gradient(self, y, raw):
        return softmax(raw) - (y[..., None] == np.arange(raw.shape[-1]))

    def hessian(self, y, raw):
        """The diagonal, p (1 - p); the whole is diag(p) - p pᵀ."""
        p = softmax(raw)
        return p * (1 - p)


@dataclass(frozen=True)
class HingeLoss(Loss):
    """ℓ = max(0, 1 - m)"""

    def value(self, y, raw):
        return np.maximum(1 - (2 * y - 1) * raw, 0)

    def gradient(self, y, raw):
        return (1.0 - 2 * y) * ((2 * y - 1) * raw <= 1)

    def hessian(self, y, raw):
        return np.zeros_like(raw)


@dataclass(frozen=True)
class PerceptronLoss(Loss):
    """ℓ = max(0, -m) (Rosenblatt 1958); a score of zero is a mistake."""

    def value(self, y, raw):
        return np.maximum(-(2 * y - 1) * raw, 0)

    def gradient(self, y, raw):
        return (1.0 - 2 * y) * ((2 * y - 1) * raw <= 0)

    def hessian(self, y, raw):
        return np.zeros_like(raw)


@dataclass(frozen=True)
class SquaredHingeLoss(Loss):
    """ℓ = max(0, 1 - m)²"""

    def value(self, y, raw):
        return np.maximum(1 - (2 * y - 1) * raw, 0) ** 2

    def gradient(self, y, raw):
        return -2 * (2 * y - 1) * np.maximum(1 - (2 * y - 1) * raw, 0)

    def hessian(self, y, raw):
        return 2 * np.heaviside(1 - (2 * y - 1) * raw, 0)


@dataclass(frozen=True)
class ModifiedHuberLoss(Loss):
    """ℓ = max(0, 1 - m)² for m ≥ -1, else -4m (Zhang 2004): a squared hinge with straight tails."""

    def value(self, y, raw):
        short = 1 - (2 * y - 1) * raw
        inside = np.minimum(np.maximum(short, 0), 2)
        return inside * (2 * short - inside)

    def gradient(self, y, raw):
        return -2 * (2 * y - 1) * np.minimum(np.maximum(1 - (2 * y - 1) * raw, 0), 2)

    def hessian(self, y, raw):
        m = (2 * y - 1) * raw
        return 2 * np.heaviside(1 - m, 0) * np.heaviside(1 + m, 1)


@dataclass(frozen=True)
class ExponentialLoss(Loss):
    """ℓ = exp(-m), AdaBoost's (Friedman, Hastie & Tibshirani 2000)."""

    link: ClassVar[Link] = HalfLogitLink()

    def value(self, y, raw):
        return np.exp(-(2 * y - 1) * raw)

    def gradient(self, y, raw):
        return -(2 * y - 1) * np.exp(-(2 * y - 1) * raw)

    def hessian(self, y, raw):
        return np.exp(-(2 * y - 1) * raw)
