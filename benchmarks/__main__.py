"""Run benchmark rows, ours and the peer's in turn, and print the table."""

import argparse
import json
import math
import multiprocessing
import platform
import statistics
from pathlib import Path

from benchmarks.rows import load_rows
from benchmarks.worker import serve


def run(row, repeats):
    """Medians of ours and the peer's, run in turn in two processes."""
    context = multiprocessing.get_context("spawn")
    sides = {}
    for side in ("ours", "peer"):
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(row.id, side, there), daemon=True)
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
    for here, process in sides.values():
        here.send("stop")
        process.join()
    result = {"family": row.family, "name": row.name, "size": row.size, "against": row.peer}
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


def cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def line(r) -> str:
    def memory(side):
        return "-" if side["peak_mb"] is None else f"{side['peak_mb']:.0f}"

    def figure(side):
        return "" if side["figure"] is None else f"{side['figure']:.6g}"

    ours, peer = r["ours"], r["peer"]
    return (
        f"| {r['family']}.{r['name']} | {r['size']} "
        f"| {ours['median_s'] * 1e3:.1f} | {peer['median_s'] * 1e3:.1f} | {r['ratio']:.2f} "
        f"| {memory(ours)} | {memory(peer)} | {figure(ours)} | {figure(peer)} |"
    )


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("family", nargs="?", default="", help="rows of this family alone")
    parser.add_argument("name", nargs="?", default="", help="rows whose name starts so")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the results here as well")
    args = parser.parse_args()
    rows = [
        r for r in load_rows() if r.family.startswith(args.family) and r.name.startswith(args.name)
    ]
    print(
        f"{cpu()}, {multiprocessing.cpu_count()} cores; "
        "ratio = peer's time / ours; memory is the peak above the data\n"
    )
    print(
        "| row | size | ours ms | peer ms | ratio | ours MB | peer MB | ours figure | peer figure |"
    )
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    results = []
    for row in rows:
        results.append(run(row, args.repeats))
        print(line(results[-1]), flush=True)
    if results:
        mean = math.exp(statistics.fmean(math.log(r["ratio"]) for r in results))
        print(f"\ngeometric mean of the ratios: {mean:.2f}")
    if args.json:
        args.json.write_text(json.dumps({"cpu": cpu(), "rows": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
