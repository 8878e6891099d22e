"""How a file of delimited text is laid out: its delimiter, its header, its columns' names."""

import csv
import io
import itertools
from collections import Counter
from dataclasses import dataclass

__all__ = ["InputError", "Layout", "find_layout"]

DELIMITERS = ",\t;|"
RECORDS = 100  # enough of the head to judge by


class InputError(ValueError):
    """What is wrong with what the user gave, and what to do about it, in one line."""


@dataclass(frozen=True)
class Layout:
    """What separates the fields, whether the first record names them, and their names."""

    delimiter: str
    has_header: bool
    names: tuple[str, ...]
    notices: tuple[str, ...] = ()


def find_layout(head: str, known=()) -> Layout:
    """The layout of a text that begins with ``head`` (whole lines).

    The delimiter is the one that cuts every record into equally many fields.  The first record is
    a header unless one of its fields is a number; a name in ``known`` settles that it is one.
    """
    delimiter = max(DELIMITERS, key=lambda d: _evidence(_records(head, d), d))
    records = _records(head, delimiter)
    first = [field.strip() for field in records[0]]
    has_header = bool(set(first) & set(known)) or not any(_is_number(field) for field in first)
    if has_header:
        return Layout(delimiter, True, *_unique_names(first))
    names = tuple(f"column_{i}" for i in range(1, len(first) + 1))
    notice = f"no header line was found: the columns are called {names[0]} to {names[-1]}"
    return Layout(delimiter, False, names, (notice,))


def _records(head, delimiter):
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        return list(itertools.islice(filter(None, reader), RECORDS))
    except csv.Error:  # a field without end
        return []


def _evidence(records, delimiter):
    """How well ``delimiter`` explains the records; compared as a tuple, the larger the better."""
    if not records or len(records[0]) == 1:
        return (0, 0, 0)
    width = len(records[0])
    agreeing = sum(len(record) == width for record in records) / len(records)
    return (1, agreeing == 1, width)


def _is_number(field):
    try:
        float(field.replace(",", "."))
    except ValueError:
        return False
    return True


def _unique_names(fields):
    """Names for the fields, no two alike; and a notice of each that had to be changed."""
    names, notices = [], []
    taken = Counter(fields)
    for i, field in enumerate(fields, 1):
        name = field or f"column_{i}"
        k = 2
        while name in names or (name != field and name in taken):
            name, k = f"{field or f'column_{i}'}_{k}", k + 1
        if name != field:
            what = f"a second column {field!r}" if field else f"column {i} without a name"
            notices.append(f"{what} is called {name!r}")
        names.append(name)
    return tuple(names), tuple(notices)
