"""The benchmarks measure what they say: each side alone, and all the memory that a call takes."""

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import cores
from benchmarks.record import RESULTS, figures, mean_ratio, page, record
from benchmarks.rows import Row, load_rows

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_every_row_has_a_name_of_its_own():
    ids = [row.id for row in load_rows()]
    assert len(ids) == len(set(ids)) > 0


def test_the_rows_alone_import_neither_side():
    program = """
import sys
from benchmarks import worker
worker.load_rows()
assert not [name for name in sys.modules if name.partition(".")[0] in ("pellucid", "torch")]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


CALLS = {
    "one array": "np.ones(8 << 20)",
    "many small ones, which malloc keeps for itself when they are freed": (
        "np.concatenate([[len(a)] for a in [np.ones(2048) for _ in range(4096)]])"
    ),
}
# In a process of its own, as workers are: another's threads give memory back when they please.
PROGRAM = """
import threading
from multiprocessing import Pipe
import numpy as np
from benchmarks import worker
from benchmarks.rows import Row

row = Row("family", "name", "small", "numpy", lambda library, size: lambda: float({call}.sum()))
worker.load_rows = lambda: [row]
here, there = Pipe()
threading.Thread(target=worker.serve, args=(row.id, "peer", there), daemon=True).start()
assert here.recv() == "ready"
for _ in range(3):
    here.send("run")
    seconds, peak, figure = here.recv()
    assert seconds > 0 and figure == 8 << 20
    assert peak is None or 60 < peak < 80, peak  # of 64, however often it is called
here.send("stop")
"""


@pytest.mark.parametrize("call", CALLS)
def test_a_worker_answers_with_the_figure_and_the_peak_of_each_call(call):
    program = PROGRAM.format(call=CALLS[call])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_what_was_recorded_is_what_is_written():
    recorded = json.loads(RESULTS.read_text())
    assert (RESULTS.parent / "RESULTS.md").read_text() == page(recorded["cpu"], recorded["rows"])
    rows = {(row.family, row.name, row.size, row.peer) for row in load_rows()}
    for r in recorded["rows"]:
        assert (r["family"], r["name"], r["size"], r["against"]) in rows
    sklearn = [r for r in recorded["rows"] if r["against"] == "sklearn" and r["axis"] is None]
    assert f"[{mean_ratio(sklearn):.1f} times as fast](benchmarks/RESULTS.md)" in README


def test_a_new_result_takes_the_place_of_the_old_one_and_rows_that_are_no_more_go(tmp_path):
    rows = [
        Row("a", "kept", "1x1", "sklearn", None),
        Row("a", "again", "1x1", "scipy", None),
        Row("growth", "model", "rows 10", "sklearn", None, "rows"),
        Row("growth", "model", "rows 100", "sklearn", None, "rows"),
    ]

    def result(row, seconds, peak=1.0):
        side = {"median_s": seconds, "peak_mb": peak, "figure": None}
        names = {"family": row.family, "name": row.name, "size": row.size, "axis": row.axis}
        ratio = 1 / seconds
        return {**names, "against": row.peer, "ours": side, "peer": side, "ratio": ratio}

    gone = Row("a", "gone", "1x1", "sklearn", None)
    record("a CPU", [result(row, 1.0) for row in (rows[0], gone, rows[1])], [*rows, gone], tmp_path)
    new = [result(rows[1], 0.5), result(rows[2], 1.0, None), result(rows[3], 4.0)]
    record("a CPU", new, rows, tmp_path)
    kept = json.loads((tmp_path / "results.json").read_text())["rows"]
    assert [(r["name"], r["ours"]["median_s"]) for r in kept] == [
        ("kept", 1.0),
        ("again", 0.5),
        ("model", 1.0),
        ("model", 4.0),
    ]
    text = (tmp_path / "RESULTS.md").read_text()
    assert "## Against scikit-learn" in text and "## Against SciPy" in text and "gone" not in text
    for name in ("growth_time.png", "growth_memory.png"):
        assert f"({name})" in text and (tmp_path / name).stat().st_size > 5_000
    (panel, *_) = figures(kept)["growth_time.png"].axes
    ours, peer = panel.get_lines()
    np.testing.assert_array_equal(ours.get_xydata(), [[10, 1.0], [100, 4.0]])
    assert peer.get_label() == "scikit-learn"


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores are given on Linux alone")
def test_along_cores_a_worker_has_as_many_from_its_start():
    mine = os.sched_getaffinity(0)
    with cores(1), multiprocessing.get_context("spawn").Pool(1) as pool:
        assert len(pool.apply(os.sched_getaffinity, (0,))) == 1
    assert os.sched_getaffinity(0) == mine
