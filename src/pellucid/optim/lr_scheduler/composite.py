"""Schedules made of schedules: one after the other, or all at once."""

import bisect

from pellucid.optim.lr_scheduler.king import KingLR
from pellucid.optim.lr_scheduler.plateau import ReduceLROnPlateau
from pellucid.optim.lr_scheduler.scheduler import LRScheduler

__all__ = ["ChainedScheduler", "SequentialLR"]


class _Composite(LRScheduler):
    """Several schedules of one optimiser, whose states go together."""

    def _take(self, optimizer, schedulers):
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for k, each in enumerate(schedulers):
            if not hasattr(each, "optimizer"):
                raise TypeError(f"{name} at index {k} should have `optimizer` as its attribute.")
            if isinstance(each, ReduceLROnPlateau | KingLR):
                raise ValueError(
                    f"{name} does not support `{type(each).__name__}` scheduler as it requires "
                    "additional kwargs to be specified when calling `step`, but got one at index "
                    f"{k} in the given schedulers sequence."
                )
            if each.optimizer is not (optimizer or schedulers[0].optimizer):
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got "
                    f"scheduler {type(each).__name__} at index {k} of another"
                )
        self.optimizer, self._schedulers = schedulers[0].optimizer, list(schedulers)

    def _go_to(self, epoch):
        """To 0 from any step, by taking back what the schedules did as they were made."""
        self._set([group["initial_lr"] for group in self.optimizer.param_groups])
        self._begin()

    def state_dict(self):
        """Its own state, and those of its schedules."""
        return {
            **super().state_dict(),
            "_schedulers": [each.state_dict() for each in self._schedulers],
        }

    def load_state_dict(self, state_dict):
        """Go on from what ``state_dict`` gave."""
        own = {name: x for name, x in state_dict.items() if name != "_schedulers"}
        super().load_state_dict(own)
        for each, given in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            each.load_state_dict(given)


class SequentialLR(_Composite):
    """``schedulers`` one after the other, the next beginning at each of the ``milestones``."""

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        self._take(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than "
                f"the number of milestone points, but got {len(schedulers)} and {len(milestones)}"
            )
        self._milestones = list(milestones)
        self._go_to(0)
        self.last_epoch = last_epoch + 1

    def _begin(self):
        self.last_epoch = 0
        first = self._schedulers[bisect.bisect_right(self._milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def step(self):
        """Go on by one."""
        self.last_epoch += 1
        place = bisect.bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[place]
        if place and self._milestones[place - 1] == self.last_epoch:
            scheduler._go_to(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composite):
    """``schedulers`` all at once: each goes on by one from the rates that the one before set."""

    def __init__(self, schedulers, optimizer=None):
        self._take(optimizer, schedulers)
        self._last_lr = self.rates

    def _begin(self):
        for each in self._schedulers:
            each._begin()
        self._last_lr = self.rates

    def step(self):
        """Go on by one."""
        for each in self._schedulers:
            each.step()
        self._last_lr = self.rates
