"""RMSprop: steps scaled by a running mean of the gradient's square."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, not_negative, zeros_of
from pellucid.optim.rule import rule, where

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """v ← α v + (1 - α) g²,  θ ← θ - η g / (√v + ε).

    Centred, v is less the square of the gradient's running mean: it is the gradient's variance.
    With momentum μ, b ← μ b + g / (√v + ε) and θ ← θ - η b.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    alpha : float
        α.
    eps : float
        ε.
    weight_decay : float
        λ: g becomes g + λ θ.
    momentum : float
        μ.
    centered : bool
        Whether the mean is taken off.
    maximize : bool
        Whether to go up.
    foreach : bool or None
        Any route gives the same answer.

    References
    ----------
    Hinton, "Neural networks for machine learning", lecture 6e, 2012.
    Graves, "Generating sequences with recurrent neural networks", 2013 (centred).
    """

    kept = "square_avg", "grad_avg", "momentum_buffer"

    def __init__(
        self,
        params,
        lr=1e-2,
        alpha=0.99,
        eps=1e-8,
        weight_decay=0,
        momentum=0,
        centered=False,
        *,
        maximize=False,
        foreach=None,
    ):
        not_negative(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        defaults |= {
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
            "foreach": foreach,
        }
        super().__init__(params, defaults)

    def _begin(self, parameter, group):
        names = ["square_avg"] + ["grad_avg"] * group["centered"]
        names += ["momentum_buffer"] * (group["momentum"] > 0)
        return zeros_of(parameter, *names)

    def _rule(self, group, t):
        alpha, decay = group["alpha"], group["weight_decay"]
        return rmsprop, (group["lr"], alpha, 1 - alpha, group["eps"], decay, group["momentum"])


@rule
def rmsprop(p, g, v, mean, b, rate, alpha, rise, eps, decay, momentum):
    """One step: θ, v, the gradient's mean and b."""
    if decay:
        g = g + decay * p
    v = alpha * v + rise * g * g
    spread = v
    if mean is not None:
        mean = mean + rise * (g - mean)
        spread = where(np.isinf(v), v, v - mean * mean)  # it stays infinite, and is no NaN
    step = g / (np.sqrt(spread) + eps)
    if b is not None:
        step = b = momentum * b + step
    return p - rate * step, v, mean, b
