"""One side of a benchmark, in a process of its own (which can not import the program itself).

Both sides inherit one environment, and neither is told how many threads to take.  Each imports its
own library alone; that of ours includes scikit-learn's base classes.  The first call, which
imports, compiles and warms, is told apart from those that are repeated.

Memory is the most that was resident during a call above what was resident before it: what the call
returns and needs for itself, and not its data.  The kernel keeps that mark, so that no temporary of
any library or thread is too short to be seen.  What earlier calls freed is first given back to the
system, for a call that is served from it would seem to need nothing; what they keep (compiled code,
the buffers of BLAS) is not counted.
"""

import ctypes
import gc
import time
from pathlib import Path

from benchmarks.rows import Library, load_rows

__all__ = ["serve"]


def serve(row_id, side, pipe):
    """The worker: build the case, run it when asked, answer with (seconds, peak MB, figure)."""
    row = next(r for r in load_rows() if r.id == row_id)
    call = row.case(Library("pellucid" if side == "ours" else row.peer), row.size)
    pipe.send("ready")
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
    gc.collect()
    try:
        if give_back := getattr(ctypes.CDLL(None), "malloc_trim", None):
            give_back(0)
        Path("/proc/self/clear_refs").write_text("5")
    except (OSError, TypeError):  # no such file; on Windows, no library of that name
        return None
    return _status("VmRSS")
