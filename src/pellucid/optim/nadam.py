"""NAdam: Adam with Nesterov's look ahead."""

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

    References
    ----------
    Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.
    """

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
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"momentum_decay": momentum_decay, "maximize": maximize}
        super().__init__(params, {**defaults, "decoupled_weight_decay": decoupled_weight_decay})

    def _begin(self, parameter, group):
        return {**zeros_of(parameter, "exp_avg", "exp_avg_sq"), "mu_product": 1.0}

    def _update(self, parameter, gradient, state, group):
        state["step"] += 1
        t, (beta1, beta2) = state["step"], group["betas"]
        mu, mu_next = (
            beta1 * (1 - 0.5 * 0.96 ** (s * group["momentum_decay"])) for s in (t, t + 1)
        )
        state["mu_product"] *= mu
        product = state["mu_product"]
        gradient = decayed(parameter, gradient, group)
        m, v = running_means(gradient, state, group["betas"])
        scale = np.sqrt(v) / math.sqrt(1 - beta2**t) + group["eps"]
        ahead = (1 - mu) / (1 - product) * gradient + mu_next / (1 - product * mu_next) * m
        parameter -= group["lr"] * ahead / scale
