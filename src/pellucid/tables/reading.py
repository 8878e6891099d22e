"""Read people's tables in blocks of rows: delimited text (plain or gzip) and Parquet.

Text is read as text.  A block is cut at a line end outside quotation marks, its records are
counted field by field, and polars splits them; what a column's values mean is the schema's affair.
So one route serves a table that fits in memory and one that does not, and a ragged line is named.
"""

import gzip
import itertools
from pathlib import Path

import numpy as np
import polars as pl

from pellucid.tables.layout import InputError, find_layout

__all__ = ["TableFile"]

BLOCK_BYTES = 1 << 24
HEAD_BYTES = 1 << 20
MOST_RECORD_BYTES = 1 << 26  # a longer record is a quotation mark that was never closed
BLOCK_ROWS = 100_000  # of a Parquet file
NOT_TEXT = {
    b"PK\x03\x04": "a zip archive (an Excel workbook?): save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}
BOM = b"\xef\xbb\xbf"
QUOTE, NEWLINE, RETURN = b'"'[0], b"\n"[0], b"\r"[0]


class TableFile:
    """A table in a file: ``names``, ``notices`` of how it was read, and its rows.

    ``known``: names that the file is expected to hold; they settle whether it has a header.
    """

    def __init__(self, path, known=()):
        self.path = Path(path)
        try:
            with open(self.path, "rb") as stream:
                magic = stream.read(4)
        except OSError as error:
            raise InputError(f"cannot read {path}: {(error.strerror or error).lower()}") from None
        self._is_parquet = magic == b"PAR1"
        self._open = gzip.open if magic[:2] == b"\x1f\x8b" else open
        self.notices: tuple[str, ...] = ()
        if self._is_parquet:
            self.names = tuple(self._scan().collect_schema().names())
        else:
            self._layout = find_layout(self._head(), known)
            self.names, self.notices = self._layout.names, self._layout.notices

    def blocks(self):
        """The rows, as polars frames of moderate size, in order."""
        frames = self._parquet_blocks() if self._is_parquet else self._text_blocks()
        empty = True
        for frame in frames:
            empty = False
            yield frame
        if empty:
            raise InputError(f"{self.path} has a header and no rows")

    def read(self) -> pl.DataFrame:
        """The whole table."""
        return pl.concat(self.blocks())

    def _scan(self):
        try:
            lazy = pl.scan_parquet(self.path)
            lazy.collect_schema()
        except Exception as error:  # polars has no common base for what a bad file can raise
            raise InputError(f"{self.path} is a damaged Parquet file: {_line(error)}") from None
        return lazy

    def _parquet_blocks(self):
        lazy = self._scan()
        try:
            n_rows = lazy.select(pl.len()).collect().item()
            for start in range(0, n_rows, BLOCK_ROWS):
                yield lazy.slice(start, BLOCK_ROWS).collect()
        except pl.exceptions.PolarsError as error:
            raise InputError(f"{self.path} is a damaged Parquet file: {_line(error)}") from None

    def _head(self) -> str:
        """The first whole lines as text, or an ``InputError`` that says what the file is."""
        data = b"".join(self._chunks(HEAD_BYTES, most=1))
        for magic, what in NOT_TEXT.items():
            if data.startswith(magic):
                raise InputError(f"{self.path} is {what}")
        if b"\0" in data:
            raise InputError(f"{self.path} is a binary file, neither delimited text nor Parquet")
        data = data.removeprefix(BOM)
        if not data.strip():
            raise InputError(f"{self.path} is empty")
        if b"\n" not in data and b"\r" in data:
            raise InputError(f"{self.path} ends its lines with a bare \\r: save it with \\n")
        if len(data) >= HEAD_BYTES - 3 and b"\n" in data:
            data = data[: data.rindex(b"\n") + 1]
        return self._decode(data, 1)

    def _chunks(self, size, most=None):
        try:
            with self._open(self.path, "rb") as stream:
                while (most is None or most > 0) and (chunk := stream.read(size)):
                    most = most and most - 1
                    yield chunk
        except (OSError, EOFError) as error:  # a gzip file cut short, or not one
            raise InputError(f"cannot read {self.path}: {_line(error)}") from None

    def _text_blocks(self):
        line, rest, header = 1, b"", self._layout.has_header
        for chunk in itertools.chain(self._chunks(BLOCK_BYTES), [None]):
            if line == 1 and not rest and chunk:
                chunk = chunk.removeprefix(BOM)
            data = rest + (chunk or b"")
            if chunk is None and data and not data.endswith(b"\n"):
                data += b"\n"
            ends, widths = _records(data, self._layout.delimiter)
            cut = int(ends[-1]) + 1 if len(ends) else 0
            data, rest = data[:cut], data[cut:]
            if rest and (chunk is None or len(rest) > MOST_RECORD_BYTES):
                at = line + data.count(b"\n")
                raise InputError(f"{self.path}: the quotation mark on line {at} is never closed")
            kept = self._kept(data, ends, widths, line)
            line += data.count(b"\n")
            if header and kept:
                kept, header = kept[_records(kept, self._layout.delimiter)[0][0] + 1 :], False
            if kept:
                yield self._parse(kept, line)

    def _kept(self, data, ends, widths, line):
        """The block without its blank lines; every record has as many fields as there are names."""
        codes = np.frombuffer(data, np.uint8)
        starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.intp)[: len(ends)]
        blank = ends - (codes[ends - 1] == RETURN) <= starts
        ragged = np.flatnonzero(~blank & (widths != len(self.names)))
        if len(ragged):
            at = line + data[: starts[ragged[0]]].count(b"\n")
            raise InputError(
                f"{self.path}, line {at}: {widths[ragged[0]]} fields where "
                f"{len(self.names)} columns were expected; mend the line or quote its delimiters"
            )
        if not blank.any():
            return data
        spans = zip(starts[~blank], ends[~blank] + 1, strict=True)
        return b"".join(data[start:stop] for start, stop in spans)

    def _parse(self, data, line) -> pl.DataFrame:
        try:
            return pl.read_csv(
                data,
                has_header=False,
                separator=self._layout.delimiter,
                schema=dict.fromkeys(self.names, pl.String),
                infer_schema=False,
            )
        except pl.exceptions.PolarsError as error:
            self._decode(data, line - data.count(b"\n"))
            raise InputError(
                f"{self.path}, before line {line}: cannot be split into fields, look for a "
                f"quotation mark inside a field ({_line(error)})"
            ) from None

    def _decode(self, data, line) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            at = line + data[: error.start].count(b"\n")
            raise InputError(
                f"{self.path}, line {at}: byte 0x{data[error.start]:02x} is not UTF-8; "
                "save the file as UTF-8"
            ) from None


def _records(data, delimiter):
    """Where the records of ``data`` end, and how many fields each has; (R,) and (R,)."""
    codes = np.frombuffer(data, np.uint8)
    ends, cuts = codes == NEWLINE, codes == ord(delimiter)
    quotes = codes == QUOTE
    if quotes.any():
        outside = np.bitwise_xor.accumulate(quotes.view(np.uint8)) == 0
        ends &= outside
        cuts &= outside
    ends = np.flatnonzero(ends)
    widths = np.diff(np.searchsorted(np.flatnonzero(cuts), ends), prepend=0) + 1
    return ends, widths


def _line(error) -> str:
    return str(error).partition("\n")[0]
