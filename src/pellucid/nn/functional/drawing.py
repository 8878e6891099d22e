"""Functions that draw while they compute: randomised slopes, and nearly one-hot samples."""

import numpy as np

from pellucid.autograd import Tensor
from pellucid.autograd._stream import default_generator
from pellucid.autograd.functions import PUBLIC
from pellucid.nn.functional.shares import softmax

__all__ = ["gumbel_softmax", "rrelu"]


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    """x where x > 0, else a x; a is uniform in [lower, upper] in training, (lower + upper)/2 after.

    References
    ----------
    Xu, Wang, Chen, Li, "Empirical evaluation of rectified activations in convolution network",
    2015.
    """
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        slope = (lower + upper) / 2
        out = PUBLIC["where"](input > 0, input, input * slope)
    else:
        below = np.less_equal(input._array, 0)
        slopes = np.ones_like(input._array)
        drawn = default_generator.uniform((int(below.sum()),), lower, upper, np.float64)
        slopes[below] = drawn
        out = input * Tensor._of(slopes)
    return input.copy_(out) if inplace else out


def gumbel_softmax(logits, tau=1, hard=False, dim=-1):
    """softmax((logits + g) / τ) with g = -log e of exponential e: near one-hot for small τ.

    ``hard`` gives the one-hot itself, with the gradient of the softmax.

    References
    ----------
    Jang, Gu, Poole, "Categorical reparameterization with Gumbel-softmax", 2017.
    """
    drawn = -PUBLIC["log"](Tensor._of(np.empty_like(logits._array)).exponential_())
    soft = softmax((logits + drawn) / tau, dim)
    if not hard:
        return soft
    places = soft.detach().argmax(dim, True)
    one_hot = (soft.detach() * 0).scatter(dim, places, 1.0)
    return one_hot - soft.detach() + soft
