"""The modified Bessel functions of order 0 and 1: I₀' = I₁ and I₁' = I₀ - I₁ / x."""

import numpy as np
import scipy.special

from pellucid.autograd import primitive
from pellucid.autograd.devices import anywhere
from pellucid.autograd.functions._kinds import floating

__all__ = ["i0", "i1"]


@primitive(scipy.special.i0)
def _i0(x):
    return anywhere(scipy.special.i0)(x), lambda dy: dy * anywhere(scipy.special.i1)(x)


@primitive(scipy.special.i1)
def _i1(x):
    y = anywhere(scipy.special.i1)(x)
    zero = np.equal(x, 0)

    def vjp(dy):
        ratio = np.where(zero, np.ones_like(x) / 2, y / np.where(zero, np.ones_like(x), x))
        return dy * (anywhere(scipy.special.i0)(x) - ratio)

    return y, vjp


def i0(input):
    """I₀(x) = Σ (x / 2)²ᵏ / (k!)²."""
    return _i0(floating(input))


def i1(input):
    """I₁(x) = Σ (x / 2)²ᵏ⁺¹ / (k! (k + 1)!)."""
    return _i1(floating(input))
