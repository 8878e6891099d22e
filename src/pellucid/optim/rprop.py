"""Rprop: steps that grow while the gradient keeps its sign, whatever its size."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, not_negative, zeros_of
from pellucid.optim.rule import rule, where

__all__ = ["Rprop"]


class Rprop(Optimizer):
    """θ ← θ - s sign(g),  s ← η₊ s where g keeps its sign, η₋ s where it turns, within bounds.

    Where it turns θ stays for once, and the next g counts as the first.  For gradients of all the
    data: those of batches turn by chance.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        s at first.
    etas : (float, float)
        η₋ and η₊.
    step_sizes : (float, float)
        The least s and the largest.
    maximize : bool
        Whether to go up.
    foreach : bool or None
        Any route gives the same answer.

    References
    ----------
    Riedmiller, Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm", ICNN 1993.
    """

    kept = "prev", "step_size"

    def __init__(
        self,
        params,
        lr=1e-2,
        etas=(0.5, 1.2),
        step_sizes=(1e-6, 50),
        *,
        maximize=False,
        foreach=None,
    ):
        not_negative(lr=lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {"lr": lr, "etas": etas, "step_sizes": step_sizes}
        super().__init__(params, {**defaults, "maximize": maximize, "foreach": foreach})

    def _begin(self, parameter, group):
        size = group["lr"] * (1 + 1j) if parameter.dtype.kind == "c" else group["lr"]
        return {**zeros_of(parameter, "prev"), "step_size": np.full_like(parameter, size)}

    def _rule(self, group, t):
        return rprop, (*group["etas"], *group["step_sizes"], 0.0)


@rule
def rprop(p, g, before, size, shrink, grow, least, most, zero):
    """One step: θ, the gradient to be compared with the next, and s; zero has the type of θ."""
    turn = g * before
    size = where(turn > 0, size * grow, where(turn < 0, size * shrink, size))
    size = np.minimum(np.maximum(size, least), most)
    g = where(turn < 0, zero, g)
    return p - where(g > 0, size, where(g < 0, -size, zero)), g, size  # NaN has no sign
