"""Averages of the weights that a model has had: equal ones (SWA), or such as fade (EMA)."""

import math
from copy import deepcopy

from pellucid.autograd import no_grad
from pellucid.autograd.creation import tensor
from pellucid.nn import Module
from pellucid.nn.modules.normalization import _BatchNorm
from pellucid.optim.lr_scheduler import LRScheduler
from pellucid.optim.lr_scheduler.scheduler import checked

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


class AveragedModel(Module):
    """A copy of a model whose weights are the mean of those it had: θ̄ ← θ̄ + (θ - θ̄) / (n + 1).

    Parameters
    ----------
    model : Module
        What is copied; ``update_parameters(model)`` lets its weights of now count.
    device : device or None
        Where the copy is.
    avg_fn : callable or None
        Another mean: ``avg_fn(θ̄, θ, n)`` is the next θ̄ of one tensor.
    multi_avg_fn : callable or None
        Or one that changes a list of θ̄ in place.
    use_buffers : bool
        Whether buffers are averaged as well; else they are those of the model.

    Attributes
    ----------
    module : Module
        The copy.
    n_averaged : Tensor
        n.

    References
    ----------
    Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.
    """

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model).to(device)
        self.register_buffer("n_averaged", tensor(0, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model):
        """Let the weights of ``model`` count; the first are taken as they are."""
        averaged, given = list(self.module.parameters()), list(model.parameters())
        buffers = list(self.module.buffers()), list(model.buffers())
        if self.use_buffers:
            averaged, given = averaged + buffers[0], given + buffers[1]
        else:
            _first(*buffers, 0)
        average = self.multi_avg_fn or _in_place(self.avg_fn or get_swa_avg_fn())
        average = average if self.n_averaged > 0 else _first
        average([a.detach() for a in averaged], [x.detach() for x in given], self.n_averaged)
        self.n_averaged += 1


def get_swa_avg_fn():
    """The equal mean: θ̄ + (θ - θ̄) / (n + 1)."""
    return lambda averaged, current, number: averaged + (current - averaged) / (number + 1)


def get_ema_avg_fn(decay=0.999):
    """The mean that fades: β θ̄ + (1 - β) θ, β = ``decay``."""
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay}: it is to be in [0, 1]")
    return lambda averaged, current, number: decay * averaged + (1 - decay) * current


def get_swa_multi_avg_fn():
    """The equal mean, of a list of tensors in place."""
    return _in_place(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay=0.999):
    """The mean that fades, of a list of tensors in place."""
    return _in_place(get_ema_avg_fn(decay))


def _in_place(average):
    @no_grad()
    def update(averaged, current, number):
        for mean, x in zip(averaged, current, strict=True):
            mean.copy_(average(mean, x, number))

    return update


_first = _in_place(lambda averaged, current, number: current)


@no_grad()
def update_bn(loader, model, device=None):
    """Make the running means and variances of batch norms the plain means over a loader's batches.

    A batch is what the model takes, or a list or tuple that begins with it; it goes to ``device``.
    """
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    momenta, training = [norm.momentum for norm in norms], model.training
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    for batch in loader:
        x = batch[0] if isinstance(batch, list | tuple) else batch
        model(x.to(device))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(training)


class SWALR(LRScheduler):
    """η = α η_swa + (1 - α) η₀, α rising from 0 to 1: to a rate that stays, from any other.

    η₀ is the rate that other schedules had come to.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates are set.
    swa_lr : float or list
        η_swa.
    anneal_epochs : int
        Steps of the way.
    anneal_strategy : {"cos", "linear"}
        Half a cosine, or a straight line.
    last_epoch : int
        As in ``LRScheduler``.

    References
    ----------
    Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.
    """

    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1):
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', not {anneal_strategy}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, not {anneal_epochs}")
        self.optimizer = checked(optimizer)
        self.anneal_epochs, self.anneal_strategy = anneal_epochs, anneal_strategy
        self._give("swa_lr", self._each("swa_lr", swa_lr))
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step = max(self._step_count - 1, int(self.anneal_epochs == 0))
        before, now = self._share(step - 1), self._share(step)
        goals = [group["swa_lr"] for group in self.optimizer.param_groups]
        if before == 1:
            return goals
        left = (1 - now) / (1 - before)
        return [goal + (rate - goal) * left for goal, rate in zip(goals, self.rates, strict=True)]

    def _share(self, step):
        """α after so many steps."""
        done = min(max(step / max(self.anneal_epochs, 1), 0), 1)
        return (1 - math.cos(math.pi * done)) / 2 if self.anneal_strategy == "cos" else done
