"""What each column of a table was taken for; how a table is read, and checked, by it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pellucid.base import Estimator
from pellucid.tables.values import as_dates, as_numbers, as_text

__all__ = ["MISSING_LEVEL", "Column", "Schema"]

LEARNED = ("number", "category", "date", "text")
MISSING_LEVEL = "(missing)"  # a missing category is a category
MOST_PROBLEMS = 4  # said in one line


class Column(Estimator):
    """One column: its kind, and its values counted for the report.

    kind       number, category, date or text; or identifier, constant, dropped or unread, which are
               left out: ``note`` says why.
    edges      with ``counts`` the histogram of numbers or dates (in seconds since 1970).
    top        the commonest values of others as text; ``counts`` says how often each occurs.
    format     how dates are written, or what a comma in a number means.
    levels     every value of a category, sorted.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        missing: int = 0,
        distinct: int = 0,
        note: str = "",
        edges: Sequence[float] = (),
        top: Sequence[str] = (),
        counts: Sequence[int] = (),
        format: str = "",
        levels: np.ndarray | None = None,
    ):
        self.name = name
        self.kind = kind
        self.missing = missing
        self.distinct = distinct
        self.note = note
        self.edges = edges
        self.top = top
        self.counts = counts
        self.format = format
        self.levels = levels

    def read(self, s: pl.Series) -> pl.Series:
        """The values of ``s`` as this column's kind; null where missing or not readable."""
        if self.kind == "number":
            return as_numbers(s, self.format)
        if self.kind == "date":
            return as_dates(s, self.format)
        return as_text(s)

    def retyped(self, s: pl.Series) -> bool:
        """Whether most values of ``s`` cannot be what the column held when it was learned."""
        if s.dtype == pl.Null or (self.kind == "number" and s.dtype.is_numeric()):
            return False
        if self.kind == "number" and s.dtype != pl.String:
            return True
        if self.kind == "date" and s.dtype not in (pl.Date, pl.Datetime, pl.String):
            return True
        if self.kind in ("category", "text"):
            if s.dtype.is_temporal() or s.dtype.is_nested():
                return True
            return self._holds_words() and _are_numbers(as_text(s))
        known = as_text(s).drop_nulls() if s.dtype == pl.String else s.drop_nulls()
        return self.read(known).null_count() > len(known) / 2

    def strange(self, s: pl.Series) -> pl.Series:
        """The values of ``s`` that are new to a category, or that are not numbers or dates."""
        if self.kind == "category":
            words = as_text(s).drop_nulls()
            return words.filter(~words.is_in([*self.levels.tolist(), MISSING_LEVEL]))
        if self.kind == "text" or s.dtype != pl.String:
            return pl.Series(s.name, [], pl.String)
        return as_text(s).filter(self.read(s).is_null()).drop_nulls()

    def _holds_words(self):
        return self.kind == "text" or not _are_numbers(pl.Series(self.levels.tolist()))


class Schema(Estimator):
    """The columns of a table in its order, the target among them."""

    def __init__(self, columns: list[Column], target: str):
        self.columns = columns
        self.target = target

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def features(self) -> list[Column]:
        """The columns that are learned from."""
        return [c for c in self.columns if c.kind in LEARNED and c.name != self.target]

    def check(self, frame: pl.DataFrame) -> list[str]:
        """What keeps ``frame`` from being read by this schema; an empty list if nothing does."""
        names = set(frame.columns)
        missing = [c.name for c in self.features if c.name not in names]
        extra = sorted(names - {c.name for c in self.columns})
        problems = [f"column {name!r} is missing" for name in missing]
        problems += [f"column {name!r} was not there in training: remove it" for name in extra]
        for column in self.features:
            if column.name in names and column.retyped(frame[column.name]):
                value = frame[column.name].drop_nulls()[0]
                problems.append(
                    f"column {column.name!r} was of kind {column.kind} in training, "
                    f"and now holds values like {str(value)!r}"
                )
        return problems

    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The learned columns: float64 numbers with nan, text without nulls, moments."""
        return pl.DataFrame([_filled(c, c.read(frame[c.name])) for c in self.features])

    def strange(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        """By column, the values that are new to its categories, or that it cannot read."""
        found = {c.name: c.strange(frame[c.name]) for c in self.features}
        return {name: values for name, values in found.items() if len(values)}


def _filled(column, s):
    fill = {"number": np.nan, "category": MISSING_LEVEL, "text": ""}.get(column.kind)
    return s if fill is None else s.fill_null(fill)


def _are_numbers(words):
    words = words.drop_nulls()
    return len(words) > 0 and words.cast(pl.Float64, strict=False).is_not_null().all()
