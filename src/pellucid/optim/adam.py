"""Adam: steps scaled by running means of the gradient and of its square."""

import math

import numpy as np

from pellucid.optim.optimizer import Optimizer, decays, fractions, not_negative, zeros_of
from pellucid.optim.rule import rule

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²,  θ ← θ - η m̂ / (√v̂ + ε).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) make up for their beginning at zero.

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
    amsgrad : bool
        Whether √v̂ is of the largest v so far.
    maximize : bool
        Whether to go up.
    foreach, fused : bool or None
        Any route gives the same answer.
    decoupled_weight_decay : bool
        Whether, instead, θ ← (1 - η λ) θ before each step.

    References
    ----------
    Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    Reddi, Kale, Kumar, "On the convergence of Adam and beyond", ICLR 2018.
    """

    kept = "exp_avg", "exp_avg_sq", "max_exp_avg_sq"

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        amsgrad=False,
        *,
        maximize=False,
        foreach=None,
        fused=None,
        decoupled_weight_decay=False,
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "fused": fused}
        super().__init__(params, {**defaults, "decoupled_weight_decay": decoupled_weight_decay})

    def _begin(self, parameter, group):
        return zeros_of(parameter, *self.kept[: 2 + bool(group["amsgrad"])])

    def _rule(self, group, t):
        beta1, beta2 = group["betas"]
        size = group["lr"] / (1 - beta1**t)
        scales = 1 / math.sqrt(1 - beta2**t), group["eps"]
        return adam, (1 - beta1, beta2, 1 - beta2, size, *scales, *decays(group))


class AdamW(Adam):
    """Adam whose weights decay by themselves: θ ← (1 - η λ) θ before each step.

    References
    ----------
    Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=1e-2,
        amsgrad=False,
        *,
        maximize=False,
        foreach=None,
        fused=None,
    ):
        options = {"maximize": maximize, "foreach": foreach, "fused": fused}
        options |= {"decoupled_weight_decay": True}
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **options)


@rule
def adam(p, g, m, v, top, rise1, beta2, rise2, size, unbias, eps, pull, keep):
    """One step: θ, m, v and the largest v so far."""
    if pull:
        g = g + pull * p
    m = m + rise1 * (g - m)
    v = beta2 * v + rise2 * g * g
    scale = v
    if top is not None:
        scale = top = np.maximum(top, v)
    return keep * p - size * m / (np.sqrt(scale) * unbias + eps), m, v, top
