"""Stochastic gradient descent, with momentum."""

import numpy as np

from pellucid.optim.optimizer import Optimizer, not_negative, sweep, together

__all__ = ["SGD"]


class SGD(Optimizer):
    """θ ← θ - η g; with momentum μ, b ← μ b + (1 - τ) g and θ ← θ - η b, b = g at first.

    Nesterov's takes g + μ b for b.

    Parameters
    ----------
    params : iterable
        θ, as in ``Optimizer``.
    lr : float
        η.
    momentum, dampening : float
        μ and τ.
    weight_decay : float
        λ: g becomes g + λ θ.
    nesterov : bool
        Whether the momentum is Nesterov's.
    maximize : bool
        Whether to go up.

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0,
        dampening=0,
        weight_decay=0,
        nesterov=False,
        *,
        maximize=False,
    ):
        not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {"lr": lr, "momentum": momentum, "dampening": dampening}
        defaults |= {"weight_decay": weight_decay, "nesterov": nesterov, "maximize": maximize}
        super().__init__(params, defaults)

    def _update_all(self, work, group):
        rates, calls = {}, []
        for parameter, gradient, state in work:
            arrays, first = [parameter], False
            if group["momentum"]:
                first = "momentum_buffer" not in state
                if first:
                    state["momentum_buffer"] = np.zeros_like(parameter)
                arrays.append(state["momentum_buffer"])
            key = first, parameter.dtype
            if key not in rates:
                rates[key] = _rates(*key, group)
            calls.append((arrays, gradient, rates[key]))
        sweep(momentum_step if group["momentum"] else sgd_step, calls)


def _rates(first, dtype, group):
    """What all parameters share, as one array for the kernel."""
    rates = [group["lr"], group["weight_decay"]]
    if group["momentum"]:
        rise = 1 if first else 1 - group["dampening"]
        rates += [group["momentum"], rise, group["nesterov"]]
    return np.array(rates, dtype)


@together
def sgd_step(parameter, gradient, rates):
    rate, decay = rates
    for i in range(len(parameter)):
        p, g = parameter[i], gradient[i]
        g += decay * p if decay else decay
        parameter[i] = p - rate * g


@together
def momentum_step(parameter, buffer, gradient, rates):
    """One pass over all arrays: their memory, and not the arithmetic, is what takes the time."""
    rate, decay, momentum, rise, nesterov = rates
    for i in range(len(parameter)):
        p, g = parameter[i], gradient[i]
        g += decay * p if decay else decay
        b = momentum * buffer[i] + rise * g
        buffer[i] = b
        parameter[i] = p - rate * (g + momentum * b if nesterov else b)
