"""Progress: a bar for the epoch that is under way, with the loss beside it."""

import contextlib

from pellucid.callbacks import compiling_line
from pellucid.training.callback import Callback

__all__ = ["Progress"]


class Progress(Callback):
    """Draw the run on the error stream: which epoch, how many batches of it, the last loss."""

    def begin(self, loop):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._open = contextlib.ExitStack()
        self._open.enter_context(self._bar)
        self._open.enter_context(compiling_line(self._bar))
        total = len(loop.data) if hasattr(loop.data, "__len__") else None
        self._task = self._bar.add_task("", total=total)
        self.after_step(loop)

    def after_step(self, loop):
        words = f"epoch {min(loop.epoch + 1, loop.epochs)} of {loop.epochs}, loss {loop.value:.4g}"
        self._bar.update(self._task, completed=loop.batch, description=words)

    def after_epoch(self, loop):
        words = (f"{name} {value:.4g}" for name, value in loop.record.items())
        self._bar.console.print(", ".join(words), highlight=False)

    def end(self, loop):
        self._open.close()
