"""The standard normal distribution: its integral Φ, the logarithm of that, and its inverse."""

import math

import numpy as np
import scipy.special

from pellucid.autograd import primitive
from pellucid.autograd.devices import anywhere
from pellucid.autograd.functions._kinds import floating

__all__ = ["log_ndtr", "ndtr", "ndtri"]

ROOT = math.sqrt(2 * math.pi)


@primitive(scipy.special.ndtr)
def _ndtr(x):
    return anywhere(scipy.special.ndtr)(x), lambda dy: dy * np.exp(-x * x / 2) / ROOT


@primitive(scipy.special.log_ndtr)
def _log_ndtr(x):
    y = anywhere(scipy.special.log_ndtr)(x)
    return y, lambda dy: dy * np.exp(-x * x / 2 - y) / ROOT


@primitive(scipy.special.ndtri)
def _ndtri(p):
    x = anywhere(scipy.special.ndtri)(p)
    return x, lambda dy: dy * np.exp(x * x / 2) * ROOT


def ndtr(input):
    """Φ(x): the probability of a normal number below x."""
    return _ndtr(floating(input))


def log_ndtr(input):
    """log Φ(x), also where Φ(x) is too small for a number."""
    return _log_ndtr(floating(input))


def ndtri(input):
    """Φ⁻¹(p): the number below which a normal one is with probability p."""
    return _ndtri(floating(input))
