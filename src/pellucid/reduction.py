"""Learning from sums: map a function over fixed blocks of rows on all cores, add in a fixed order.

The blocks depend on the shape of the data alone, never on the number of threads, and the results
are combined in the order of the blocks.  So a fit on two threads equals a fit on one, bit for bit.

One pool of Python threads serves everything.  A block runs serial code that lets go of the
interpreter's lock (NumPy on large arrays, kernels) with BLAS on one thread: two thread pools that
share the cores spoil each other.
"""

import contextlib
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import ThreadpoolController

__all__ = ["Rows", "add", "blocks", "iterate_blocks", "map_blocks", "reduce_blocks"]

BLOCK_BYTES = 1 << 21  # about a core's cache, and work enough to hide 20-50 µs of hand-over

_state = threading.local()  # .inside: this thread is running a block


def blocks(n_rows: int, row_bytes: int, block_bytes: int = BLOCK_BYTES) -> list[slice]:
    """Cut ``n_rows`` rows of ``row_bytes`` bytes into slices of about ``block_bytes`` bytes."""
    step = max(1, block_bytes // max(1, row_bytes))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


def map_blocks(function, slices) -> list:
    """``[function(s) for s in slices]``, on all cores, in order; serial inside another block."""
    return list(iterate_blocks(function, slices))


def iterate_blocks(function, slices):
    """As ``map_blocks``, a result at a time, as soon as those before it are there."""
    slices = list(slices)
    if len(slices) < 2 or _cores() < 2 or getattr(_state, "inside", False):
        yield from map(function, slices)
        return
    with _one_blas_thread():
        yield from _pool().map(functools.partial(_run, function), slices)


def add(a, b):
    """a + b; of two tuples, part by part."""
    return tuple(map(add, a, b)) if isinstance(a, tuple) else a + b


def reduce_blocks(statistics, slices, combine=add):
    """Combine ``statistics(s)`` over the slices, from the first to the last."""
    return functools.reduce(combine, map_blocks(statistics, slices))


class Rows:
    """The examples as a model that learns from sums sees them: X and what goes with its rows.

    A model is written as ``statistics(*block, *params)``, a pure function whose results add, and
    an update of the params; where the rows are, and on how many cores, is this class's alone.

    Parameters
    ----------
    *arrays : arrays with the same number of rows
        X (N, D) and, as a model needs them, targets or weights; ``None`` stays ``None``.
    row_bytes : int, optional
        What a row costs at work, where that is more than the arrays' own bytes.
    """

    def __init__(self, *arrays, row_bytes=None):
        self.arrays = arrays
        given = [a for a in arrays if a is not None]
        own = sum(a.nbytes // max(1, len(a)) for a in given)
        self.slices = blocks(len(given[0]), row_bytes or own)

    def map(self, function, *params) -> list:
        """``[function(*block, *params) for each block]``, in order."""
        return map_blocks(lambda s: function(*self._block(s), *params), self.slices)

    def reduce(self, statistics, *params, combine=add):
        """Combine ``statistics(*block, *params)`` over the blocks, from the first to the last."""
        return functools.reduce(combine, self.map(statistics, *params))

    def _block(self, s):
        return tuple(None if a is None else a[s] for a in self.arrays)


def _run(function, s):
    _state.inside = True
    try:
        return function(s)
    finally:
        _state.inside = False


@functools.cache
def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


_regions = 0  # block regions open now, in all of the program's threads
_regions_lock = threading.Lock()
_limit = None


@contextlib.contextmanager
def _one_blas_thread():
    """BLAS on one thread from the first region that opens to the last that closes."""
    global _regions, _limit
    with _regions_lock:
        if _regions == 0:
            _limit = _blas().limit(limits=1, user_api="blas")
        _regions += 1
    try:
        yield
    finally:
        with _regions_lock:
            _regions -= 1
            if _regions == 0:
                _limit.restore_original_limits()


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), thread_name_prefix="pellucid")


def _start_afresh():
    """In a forked child: none of its parent's threads, none of its open regions."""
    global _regions, _regions_lock
    _pool.cache_clear()
    _regions, _regions_lock = 0, threading.Lock()
    _state.inside = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
