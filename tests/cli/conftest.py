"""One fitted model for the tests of the command, and a way to run it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pellucid.cli.app import app

PENGUINS = Path(__file__).parents[2] / "examples/data/penguins.csv"


@pytest.fixture
def pellucid_command():
    """``pellucid_command("fit", ...)``: the result, with ``exit_code``, ``stdout``, ``stderr``."""

    def run(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result

    return run


@pytest.fixture
def refused(pellucid_command):
    """Run a command that must fail by the user's fault; its one line on the error stream."""

    def run(*arguments):
        result = pellucid_command(*arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("pellucid: ")
        assert result.stderr.count("\n") == 1
        return result.stderr

    return run


@pytest.fixture(scope="session")
def fitted(tmp_path_factory):
    """The folder of a fit of the penguins' species, and what the command printed."""
    out = tmp_path_factory.mktemp("fitted") / "deep" / "out"
    arguments = ["fit", PENGUINS, "--target", "species", "--out", out, "--drop", "island"]
    models = ["--model", "LogisticRegression", "--model", "GaussianNB"]
    result = CliRunner().invoke(app, [str(a) for a in (*arguments, *models)])
    assert result.exit_code == 0, result.output
    return out, result.stdout
