"""Adam: steps scaled by running means of the gradient and of its square."""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.optim.optimizer import Optimizer, decayed, fractions, not_negative
from pellucid.reduction import blocks, map_blocks

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
    decoupled_weight_decay : bool
        Whether, instead, θ ← (1 - η λ) θ before each step.

    References
    ----------
    Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    Reddi, Kale, Kumar, "On the convergence of Adam and beyond", ICLR 2018.
    """

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
        decoupled_weight_decay=False,
    ):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"amsgrad": amsgrad, "maximize": maximize}
        super().__init__(params, {**defaults, "decoupled_weight_decay": decoupled_weight_decay})

    def _begin(self, parameter, group):
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * group["amsgrad"]
        return {"step": 0, **{name: np.zeros_like(parameter) for name in names}}

    def _update(self, parameter, gradient, state, group):
        state["step"] += 1
        beta1, beta2 = group["betas"]
        gradient = decayed(parameter, gradient, group)
        size = group["lr"] / (1 - beta1 ** state["step"])
        unbiased = math.sqrt(1 - beta2 ** state["step"])
        m, v = state["exp_avg"], state["exp_avg_sq"]
        top = state.get("max_exp_avg_sq", v)
        arrays = [np.reshape(x, -1) for x in (parameter, gradient, m, v, top)]
        if not all(x.flags.c_contiguous for x in (parameter, m, v, top)):
            raise ValueError("Adam changes parameters in place: they are to lie in C order")
        settings = np.array([beta1, beta2, size, unbiased, group["eps"]], parameter.dtype)
        map_blocks(
            lambda s: adam_step(*[x[s] for x in arrays], settings, group["amsgrad"]),
            blocks(parameter.size, 4 * parameter.itemsize),
        )


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
    ):
        options = {"maximize": maximize, "decoupled_weight_decay": True}
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **options)


@kernel
def adam_step(parameter, gradient, m, v, top, settings, amsgrad):
    """One pass over all five arrays."""
    beta1, beta2, size, unbiased, eps = settings
    for i in range(len(parameter)):
        g = gradient[i]
        m[i] += (1 - beta1) * (g - m[i])
        v[i] = beta2 * v[i] + (1 - beta2) * g * g
        if amsgrad:
            top[i] = max(top[i], v[i])
        parameter[i] -= size * m[i] / (np.sqrt(top[i]) / unbiased + eps)
