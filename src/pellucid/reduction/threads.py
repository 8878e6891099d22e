"""Map a function over fixed blocks on all cores, and combine its results in the blocks' order.

One pool of Python threads serves everything.  A block runs serial code that lets go of the
interpreter's lock (NumPy on large arrays, kernels) with BLAS on one thread: two thread pools that
share the cores spoil each other.
"""

import contextlib
import functools
import itertools
import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from threadpoolctl import ThreadpoolController

__all__ = [
    "BLOCK_BYTES",
    "add",
    "blocks",
    "call_together",
    "iterate_blocks",
    "map_blocks",
    "reduce_blocks",
    "serial",
]

BLOCK_BYTES = 1 << 21  # about a core's cache, and work enough to hide 20-50 µs of hand-over

_state = threading.local()  # .inside: this thread is running a block


def blocks(n_rows: int, row_bytes: int, block_bytes: int = BLOCK_BYTES) -> list[slice]:
    """Cut ``n_rows`` rows of ``row_bytes`` bytes into slices of about ``block_bytes`` bytes."""
    step = max(1, block_bytes // max(1, row_bytes))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


def map_blocks(function, slices) -> list:
    """``[function(s) for s in slices]``, on all cores, in order; serial inside another block."""
    return list(iterate_blocks(function, slices))


def iterate_blocks(function, slices, alone=None):
    """As ``map_blocks``, a result at a time, as soon as those before it are there.

    What has no length is made as it is needed, by the thread that asks for the results: while the
    others work on some blocks the next is read, and there are never more than two a core.  Where
    ``alone(s)``, that thread does the work as well, and may hand out blocks of its own.
    """
    if alone is not None:
        for by_itself, some in itertools.groupby(slices, alone):
            each = map if by_itself else iterate_blocks
            yield from each(function, some)
        return
    ahead = len(slices) if hasattr(slices, "__len__") else 2 * _cores()
    slices = iter(slices)
    first = list(itertools.islice(slices, 2))
    slices = itertools.chain(first, slices)
    if len(first) < 2 or _cores() < 2 or getattr(_state, "inside", False):
        yield from map(function, slices)
        return
    waiting: deque[tuple] = deque()  # (future, slice), in order
    with _one_blas_thread():
        try:
            for s in slices:
                waiting.append((_pool().submit(serial, function, s), s))
                if len(waiting) >= ahead:
                    yield _first(function, waiting)
            while waiting:
                yield _first(function, waiting)
        finally:  # after an error, or for a caller who wants no more
            for future, _ in waiting:
                future.cancel()


def call_together(lead, follow):
    """``lead()``, which other cores may help by a ``follow()`` each, and which does not need them.

    They may come late or when all is done, and nobody waits for them to return.
    """
    if _cores() < 2 or getattr(_state, "inside", False):
        return lead()
    followers = [_pool().submit(follow) for _ in range(_cores() - 1)]
    try:
        return lead()
    finally:
        for future in followers:
            future.cancel()


def _first(function, waiting):
    """The result of the first that waits; until it is there, the asking thread works as well."""
    for place, (future, s) in enumerate(waiting):
        if waiting[0][0].done():
            break
        if future.cancel():  # nobody had begun with it
            made: Future = Future()
            try:
                made.set_result(serial(function, s))
            except BaseException as error:
                made.set_exception(error)
            waiting[place] = made, s
    return waiting.popleft()[0].result()


def add(a, b):
    """a + b; of two tuples, part by part."""
    return tuple(map(add, a, b)) if isinstance(a, tuple) else a + b


def reduce_blocks(statistics, slices, combine=add):
    """Combine ``statistics(s)`` over the slices, from the first to the last."""
    return functools.reduce(combine, map_blocks(statistics, slices))


def serial(function, s):
    """``function(s)``, in which blocks are not handed out to threads once more."""
    before, _state.inside = getattr(_state, "inside", False), True
    try:
        return function(s)
    finally:
        _state.inside = before


@functools.cache
def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _blas() -> list:
    return ThreadpoolController().select(user_api="blas").lib_controllers


_regions = 0  # block regions open now, in all of the program's threads
_regions_lock = threading.Lock()
_before: list[int] = []  # threads of each BLAS outside of regions


@contextlib.contextmanager
def _one_blas_thread():
    """BLAS on one thread from the first region that opens to the last that closes."""
    global _regions, _before
    with _regions_lock:
        if _regions == 0:
            _before = [library.num_threads for library in _blas()]
            _set_threads([1] * len(_before))
        _regions += 1
    try:
        yield
    finally:
        with _regions_lock:
            _regions -= 1
            if _regions == 0:
                _set_threads(_before)


def _set_threads(numbers):
    for library, number in zip(_blas(), numbers, strict=True):
        library.set_num_threads(number)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores() - 1, thread_name_prefix="pellucid")


def _start_afresh():
    """In a forked child: none of its parent's threads, none of its open regions."""
    global _regions, _regions_lock
    _pool.cache_clear()
    _regions, _regions_lock = 0, threading.Lock()
    _state.inside = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
