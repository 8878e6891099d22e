"""Schedules made of schedules: one after the other, or all at once."""

import bisect

from pellucid.optim.lr_scheduler.scheduler import LRScheduler

__all__ = ["ChainedScheduler", "SequentialLR"]


class _Composite(LRScheduler):
    """Several schedules of one optimiser, whose states go together."""

    def _take(self, optimizer, schedulers):
        if not schedulers:
            raise ValueError("there is to be at least one scheduler")
        if any(each.optimizer is not optimizer for each in schedulers):
            raise ValueError("all schedulers are to be of the same optimizer")
        self.optimizer, self._schedulers = optimizer, list(schedulers)

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
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than "
                f"the number of milestone points, but got {len(schedulers)} and {len(milestones)}"
            )
        self._take(optimizer, schedulers)
        self._milestones, self.last_epoch = list(milestones), last_epoch + 1
        # Each has set the rates as it was made: that is undone, and the first begins.
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        schedulers[0]._step_count = 0
        schedulers[0]._begin_again()
        self._last_lr = schedulers[0].get_last_lr()

    def step(self):
        """Go on by one."""
        self.last_epoch += 1
        place = bisect.bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[place]
        if place and self._milestones[place - 1] == self.last_epoch:
            scheduler._begin_again()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composite):
    """``schedulers`` all at once: each goes on by one from the rates that the one before set."""

    def __init__(self, schedulers, optimizer=None):
        self._take(optimizer or schedulers[0].optimizer, schedulers)
        self._last_lr = self.rates

    def step(self):
        """Go on by one."""
        for each in self._schedulers:
            each.step()
        self._last_lr = self.rates
