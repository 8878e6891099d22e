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
        self.cuts: list | None = None  # of each partition, the ends of its blocks

    def iterate(self, function, *params, beside=None, alone=None):
        """As of ``Rows``; but a worker has but one thread for its blocks, and none is alone."""
        for results in self._each(Rows.map, function, *params, beside=beside):
            yield from results

    def cut_at(self, ends):
        """As of ``Rows``.  A partition that ends in a block takes what it lacks from the next."""
        collections = [
            a.to_dask_array(lengths=True) if hasattr(a, "to_dask_array") else a
            for a in self.collections
        ]
        if np.isnan(collections[0].chunks[0]).any():
            collections[0] = collections[0].copy().compute_chunk_sizes()
        reached = np.unique(np.searchsorted(ends, np.cumsum(collections[0].chunks[0])))
        last = np.asarray(ends)[reached]
        chunks = tuple(np.diff(last, prepend=0).tolist())
        moved = Partitions(collections[0].rechunk({0: chunks}), *collections[1:])
        blocks = np.split(ends, reached + 1)[:-1]
        cuts = [own - start for own, start in zip(blocks, [0, *last[:-1]], strict=True)]
        return self._but(collections=moved.collections, parts=moved.parts, cuts=cuts)

    def reduce(self, statistics, *params, combine=add):
        return functools.reduce(
            combine, self._each(Rows.reduce, statistics, *params, combine=combine)
        )

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

    def _each(self, method, *args, beside=None, **kwargs):
        import dask

        work = dask.delayed(_on_worker, pure=False)
        beside, tasks = iter(beside or ()), []
        for part, ends in zip(self.parts, self.cuts or [None] * len(self.parts), strict=True):
            if ends is not None:
                kwargs["beside"] = list(itertools.islice(beside, len(ends))) or None
            like, call = self._like().cut_at(ends), functools.partial(method, **kwargs)
            tasks.append(work(part, like, call, *args))
        found, empty = _results(tasks), True
        for result in found:
            if result is not None:
                empty = False
                yield result
        if empty:
            raise ValueError("all partitions are empty")


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
