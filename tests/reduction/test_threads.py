"""Blocks cover the rows once, results keep their order, and threads never change a bit."""

import multiprocessing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import reduction
from pellucid.reduction import blocks, map_blocks, reduce_blocks


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
        return [library.num_threads for library in reduction.threads._blas()]

    before = threads()
    first, second = reduction.threads._one_blas_thread(), reduction.threads._one_blas_thread()
    first.__enter__()
    second.__enter__()
    assert set(threads()) == {1}
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert threads() == before


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_pool_of_its_own():
    map_blocks(lambda s: s.start, blocks(4, 1, 1))  # the parent's threads exist
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_sum_in_blocks) == 6


def _sum_in_blocks():
    return reduce_blocks(lambda s: s.start, blocks(4, 1, 1))
