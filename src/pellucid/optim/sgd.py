"""Stochastic gradient descent, with momentum."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, not_negative, tensors
from pellucid.optim.rule import rule

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
    foreach, fused : bool or None
        Any route gives the same answer.

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """

    kept = ("momentum_buffer",)

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
        foreach=None,
        fused=None,
    ):
        not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {"lr": lr, "momentum": momentum, "dampening": dampening}
        defaults |= {"weight_decay": weight_decay, "nesterov": nesterov, "maximize": maximize}
        super().__init__(params, {**defaults, "foreach": foreach, "fused": fused})

    def _begin(self, parameter, group):
        return {}

    def _count(self, parameter, state, group):
        first = bool(group["momentum"]) and state.get("momentum_buffer") is None
        if first:
            state["momentum_buffer"] = tensors(np.zeros_like(parameter))
        return (first,)

    def _rule(self, group, first):
        rise = 1 if first else 1 - group["dampening"]
        settings = group["lr"], group["weight_decay"], group["momentum"], rise, group["nesterov"]
        return descent, settings


@rule
def descent(p, g, b, rate, decay, momentum, rise, nesterov):
    """One step: θ and b."""
    if decay:
        g = g + decay * p
    if b is not None and momentum:
        b = momentum * b + rise * g
        g = g + momentum * b if nesterov else b
    return p - rate * g, b
