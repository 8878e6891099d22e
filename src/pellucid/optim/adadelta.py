"""Adadelta: steps in the parameter's own units, by running means of squares of both."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, decayed, not_negative, zeros_of

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

    References
    ----------
    Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
    """

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False):
        not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "maximize": maximize})

    def _begin(self, parameter, group):
        return zeros_of(parameter, "square_avg", "acc_delta")

    def _update(self, parameter, gradient, state, group):
        state["step"] += 1
        gradient = decayed(parameter, gradient, group)
        v, u, rho, eps = state["square_avg"], state["acc_delta"], group["rho"], group["eps"]
        v *= rho
        v += (1 - rho) * gradient * gradient
        delta = np.sqrt(u + eps) / np.sqrt(v + eps) * gradient
        u *= rho
        u += (1 - rho) * delta * delta
        parameter -= group["lr"] * delta
