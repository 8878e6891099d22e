"""Tables of people's own data: reading files, and what each column is taken for."""

from pellucid.tables.features import make_features
from pellucid.tables.frames import as_polars
from pellucid.tables.kinds import infer_schema, left_out
from pellucid.tables.layout import InputError
from pellucid.tables.reading import TableFile
from pellucid.tables.schema import Column, Schema
from pellucid.tables.steps import DateParts, HashedText, TableReader
from pellucid.tables.target import read_target, to_array

__all__ = [
    "Column",
    "DateParts",
    "HashedText",
    "InputError",
    "Schema",
    "TableFile",
    "TableReader",
    "as_polars",
    "infer_schema",
    "left_out",
    "make_features",
    "read_target",
    "to_array",
]
