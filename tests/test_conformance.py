"""Every conformance row, as a test; and no public name without one."""

import pytest

from pellucid._catalogue import public_names
from pellucid.conformance import Row, load_rows, verify
from pellucid.conformance.verification import run_row

ROWS = load_rows()


@pytest.mark.parametrize("row", [r for r in ROWS if r.case], ids=lambda r: r.id)
def test_row(row):
    if row.missing:
        pytest.skip(f"wants {row.missing}")
    outcomes = row.run()
    assert outcomes, "a row must compare something"
    for outcome in outcomes:
        assert outcome.error <= 1, f"{outcome.what}: {outcome.error:.3g} times the tolerance"


def test_every_public_name_stands_in_a_row():
    covered = {name for row in ROWS for name in row.names}
    assert set(public_names()) - covered == set(), "public names without a conformance row"
    assert covered - set(public_names()) == set(), "rows of names that are not public"


def test_verify_runs_the_rows_of_a_pattern():
    results = verify("persistence.SAV?")
    assert results
    for result in results:
        assert "persistence.save" in result.row.names
        assert result.status == "passed", result.why
    assert verify("no such model") == []


def _off_by_two():
    yield "off", 3.0, 1.0
    yield "right", 1.0, 1.0


def _broken():
    yield "fine", 1.0, 1.0
    raise ZeroDivisionError("no")


def _silent():
    yield from ()


@pytest.mark.parametrize(
    ("row", "status", "error", "why"),
    [
        (Row(("a",), "holds", "p", atol=1.0, case=_off_by_two), "failed", 2.0, "off: 2 times"),
        (Row(("a",), "holds", "p", atol=2.0, case=_off_by_two), "passed", 1.0, ""),
        (Row(("a",), "holds", "p", case=_broken), "failed", float("inf"), "ZeroDivisionError: no"),
        (Row(("a",), "holds", "p", case=_silent), "failed", float("inf"), "compared nothing"),
        (Row(("a",), "agrees", "nosuchlibrary", case=_broken), "not run", 0.0, "wants nosuch"),
        (Row(("a",), "exempt", "a reason"), "exempt", 0.0, "a reason"),
    ],
)
def test_a_row_is_reported_as_it_went(row, status, error, why):
    result = run_row(row)
    assert (result.status, result.error) == (status, error)
    assert why in result.why
