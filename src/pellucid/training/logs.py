"""Logs: a line for each epoch, as JSON or as a table."""

import csv
import io
import json

from pellucid.training.callback import Callback

__all__ = ["CSVLog", "JSONLog"]


class _Log(Callback):
    """A file of lines.  A run that goes on after an interruption first cuts off what was written
    after the checkpoint, and so leaves the same log as one that was never interrupted.
    """

    def __init__(self, path):
        self.path, self.written = path, 0  # bytes

    def begin(self, loop):
        with open(self.path, "ab") as file:
            file.truncate(min(self.written, file.tell()))

    def write(self, line):
        """One more line at the end."""
        with open(self.path, "ab") as file:
            file.write(line.encode())
            self.written = file.tell()

    def state_dict(self):
        return {"written": self.written}


class JSONLog(_Log):
    """``loop.record`` after each epoch; with ``every``, the loss of each so-manieth step too."""

    def __init__(self, path, every=None):
        super().__init__(path)
        self.every = every

    def after_step(self, loop):
        if self.every and loop.step % self.every == 0:
            self.write(json.dumps({"step": loop.step, "loss": loop.value}) + "\n")

    def after_epoch(self, loop):
        self.write(json.dumps(loop.record) + "\n")


class CSVLog(_Log):
    """A table with a row for each epoch, the columns being those of the first ``loop.record``."""

    def __init__(self, path):
        super().__init__(path)
        self.columns = []

    def after_epoch(self, loop):
        lines = io.StringIO()
        if not self.columns:
            self.columns = list(loop.record)
            csv.writer(lines, lineterminator="\n").writerow(self.columns)
        csv.DictWriter(lines, self.columns, lineterminator="\n").writerow(loop.record)
        self.write(lines.getvalue())

    def state_dict(self):
        return {"written": self.written, "columns": self.columns}
