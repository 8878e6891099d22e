"""Adamax: Adam whose scale is the largest gradient of late."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, decayed, fractions, not_negative, zeros_of

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """m ← β₁ m + (1 - β₁) g,  u ← max(β₂ u, |g| + ε),  θ ← θ - η / (1 - β₁ᵗ) · m / u.

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
    maximize : bool
        Whether to go up.

    References
    ----------
    Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.
    """

    def __init__(
        self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, maximize=False
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "maximize": maximize})

    def _begin(self, parameter, group):
        return zeros_of(parameter, "exp_avg", "exp_inf")

    def _update(self, parameter, gradient, state, group):
        state["step"] += 1
        beta1, beta2 = group["betas"]
        gradient = decayed(parameter, gradient, group)
        m, u = state["exp_avg"], state["exp_inf"]
        m += (1 - beta1) * (gradient - m)
        np.maximum(beta2 * u, np.abs(gradient) + group["eps"], out=u)
        parameter -= group["lr"] / (1 - beta1 ** state["step"]) * m / u
