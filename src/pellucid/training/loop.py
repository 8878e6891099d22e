"""Loop: training on one page."""

import itertools
import math
import os

import pellucid.persistence as files
from pellucid.autograd import Tensor, no_grad
from pellucid.training.modes import evaluating
from pellucid.training.streams import restore, states, streams

__all__ = ["Loop"]


class Loop:
    """θ ← step(θ, ∇θ L),  L = Σᵢ ℓ(f(xᵢ; θ), yᵢ) / n over the n examples of a step, epoch by epoch.

    Callbacks are told of each step and each epoch, and do all the rest: see ``Callback``.

    Parameters
    ----------
    model : Module
        f.
    optimizer : Optimizer
        How θ moves.
    loss : callable
        ℓ: of a prediction and a target, the mean over a batch.
    callbacks : list of Callbacks
        Told in this order.
    accumulate : int
        Batches whose gradients are added up for one step: 4 of 8 examples are one of 32.

    Attributes
    ----------
    epoch, batch, step : int
        What is done: epochs, batches of the epoch that is under way, steps of the optimizer in all.
    value : float
        L at the last step.
    record : dict
        What there is to say of the last epoch: its number, the mean loss, the validation loss, and
        what callbacks add.
    stop : bool
        Set by a callback, it makes the epoch that is under way the last one.
    """

    def __init__(self, model, optimizer, loss, callbacks=(), accumulate=1):
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.callbacks, self.accumulate = list(callbacks), accumulate
        self.epoch = self.batch = self.step = 0
        self.total, self.count = 0.0, 0  # Σ ℓ of this epoch, and over how many examples
        self.value, self.record, self.stop = math.nan, {}, False
        self.data, self.epochs, self._resumed = None, 0, None

    def fit(self, data, epochs, validation=None):
        """Train until ``epochs`` are done in all, on ``data``: batches (*inputs, target)."""
        self.data, self.epochs = data, epochs
        self.model.train()
        self._tell("begin")
        try:
            while self.epoch < epochs and not self.stop:
                batches = self._batches()
                while group := list(itertools.islice(batches, self.accumulate)):
                    self._step(group)
                    self._tell("after_step")
                    self._tell("at_rest")
                self._end_epoch(validation)
                self._tell("after_epoch")
                self._tell("at_rest")
        finally:
            self._tell("end")
        return self

    def _step(self, group):
        sizes = [self.size(batch) for batch in group]
        self.optimizer.zero_grad()
        self.value = 0.0
        for batch, n in zip(group, sizes, strict=True):
            loss = self.compute_loss(batch) * (n / sum(sizes))
            self.value += loss.item()
            self._check(batch)
            loss.backward()
        self._tell("before_step")
        self.optimizer.step()
        self.batch, self.step = self.batch + len(group), self.step + 1
        self.total, self.count = self.total + self.value * sum(sizes), self.count + sum(sizes)

    def _end_epoch(self, validation):
        if not self.count:
            raise ValueError(
                f"epoch {self.epoch + 1} had no batches: data is to begin anew each time"
            )
        self.epoch += 1
        self.record = {"epoch": self.epoch, "step": self.step, "loss": self.total / self.count}
        if validation is not None:
            self.record["validation_loss"] = self.evaluate(validation)
        self.batch, self.total, self.count = 0, 0.0, 0

    # --- what a batch is: other kinds of model say these two otherwise

    def compute_loss(self, batch):
        """ℓ(f(x), y), the mean over a batch (*x, y)."""
        *inputs, target = batch
        return self.loss(self.model(*inputs), target)

    def size(self, batch):
        """How many examples a batch has."""
        return len(batch[-1])

    def evaluate(self, data):
        """The mean loss over other data; nothing is learned."""
        total = count = 0
        with evaluating(self.model), no_grad():
            for batch in data:
                n = self.size(batch)
                total, count = total + n * self.compute_loss(batch).item(), count + n
        return total / count

    # --- to stop anywhere, and to go on from there

    def state_dict(self):
        """Everything that the rest of the run depends on, at rest between two steps."""
        now = states(streams(self.data))
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "counts": {name: getattr(self, name) for name in COUNTS},
            "streams": {"begun": self._begun if self.batch else now, "now": now},
        }

    def load_state_dict(self, state):
        """Go on from what ``state_dict`` gave: the next ``fit`` does, with the same data."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for callback, kept in zip(self.callbacks, state["callbacks"], strict=True):
            callback.load_state_dict(kept)
        vars(self).update(state["counts"])
        self._resumed = state["streams"]

    def resume(self, path):
        """Go on from the file that a ``Checkpoint`` wrote, if there is one yet."""
        if os.path.exists(path):
            self.load_state_dict(files.load(path))
        return self

    def _batches(self):
        """The batches of this epoch that are still to come.

        After an interruption the epoch is begun again from the same random numbers, and what was
        done is passed over.
        """
        kept, self._resumed = self._resumed, None
        if kept:
            restore(streams(self.data), kept["begun"])
        self._begun = states(streams(self.data))
        batches = iter(self.data)
        if kept and self.batch:
            next(itertools.islice(batches, self.batch - 1, None), None)
            restore(streams(self.data), kept["now"])
        return batches

    def _check(self, batch):
        if math.isfinite(self.value):
            return
        numbers = [x for x in batch if isinstance(x, Tensor) and x.is_floating_point()]
        sound = all(bool(x.isfinite().all()) for x in numbers)
        reason = (
            "try a smaller learning rate, or ClipGradients; look for log or division of zero"
            if sound
            else "the batch itself holds NaN or infinity"
        )
        raise FloatingPointError(
            f"the loss is {self.value} at step {self.step + 1}, in epoch {self.epoch + 1} after "
            f"{self.batch} batches, and no step was taken with it: {reason}"
        )

    def _tell(self, event):
        for callback in self.callbacks:
            getattr(callback, event)(self)


COUNTS = ("epoch", "batch", "step", "total", "count", "value", "record", "stop")
