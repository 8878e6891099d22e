"""Adadelta: steps in the parameter's own units, by running means of squares of both."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, not_negative
from pellucid.optim.rule import rule

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    """v ← ρ v + (1 - ρ) g²,  Δ = √(u + ε) / √(v + ε) · g,  u ← ρ u + (1 - ρ) Δ²,  θ ← θ - η Δ.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    rho : float
        ρ.
    eps : float
        ε.
    weight_decay : float
        λ: g becomes g + λ θ.
    maximize : bool
        Whether to go up.
    foreach : bool or None
        Any route gives the same answer.

    References
    ----------
    Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
    """

    kept = "square_avg", "acc_delta"

    def __init__(
        self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False, foreach=None
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "maximize": maximize, "foreach": foreach})

    def _rule(self, group, t):
        rho = group["rho"]
        return adadelta, (group["lr"], rho, 1 - rho, group["eps"], group["weight_decay"])


@rule
def adadelta(p, g, v, u, rate, rho, rise, eps, decay):
    """One step: θ, v and u."""
    if decay:
        g = g + decay * p
    v = rho * v + rise * g * g
    delta = np.sqrt(u + eps) / np.sqrt(v + eps) * g
    u = rho * u + rise * delta * delta
    return p - rate * delta, v, u
