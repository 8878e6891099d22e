"""Map a function over fixed blocks on all cores, and combine its results in the blocks' order.

One crew of Python threads serves everything.  A block runs serial code that lets go of the
interpreter's lock (NumPy on large arrays, kernels) with BLAS on one thread: two thread pools that
share the cores spoil each other.
"""

import functools
import itertools
import os
import threading
from collections import deque

from threadpoolctl import ThreadpoolController

__all__ = [
    "BLOCK_BYTES",
    "add",
    "blocks",
    "call_together",
    "get_num_threads",
    "iterate_blocks",
    "map_blocks",
    "one_blas_thread",
    "reduce_blocks",
    "serial",
    "set_num_threads",
    "shares",
]

BLOCK_BYTES = 1 << 21  # about a core's cache, and work enough to hide a hand-over

_state = threading.local()  # .inside: this thread is running a block
_asked: list[int] = []  # by a program, of how many threads there are to be


def get_num_threads() -> int:
    """How many threads share the work: the cores this process may use, unless others were asked."""
    return _cores()


def set_num_threads(n: int) -> None:
    """Let n threads share the work from now on; any number gives the same answers."""
    if type(n) is not int or n < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, not {n!r}")
    _asked[:] = [n]
    for _, tell in _blas():
        tell(n)


def blocks(n_rows: int, row_bytes: int, block_bytes: int = BLOCK_BYTES) -> list[slice]:
    """Cut ``n_rows`` rows of ``row_bytes`` bytes into slices of about ``block_bytes`` bytes."""
    step = max(1, block_bytes // max(1, row_bytes))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


def shares(n_rows: int, least: int = 1) -> list[slice]:
    """A slice of rows for each core, of ``least`` rows or more.

    For what comes out the same however it is cut: the rows of a product of matrices.
    """
    return blocks(n_rows, 1, max(least, -(-n_rows // _cores())))


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
        with one_blas_thread:  # one block as well: of thirty small products each would be shared
            yield from map(function, slices)
        return
    waiting: deque = deque()  # tasks, in order
    with one_blas_thread:
        try:
            for s in slices:
                waiting.append(_crew(_cores() - 1).offer(functools.partial(serial, function, s)))
                if len(waiting) >= ahead:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:  # after an error, or for a caller who wants no more
            for task in waiting:
                task.withdraw()


def call_together(lead, follow):
    """``lead()``, which other cores may help by a ``follow`` each, and which does not need them.

    They may come late or when all is done, and nobody waits for them to return.  ``follow(offers)``
    is told where in memory the number of tasks ever offered stands.
    """
    if _cores() < 2 or getattr(_state, "inside", False):
        return lead()
    crew = _crew(_cores() - 1)
    follow = functools.partial(follow, crew.offers)
    offered = [crew.offer(follow) for _ in range(_cores() - 1)]
    try:
        return lead()
    finally:
        for task in offered:
            task.withdraw()


def _first(waiting):
    """The result of the first that waits; until it is there, the asking thread works as well."""
    for task in waiting:
        if waiting[0].done:
            break
        task.run()  # unless somebody else has begun with it
    return _crew(_cores() - 1).result(waiting.popleft())


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


def _cores() -> int:
    return _asked[0] if _asked else _own_cores()


@functools.cache
def _own_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _blas() -> list:
    """For each BLAS, how to ask for the number of its threads, and how to set it."""
    return [
        _calls(library)
        for library in ThreadpoolController().select(user_api="blas").lib_controllers
    ]


def _calls(library):
    if getattr(library, "threading_layer", "") == "pthreads":  # threadpoolctl looks these up anew
        found = [library._get_symbol(f"openblas_{verb}_num_threads") for verb in ("get", "set")]
        if all(found):  # each time, which takes three times as long as they do
            return found
    return library.get_num_threads, library.set_num_threads


class _OneBlasThread:
    """``with one_blas_thread:`` BLAS has one, from the first to enter to the last to leave.

    OpenBLAS's own threads burn a core for a tenth of a second after each product that they shared,
    which halves the speed of whatever blocks are run meanwhile: small products are better off alone
    and large ones in blocks.
    """

    def __init__(self):
        self.inside, self.lock, self.before = 0, threading.Lock(), []

    def __enter__(self):
        with self.lock:
            if self.inside == 0:
                self.before = [(tell, n) for ask, tell in _blas() if (n := ask()) != 1]
                for tell, _ in self.before:
                    tell(1)
            self.inside += 1

    def __exit__(self, *_):
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                for tell, number in self.before:
                    tell(number)


one_blas_thread = _OneBlasThread()


@functools.cache
def _crew(size):
    from pellucid.reduction.crew import Crew  # with Numba, which takes a second to import

    return Crew(size)


def _start_afresh():
    """In a forked child: none of its parent's threads, none of its open regions."""
    _crew.cache_clear()
    one_blas_thread.__init__()
    _state.inside = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
