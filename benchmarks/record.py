"""What was measured, kept: results.json, the tables and the pictures drawn from it.

A run replaces the rows that it measured and leaves the others; rows that are no more are dropped.
"""

import json
import math
import statistics
from itertools import groupby
from pathlib import Path

__all__ = ["HEADER", "RESULTS", "figures", "line", "mean_ratio", "merged", "page", "record"]

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
HEADER = (
    "| row | size | ours ms | peer ms | ratio | ours MB | peer MB | ours figure | peer figure |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|"
)
PREFACE = """\
# Benchmarks

Ours and the peer in turn, each in a process of its own, at its ordinary settings and the same
stopping rule; medians.  Made by `python -m benchmarks --record`; `python -m benchmarks linear_model
ridge` runs some of it; `pip install -e '.[peers]'` brings the peers that are not scikit-learn.

{cpu}, two cores; ratio = peer's time / ours; memory is the peak above what was there before the
call.  The figure is what was reached (an objective, an accuracy): speed is not bought with it.
"""


def line(r) -> str:
    """One row of the table."""

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


def mean_ratio(results) -> float:
    """The geometric mean of the ratios."""
    return math.exp(statistics.fmean(math.log(r["ratio"]) for r in results))


def merged(old, new, rows):
    """``new`` results in place of ``old`` ones, in the order of ``rows``."""
    found = {(r["family"], r["name"], r["size"], r["against"]): r for r in [*old, *new]}
    keys = [(row.family, row.name, row.size, row.peer) for row in rows]
    return [found[key] for key in keys if key in found]


def page(cpu, results) -> str:
    """RESULTS.md: a table for each peer, and the pictures of growth."""
    parts = [PREFACE.format(cpu=cpu)]
    tabled = sorted((r for r in results if r["axis"] is None), key=_peer)
    for peer, group in groupby(tabled, key=_peer):
        group = list(group)
        lines = "\n".join(map(line, group))
        mean = f"geometric mean of {len(group)} ratios: {mean_ratio(group):.2f}"
        parts.append(f"## Against {peer}\n\n{HEADER}\n{lines}\n\n{mean}\n")
    if len(tabled) < len(results):
        parts.append(
            "## How time and memory grow\n\nOurs drawn through, the peer's dashed.\n\n"
            "![Time by the size of the problem](growth_time.png)\n\n"
            "![Peak memory by the size of the problem](growth_memory.png)\n"
        )
    return "\n".join(parts)


def figures(results):
    """Pictures of time and of memory: a row of panels a model, a panel each thing that grows."""
    grown = [r for r in results if r["axis"] is not None]
    return {
        "growth_time.png": _figure(grown, "median_s", "seconds"),
        "growth_memory.png": _figure(grown, "peak_mb", "MB"),
    }


def _figure(grown, quantity, unit):
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(r["name"] for r in grown))
    axes = {m: list(dict.fromkeys(r["axis"] for r in grown if r["name"] == m)) for m in models}
    width = max(map(len, axes.values()))
    figure = Figure(figsize=(2.7 * width, 2.3 * len(models)), layout="constrained")
    panels = figure.subplots(len(models), width, squeeze=False)
    for row, model in zip(panels, models, strict=True):
        for panel in row[len(axes[model]) :]:
            panel.set_axis_off()
        for panel, axis in zip(row, axes[model], strict=False):
            points = [r for r in grown if (r["name"], r["axis"]) == (model, axis)]
            x = [float(r["size"].rpartition(" ")[2]) for r in points]
            for side, name, style in (("ours", "pellucid", "-"), ("peer", _peer(points[0]), "--")):
                y = [max(r[side][quantity] or 0, 1e-3 if unit == "seconds" else 1) for r in points]
                panel.plot(x, y, style, marker="o", markersize=3, label=name)
            panel.set(xscale="log", yscale="log", xlabel=axis)
            panel.set_xticks(x, [f"{v:g}" for v in x], fontsize="x-small")
            panel.minorticks_off()
        row[0].set_ylabel(f"{model.replace('_', ' ')}\n{unit}")
        row[0].legend(frameon=False, fontsize="x-small")
    return figure


def _peer(result) -> str:
    return {"sklearn": "scikit-learn", "scipy": "SciPy"}.get(result["against"], result["against"])


def record(cpu, new, rows, folder=HERE):
    """Write the results, the page and the pictures into ``folder``."""
    path = folder / RESULTS.name
    old = json.loads(path.read_text())["rows"] if path.exists() else []
    results = merged(old, new, rows)
    path.write_text(json.dumps({"cpu": cpu, "rows": results}, indent=1) + "\n")
    (folder / "RESULTS.md").write_text(page(cpu, results))
    if any(r["axis"] for r in new):
        for name, figure in figures(results).items():
            figure.savefig(folder / name, dpi=110)
