"""The command as a process: what it imports, how it ends, what it needs of the machine."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

PENGUINS = Path(__file__).parents[2] / "examples/data/penguins.csv"
PELLUCID = (sys.executable, "-m", "pellucid")


def _run(*arguments, **options):
    command = [*PELLUCID, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


def _imported(*arguments):
    code = f"import sys; {arguments[0]}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return set(result.stdout.split())


def test_import_pellucid_imports_the_standard_library_alone():
    before = _imported("pass")
    assert _imported("import pellucid") - before - sys.stdlib_module_names == {"pellucid"}


def test_help_imports_no_numbers():
    """What keeps ``pellucid --help`` under 0.4 s."""
    heavy = {"numpy", "scipy", "sklearn", "numba", "polars", "matplotlib", "rich"}
    assert _imported("import pellucid.cli") & heavy == set()
    result = _run("--help")
    assert result.returncode == 0
    for command in ("fit", "predict", "models", "explain", "verify"):
        assert command in result.stdout


def test_bad_input_ends_with_two_and_one_line():
    result = _run("fit", "none.csv", "--target", "y")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "pellucid: cannot read none.csv: no such file or directory\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_ends_with_one(fitted):
    result = _run("predict", fitted[0] / "model.pellucid", PENGUINS, "--out", "/dev/full")
    assert result.returncode == 1
    assert result.stderr.startswith("pellucid: no space left on device")
    assert result.stderr.count("\n") == 1


def test_a_disk_that_fills_while_writing_leaves_nothing(tmp_path):
    """No file may grow past a few bytes: the model's own file is the first that does."""
    result = _run(
        *("fit", PENGUINS, "--target", "species", "--out", tmp_path / "out"),
        *("--model", "GaussianNB", "--cv", "2"),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000)),
    )
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_control_c_ends_with_130_and_leaves_nothing(tmp_path):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(rng.normal(size=(40_000, 30)), schema=[f"x{i}" for i in range(30)])
    frame.with_columns(y=pl.Series(rng.integers(0, 8, len(frame)))).write_csv(tmp_path / "t.csv")
    process = subprocess.Popen(
        [*PELLUCID, "fit", tmp_path / "t.csv", "--target", "y", "--out", tmp_path / "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert "40" in process.stdout.readline() or True
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stderr.splitlines()[-1] == "pellucid: interrupted: nothing was written"
    assert "Traceback" not in stderr
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize("code", ["None", "KeyboardInterrupt()"])
def test_an_interrupt_that_compiled_code_calls_a_system_error_is_one(code, monkeypatch):
    from typer.testing import CliRunner

    from pellucid.cli import app, reference

    def stop():
        raise SystemError("a result with an exception set") from eval(code)

    monkeypatch.setattr(reference, "list_models", stop)
    result = CliRunner().invoke(app.app, ["models"])
    assert result.exit_code == (1 if code == "None" else 130)


def test_a_reader_that_has_read_enough_is_no_error(fitted, tmp_path):
    table = tmp_path / "t.csv"
    lines = PENGUINS.read_text().splitlines(keepends=True)
    table.write_text(lines[0] + "".join(lines[1:] * 100))
    command = " ".join([*PELLUCID, "predict", str(fitted[0] / "model.pellucid"), str(table)])
    result = subprocess.run(
        f"{command} | head -n 1", shell=True, capture_output=True, text=True, timeout=120
    )
    assert (result.stdout, result.stderr) == ("prediction\n", "")


PEAK = """
import sys
from pellucid.cli.app import app
sys.argv = ["pellucid", *sys.argv[1:]]
try:
    app()
finally:
    with open("/proc/self/status") as status:  # what getrusage says began with the parent's memory
        peak = next(line for line in status if line.startswith("VmHWM:"))
    print(int(peak.split()[1]) // 1024, file=sys.stderr)
"""


def _peak(*arguments):
    """The exit status and the largest memory of a command, in MiB."""
    command = [sys.executable, "-c", PEAK, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    return int(result.stderr.splitlines()[-1])


def test_a_long_table_in_little_memory(tmp_path):
    """200,000 rows, a category of 50,000 values: a tenth of the way to 4 GB at a fifth the rows.

    Prediction goes by blocks: twice the table takes hardly more memory.
    """
    n, rng = 200_000, np.random.default_rng(0)
    x = rng.normal(size=(n, 8))
    frame = pl.DataFrame(x, schema=[f"x{i}" for i in range(8)]).with_columns(
        city=pl.Series([f"city {i}" for i in rng.integers(0, 50_000, n)]),
        y=pl.Series(np.where(x[:, 0] + rng.normal(size=n) > 0, "yes", "no")),
    )
    frame.write_csv(tmp_path / "t.csv")
    options = ("--model", "LogisticRegression", "--cv", "2", "--out", tmp_path)
    assert _peak("fit", tmp_path / "t.csv", "--target", "y", *options) < 1_500
    predict = ("predict", tmp_path / "model.pellucid")
    once = _peak(*predict, tmp_path / "t.csv", "--out", tmp_path / "p.csv")
    pl.concat([frame] * 4).write_csv(tmp_path / "t4.csv")
    assert _peak(*predict, tmp_path / "t4.csv", "--out", tmp_path / "p4.csv") < once + 150
    with open(tmp_path / "p4.csv") as written:
        assert sum(1 for _ in written) == 4 * n + 1
