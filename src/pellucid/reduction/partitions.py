"""The partitions of a Dask array or frame, which stay on their workers: the statistics go there."""

import functools
import itertools
import time

import numpy as np

from pellucid.reduction.rows import Rows
from pellucid.reduction.stream import as_array
from pellucid.reduction.threads import add, serial

__all__ = ["Partitions", "is_dask"]

PATIENCE = 30  # seconds without a single worker, before a fit gives up


def is_dask(X):
    return type(X).__module__.partition(".")[0] in {"dask", "dask_expr"}


class Partitions(Rows):
    """Rows in Dask's partitions: on each, one task; of each, the result alone comes here.

    They are combined in the order of the partitions.  A task whose worker dies is done again by
    another, on the same rows, so that the sum is the same.  Without a client the tasks run on
    Dask's own threads.  A collection that was not ``persist``ed is computed anew by each pass.
    """

    def __init__(self, X, *companions):
        import dask

        super().__init__()
        if hasattr(X, "columns"):  # a frame, and perhaps the names of some of its columns
            apart = [c for c in companions if isinstance(c, str)]
            if unknown := set(apart) - set(X.columns):
                raise ValueError(f"no column {sorted(unknown)}; there are {list(X.columns)}")
            companions = [X[c] if isinstance(c, str) else c for c in companions]
            X = X.drop(columns=apart)
        else:
            X = X.rechunk({1: X.shape[1]}) if X.ndim == 2 else X
        self.collections = (X, *companions)
        columns = [_delayed(a, X) for a in self.collections]
        self.parts = [dask.delayed(_arrays)(*part) for part in zip(*columns, strict=True)]
        self.counted: list[int] = []
        self.cut: dict[tuple, list[int]] = {}  # into how many blocks of a size each partition is

    def iterate(self, function, *params, beside=None):
        size, counts = (self.row_bytes, self.block_bytes, self.every), []
        if beside is None:
            for results in self._each(self.parts, Rows.map, function, *params):
                counts.append(len(results or ()))
                yield from results or ()
            self.cut[size] = counts
        else:
            yield from self._beside(size, iter(beside), function, *params)

    def reduce(self, statistics, *params, combine=add):
        found = self._each(self.parts, Rows.reduce, statistics, *params, combine=combine)
        return functools.reduce(combine, (result for result in found if result is not None))

    def companions(self):
        return self.then(lambda X, *rest: rest)

    @property
    def n_rows(self):
        if not self.counted:
            self.counted[:] = [self._but(steps=()).reduce(lambda X, *rest: X.shape[0])]
        return self.counted[0]

    @property
    def names(self):
        X = self.collections[0]
        return list(X.columns) if hasattr(X, "columns") else None

    @property
    def in_memory(self):
        return False

    def _read_first(self):
        import dask

        for part in self.parts:
            (found,) = _results([dask.delayed(_on_worker)(part, self._like(), Rows._read_first)])
            if found is not None:
                return found
        raise ValueError("all partitions are empty")

    def _each(self, parts, method, *args, **kwargs):
        """What the method gives of each partition; None of one that has no rows."""
        call, empty = functools.partial(method, **kwargs), True
        for result in self._call(parts, [call] * len(parts), *args):
            empty &= result is None
            yield result
        if empty:
            raise ValueError("all partitions are empty")

    def _beside(self, size, beside, function, *params):
        """``iterate`` in the partitions beside whose blocks anything lies."""
        if size not in self.cut:
            self.map(_nothing)
        things = [list(itertools.islice(beside, n)) for n in self.cut[size]]
        some = [i for i, own in enumerate(things) if any(thing is not None for thing in own)]
        calls = [functools.partial(_map_beside, things[i]) for i in some]
        for results in self._call([self.parts[i] for i in some], calls, function, *params):
            yield from results

    def _call(self, parts, calls, *args):
        import dask

        work, like = dask.delayed(_on_worker, pure=False), self._like()
        return _results([work(p, like, c, *args) for p, c in zip(parts, calls, strict=True)])


def _map_beside(beside, rows, function, *params):
    return list(rows.iterate(function, *params, beside=beside))


def _nothing(*block):
    return None


def _on_worker(arrays, like, call, *args):
    """On the worker: ``call`` on the rows of one partition, by the thread that it was given."""
    if arrays[0].shape[0] == 0:
        return None
    return serial(lambda rows: call(rows, *args), like._like(*arrays))


def _arrays(*part):
    arrays = tuple(None if a is None else as_array(a) for a in part)
    lengths = {a.shape[0] for a in arrays if a is not None}
    if len(lengths) != 1:
        raise ValueError(f"the parts of a partition have {sorted(lengths)} rows")
    return arrays


def _delayed(a, X):
    """A collection's partitions; an array is cut as X is."""
    if a is None:
        return [None] * X.npartitions
    if not is_dask(a):
        import dask.array as da

        a = da.from_array(np.asarray(a), chunks=(X.chunks[0], *[-1] * (np.ndim(a) - 1)))
    elif hasattr(a, "rechunk") and hasattr(X, "rechunk") and a is not X:
        a = a.rechunk((X.chunks[0], *[-1] * (a.ndim - 1)))
    parts = a.to_delayed()
    parts = list(parts.ravel()) if isinstance(parts, np.ndarray) else list(parts)
    if len(parts) != X.npartitions:
        raise ValueError(f"X has {X.npartitions} partitions, and what goes with it {len(parts)}")
    return parts


def _results(tasks):
    """What the tasks give, in their order."""
    import dask

    client = _client()
    if client is None:
        yield from dask.compute(*tasks, scheduler="threads")
        return
    futures = client.compute(tasks)
    try:
        for future in futures:
            yield _wait(client, future)
    finally:
        client.cancel(futures)


def _wait(client, future):
    """The result, or an error once there has been no worker for ``PATIENCE`` seconds."""
    seen = time.monotonic()
    while True:
        try:
            return future.result(timeout=1)
        except TimeoutError:
            if future.done():
                raise
        if client.status == "running" and client.nthreads():
            seen = time.monotonic()
        elif time.monotonic() - seen > PATIENCE:
            raise RuntimeError(
                f"the cluster has had no worker for {PATIENCE} s; the fit is given up"
            )


def _client():
    try:
        from distributed import default_client
    except ImportError:
        return None
    try:
        return default_client()
    except ValueError:  # none was started
        return None
