"""``pellucid models``, ``explain`` and ``verify``."""

import inspect
from pathlib import Path

import pytest

from pellucid._catalogue import estimators, public_names


def test_every_estimator_is_listed_with_its_sentence(pellucid_command):
    lines = [line.split(None, 1) for line in pellucid_command("models").stdout.splitlines()]
    assert lines == [
        [name, inspect.getdoc(cls).partition("\n")[0]] for name, cls in sorted(estimators().items())
    ]


@pytest.mark.parametrize("name", ["LogisticRegression", "linear_model.LogisticRegression"])
def test_explain_prints_the_docstring_and_the_place(pellucid_command, name):
    printed = pellucid_command("explain", name).stdout
    cls = public_names()["linear_model.LogisticRegression"]
    assert inspect.getdoc(cls) in printed
    place, line = printed.rpartition("The code: ")[2].strip().rsplit(":", 1)
    assert f"class {cls.__name__}" in Path(place).read_text().splitlines()[int(line) - 1]


def test_explain_of_every_public_name(pellucid_command):
    for name, thing in public_names().items():
        if not (inspect.isclass(thing) or inspect.isroutine(thing)):
            continue
        result = pellucid_command("explain", name)
        assert result.exit_code == 0, name
        assert "The code: " in result.stdout


def test_explain_of_nothing(refused):
    assert "did you mean 'LogisticRegression'?" in refused("explain", "LogisticRegresion")
    assert "`pellucid models`" in refused("explain", "xyzzy")


def test_verify_runs_the_rows_of_a_pattern(pellucid_command):
    result = pellucid_command("verify", "plotting.plot_importance")
    assert result.exit_code == 0
    assert "plot_importance" in result.stdout
    assert "passed" in result.stdout.splitlines()[-1]


def test_verify_says_what_failed(pellucid_command, monkeypatch):
    from pellucid.conformance import rows

    def broken():
        yield "one", [1.0], [2.0]

    row = rows.Row(("Thing",), "equals", "nothing", 1e-9, 0.0, broken)
    monkeypatch.setattr("pellucid.conformance.verification.load_rows", lambda: [row])
    result = pellucid_command("verify", "Thing")
    assert result.exit_code == 1
    assert "1 failed" in result.stdout


def test_verify_of_nothing(refused):
    assert "no public name matches 'xyzzy'" in refused("verify", "xyzzy")
