"""NAdam: Adam with Nesterov's look ahead."""

import math

import numpy as np

from pellucid.optim.optimizer import Optimizer, decays, fractions, not_negative
from pellucid.optim.rule import rule

__all__ = ["NAdam"]


class NAdam(Optimizer):
    """m, v as Adam's;  θ ← θ - η ((1 - μₜ) g / (1 - Πₜ) + μₜ₊₁ m / (1 - Πₜ₊₁)) / (√v̂ + ε).

    The momentum grows as μₜ = β₁ (1 - ½ 0.96^(t ψ)), and Πₜ = μ₁ μ₂ ... μₜ.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    betas : (float, float)
        β₁ and β₂.
    eps : float
        ε.
    weight_decay : float
        λ: g becomes g + λ θ.
    momentum_decay : float
        ψ.
    decoupled_weight_decay : bool
        Whether, instead, θ ← (1 - η λ) θ before each step.
    maximize : bool
        Whether to go up.
    foreach : bool or None
        Any route gives the same answer.

    References
    ----------
    Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.
    """

    kept = "exp_avg", "exp_avg_sq"

    def __init__(
        self,
        params,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        momentum_decay=4e-3,
        decoupled_weight_decay=False,
        *,
        maximize=False,
        foreach=None,
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"momentum_decay": momentum_decay, "maximize": maximize, "foreach": foreach}
        super().__init__(params, {**defaults, "decoupled_weight_decay": decoupled_weight_decay})

    def _begin(self, parameter, group):
        return {**super()._begin(parameter, group), "mu_product": 1.0}

    def _count(self, parameter, state, group):
        (t,) = super()._count(parameter, state, group)
        mu, after = (
            group["betas"][0] * (1 - 0.5 * 0.96 ** (s * group["momentum_decay"]))
            for s in (t, t + 1)
        )
        state["mu_product"] *= mu
        return t, mu, after, state["mu_product"]

    def _rule(self, group, t, mu, after, product):
        beta1, beta2 = group["betas"]
        now = group["lr"] * (1 - mu) / (1 - product)
        ahead = group["lr"] * after / (1 - product * after)
        scales = 1 / math.sqrt(1 - beta2**t), group["eps"]
        return nadam, (1 - beta1, beta2, 1 - beta2, now, ahead, *scales, *decays(group))


@rule
def nadam(p, g, m, v, rise1, beta2, rise2, now, ahead, unbias, eps, pull, keep):
    """One step: θ, m and v."""
    if pull:
        g = g + pull * p
    m = m + rise1 * (g - m)
    v = beta2 * v + rise2 * g * g
    return keep * p - (now * g + ahead * m) / (np.sqrt(v) * unbias + eps), m, v
