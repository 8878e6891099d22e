"""RAdam: Adam that waits to scale its steps until the scale is known well enough."""

import math

import numpy as np

from pellucid.optim.optimizer import (
    Optimizer,
    decayed,
    fractions,
    not_negative,
    running_means,
    zeros_of,
)

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

    References
    ----------
    Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.
    """

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
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def _begin(self, parameter, group):
        return zeros_of(parameter, "exp_avg", "exp_avg_sq")

    def _update(self, parameter, gradient, state, group):
        state["step"] += 1
        t, (beta1, beta2) = state["step"], group["betas"]
        gradient = decayed(parameter, gradient, group)
        m, v = running_means(gradient, state, group["betas"])
        step = m / (1 - beta1**t)
        unbiased = 1 - beta2**t
        most = 2 / (1 - beta2) - 1
        worth = most - 2 * t * beta2**t / unbiased
        if worth > 5:
            even = (worth - 4) * (worth - 2) * most / ((most - 4) * (most - 2) * worth)
            step *= math.sqrt(even * unbiased) / (np.sqrt(v) + group["eps"])
        parameter -= group["lr"] * step
