"""Blocks cover the rows once, results keep their order, and threads never change a bit."""

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
    monkeypatch.setattr(reduction, "_cores", lambda: 1)
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
