"""One door for rows, wherever they are."""

import os

import numpy as np
import scipy.sparse as sp

from pellucid.reduction.files import NpyFile, ParquetFile, Stacked
from pellucid.reduction.partitions import Partitions, is_dask
from pellucid.reduction.rows import Rows
from pellucid.reduction.stream import Stream

__all__ = ["is_plain", "iterate", "named", "rows_of"]


def rows_of(X, *companions):
    """The ``Rows`` of X and of what goes with them (targets, weights), wherever they are.

    ========================  ==========================  ======================================
    X                         what goes with it           where the work is done
    ========================  ==========================  ======================================
    array, memory map, CSR    arrays, or ``.npy`` files   threads, on slices
    ``.npy`` file, or a list  arrays, or ``.npy`` files   threads, while the next piece is read
    Parquet file, or a list   names of its columns        threads, while the next piece is read
    an iterable of blocks     in its tuples (X, y, ...)   threads, while the next block is made
    Dask array, Dask frame    likewise, or column names   where the partitions are
    ========================  ==========================  ======================================

    Blocks are cut at the same rows for an array, a memory map and a file, so that what is learned
    from them is the same to the last bit; from the blocks of an iterable and the partitions of
    Dask it is the same to rounding.  An iterable must be one that can be walked again, as a list
    can and a generator cannot.
    """
    if is_dask(X):
        return Partitions(X, *companions)
    if _is_stream(X):
        if any(c is not None for c in companions):
            raise ValueError("what goes with the rows must come with the blocks: tuples (X, y)")
        return Stream(X, len(companions) and 1 + len(companions))
    paths = _paths(X)
    if paths and all(path.endswith((".parquet", ".pq")) for path in paths):
        columns = [c for c in companions if isinstance(c, str) and not _paths(c)]
        table = ParquetFile(paths, apart=columns)
        arrays = [
            ParquetFile(paths, [c]) if isinstance(c, str) and c in columns else _array(c)
            for c in companions
        ]
    else:
        table, arrays = _array(X), [_array(c) for c in companions]
    rows = Rows(table, *arrays)
    lengths = [a.shape[0] for a in rows.arrays if a is not None]
    if len(set(lengths)) != 1:
        raise ValueError(f"X and what goes with it have different numbers of rows: {lengths}")
    return rows


def iterate(function, X, *companions):
    """``function(*block)`` of each block of ``rows_of(X, *companions)``, a result at a time.

    So ``iterate(model.predict, "more.parquet")`` predicts what is larger than memory.  Where the
    columns have names, X comes to the function as a frame that bears them.
    """
    rows = rows_of(X, *companions)
    names = rows.names
    return rows.iterate(lambda x, *rest: function(named(x, names), *rest))


def named(x, names):
    """x as a frame with these names of its columns, if there are any."""
    if not names:
        return x
    import polars as pl

    return pl.DataFrame(x, schema=[str(name) for name in names], orient="row")


def is_plain(X):
    """Whether X is what any estimator takes: an array or what can be made one, in memory."""
    return not (is_dask(X) or _is_stream(X) or _paths(X) or isinstance(X, np.memmap))


def _is_stream(X):
    if isinstance(X, list | tuple):
        first = X[0] if len(X) else None
        first = first[0] if isinstance(first, tuple) and len(first) else first
        return len(getattr(first, "shape", ())) == 2
    known = ("__array__", "__dataframe__", "__len__", "shape", "__fspath__")
    return hasattr(X, "__iter__") and not any(hasattr(X, name) for name in known)


def _paths(X):
    """The paths that X says, or none."""
    X = X if isinstance(X, list | tuple) else [X]
    named = all(isinstance(x, os.PathLike | str) for x in X)
    paths = [str(os.fspath(x)) for x in X] if named else []
    return paths if all(path.endswith((".npy", ".parquet", ".pq")) for path in paths) else []


def _array(X):
    if paths := _paths(X):
        files = [NpyFile(path) for path in paths]
        return files[0] if len(files) == 1 else Stacked(files)
    if isinstance(X, str | os.PathLike):
        raise ValueError(f"{X!r} is not a .npy or .parquet file, nor a column of one")
    return X if X is None or sp.issparse(X) or isinstance(X, np.memmap) else np.asarray(X)
