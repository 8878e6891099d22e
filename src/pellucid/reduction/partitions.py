"""The partitions of a Dask array or frame, which stay on their workers: the statistics go there."""

import copy
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
        self.blocks_of: dict[tuple, list[int]] = {}  # a size -> how many blocks each partition has

    def iterate(self, function, *params, beside=None, alone=None):
        """As of ``Rows``; but a worker has but one thread for its blocks, and none is alone."""
        if beside is not None:
            yield from self._beside(iter(beside), function, *params)
            return
        counts = []
        for results in self._each(Rows.map, function, *params):
            counts.append(len(results or ()))
            yield from results or ()
        self.blocks_of[self._size] = counts

    @property
    def _size(self):
        return self.row_bytes, self.block_bytes, self.every

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
        found = self._each(Rows.reduce, statistics, *params, combine=combine)
        return functools.reduce(combine, (result for result in found if result is not None))

    def fold(self, before, work, after, state, total):
        """As ``Rows.fold``: from partition to partition, and ``work`` on all at the same time."""
        import dask

        begin, do, add = (dask.delayed(step, pure=False) for step in (_begin, _work, _add))
        for part in self.parts:
            block = dask.delayed(_on_worker)(part, self._like(), _whole)
            handed = begin(before, state, block)
            own, state = handed[0], handed[1]
            total = add(after, total, do(work, own, block))
        (found,) = _results([dask.delayed(list)([state, total])])
        return found

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

    def _each(self, method, *args, **kwargs):
        """What the method gives of each partition; None of one that has no rows."""
        call, empty = functools.partial(method, **kwargs), True
        for result in self._call(dict.fromkeys(range(len(self.parts)), call), *args):
            empty &= result is None
            yield result
        if empty:
            raise ValueError("all partitions are empty")

    def _beside(self, beside, function, *params):
        """``iterate`` in the partitions beside whose blocks anything lies."""
        if self.cuts is None and self._size not in self.blocks_of:
            self.map(_nothing)
        counts = self.blocks_of[self._size] if self.cuts is None else map(len, self.cuts)
        things = [list(itertools.islice(beside, n)) for n in counts]
        calls = {
            i: functools.partial(_map_beside, own)
            for i, own in enumerate(things)
            if any(thing is not None for thing in own)
        }
        for results in self._call(calls, function, *params):
            yield from results

    def _call(self, calls, *args):
        """The results of ``calls``, {partition: call}."""
        import dask

        work = dask.delayed(_on_worker, pure=False)
        likes = {i: self._like().cut_at(None if self.cuts is None else self.cuts[i]) for i in calls}
        return _results([work(self.parts[i], likes[i], call, *args) for i, call in calls.items()])


def _map_beside(beside, rows, function, *params):
    return list(rows.iterate(function, *params, beside=beside))


def _nothing(*block):
    return None


def _on_worker(arrays, like, call, *args):
    """On the worker: ``call`` on the rows of one partition, by the thread that it was given."""
    if arrays[0].shape[0] == 0:
        return None
    return serial(lambda rows: call(rows, *args), like._like(*arrays))


def _whole(rows):
    return rows._ready(rows.arrays)


# The steps of a fold, from which a partition without rows is left out.  What goes from partition to
# partition is copied, so that a step can be done again from what it was given.


def _begin(before, state, block):
    return (None, state) if block is None else before(copy.deepcopy(state), *block)


def _work(work, own, block):
    return None if block is None else serial(lambda own: work(own, *block), own)


def _add(after, total, done):
    return total if done is None else after(copy.deepcopy(total), done)


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
            if future.done():  # in the very moment of giving up, or with such an error of its own
                return future.result()
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
