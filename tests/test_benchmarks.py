"""The benchmarks measure what they say: each side alone, and all the memory that a call takes."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.rows import load_rows

ROOT = Path(__file__).parent.parent


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
