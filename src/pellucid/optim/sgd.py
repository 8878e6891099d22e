"""Stochastic gradient descent, with momentum."""

import numpy as np

from pellucid._compile import kernel
from pellucid.optim.optimizer import Optimizer, not_negative, sweep

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
        momentum, calls = group["momentum"], []
        for parameter, gradient, state in work:
            first = momentum and "momentum_buffer" not in state
            if first:
                state["momentum_buffer"] = np.zeros_like(parameter)
            rates = [group["lr"], group["weight_decay"], momentum]
            rates.append(1 if first else 1 - group["dampening"])
            arrays = parameter, state.get("momentum_buffer", parameter)
            calls.append((arrays, gradient, np.array(rates, parameter.dtype)))
        sweep(lambda arrays, rates: sgd_step(*arrays, rates, group["nesterov"]), calls)


@kernel(borrows=True, error_model="numpy", fastmath={"contract"})
def sgd_step(parameter, buffer, gradient, rates, nesterov):
    """One pass over all arrays; of the buffer only where there is momentum."""
    rate, decay, momentum, rise = rates
    for i in range(len(parameter)):
        g = gradient[i]
        if decay != 0:
            g += decay * parameter[i]
        if momentum != 0:
            buffer[i] = momentum * buffer[i] + rise * g
            g = g + momentum * buffer[i] if nesterov else buffer[i]
        parameter[i] -= rate * g
