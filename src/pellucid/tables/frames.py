"""A pandas or polars frame, or a dictionary of columns, as a polars frame."""

import numpy as np
import polars as pl

__all__ = ["as_polars"]


def as_polars(X) -> pl.DataFrame:
    """The same columns and values; pandas is neither imported nor needed, nor pyarrow."""
    if isinstance(X, pl.DataFrame):
        return X
    if isinstance(X, pl.LazyFrame):
        return X.collect()
    if not hasattr(X, "columns") and not isinstance(X, dict):
        raise TypeError(f"a table is wanted, a pandas or polars frame, not {type(X).__name__}")
    names = X if isinstance(X, dict) else X.columns
    return pl.DataFrame([_as_series(str(name), X[name]) for name in names])


def _as_series(name, column) -> pl.Series:
    values = np.asarray(column)
    if values.dtype.kind in "biufM":
        return pl.Series(name, values)
    cells = [None if v is None or _is_missing(v) else v for v in values.tolist()]
    return pl.Series(name, cells, strict=False)


def _is_missing(value):
    try:
        return bool(value != value)  # nan and NaT
    except (TypeError, ValueError):  # pandas.NA, whose comparisons are NA
        return True
