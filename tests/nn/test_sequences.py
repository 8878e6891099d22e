"""What recurrent layers share: the rows of packed sequences, and products laid in panels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.autograd import no_grad
from pellucid.nn import functional as F
from pellucid.nn.functional import _sequences as S
from pellucid.nn.functional._panels import add_product, panels_of, rows_for

RAGGED = (5, 5, 3, 1)


@pytest.mark.parametrize("reverse", [False, True])
def test_steps_and_table_say_the_same(reverse):
    rows = [(0, 5), (5, 5), (10, 3), (13, 1)]
    assert S.table(RAGGED, reverse).tolist() == [list(r) for r in rows[:: -1 if reverse else 1]]
    steps = [(s.start, n) for s, n in S.steps(RAGGED, reverse)]
    assert steps == rows[:: -1 if reverse else 1]


def test_here_counts_those_of_a_block_that_run():
    order = S.table(RAGGED, False)
    assert [S.here(order, t, 2, 5) for t in range(4)] == [(2, 3), (7, 3), (12, 1), (15, 0)]


@pytest.mark.parametrize("reverse", [False, True])
def test_before_is_the_state_of_the_step_before(reverse):
    y = np.arange(14.0)[:, None]
    h = -1 - np.arange(5.0)[:, None]
    expected, state = np.empty_like(y), h.copy()
    for rows, n in S.steps(RAGGED, reverse):
        expected[rows] = state[:n]
        state[:n] = y[rows]
    assert_array_equal(S.before(y, h, S.table(RAGGED, reverse)), expected)


def test_sequences_without_times_are_an_error():
    with pytest.raises(RuntimeError, match="larger than 0"):
        S.sizes_of(np.zeros((0, 3, 2)), None)


@given(st.integers(1, 100))
@settings(max_examples=30, deadline=None)
def test_every_sequence_is_taken_once(n):
    taken = S.map_sequences(lambda first, last: list(range(first, last)), n)
    assert [k for block in taken for k in block] == list(range(n))
    assert max(map(len, taken)) <= S.TOGETHER
    assert all(len(block) % 4 == 0 or n < 4 for block in taken[:-1])


@given(st.integers(1, 9), st.integers(0, 600), st.integers(1, 200), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_product_in_panels_is_the_product(n, terms, columns, transposed):
    rng = np.random.default_rng(n + terms)
    w = rng.standard_normal((columns, terms) if transposed else (terms, columns), np.float32)
    w = w.T if transposed else w
    panels = panels_of(w, n)
    rows = rows_for(n, panels)
    assert rows >= n
    assert panels.shape[1] == terms
    a = rng.standard_normal((rows, terms), np.float32)
    out = np.ones((rows, panels.shape[0] * panels.shape[2]), np.float32)
    add_product(a, panels, out, n)
    exact = 1 + a.astype(float) @ w
    assert_allclose(out[:n, :columns], exact[:n], 1e-5, 1e-5 * (1 + terms**0.5))


def test_a_row_is_the_same_however_many_are_beside_it():
    rng = np.random.default_rng(0)
    a, w = rng.standard_normal((8, 300), np.float32), rng.standard_normal((300, 70), np.float32)
    alone, many = panels_of(w, 1), panels_of(w, 8)
    together = np.zeros((8, many.shape[0] * many.shape[2]), np.float32)
    add_product(a, many, together, 8)
    for r in range(8):
        out = np.zeros((1, alone.shape[0] * alone.shape[2]), np.float32)
        add_product(a[r : r + 1], alone, out, 1)
        assert_array_equal(out[0, :70], together[r, :70])


@pytest.mark.parametrize("shape", [(3, 4, 5), (700, 64, 300)])
def test_a_shared_product_is_the_product(shape):
    rng = np.random.default_rng(0)
    m, k, n = shape
    a, b = rng.standard_normal((k, m), np.float32).T, rng.standard_normal((k, n), np.float32)
    assert_allclose(S.shared_product(a, b), a.astype(float) @ b, 1e-5, 1e-4)


def test_steps_are_seen_ahead_in_order():
    """More steps than are made at once, of which not all sequences have all."""
    rng = np.random.default_rng(0)
    sizes = (3,) * 20 + (2,) * 15 + (1,) * 6
    x = rng.standard_normal((sum(sizes), 7), np.float32)
    w, bias = rng.standard_normal((50, 7), np.float32), rng.standard_normal(50, np.float32)
    order = S.table(sizes, True)
    panels = S.laid_out(w, w, 3)
    inputs, products = S.scratch(4, *panels)
    for t in range(len(order)):
        row, n = S.here(order, t, 0, 3)
        z = S.look_ahead(t, order, 0, 3, x, panels[0], bias, inputs, products)
        assert_allclose(z[:n, :50], x[row : row + n] @ w.T + bias, 1e-4, 1e-5)


def test_without_recording_nothing_is_kept():
    assert len(S.kept(10, 3)) == 10
    with no_grad():
        assert len(S.kept(10, 3)) == 0


@pytest.mark.parametrize("layer", [F.lstm_layer, F.gru_layer, F.rnn_layer])
def test_layers_are_the_same_whether_or_not_anything_is_kept(layer):
    gates, states = {"lstm_layer": (4, 2), "gru_layer": (3, 1)}.get(layer.__name__, (1, 1))
    rng = np.random.default_rng(0)
    shapes = [(30, 5, 6), *[(5, 8)] * states, (8 * gates, 6), (8 * gates, 8)]
    inputs = [rng.standard_normal(s, np.float32) for s in shapes]
    expected = layer(*inputs)
    with no_grad():
        found = layer(*inputs)
    for y, z in zip(found, expected, strict=True):
        assert_array_equal(y, z)
