"""Blocks cover the rows once, results keep their order, and threads never change a bit."""

import contextlib
import gc
import multiprocessing
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import reduction
from pellucid.reduction import blocks, crew, map_blocks, reduce_blocks, threads
from pellucid.reduction.crew import Crew, Task
from pellucid.reduction.threads import get_num_threads, set_num_threads


@given(st.integers(0, 5000), st.integers(0, 10_000), st.integers(1, 1 << 16))
def test_blocks_cover_every_row_once(n_rows, row_bytes, block_bytes):
    covered = [i for s in blocks(n_rows, row_bytes, block_bytes) for i in range(s.start, s.stop)]
    assert covered == list(range(n_rows))


def test_results_come_in_order():
    assert map_blocks(lambda s: s.start, blocks(1000, 1, 10)) == list(range(0, 1000, 10))


def test_sum_is_the_same_bit_for_bit_on_one_thread(monkeypatch):
    x = np.random.default_rng(0).normal(size=100_003) * 10.0 ** np.arange(100_003).__mod__(17)
    slices = blocks(len(x), 8, 4096)
    threaded = reduce_blocks(lambda s: x[s].sum(), slices)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    assert reduce_blocks(lambda s: x[s].sum(), slices) == threaded


def test_an_error_in_a_block_reaches_the_caller_and_leaves_the_pool_usable():
    def fail(s):
        raise ZeroDivisionError(s.start)

    with pytest.raises(ZeroDivisionError):
        map_blocks(fail, blocks(10, 1, 1))
    assert map_blocks(lambda s: s.start, blocks(3, 1, 1)) == [0, 1, 2]


def test_a_block_may_map_blocks():
    inner = blocks(4, 1, 1)
    assert map_blocks(lambda s: sum(map_blocks(lambda t: t.start, inner)), inner) == [6] * 4


def test_blas_threads_are_restored_however_regions_overlap():
    def threads():
        return [ask() for ask, _ in reduction.threads._blas()]

    before = threads()
    region = reduction.one_blas_thread
    region.__enter__()
    region.__enter__()
    region.__exit__()
    assert set(threads()) == {1}
    region.__exit__()
    assert threads() == before


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_pool_of_its_own():
    map_blocks(lambda s: s.start, blocks(4, 1, 1))  # the parent's threads exist
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_sum_in_blocks) == 6


def _sum_in_blocks():
    return reduce_blocks(lambda s: s.start, blocks(4, 1, 1))


def test_a_task_is_called_once_by_whoever_comes_first_and_not_once_withdrawn():
    calls = []
    task = Task(lambda: calls.append(1) or 7)
    assert task.run() and not task.run()
    assert (calls, task.result) == ([1], 7)
    task = Task(lambda: calls.append(2))
    task.withdraw()
    assert not task.run()
    assert calls == [1]


def test_as_many_threads_share_the_work_as_were_asked(monkeypatch):
    monkeypatch.setattr(threads, "_asked", [])
    blas = [(ask, tell, ask()) for ask, tell in threads._blas()]
    try:
        set_num_threads(1)
        assert get_num_threads() == 1 and all(ask() == 1 for ask, *_ in blas)
        assert set(map_blocks(lambda s: threading.get_ident(), blocks(99, 1, 1))) == {
            threading.get_ident()
        }
        set_num_threads(3)
        barrier = threading.Barrier(3)
        assert sorted(map_blocks(lambda s: barrier.wait(30), blocks(3, 1, 1))) == [0, 1, 2]
        with pytest.raises(RuntimeError, match="positive"):
            set_num_threads(0)
    finally:
        for _, tell, before in blas:
            tell(before)


def test_a_crew_that_has_fallen_asleep_wakes_for_a_task(monkeypatch):
    monkeypatch.setattr(crew, "PATIENCE", 0)  # nobody waits awake
    members = Crew(2)
    for i in range(200):
        tasks = [members.offer(lambda i=i, k=k: (i, k)) for k in range(3)]
        assert [members.result(task) for task in tasks] == [(i, 0), (i, 1), (i, 2)]


def test_an_error_of_a_block_is_not_kept_alive_by_its_traceback():
    class Large:
        pass

    def fail(s):
        large = Large()
        seen.append(weakref.ref(large))
        raise ZeroDivisionError

    seen = []
    with pytest.raises(ZeroDivisionError):
        map_blocks(fail, blocks(4, 1, 1))
    gc.disable()
    try:
        seen.clear()
        with contextlib.suppress(ZeroDivisionError):
            map_blocks(fail, blocks(4, 1, 1))
        assert seen[0]() is None
    finally:
        gc.enable()
