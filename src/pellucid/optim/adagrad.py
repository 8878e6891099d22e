"""Adagrad: steps scaled by the sum of the gradient's squares so far."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, decayed, not_negative

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """s ← s + g²,  θ ← θ - η / (1 + (t - 1) κ) · g / (√s + ε) at step t.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    lr_decay : float
        κ.
    weight_decay : float
        λ: g becomes g + λ θ.
    initial_accumulator_value : float
        s at first.
    eps : float
        ε.
    maximize : bool
        Whether to go up.

    References
    ----------
    Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011.
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        *,
        maximize=False,
    ):
        initial = {"initial_accumulator_value": initial_accumulator_value}
        not_negative(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps, **initial)
        defaults = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, **initial, "maximize": maximize})

    def _begin(self, parameter, group):
        return {"step": 0, "sum": np.full_like(parameter, group["initial_accumulator_value"])}

    def _update(self, parameter, gradient, state, group):
        gradient, total = decayed(parameter, gradient, group), state["sum"]
        rate = group["lr"] / (1 + state["step"] * group["lr_decay"])
        state["step"] += 1
        total += gradient * gradient
        parameter -= rate * gradient / (np.sqrt(total) + group["eps"])
