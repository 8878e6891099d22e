"""Files whose contents were tampered with and whose checksum fits: refused, or harmless."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = int(os.environ.get("PELLUCID_FUZZ_ROUNDS", "20"))  # of each estimator


@pytest.mark.skipif(os.name == "nt", reason="limits memory and time by POSIX calls")
def test_a_tampered_file_never_ends_the_interpreter(tmp_path):
    program = Path(__file__).with_name("fuzz.py")
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(ROUNDS), "0"],
        capture_output=True,
        text=True,
    )
    last = done.stdout.splitlines()[-1]
    assert done.returncode == 0, f"{last}: {done.returncode} {done.stderr[-2000:]}"
    assert int(last.split()[0]) > ROUNDS, "too few files passed the decoder to try the models"
