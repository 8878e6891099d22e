"""What each column of a table was taken for; how a table is read, and checked, by it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pellucid.base import Estimator
from pellucid.tables.values import dates, numbers, read, text

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
    format     how dates are written; or numbers: what a comma or a gap means, and their unit.
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

    def expression(self, dtype) -> pl.Expr:
        """How a column of that type is read as this one's kind; null where it cannot be."""
        if self.kind == "number":
            return numbers(self.name, dtype, self.format)
        if self.kind == "date":
            return dates(self.name, dtype, self.format)
        return text(self.name, dtype)

    def retyped(self, s: pl.Series, present=0, readable=0) -> bool:
        """Whether ``s`` cannot be what the column held when it was learned.

        Of the cells of a column of text, ``present`` hold something, ``readable`` what they should.
        """
        if s.dtype == pl.Null:
            return False
        if s.dtype == pl.String and self.kind in ("number", "date"):
            return readable < present / 2
        if self.kind == "number":
            return not s.dtype.is_numeric()
        if self.kind == "date":
            return s.dtype not in (pl.Date, pl.Datetime)
        if s.dtype.is_temporal() or s.dtype.is_nested():
            return True
        held_numbers = self.kind == "category" and _numbers_among(pl.Series(self.levels.tolist()))
        words = read(s, text).drop_nulls()
        return not held_numbers and 0 < len(words) == _numbers_among(words)

    def unseen(self, s: pl.Series) -> pl.Series:
        """The values of a category that it did not have when it was learned."""
        words = read(s, text).drop_nulls()
        return words.filter(~words.is_in([*self.levels.tolist(), MISSING_LEVEL]))


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
        counts = self._counts(frame)
        for column in self.features:
            name = column.name
            if name in names and column.retyped(frame[name], *counts.get(name, ())):
                value = frame[name].drop_nulls()[0]
                problems.append(
                    f"column {name!r} was of kind {column.kind} in training, "
                    f"and now holds values like {str(value)!r}"
                )
        return problems

    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The learned columns: float64 numbers with nan, text without nulls, moments."""
        fill = {"number": np.nan, "category": MISSING_LEVEL, "text": ""}
        types = frame.schema
        expressions = {c: c.expression(types[c.name]) for c in self.features}
        return frame.select(
            e.fill_null(fill[c.kind]) if c.kind in fill else e for c, e in expressions.items()
        )

    def strange(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        """By column, the values that are new to its categories, or that it cannot read."""
        found = {c.name: c.unseen(frame[c.name]) for c in self.features if c.kind == "category"}
        for name, (present, readable) in self._counts(frame).items():
            if readable < present:
                s = read(frame[name], text)
                is_read = frame.select(self[name].expression(pl.String)).to_series().is_not_null()
                found[name] = s.filter(~is_read).drop_nulls()
        return {name: values for name, values in found.items() if len(values)}

    def _counts(self, frame):
        """``{name: (present, readable)}``: of text that should hold numbers or dates, the cells."""
        types = frame.schema
        columns = [
            c
            for c in self.features
            if c.kind in ("number", "date") and types.get(c.name) == pl.String
        ]
        present = frame.select(text(c.name, pl.String).count() for c in columns)
        readable = frame.select(c.expression(pl.String).count() for c in columns)
        return {c.name: (present[c.name][0], readable[c.name][0]) for c in columns}


def _numbers_among(words):
    return words.cast(pl.Float64, strict=False).count()
