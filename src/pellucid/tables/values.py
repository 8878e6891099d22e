"""The values of a column as text, as numbers, as dates: one place where a cell gets its meaning.

Each function takes a polars series as a file or a program gave it, and returns one in which null is
a missing value, or one that could not be read.
"""

import math

import polars as pl

__all__ = ["DATE_FORMATS", "as_dates", "as_numbers", "as_text"]

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "<NA>", "#N/A")
DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
)


def as_text(s: pl.Series) -> pl.Series:
    """Stripped text; a whole number is written without a point, whatever type holds it."""
    if s.dtype.is_float():
        whole = s.cast(pl.Int64, strict=False)
        is_whole = ((s == whole.cast(s.dtype)) | s.is_null()).all()
        s = s.fill_nan(None) if not is_whole else whole
    return s.cast(pl.String).str.strip_chars().replace(dict.fromkeys(MISSING))


def as_numbers(s: pl.Series, format: str = "") -> pl.Series:
    """Finite float64 numbers.  ``format`` says what a comma in text means, where one is meant."""
    if s.dtype == pl.String:
        s = s.str.strip_chars()
        if format == "decimal comma":
            s = s.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        elif format == "thousands comma":
            s = s.str.replace_all(",", "", literal=True)
    s = s.cast(pl.Float64, strict=False)
    return s.replace(dict.fromkeys((math.inf, -math.inf, math.nan)))


def as_dates(s: pl.Series, format: str = "") -> pl.Series:
    """Moments without a time zone, in UTC where the text names one, to the microsecond."""
    if s.dtype == pl.String:
        s = s.str.strip_chars()
        if format.endswith("%z"):
            s = s.str.replace("Z$", "+00:00")
        s = s.str.strptime(pl.Datetime("us"), format, strict=False)
    if isinstance(s.dtype, pl.Datetime) and s.dtype.time_zone:
        s = s.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return s.cast(pl.Datetime("us"))
