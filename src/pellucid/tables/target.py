"""The column to be predicted: classes or numbers, and which rows have it."""

import numpy as np
import polars as pl

from pellucid.tables.kinds import TOP, WORDS, histogram, number_format
from pellucid.tables.layout import InputError
from pellucid.tables.schema import Column
from pellucid.tables.values import numbers as as_numbers
from pellucid.tables.values import read
from pellucid.tables.values import text as as_text

__all__ = ["read_target", "to_array"]

FEW_CLASSES = 10  # whole numbers of no more than so many values are taken for classes
LEAST_ROWS = 3  # of a class: one to judge by, and two folds


def read_target(s: pl.Series, task="auto"):
    """``(task, column, values, notices)``; ``values`` is null where a row cannot be used.

    Classes are text, or int64 where all are whole numbers; the targets of a regression float64.
    """
    if not (s.dtype.is_numeric() or s.dtype in WORDS):
        raise InputError(f"the target {s.name!r} holds {s.dtype}: a target is numbers or words")
    text = read(s, as_text)
    counted = text.drop_nulls().value_counts(sort=True)
    if not len(counted):
        raise InputError(f"the target {s.name!r} is missing in every row: name another --target")
    format = "" if s.dtype.is_numeric() else number_format(counted)
    numbers = (
        None if format is None else read(s if s.dtype.is_numeric() else text, as_numbers, format)
    )
    task, notices = _task(s.name, task, numbers, len(counted))
    if task == "regression":
        values, column = numbers, Column(s.name, "number", format=format)
        column.edges, column.counts = histogram(numbers.drop_nulls().to_numpy())
    else:
        values, dropped = _classes(s.name, text, numbers, counted)
        notices += dropped
        common = counted.head(TOP)
        column = Column(s.name, "category", top=common[s.name].to_list())
        column.counts = common["count"].to_list()
    column.missing = text.null_count()
    column.distinct = values.drop_nulls().n_unique()
    if column.distinct < 2:
        raise InputError(f"the target {s.name!r} has one value only, so there is nothing to learn")
    unusable = values.null_count()
    if column.missing:
        notices.append(f"{column.missing:,} rows without a target were left out")
    if task == "regression" and unusable > column.missing:
        notices.append(
            f"{unusable - column.missing:,} rows whose target is no number were left out"
        )
    return task, column, values, notices


def _task(name, task, numbers, distinct):
    """Words are classes, numbers are numbers, and a few whole numbers are classes."""
    if numbers is None:
        if task == "regression":
            raise InputError(f"the target {name!r} holds words: use --task classification")
        return "classification", []
    if task != "auto":
        return task, []
    known = numbers.drop_nulls()
    if distinct > FEW_CLASSES or not (known == known.round()).all():
        return "regression", []
    way = f"the target's {distinct} whole numbers were taken for classes"
    return "classification", [f"{way}; --task regression takes them for numbers"]


def _classes(name, text, numbers, counted):
    """The labels, without those of classes too rare to learn from and to judge by."""
    rare = counted.filter(counted["count"] < LEAST_ROWS).to_series(0)
    kept = len(counted) - len(rare)
    if kept < 2:
        what = (
            "nearly every row has a value of its own" if kept == 0 else "one class has enough rows"
        )
        raise InputError(
            f"the target {name!r} cannot be classified, because {what} "
            f"(a class needs {LEAST_ROWS}); name another --target, or use --task regression"
        )
    notices = []
    if len(rare):
        shown = ", ".join(map(repr, rare.sort().head(3))) + (", …" if len(rare) > 3 else "")
        notices.append(f"classes of fewer than {LEAST_ROWS} rows were left out: {shown}")
    text = text.replace(dict.fromkeys(rare.to_list())) if len(rare) else text
    if numbers is not None and (numbers.drop_nulls() == numbers.drop_nulls().round()).all():
        whole = text.cast(pl.Int64, strict=False)
        if whole.null_count() == text.null_count():
            return whole, notices
    return text, notices


def to_array(values: pl.Series) -> np.ndarray:
    """The target for an estimator: numbers as they are, words as fixed-width text."""
    if values.dtype == pl.String:
        return np.array(values.to_list(), dtype=np.str_)
    return values.to_numpy()
