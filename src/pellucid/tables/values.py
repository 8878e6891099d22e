"""The values of a column as text, as numbers, as dates: one place where a cell gets its meaning.

Each function gives the polars expression that reads a column of some type; null is what is missing
or cannot be read.  So thousands of columns are read in one pass.  ``read`` takes a single series.
"""

import polars as pl

__all__ = ["DATE_FORMATS", "UNITS", "bare", "dates", "numbers", "read", "text", "unit_of"]

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "<NA>", "#N/A")
UNITS = "$€£¥₹%"
GAPS = r"\s'’"  # between thousands
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


def text(name: str, dtype) -> pl.Expr:
    """Stripped text; a whole number is written without a point, whatever type holds it."""
    c = pl.col(name)
    if dtype.is_float():
        c = c.fill_nan(None)
        whole = c.cast(pl.Int64, strict=False)
        is_whole = (c == whole).fill_null(c.is_null()).all()
        c = pl.when(is_whole).then(whole.cast(pl.String)).otherwise(c.cast(pl.String))
    return c.cast(pl.String).str.strip_chars().replace(dict.fromkeys(MISSING)).alias(name)


def numbers(name: str, dtype, format: str = "") -> pl.Expr:
    """Finite float64 numbers.  ``format``, "decimal comma €" say, tells how text writes them."""
    c = pl.col(name)
    if dtype == pl.String:
        c = bare(c.str.strip_chars(), format)
        if format.startswith("decimal comma"):
            c = c.str.replace_all(rf"\b[.{GAPS}](\d{{3}})\b", "$1").str.replace(
                ",", ".", literal=True
            )
        elif format.startswith("thousands comma"):
            c = c.str.replace_all(",", "", literal=True)
        elif format.startswith("thousands gap"):
            c = c.str.replace_all(rf"\b[{GAPS}](\d{{3}})\b", "$1")
    c = c.cast(pl.Float64, strict=False)
    return pl.when(c.is_finite()).then(c).alias(name)


def bare(c, format: str):
    """Text, an expression or a series, without the unit of ``format``, if that has one."""
    unit = unit_of(format)
    return c.str.replace(unit, "", literal=True).str.strip_chars() if unit else c


def unit_of(format: str) -> str:
    """The sign that a format ends with, or ''."""
    return format[-1:] if format[-1:] in UNITS else ""


def dates(name: str, dtype, format: str = "") -> pl.Expr:
    """Moments without a time zone, in UTC where the text names one, to the microsecond."""
    c = pl.col(name)
    has_zone = isinstance(dtype, pl.Datetime) and dtype.time_zone
    if dtype == pl.String:
        c, has_zone = c.str.strip_chars(), format.endswith("%z")
        c = c.str.replace("Z$", "+00:00") if has_zone else c
        c = c.str.strptime(pl.Datetime("us"), format, strict=False)
    if has_zone:
        c = c.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return c.cast(pl.Datetime("us")).alias(name)


def read(s: pl.Series, kind, format: str | None = None) -> pl.Series:
    """``s`` as ``text``, ``numbers`` or ``dates``, one of the functions above."""
    arguments = () if format is None else (format,)
    return s.to_frame().select(kind(s.name, s.dtype, *arguments)).to_series()
