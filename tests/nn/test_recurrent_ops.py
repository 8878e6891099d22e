"""One layer in one direction against PyTorch's: derivatives, ragged batches, extremes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.nn import functional as F
from tests.agree import Normal, agree

GATES = {"tanh": 1, "relu": 1, "lstm": 4, "gru": 3}
FULL, RAGGED = (5, 5, 5), (11, 9, 9, 4, 1)
CASES = [
    (kind, sizes, width, hidden, reverse, bias)
    for kind in GATES
    for sizes, width, hidden, reverse, bias in [
        (FULL, 3, 4, False, True),
        (FULL, 3, 4, True, False),
        (RAGGED, 2, 3, False, False),
        (RAGGED, 2, 3, True, True),
        ((1,), 1, 1, False, True),
    ]
]


def _shapes(kind, sizes, width, hidden, bias):
    rows = GATES[kind] * hidden
    states = [(sizes[0], hidden)] * (2 if kind == "lstm" else 1)
    weights = [(rows, width), (rows, hidden), *[(rows,)] * (2 * bias)]
    return [Normal(shape) for shape in ((sum(sizes), width), *states, *weights)]


def _ours(kind, sizes, reverse):
    options = {"batch_sizes": sizes, "reverse": reverse}
    if kind in ("tanh", "relu"):
        return lambda *inputs: F.rnn_layer(*inputs, nonlinearity=kind, **options)
    layer = F.lstm_layer if kind == "lstm" else F.gru_layer
    return lambda *inputs: layer(*inputs, **options)


def _theirs(kind, sizes, reverse):
    """PyTorch knows the way back only beside the way there, which gets weights of zero."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name = f"rnn_{kind}" if kind in ("tanh", "relu") else kind
    n_states = 2 if kind == "lstm" else 1

    def run(x, *rest):
        states, weights = rest[:n_states], list(rest[n_states:])
        hidden = states[0].shape[1]
        if reverse:
            states = [torch.stack([torch.zeros_like(s), s]) for s in states]
            weights = [torch.zeros_like(w) for w in weights] + weights
        else:
            states = [s[None] for s in states]
        state = tuple(states) if n_states == 2 else states[0]
        options = (len(rest) > n_states + 2, 1, 0.0, True, reverse)
        y, *last = getattr(torch, name)(x, torch.tensor(sizes), state, weights, *options)
        return y[:, -hidden:], *[s[-1] for s in last]

    return run


def _given(gradients):
    """Those that there are: an LSTM without a projection has none by it."""
    return [g() if callable(g) else g for g in gradients if g is not None]


@pytest.mark.parametrize(("kind", "sizes", "width", "hidden", "reverse", "bias"), CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_layers_agree(kind, sizes, width, hidden, reverse, bias, dtype):
    functions = _ours(kind, sizes, reverse), _theirs(kind, sizes, reverse)
    inputs = _shapes(kind, sizes, width, hidden, bias)
    agree(*functions, *inputs, dtype=dtype, second=dtype is np.float64)


@pytest.mark.parametrize(("sizes", "reverse"), [((3, 2, 2), False), ((1,), False), ((3, 1), True)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_projected_lstm_agrees(sizes, reverse, dtype):
    shapes = (sum(sizes), 2), (sizes[0], 3), (sizes[0], 5), (20, 2), (20, 3), (20,), (20,), (3, 5)
    functions = _ours("lstm", sizes, reverse), _theirs("lstm", sizes, reverse)
    agree(*functions, *map(Normal, shapes), dtype=dtype, second=dtype is np.float64)


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("sizes", [(19,) * 4, (18, 17, 9, 8, 3), (1,) * 40, (2,) * 40])
@pytest.mark.parametrize("reverse", [False, True])
def test_compiled_layers_equal_their_bodies(kind, sizes, reverse):
    rng = np.random.default_rng(0)
    shapes = _shapes(kind, sizes, 20, 300, True)
    inputs = [rng.normal(size=s).astype(np.float32) / 20 ** (len(s) - 1) for s in shapes]
    layer = {"lstm": F.lstm_layer, "gru": F.gru_layer}.get(kind, F.rnn_layer)
    options = {"batch_sizes": sizes, "reverse": reverse}
    options |= {"nonlinearity": kind} if layer is F.rnn_layer else {}
    found, expected = [run(*inputs, **options) for run in (layer.kernels[-1], layer.body)]
    for y, z in zip(found[0], expected[0], strict=True):
        assert y.dtype == z.dtype == np.float32
        assert_allclose(y, z, 2e-5, 2e-5)
    given = [rng.normal(size=y.shape).astype(np.float32) for y in found[0]]
    for g, h in zip(*(_given(vjp(*given)) for _, vjp in (found, expected)), strict=True):
        assert g.dtype == np.float32
        assert_allclose(g, h, 1e-4, 1e-4 * np.abs(h).max())


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_gates_far_outside_are_shut_or_open(kind):
    sizes = (2,) * 6
    signs = np.where(np.arange(12)[:, None] % 2, 1e30, -1e30).astype(np.float32)
    _, *rest = [np.ones(s, np.float32) for s in _shapes(kind, sizes, 1, 3, True)]
    options = {"batch_sizes": sizes}
    layer = {"lstm": F.lstm_layer, "gru": F.gru_layer}.get(kind, F.rnn_layer)
    (y, *last), vjp = layer.kernels[-1](signs, *rest, **options)
    assert np.isfinite(y).all()
    assert np.abs(y).max() <= 1
    for g in _given(vjp(np.ones_like(y), *map(np.ones_like, last))):
        assert np.isfinite(g).all()


@pytest.mark.parametrize("kind", GATES)
def test_nan_stays_in_its_sequence(kind):
    rng = np.random.default_rng(0)
    x, *rest = [rng.normal(size=s).astype(np.float32) for s in _shapes(kind, (9,) * 5, 2, 3, True)]
    clean = _ours(kind, (9,) * 5, False)(x, *rest)[0]
    x[9 + 4] = np.nan  # the fifth sequence at the second time
    y = _ours(kind, (9,) * 5, False)(x, *rest)[0].reshape(5, 9, 3)
    others = np.arange(9) != 4
    assert_array_equal(y[:, others], clean.reshape(5, 9, 3)[:, others])
    assert np.isnan(y[1:, 4]).all()
    assert not np.isnan(y[0]).any()
