"""RMSprop: steps scaled by a running mean of the gradient's square."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, decayed, not_negative, zeros_of

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

    References
    ----------
    Hinton, "Neural networks for machine learning", lecture 6e, 2012.
    Graves, "Generating sequences with recurrent neural networks", 2013 (centred).
    """

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
    ):
        not_negative(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"momentum": momentum, "centered": centered, "maximize": maximize}
        super().__init__(params, defaults)

    def _begin(self, parameter, group):
        names = ["square_avg"] + ["grad_avg"] * group["centered"]
        names += ["momentum_buffer"] * (group["momentum"] > 0)
        return zeros_of(parameter, *names)

    def _update(self, parameter, gradient, state, group):
        state["step"] += 1
        gradient, alpha = decayed(parameter, gradient, group), group["alpha"]
        v = state["square_avg"]
        v *= alpha
        v += (1 - alpha) * gradient * gradient
        if group["centered"]:
            mean = state["grad_avg"]
            mean += (1 - alpha) * (gradient - mean)
            # Where v is infinite it stays so: mean² is to be no infinity as well.
            v = v - np.minimum(mean * mean, np.finfo(v.dtype).max)
        scaled = gradient / (np.sqrt(v) + group["eps"])
        if group["momentum"] > 0:
            buffer = state["momentum_buffer"]
            buffer *= group["momentum"]
            buffer += scaled
            scaled = buffer
        parameter -= group["lr"] * scaled
