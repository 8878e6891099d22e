"""Every conformance row, as a test; and no public name without one."""

import pytest

from pellucid._catalogue import public_names
from pellucid.conformance import load_rows

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
