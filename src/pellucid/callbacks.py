"""Watch a long fit: an algorithm counts its steps, whoever listens draws them.

An algorithm writes ``for epoch in steps(self, self.max_iter, "epoch")`` and knows nothing more.
Nobody listening, that is ``range``.  ``with progress_bar():`` around any fit draws a bar, and so
does ``verbose=1`` of an estimator that has the argument; ``with listen(f):`` calls ``f`` with each
``Step``.
"""

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["Step", "compiling_line", "listen", "progress_bar", "steps"]

_listeners: ContextVar[tuple] = ContextVar("pellucid_listeners", default=())


@dataclass(frozen=True)
class Step:
    """``done`` of ``total`` steps of one fit, each a ``unit`` (an epoch, an iteration)."""

    estimator: object
    unit: str
    done: int
    total: int
    finished: bool


@contextlib.contextmanager
def listen(listener):
    """Call ``listener(step)`` at every step of every fit inside the ``with`` block."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield listener
    finally:
        _listeners.reset(token)


def steps(estimator, total, unit="iteration"):
    """``range(total)`` that tells the listeners of each step, and of the end however left."""
    with progress_bar() if getattr(estimator, "verbose", False) else contextlib.nullcontext():
        listeners = _listeners.get()
        if not listeners:
            yield from range(total)
            return
        done = 0
        try:
            for done in range(total):
                _tell(listeners, Step(estimator, unit, done, total, False))
                yield done
            done = total
        finally:
            _tell(listeners, Step(estimator, unit, done, total, True))


@contextlib.contextmanager
def progress_bar():
    """Draw a bar on the error stream for each fit that runs inside the ``with`` block."""
    if any(isinstance(listener, _Bars) for listener in _listeners.get()):
        yield  # two that draw would overwrite each other
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    with progress, compiling_line(progress), listen(_Bars(progress)):
        yield


@contextlib.contextmanager
def compiling_line(progress):
    """A line of a rich ``progress`` that says when it is machine code that is waited for."""
    from pellucid._compile import watch_compiling

    line = progress.add_task("compiling, once for this machine", total=None, visible=False)

    def show(visible):
        progress.update(line, visible=visible, refresh=True)

    with watch_compiling(lambda: show(True), lambda: show(False)):
        yield


class _Bars:
    """The listener that draws: a bar from the first step of a fit to its last."""

    def __init__(self, progress):
        self.progress = progress
        self.tasks = {}  # id of the estimator -> its bar

    def __call__(self, step):
        key = id(step.estimator)
        if key not in self.tasks:
            name = f"{type(step.estimator).__name__}, {step.unit}"
            self.tasks[key] = self.progress.add_task(name, total=step.total)
        self.progress.update(self.tasks[key], completed=step.done)
        if step.finished:
            self.progress.remove_task(self.tasks.pop(key))


def _tell(listeners, step):
    for listener in listeners:
        listener(step)
