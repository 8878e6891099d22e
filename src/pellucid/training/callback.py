"""Callback: what is told of a run, and may act on it."""

__all__ = ["Callback"]


class Callback:
    """Override the events that matter; each is given the ``Loop``, which can be read and changed.

    ``begin``, ``end``
        Before the first batch; after the last, also if the run breaks off.
    ``before_step``
        The gradients of a step are there, the parameters have not moved.
    ``after_step``, ``after_epoch``
        A step is made; an epoch is, and ``loop.record`` tells of it.
    ``at_rest``
        All callbacks have been told of that step, or epoch: now the state of the run is whole.
    """

    def begin(self, loop):
        pass

    def before_step(self, loop):
        pass

    def after_step(self, loop):
        pass

    def after_epoch(self, loop):
        pass

    def at_rest(self, loop):
        pass

    def end(self, loop):
        pass

    def state_dict(self):
        """What the callback has to know when the run goes on after an interruption."""
        return {}

    def load_state_dict(self, state):
        """Take that again."""
        vars(self).update(state)
