"""Schedule: the learning rate moves with the run."""

from pellucid.training.callback import Callback

__all__ = ["Schedule"]


class Schedule(Callback):
    """``scheduler.step()`` after each epoch, or each step.

    Parameters
    ----------
    scheduler : a scheduler of optim.lr_scheduler
    each : "epoch" or "step"
    monitor : str
        The number in ``loop.record`` that the scheduler's step is given, if it wants one.
    """

    def __init__(self, scheduler, each="epoch", monitor=None):
        if each not in ("epoch", "step"):
            raise ValueError(f"each is 'epoch' or 'step', not {each!r}")
        if monitor and each == "step":
            raise ValueError(f"{monitor!r} is known after an epoch, not after each step")
        self.scheduler, self.each, self.monitor = scheduler, each, monitor

    def after_step(self, loop):
        if self.each == "step":
            self.scheduler.step()

    def after_epoch(self, loop):
        if self.each == "epoch":
            self.scheduler.step(*[loop.record[self.monitor]] if self.monitor else [])

    def state_dict(self):
        return self.scheduler.state_dict()

    def load_state_dict(self, state):
        self.scheduler.load_state_dict(state)
