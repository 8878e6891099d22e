"""Watch one number of each epoch: stop when it gets no better, keep the best model."""

import math

import pellucid.persistence as files
from pellucid.training.callback import Callback

__all__ = ["BestCheckpoint", "EarlyStop"]


class _Watch(Callback):
    """Parameters
    ----------
    monitor : str
        The number in ``loop.record``.
    mode : "min" or "max"
        Which is better.
    min_delta : float
        By how much a number has to be better than the best.
    """

    def __init__(self, monitor="validation_loss", mode="min", min_delta=0.0):
        if mode not in ("min", "max"):
            raise ValueError(f"mode is 'min' or 'max', not {mode!r}")
        self.monitor, self.sign, self.min_delta = monitor, 1 if mode == "min" else -1, min_delta
        self.best = self.sign * math.inf

    def is_better(self, record):
        """Whether this epoch's number is the best so far, which then is kept in mind."""
        if self.monitor not in record:
            raise KeyError(f"no {self.monitor!r} among {sorted(record)}; does fit have validation?")
        value = record[self.monitor]
        better = self.sign * value < self.sign * self.best - self.min_delta
        self.best = value if better else self.best
        return better

    def state_dict(self):
        return {"best": self.best}


class EarlyStop(_Watch):
    """Stop after ``patience`` epochs in a row that were no better than the best before them."""

    def __init__(self, monitor="validation_loss", patience=3, mode="min", min_delta=0.0):
        super().__init__(monitor, mode, min_delta)
        self.patience, self.waited = patience, 0

    def after_epoch(self, loop):
        self.waited = 0 if self.is_better(loop.record) else self.waited + 1
        loop.stop = loop.stop or self.waited >= self.patience

    def state_dict(self):
        return {"best": self.best, "waited": self.waited}


class BestCheckpoint(_Watch):
    """Save the model's state_dict to ``path`` after each epoch that is the best so far."""

    def __init__(self, path, monitor="validation_loss", mode="min", min_delta=0.0):
        super().__init__(monitor, mode, min_delta)
        self.path = path

    def after_epoch(self, loop):
        if self.is_better(loop.record):
            files.save(loop.model.state_dict(), self.path)
