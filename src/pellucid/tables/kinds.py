"""What a column is taken for: by its values and a little by its name.

Text that reads as numbers or dates is such (a few stray words are then missing values); the rest
are categories, unless nearly every value is another: then long ones are text to be read, short ones
identifiers that nothing can be learned from.
"""

import re

import numpy as np
import polars as pl

from pellucid.tables.schema import Column, Schema
from pellucid.tables.values import (
    DATE_FORMATS,
    GAPS,
    UNITS,
    bare,
    dates,
    numbers,
    read,
    text,
    unit_of,
)

__all__ = ["TOP", "WORDS", "describe", "histogram", "infer_schema", "left_out", "number_format"]

MOSTLY = 0.95  # of the values must read as a number or a date
FEW_ROWS = 20  # in which even distinct values prove no identifier
BINS, TOP = 20, 10
EXAMPLES = {
    "decimal comma": "1,234 is 1.234",
    "thousands comma": "1,234 is 1234",
    "thousands gap": "1 234 is 1234",
}
WORDS = (pl.String, pl.Boolean, pl.Categorical, pl.Enum, pl.Null)
CODE = r"^[+-]?0\d"  # 02134 is no number
_ID = r"(id|ids|uuid|guid|key|index|idx|no|nr)"
_CODE = r"(code|zip|zipcode|postcode|plz)"
_IDENTIFIER_NAME = re.compile(rf"(^|[\W_]){_ID}$", re.IGNORECASE)
_CAMEL_CASE_IDENTIFIER = re.compile(r"[a-z](Id|ID|Key|Index|No|Nr|Code)$")
_CODE_NAME = re.compile(rf"(^|[\W_]){_CODE}$", re.IGNORECASE)


def infer_schema(frame: pl.DataFrame, target: Column, dropped=()) -> Schema:
    """The schema of a table whose target is described already."""
    known = {name: Column(name, "dropped", note="as asked") for name in dropped}
    known[target.name] = target
    rest = frame.drop(known)
    known |= {column.name: column for column in describe(rest)}
    return Schema([known[name] for name in frame.columns], target.name)


def left_out(schema: Schema) -> list[str]:
    """A sentence for each kind of column that nothing is learned from."""
    sentences = []
    for kind in ("identifier", "constant", "unread"):
        columns = [c for c in schema.columns if c.kind == kind and c.name != schema.target]
        if columns:
            shown = ", ".join(f"{c.name} ({c.note})" for c in columns[:3])
            more = f" and {len(columns) - 3:,} more" if len(columns) > 3 else ""
            sentences.append(f"left out as {kind}: {shown}{more}")
    return sentences


def describe(frame: pl.DataFrame) -> list[Column]:
    """The kind of every column, with the counts that show it."""
    cells = frame.select(text(n, dtype) for n, dtype in frame.schema.items() if dtype in WORDS)
    words = {s.name: s for s in cells}
    plain = {s.name: s for s in _plain_numbers(cells)}
    return [
        _numbers(s.name, plain[s.name])
        if s.name in plain
        else _of_words(words[s.name])
        if s.name in words
        else _of_type(s)
        for s in frame
    ]


def _plain_numbers(cells) -> pl.DataFrame:
    """Those columns of text in which every cell is a number: mostly all, found in one pass."""
    read_all = cells.select(numbers(name, pl.String) for name in cells.columns)
    codes = cells.select(pl.all().str.contains(CODE).any())
    nulls, unread = cells.null_count(), read_all.null_count()
    return read_all.select(
        name
        for name in cells.columns
        if nulls[name][0] == unread[name][0] < len(cells) and not codes[name][0]
    )


def _of_type(s):
    if s.dtype in (pl.Date, pl.Datetime):
        return _dates(s.name, read(s, dates), "")
    if s.dtype.is_numeric():
        return _numbers(s.name, read(s, numbers))
    return Column(s.name, "unread", note=f"holds {s.dtype}, not numbers, words or dates")


def _of_words(s):
    values = s.drop_nulls().value_counts(sort=True)
    if (format := number_format(values)) is not None:
        return _numbers(s.name, read(s, numbers, format), format, _stray(values, format))
    if (format := _date_format(values)) is not None:
        return _dates(s.name, read(s, dates, format), format)
    return _words(s.name, values, s.null_count())


def number_format(values: pl.DataFrame) -> str | None:
    """How the distinct ``values`` and their counts read as numbers; None where they do not."""
    words = values.to_series(0)
    if not len(values) or words.str.contains(CODE).any():
        return None
    unit = _unit(values)
    without = bare(words, unit)
    styles = [""]
    with_comma = without.filter(without.str.contains(",", literal=True))
    if len(with_comma):
        thousands = with_comma.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$").all()
        styles.append("thousands comma" if thousands else "decimal comma")
    elif without.str.contains(rf"^[+-]?\d{{1,3}}([{GAPS}]\d{{3}})+(\.\d*)?$").any():
        styles.append("thousands gap")
    formats = [f"{style} {unit}".strip() for style in styles]
    return next((f for f in formats if _share(values, read(words, numbers, f)) >= MOSTLY), None)


def _unit(values):
    """The sign that mostly all values bear; else ''."""
    signs = values.to_series(0).str.extract(f"([{UNITS}])").alias("sign")
    bearers = pl.DataFrame([signs, values["count"]]).drop_nulls().group_by("sign").sum()
    common = bearers.filter(pl.col("count") >= MOSTLY * values["count"].sum())
    return common.item(0, "sign") if len(common) else ""


def _date_format(values):
    words = values.to_series(0)
    if not words.str.contains(r"\d").any():
        return None
    head = values.head(100)
    for format in DATE_FORMATS:
        if _share(head, read(head.to_series(0), dates, format)) >= MOSTLY and (
            _share(values, read(words, dates, format)) >= MOSTLY
        ):
            return format
    return None


def _stray(values, format):
    """What is said of a comma's meaning, of a unit, and of words among numbers."""
    words, unit = values.to_series(0), unit_of(format)
    style = format.removesuffix(unit).strip()
    notes = [f"{style}: {EXAMPLES[style]}"] if style else []
    notes += [f"in {unit}"] if unit else []
    strange = values.filter(read(words, numbers, format).is_null())
    if len(strange):
        notes.append(f"{strange['count'].sum():,} like {strange.item(0, 0)!r} taken as missing")
    return "; ".join(notes)


def _share(values, read):
    counts = values["count"]
    return counts.filter(read.is_not_null()).sum() / counts.sum()


def _numbers(name, x: pl.Series, format="", note="") -> Column:
    known = x.to_numpy()
    known = known[~np.isnan(known)]
    column = Column(name, "number", x.null_count(), len(np.unique(known)), note, format=format)
    if column.distinct == 0 or (column.distinct == 1 and not column.missing):
        column.kind, column.note = "constant", "holds one value" if len(known) else "is empty"
        return column
    if np.all(known == np.round(known)):
        is_key = column.distinct == len(known) >= FEW_ROWS
        if is_key and (_names_rows(name) or (not column.missing and _counts_rows(known))):
            column.kind, column.note = "identifier", "numbers the rows"
            return column
        if 2 < column.distinct < len(known) and (_names_rows(name) or _CODE_NAME.search(name)):
            codes = read(x, text).drop_nulls().value_counts(sort=True)
            return _words(name, codes, column.missing, is_code=True)
    column.edges, column.counts = histogram(known)
    return column


def histogram(x) -> tuple[list[float], list[int]]:
    """Edges and counts of ``x`` in bins of equal width."""
    low, high = float(np.min(x)), float(np.max(x))
    share = np.arange(BINS + 1) / BINS
    edges = low * (1 - share) + high * share  # high - low may overflow
    if not np.all(edges[:-1] < edges[1:]):  # one value, or values too near each other
        return [low, high], [len(x)]
    return edges.tolist(), np.histogram(x, edges)[0].tolist()


def _names_rows(name):
    return bool(_IDENTIFIER_NAME.search(name) or _CAMEL_CASE_IDENTIFIER.search(name))


def _counts_rows(x):
    return x[0] in (0, 1) and bool(np.all(np.diff(x) == 1))


def _dates(name, x: pl.Series, format) -> Column:
    known = x.drop_nulls()
    column = Column(name, "date", x.null_count(), known.n_unique(), format=format)
    if not column.distinct:
        column.kind, column.note = "constant", "is empty"
        return column
    if {"%m/%d/%Y", "%d/%m/%Y"} & {format[:8]} and known.dt.day().max() <= 12:
        column.note = "taken as month/day/year; no day is past the 12th, so it may be day/month"
    column.edges, column.counts = histogram(known.dt.epoch("s").cast(pl.Float64).to_numpy())
    return column


def _words(name, values, missing, is_code=False) -> Column:
    words, counts = values.to_series(0), values["count"]
    n, distinct = counts.sum(), len(words)
    column = Column(name, "category", missing, distinct)
    column.top, column.counts = words.head(TOP).to_list(), counts.head(TOP).to_list()
    if distinct == 0 or (distinct == 1 and not missing):
        column.kind, column.note = "constant", "holds one value" if distinct else "is empty"
    elif n >= FEW_ROWS and distinct > n / 2 and _reads_as_prose(words):
        column.kind = "text"
    elif n >= FEW_ROWS and distinct > 0.9 * n:
        column.kind, column.note = "identifier", f"{distinct:,} different values in {n:,} rows"
    elif is_code:
        column.note = "whole numbers taken as codes, because of the column's name"
    elif 0.05 < _share(values, read(words, numbers)) < MOSTLY:
        column.note = "numbers and words mixed: taken as categories"
    if column.kind == "category":
        column.levels = np.array(words.sort().to_list(), dtype=np.str_)
    return column


def _reads_as_prose(words):
    words = words.head(1000)
    return (words.str.count_matches(r"\s+").mean() >= 2) or (words.str.len_chars().mean() >= 40)
