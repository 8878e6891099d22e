"""Adam: steps scaled by running means of the gradient and of its square."""

import math

import numpy as np

from pellucid.optim.optimizer import Optimizer, fractions, not_negative, sweep, together, zeros_of

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
        return zeros_of(parameter, *names)

    def _update_all(self, work, group):
        settings, calls = {}, []
        for parameter, gradient, state in work:
            state["step"] += 1
            key = state["step"], parameter.dtype
            if key not in settings:
                settings[key] = _settings(*key, group)
            arrays = [parameter, state["exp_avg"], state["exp_avg_sq"]]
            if group["amsgrad"]:
                arrays.append(state["max_exp_avg_sq"])
            calls.append((arrays, gradient, settings[key]))
        sweep(amsgrad_step if group["amsgrad"] else adam_step, calls)


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


def _settings(t, dtype, group):
    """What all parameters at step t share, as one array for the kernel."""
    beta1, beta2 = group["betas"]
    size = group["lr"] / (1 - beta1**t)
    unbias = 1 / math.sqrt(1 - beta2**t)
    decay = group["weight_decay"]
    pull, shrink = (0, group["lr"] * decay) if group["decoupled_weight_decay"] else (decay, 0)
    rates = [1 - beta1, beta2, 1 - beta2, size, unbias, group["eps"], pull, 1 - shrink]
    return np.array(rates, dtype)


@together
def adam_step(parameter, m, v, gradient, settings):
    """One pass over all arrays: their memory, and not the arithmetic, is what takes the time."""
    rise1, beta2, rise2, size, unbias, eps, pull, shrink = settings
    for i in range(len(parameter)):
        p, g = parameter[i], gradient[i]
        g += pull * p if pull else pull
        mean = m[i] + rise1 * (g - m[i])
        square = beta2 * v[i] + rise2 * g * g
        m[i], v[i] = mean, square
        parameter[i] = shrink * p - size * mean / (np.sqrt(square) * unbias + eps)


@together
def amsgrad_step(parameter, m, v, top, gradient, settings):
    """The same, with the largest v so far."""
    rise1, beta2, rise2, size, unbias, eps, pull, shrink = settings
    for i in range(len(parameter)):
        p, g = parameter[i], gradient[i]
        g += pull * p if pull else pull
        mean = m[i] + rise1 * (g - m[i])
        square = beta2 * v[i] + rise2 * g * g
        most = max(top[i], square)
        m[i], v[i], top[i] = mean, square, most
        parameter[i] = shrink * p - size * mean / (np.sqrt(most) * unbias + eps)
