"""Stochastic gradient descent, with momentum."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, decayed, not_negative

__all__ = ["SGD"]


class SGD(Optimizer):
    """θ ← θ - η g; with momentum μ, b ← μ b + (1 - τ) g and θ ← θ - η b, b = g at first.

    Nesterov's takes g + μ b for b.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    momentum, dampening : float
        μ and τ.
    weight_decay : float
        λ: g becomes g + λ θ.
    nesterov : bool
        Whether the momentum is Nesterov's.
    maximize : bool
        Whether to go up.

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0,
        dampening=0,
        weight_decay=0,
        nesterov=False,
        *,
        maximize=False,
    ):
        not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {"lr": lr, "momentum": momentum, "dampening": dampening}
        defaults |= {"weight_decay": weight_decay, "nesterov": nesterov, "maximize": maximize}
        super().__init__(params, defaults)

    def _update(self, parameter, gradient, state, group):
        momentum = group["momentum"]
        gradient = decayed(parameter, gradient, group)
        if momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = np.array(gradient)
            else:
                state["momentum_buffer"] *= momentum
                state["momentum_buffer"] += (1 - group["dampening"]) * gradient
            buffer = state["momentum_buffer"]
            gradient = gradient + momentum * buffer if group["nesterov"] else buffer
        parameter -= group["lr"] * gradient
