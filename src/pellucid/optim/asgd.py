"""Averaged stochastic gradient descent: the mean of the places it has been at."""

from pellucid.optim.optimizer import Optimizer, not_negative
from pellucid.optim.rule import rule

__all__ = ["ASGD"]


class ASGD(Optimizer):
    """θ ← (1 - λ ηₜ) θ - ηₜ g,  θ̄ ← θ̄ + (θ - θ̄) / max(1, t - t₀),  ηₜ = η / (1 + λ η t)^α.

    t counts the steps before.  θ̄, which is θ until t₀, is ``state[p]["ax"]``.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    lambd, alpha, t0 : float
        λ, α and t₀.
    weight_decay : float
        g becomes g plus this times θ.
    maximize : bool
        Whether to go up.
    foreach : bool or None
        Any route gives the same answer.

    References
    ----------
    Polyak, Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control
    Optim. 30, 1992.
    """

    kept = ("ax",)

    def __init__(
        self,
        params,
        lr=1e-2,
        lambd=1e-4,
        alpha=0.75,
        t0=1e6,
        weight_decay=0,
        *,
        maximize=False,
        foreach=None,
    ):
        not_negative(lr=lr, weight_decay=weight_decay)
        defaults = {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0}
        defaults |= {"weight_decay": weight_decay, "maximize": maximize, "foreach": foreach}
        super().__init__(params, defaults)

    def _begin(self, parameter, group):
        return {**super()._begin(parameter, group), "eta": float(group["lr"]), "mu": 1.0}

    def _count(self, parameter, state, group):
        (t,) = super()._count(parameter, state, group)
        now = state["eta"], state["mu"]
        state["eta"] = group["lr"] / (1 + group["lambd"] * group["lr"] * t) ** group["alpha"]
        state["mu"] = 1 / max(1, t - group["t0"])
        return now

    def _rule(self, group, eta, mu):
        return asgd, (eta, mu, 1 - group["lambd"] * eta, group["weight_decay"])


@rule
def asgd(p, g, mean, eta, mu, keep, decay):
    """One step: θ and θ̄."""
    if decay:
        g = g + decay * p
    p = keep * p - eta * g
    return p, mean + mu * (p - mean)
