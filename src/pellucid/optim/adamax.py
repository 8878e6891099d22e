"""Adamax: Adam whose scale is the largest gradient of late."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, fractions, not_negative
from pellucid.optim.rule import rule

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
    foreach : bool or None
        Any route gives the same answer.

    References
    ----------
    Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.
    """

    kept = "exp_avg", "exp_inf"

    def __init__(
        self,
        params,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        *,
        maximize=False,
        foreach=None,
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "maximize": maximize, "foreach": foreach})

    def _rule(self, group, t):
        beta1, beta2 = group["betas"]
        size = group["lr"] / (1 - beta1**t)
        return adamax, (size, 1 - beta1, beta2, group["eps"], group["weight_decay"])


@rule
def adamax(p, g, m, u, size, rise, beta2, eps, decay):
    """One step: θ, m and u."""
    if decay:
        g = g + decay * p
    m = m + rise * (g - m)
    u = np.maximum(beta2 * u, np.abs(g) + eps)
    return p - size * m / u, m, u
