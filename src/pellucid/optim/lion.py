"""Lion: steps of one size, in the direction of a momentum's sign."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, fractions, not_negative
from pellucid.optim.rule import rule

__all__ = ["Lion"]


class Lion(Optimizer):
    """θ ← (1 - η λ) θ - η sign(β₁ m + (1 - β₁) g),  then m ← β₂ m + (1 - β₂) g.

    It keeps one array where Adam keeps two; η is to be three to ten times smaller than Adam's, and
    λ as many times larger.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    betas : (float, float)
        β₁ and β₂.
    weight_decay : float
        λ.
    maximize : bool
        Whether to go up.

    References
    ----------
    Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, program 1.
    """

    kept = ("exp_avg",)

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0, *, maximize=False):
        not_negative(lr=lr, weight_decay=weight_decay)
        fractions(betas)
        defaults = {"lr": lr, "betas": betas, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def _rule(self, group, t):
        beta1, beta2 = group["betas"]
        keep = 1 - group["lr"] * group["weight_decay"]
        return lion, (group["lr"], beta1, 1 - beta1, beta2, 1 - beta2, keep)


@rule
def lion(p, g, m, rate, beta1, rise1, beta2, rise2, keep):
    """One step: θ and m."""
    direction = np.sign(beta1 * m + rise1 * g)
    return keep * p - rate * direction, beta2 * m + rise2 * g
