"""Run benchmark rows, ours and the peer's in turn, and print the table."""

import argparse
import contextlib
import multiprocessing
import os
import platform
import statistics
from pathlib import Path

from benchmarks.record import HEADER, line, mean_ratio, record
from benchmarks.rows import load_rows
from benchmarks.worker import serve
from pellucid import cuda


def run(row, repeats):
    """Medians of ours and the peer's, run in turn in two processes."""
    context = multiprocessing.get_context("spawn")
    sides = {}
    for side in ("ours", "peer"):
        here, there = context.Pipe()
        # No daemon: in one, joblib would hold scikit-learn's searches to a single core.
        process = context.Process(target=serve, args=(row.id, side, there))
        with cores(row.cores):
            process.start()
        there.close()  # so that a worker that dies is an EOFError here, not a wait for ever
        sides[side] = (here, process)
    for here, _ in sides.values():
        here.recv()  # the data is there, on both sides, before either runs
    measured = {"ours": [], "peer": []}
    for _ in range(1 + repeats):
        for side, (here, _) in sides.items():
            here.send("run")
            measured[side].append(here.recv())
    for _, process in sides.values():
        process.kill()  # all is measured; told to stop, one would wait for joblib's workers
        process.join()
    result = {
        "family": row.family,
        "name": row.name,
        "size": row.size,
        "against": row.peer,
        "axis": row.axis,
    }
    for side, (first, *samples) in measured.items():
        seconds, peaks, figures = zip(*samples, strict=True)
        result[side] = {
            "first_s": first[0],
            "median_s": statistics.median(seconds),
            "peak_mb": None if peaks[0] is None else statistics.median(peaks),
            "figure": figures[-1],
        }
    result["ratio"] = result["peer"]["median_s"] / result["ours"]["median_s"]
    return result


@contextlib.contextmanager
def cores(number):
    """Processes started inside have the first ``number`` of this one's cores, from their start."""
    if number is None:
        yield
        return
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(mine)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("family", nargs="?", default="", help="rows of this family alone")
    parser.add_argument("name", nargs="?", default="", help="rows whose name starts so")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="keep the results beside the rows")
    args = parser.parse_args()
    rows = [
        r for r in load_rows() if r.family.startswith(args.family) and r.name.startswith(args.name)
    ]
    print(
        f"{cpu()}, {multiprocessing.cpu_count()} cores; "
        "ratio = peer's time / ours; memory is the peak above the data\n"
    )
    print(HEADER, flush=True)
    results = []
    without = [] if cuda.is_available() else [row for row in rows if row.gpu]
    for row in [row for row in rows if row not in without]:
        results.append(run(row, args.repeats))
        print(line(results[-1]), flush=True)
        if args.record:
            record(cpu(), results[-1:], load_rows())
    for row in without:
        print(f"not run, for want of a GPU: {row.id}")
    if results:
        print(f"\ngeometric mean of the ratios: {mean_ratio(results):.2f}")


if __name__ == "__main__":
    main()
