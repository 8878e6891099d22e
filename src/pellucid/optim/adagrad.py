"""Adagrad: steps scaled by the sum of the gradient's squares so far."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, not_negative
from pellucid.optim.rule import rule

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """s ← s + g²,  θ ← θ - η / (1 + (t - 1) κ) · g / (√s + ε) at step t.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    lr_decay : float
        κ.
    weight_decay : float
        λ: g becomes g + λ θ.
    initial_accumulator_value : float
        s at first.
    eps : float
        ε.
    maximize : bool
        Whether to go up.
    foreach, fused : bool or None
        Any route gives the same answer.

    References
    ----------
    Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011.
    """

    kept = ("sum",)

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        *,
        maximize=False,
        foreach=None,
        fused=None,
    ):
        initial = {"initial_accumulator_value": initial_accumulator_value}
        not_negative(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps, **initial)
        defaults = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        defaults |= {**initial, "maximize": maximize, "foreach": foreach, "fused": fused}
        super().__init__(params, defaults)

    def _begin(self, parameter, group):
        initial = group["initial_accumulator_value"]
        if parameter.dtype.kind == "c":  # of both of its parts
            initial = complex(initial, initial)
        return {"step": 0, "sum": np.full_like(parameter, initial)}

    def _rule(self, group, t):
        rate = group["lr"] / (1 + (t - 1) * group["lr_decay"])
        return adagrad, (rate, group["eps"], group["weight_decay"])


@rule
def adagrad(p, g, s, rate, eps, decay):
    """One step: θ and s."""
    if decay:
        g = g + decay * p
    s = s + g * g
    return p - rate * g / (np.sqrt(s) + eps), s
