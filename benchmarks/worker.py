"""One side of a benchmark, in a process of its own (which can not import the program itself)."""

import time
from pathlib import Path

from benchmarks.rows import Library, load_rows

__all__ = ["serve"]


def serve(row_id, side, pipe):
    """The worker: build the case, run it when asked, answer with (seconds, peak MB, figure)."""
    row = next(r for r in load_rows() if r.id == row_id)
    call = row.case(Library("pellucid" if side == "ours" else row.peer), row.size)
    started = time.perf_counter()
    call()
    pipe.send(time.perf_counter() - started)  # the first call, compiling and warming included
    while pipe.recv() == "run":
        before = _reset_peak()
        started = time.perf_counter()
        figure = call()
        seconds = time.perf_counter() - started
        peak = None if before is None else (_status("VmHWM") - before) / 1024
        pipe.send((seconds, peak, float(figure) if isinstance(figure, int | float) else None))


def _status(field) -> int | None:
    """A line of /proc/self/status in kB; None where there is no such file."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def _reset_peak() -> int | None:
    """Start the peak of resident memory afresh; return what is resident now, in kB."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return _status("VmRSS")
