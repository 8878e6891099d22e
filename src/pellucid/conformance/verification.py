"""``verify``: run the rows that a pattern names, and say of each how it went."""

import time
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pellucid.conformance.rows import Row, load_rows

__all__ = ["Result", "run_row", "verify"]


@dataclass(frozen=True)
class Result:
    """How one row went: its largest error in units of what it allows, and the seconds it took.

    ``status`` is ``"passed"``, ``"failed"``, ``"not run"`` or ``"exempt"``, and ``why`` says what
    failed, which library is wanted, or why there is nothing to compare.
    """

    row: Row
    status: str
    error: float = 0.0
    seconds: float = 0.0
    why: str = ""


def verify(pattern: str = "") -> list[Result]:
    """Run every row one of whose names or whose id contains ``pattern`` (with ``*`` and ``?``)."""
    return [run_row(row) for row in load_rows() if _matches(row, pattern)]


def _matches(row, pattern):
    wanted = f"*{pattern.lower()}*"
    return any(fnmatchcase(name.lower(), wanted) for name in (*row.names, row.id))


def run_row(row) -> Result:
    """Run one row; one that breaks has failed, and does not keep the others from running."""
    if row.kind == "exempt":
        return Result(row, "exempt", why=row.against)
    if row.missing:
        return Result(row, "not run", why=f"wants {row.missing}")
    start = time.perf_counter()
    try:
        outcomes = row.run()
    except Exception as error:
        elapsed = time.perf_counter() - start
        return Result(row, "failed", float("inf"), elapsed, f"{type(error).__name__}: {error}")
    seconds = time.perf_counter() - start
    if not outcomes:
        return Result(row, "failed", float("inf"), seconds, "the row compared nothing")
    worst = max(outcomes, key=lambda outcome: outcome.error)
    if worst.error <= 1:
        return Result(row, "passed", worst.error, seconds)
    why = f"{worst.what}: {worst.error:.3g} times the tolerance"
    return Result(row, "failed", worst.error, seconds, why)
