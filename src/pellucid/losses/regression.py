"""Losses of a real target: of the residual r = s - y, or, for counts and sizes, with s = log μ."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pellucid.losses.base import Loss
from pellucid.losses.links import Link, LogLink

__all__ = [
    "AbsoluteLoss",
    "EpsilonInsensitiveLoss",
    "GammaLoss",
    "HuberLoss",
    "PoissonLoss",
    "QuantileLoss",
    "SquaredEpsilonInsensitiveLoss",
    "SquaredLoss",
]


@dataclass(frozen=True)
class SquaredLoss(Loss):
    """ℓ = r²/2"""

    def value(self, y, raw):
        return (raw - y) ** 2 / 2

    def gradient(self, y, raw):
        return raw - y

    def hessian(self, y, raw):
        return np.ones_like(raw)


@dataclass(frozen=True)
class AbsoluteLoss(Loss):
    """ℓ = |r|; its slope at 0 is that from below, -1."""

    def value(self, y, raw):
        return np.abs(raw - y)

    def gradient(self, y, raw):
        return np.sign(raw - y) - (raw == y)

    def hessian(self, y, raw):
        return np.zeros_like(raw)


@dataclass(frozen=True)
class QuantileLoss(Loss):
    """ℓ = (1 - q) max(r, 0) + q max(-r, 0): least at the q-th quantile (Koenker & Bassett 1978)."""

    quantile: float = 0.5

    def value(self, y, raw):
        return np.maximum((1 - self.quantile) * (raw - y), self.quantile * (y - raw))

    def gradient(self, y, raw):
        side = np.sign(raw - y) - (raw == y)  # -1 at the kink
        return side / 2 + (0.5 - self.quantile)

    def hessian(self, y, raw):
        return np.zeros_like(raw)


@dataclass(frozen=True)
class HuberLoss(Loss):
    """ℓ = r²/2 for |r| ≤ δ, else δ|r| - δ²/2 (Huber 1964)."""

    delta: float = 1.35

    def value(self, y, raw):
        a = np.abs(raw - y)
        inside = np.minimum(a, self.delta)
        return inside * (a - inside / 2)

    def gradient(self, y, raw):
        return np.minimum(np.maximum(raw - y, -self.delta), self.delta)

    def hessian(self, y, raw):
        return np.heaviside(self.delta - np.abs(raw - y), 1)


@dataclass(frozen=True)
class EpsilonInsensitiveLoss(Loss):
    """ℓ = max(0, |r| - ε) (Vapnik 1995)."""

    epsilon: float = 0.1

    def value(self, y, raw):
        return np.maximum(np.abs(raw - y) - self.epsilon, 0)

    def gradient(self, y, raw):
        return np.sign(raw - y) * (np.abs(raw - y) > self.epsilon)

    def hessian(self, y, raw):
        return np.zeros_like(raw)


@dataclass(frozen=True)
class SquaredEpsilonInsensitiveLoss(Loss):
    """ℓ = max(0, |r| - ε)²"""

    epsilon: float = 0.1

    def value(self, y, raw):
        return np.maximum(np.abs(raw - y) - self.epsilon, 0) ** 2

    def gradient(self, y, raw):
        return 2 * np.sign(raw - y) * np.maximum(np.abs(raw - y) - self.epsilon, 0)

    def hessian(self, y, raw):
        return 2 * np.heaviside(np.abs(raw - y) - self.epsilon, 0)


@dataclass(frozen=True)
class PoissonLoss(Loss):
    """ℓ = eˢ - y s, half the Poisson deviance of y ≥ 0 up to a function of y; μ = eˢ."""

    link: ClassVar[Link] = LogLink()

    def value(self, y, raw):
        return np.exp(raw) - y * raw

    def gradient(self, y, raw):
        return np.exp(raw) - y

    def hessian(self, y, raw):
        return np.exp(raw)


@dataclass(frozen=True)
class GammaLoss(Loss):
    """ℓ = s + y e⁻ˢ, half the gamma deviance of y > 0 up to a function of y; μ = eˢ."""

    link: ClassVar[Link] = LogLink()

    def value(self, y, raw):
        return raw + y * np.exp(-raw)

    def gradient(self, y, raw):
        return 1 - y * np.exp(-raw)

    def hessian(self, y, raw):
        return y * np.exp(-raw)
