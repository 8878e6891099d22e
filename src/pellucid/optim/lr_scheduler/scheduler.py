"""LRScheduler: the learning rates of an optimiser's groups, step by step."""

import types
import warnings

from pellucid.autograd import Tensor, no_grad
from pellucid.optim.optimizer import Optimizer

__all__ = ["EPOCH_DEPRECATION_WARNING", "LRScheduler", "checked"]

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where "
    "possible: call `scheduler.step()` without it"
)
ORDER = "see https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"


class LRScheduler:
    """What all schedules share.  One writes ``get_lr()``: the rates at step ``last_epoch``.

    It reads ``self.base_lrs``, the rates at first, or ``self.rates``, those of now: a schedule that
    multiplies the latter works beside others on the same optimiser.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' "lr" is set.
    last_epoch : int
        The step before the next; -1 begins.  Any other goes on with an optimiser whose state was
        loaded, and whose rates are those of the next step already.
    """

    _get_lr_called_within_step = True  # which the ``get_lr`` of programs asks

    def __init__(self, optimizer, last_epoch=-1):
        self.optimizer, self.last_epoch = checked(optimizer), last_epoch
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{number}] when resuming "
                    "a scheduler: load the optimizer's state first"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self._begin(last_epoch)

    @property
    def rates(self):
        """The rates of now, one a group."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def get_lr(self):
        """The rates at step ``last_epoch``, one a group."""
        raise NotImplementedError

    def get_last_lr(self):
        """The rates that were set last."""
        return self._last_lr

    def step(self, epoch=None):
        """Go on by one, after ``optimizer.step()``; or, as was once the custom, to an epoch."""
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
            self._go_to(epoch)
            return
        if self._step_count == 1 and "step" in vars(self.optimizer):
            warnings.warn(
                "`optimizer.step()` has been overridden: it is to be called before "
                f"`lr_scheduler.step()`; {ORDER}",
                UserWarning,
                stacklevel=2,
            )
        elif self._step_count == 1 and not self.optimizer._stepped:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`: the first value "
                f"of the learning rate schedule is skipped; {ORDER}",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        self.last_epoch += 1
        self._set(self.get_lr())

    @property
    def _goes_on(self):
        """Whether the rates are those of this step already, by the optimiser's loaded state."""
        return self._step_count == 1 and self.last_epoch > 0

    def _begin(self, last_epoch=-1):
        """The first step, after ``last_epoch``: by ``step``, which may be a program's own."""
        self._step_count, self.last_epoch = 0, last_epoch
        self.step()

    def _go_to(self, epoch):
        """To any step from any other: a schedule that comes after others begins so, at 0."""
        self._step_count += 1
        self.last_epoch = epoch
        self._set(self._rates_at(epoch))

    def _rates_at(self, t):
        """The rates at step t without those of t - 1, where a schedule can tell."""
        return self.get_lr()

    def _set(self, rates):
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            if isinstance(group["lr"], Tensor):  # which others may hold as well
                with no_grad():
                    group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        self._last_lr = self.rates

    def state_dict(self):
        """All that a schedule knows, but for its optimiser and functions."""
        return {name: x for name, x in vars(self).items() if not _is_foreign(name, x)}

    def load_state_dict(self, state_dict):
        """Go on from what ``state_dict`` gave."""
        vars(self).update(state_dict)

    def _each(self, name, value):
        """A setting for each group, from one for all or from a list."""
        groups = self.optimizer.param_groups
        values = list(value) if isinstance(value, list | tuple) else [value] * len(groups)
        values = [float(v) if isinstance(v, Tensor) else v for v in values]
        if len(values) != len(groups):
            raise ValueError(
                f"{name} must have the same length as optimizer.param_groups: {len(groups)}, not "
                f"{len(values)}"
            )
        return values

    def _give(self, name, values):
        """Set one setting of each group."""
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            group[name] = value


def checked(optimizer):
    """The optimiser, if it is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def known_of(function):
    """What an object that is called knows; of a function nothing."""
    named = function is None or isinstance(function, types.FunctionType)
    return None if named else dict(vars(function))


def _is_foreign(name, x):
    some = x if isinstance(x, list) else [x]
    return name == "optimizer" or any(isinstance(one, types.FunctionType) for one in some)
