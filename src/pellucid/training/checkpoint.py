"""Checkpoint: the whole run in a file, from which it can go on."""

import pellucid.persistence as files
from pellucid.training.callback import Callback

__all__ = ["Checkpoint"]


class Checkpoint(Callback):
    """Write the state of the run every so many steps, and after each epoch.

    ``loop.resume(path)`` goes on from there: with the same script, the weights in the end are the
    same, bit for bit, as without the interruption.  The file is whole at any moment, since it is
    written beside the old one and then takes its place.

    Parameters
    ----------
    path : path
        The file; each checkpoint replaces the one before.
    every : int
        Steps from one checkpoint to the next.
    """

    def __init__(self, path, every=100):
        self.path, self.every = path, every

    def at_rest(self, loop):
        if loop.step % self.every == 0 or loop.batch == 0:
            files.save(loop.state_dict(), self.path)
