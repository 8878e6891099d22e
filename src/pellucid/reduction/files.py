"""Tables on disk as arrays of which a slice of rows is read when it is asked for."""

import numpy as np
from numpy.lib import format as npy

__all__ = ["NpyFile", "ParquetFile", "Stacked"]

READ_BYTES = 1 << 25  # of a Parquet file at a time: its row groups are large


class NpyFile:
    """An array in a ``.npy`` file, read in pieces by their place: nothing is mapped."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            version = npy.read_magic(file)
            header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            self.shape, self.by_column, self.dtype = header(file)
            self.start = file.tell()
        if self.dtype.hasobject:
            raise ValueError(f"{path} holds pickled objects, which are never loaded: save numbers")
        self.by_column &= len(self.shape) > 1

    def __getitem__(self, s):
        first, stop, step = s.indices(self.shape[0])
        if self.by_column:
            places = (np.arange(np.prod(self.shape[1:])) * self.shape[0] + first).tolist()
            columns = [self._read(place, stop - first) for place in places]
            return np.stack(columns, axis=-1).reshape(-1, *self.shape[1:], order="F")[::step]
        width = int(np.prod(self.shape[1:]))
        rows = self._read(first * width, (stop - first) * width)
        return rows.reshape(-1, *self.shape[1:])[::step]

    def _read(self, place, count):
        offset = self.start + place * self.dtype.itemsize
        found = np.fromfile(self.path, self.dtype, count, offset=offset)
        if len(found) < count:
            raise ValueError(f"{self.path} is shorter than its header says: it was cut off")
        return found


class ParquetFile:
    """The numbers of a Parquet file, or of several with the same columns, all but ``apart``."""

    def __init__(self, paths, columns=None, apart=()):
        import polars as pl

        scan = pl.scan_parquet(paths)
        schema = scan.collect_schema()
        if unknown := {*apart, *(columns or ())} - set(schema.names()):
            raise ValueError(f"no column {sorted(unknown)} in {paths}; there are {schema.names()}")
        self.names = columns or [name for name in schema.names() if name not in apart]
        if columns is None:
            refused = [
                n for n in self.names if not (schema[n].is_numeric() or schema[n] == pl.Boolean)
            ]
            if refused:
                raise ValueError(
                    f"columns {refused} of {paths} are no numbers: encode them, or write a file "
                    "without them"
                )
        self.scan = scan.select(self.names)
        self.single = columns is not None
        self.shape = (scan.select(pl.len()).collect().item(), len(self.names))[: 2 - self.single]
        self.read, self.kept = slice(0, 0), None

    def __getitem__(self, s):
        first, stop, step = s.indices(self.shape[0])
        if self.kept is None or first < self.read.start or stop > self.read.stop:
            ahead = READ_BYTES // (8 * len(self.names))
            self.read = slice(first, min(max(stop, first + ahead), self.shape[0]))
            frame = self.scan.slice(first, self.read.stop - first).collect()
            table = frame.to_numpy()[:, 0] if self.single else frame.to_numpy()
            if table.dtype.hasobject:
                if frame.null_count().row(0) != (0,):
                    raise ValueError(f"column {self.names[0]!r} has missing values")
                table = table.astype(str)
            self.kept = np.ascontiguousarray(table)
        return self.kept[first - self.read.start : stop - self.read.start : step]


class Stacked:
    """Several tables, one under the other."""

    def __init__(self, tables):
        self.tables = tables
        widths = {table.shape[1:] for table in tables}
        if len(widths) != 1:
            raise ValueError(f"the tables have rows of different shapes: {sorted(widths)}")
        self.ends = np.cumsum([table.shape[0] for table in tables])
        self.shape = (int(self.ends[-1]), *tables[0].shape[1:])

    def __getitem__(self, s):
        first, stop, step = s.indices(self.shape[0])
        parts = [
            table[max(first - start, 0) : stop - start]
            for table, start, end in zip(self.tables, [0, *self.ends[:-1]], self.ends, strict=True)
            if start < stop and end > first
        ]
        return (parts[0] if len(parts) == 1 else np.concatenate(parts))[::step]
