"""What each column of a table was taken for, and how it is shown, checked and read."""

from dataclasses import dataclass, field

import numpy as np

from pellucid.base import Estimator

__all__ = ["Column", "Schema"]

# number, category, code (a category written in digits), date and text are learned from;
# identifier, constant, dropped and unread are left out, and ``note`` says why
LEARNED = ("number", "category", "date", "text")


@dataclass(eq=False)
class Column(Estimator):
    """One column: its kind, and its values counted for the report.

    number, date   ``edges`` (B + 1,) and ``counts`` (B,) are a histogram; a date's edges are
                   seconds since 1970.
    others         ``top`` are the commonest values as text, ``counts`` how often each occurs.
    """

    name: str
    kind: str
    missing: int = 0
    distinct: int = 0
    note: str = ""
    edges: list[float] = field(default_factory=list)
    top: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    format: str = ""  # of a date, or "decimal comma"
    levels: np.ndarray | None = None  # of a category: every value seen, sorted


@dataclass(eq=False)
class Schema(Estimator):
    """The columns of a table in its order, the target among them."""

    columns: list[Column]
    target: str

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def features(self) -> list[Column]:
        """The columns that are learned from."""
        return [c for c in self.columns if c.kind in LEARNED and c.name != self.target]
