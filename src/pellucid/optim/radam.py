"""RAdam: Adam that waits to scale its steps until the scale is known well enough."""

import math

import numpy as np

from pellucid.optim.optimizer import Optimizer, decays, fractions, not_negative
from pellucid.optim.rule import rule

__all__ = ["RAdam"]


class RAdam(Optimizer):
    """m, v as Adam's;  θ ← θ - η rₜ m̂ / √v̂ once ρₜ > 5, and θ ← θ - η m̂ until then.

    ρₜ = ρ - 2 t β₂ᵗ / (1 - β₂ᵗ) is how many gradients the mean v̂ is worth, ρ = 2 / (1 - β₂) - 1 in
    the end, and rₜ² = (ρₜ - 4) (ρₜ - 2) ρ / ((ρ - 4) (ρ - 2) ρₜ) makes the steps' variance even.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    betas : (float, float)
        β₁ and β₂.
    eps : float
        ε, added to √v.
    weight_decay : float
        λ: g becomes g + λ θ.
    decoupled_weight_decay : bool
        Whether, instead, θ ← (1 - η λ) θ before each step.
    maximize : bool
        Whether to go up.
    foreach : bool or None
        Any route gives the same answer.

    References
    ----------
    Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.
    """

    kept = "exp_avg", "exp_avg_sq"

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        decoupled_weight_decay=False,
        *,
        maximize=False,
        foreach=None,
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, {**defaults, "maximize": maximize, "foreach": foreach})

    def _rule(self, group, t):
        beta1, beta2 = group["betas"]
        unbiased = 1 - beta2**t
        most = 2 / (1 - beta2) - 1
        worth = most - 2 * t * beta2**t / unbiased
        even = 0.0
        if worth > 5:
            even = (worth - 4) * (worth - 2) * most / ((most - 4) * (most - 2) * worth) * unbiased
        means = 1 - beta1, beta2, 1 - beta2
        size = group["lr"] / (1 - beta1**t)
        return radam, (*means, size, math.sqrt(even), group["eps"], *decays(group))


@rule
def radam(p, g, m, v, rise1, beta2, rise2, size, even, eps, pull, keep):
    """One step: θ, m and v."""
    if pull:
        g = g + pull * p
    m = m + rise1 * (g - m)
    v = beta2 * v + rise2 * g * g
    step = size * m
    if even:
        step = step * (even / (np.sqrt(v) + eps))
    return keep * p - step, m, v
