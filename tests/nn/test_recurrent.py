"""Recurrent modules: PyTorch's names, numbers and shapes, and none of numpy-ml's faults."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import nn
from pellucid.autograd import grad
from pellucid.autograd._stream import manual_seed
from pellucid.autograd.creation import tensor, zeros
from pellucid.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
MODULES = [
    ("RNN", (3, 4), {}),
    ("RNN", (3, 4), {"nonlinearity": "relu", "num_layers": 2}),
    ("LSTM", (3, 4), {}),
    ("LSTM", (3, 4, 2), {"bidirectional": True, "batch_first": True}),
    ("LSTM", (3, 4, 3), {"bias": False}),
    ("LSTM", (3, 4, 2), {"bidirectional": True, "proj_size": 2}),
    ("LSTM", (3, 4), {"bias": False, "batch_first": True, "proj_size": 3}),
    ("GRU", (3, 4, 2), {"bidirectional": True, "dropout": 0.5}),
    ("GRU", (3, 4), {"batch_first": True}),
]
CELLS = [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu"}), ("LSTMCell", {"bias": False})]
CELLS += [("LSTMCell", {}), ("GRUCell", {})]


def _pair(kind, args, options):
    manual_seed(7)
    torch.manual_seed(7)
    return getattr(nn, kind)(*args, **options), getattr(torch.nn, kind)(*args, **options)


def _same(found, expected):
    if isinstance(expected, tuple):
        assert len(found) == len(expected)
        for y, z in zip(found, expected, strict=True):
            _same(y, z)
    elif expected is not None:
        assert tuple(found.shape) == tuple(expected.shape)
        assert_allclose(found.detach().numpy(), expected.detach().numpy(), 1e-5, 1e-6)


def _numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("kind", "args", "options"), MODULES)
def test_names_words_and_first_numbers_are_pytorchs(kind, args, options):
    ours, theirs = _pair(kind, args, options)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_array_equal(p.detach().numpy(), q.detach().numpy())
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize(("kind", "args", "options"), MODULES)
def test_a_state_dict_goes_over_with_the_same_output_and_gradients(kind, args, options):
    ours, theirs = _pair(kind, args, options)
    torch.manual_seed(1)
    theirs.reset_parameters()
    ours.load_state_dict(theirs.state_dict())
    ours.eval(), theirs.eval()
    x = _numbers(5, 6, 3)
    mine, other = tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, z = ours(mine), theirs(other)
    _same(y, z)
    (y[0] * y[0]).sum().backward()
    (z[0] * z[0]).sum().backward()
    assert_allclose(mine.grad.numpy(), other.grad.numpy(), 1e-4, 1e-5)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_allclose(p.grad.numpy(), q.grad.numpy(), 1e-4, 1e-5)


@pytest.mark.parametrize(("kind", "args", "options"), MODULES)
@pytest.mark.parametrize("shape", [(6, 3), (1, 1, 3), (4, 0, 3)])
def test_one_sequence_one_time_and_no_sequence(kind, args, options, shape):
    if options.get("batch_first") and 0 in shape:
        shape = (0, 4, 3)
    ours, theirs = (m.eval() for m in _pair(kind, args, options))
    x = _numbers(*shape)
    _same(ours(tensor(x)), theirs(torch.tensor(x)))


@pytest.mark.parametrize(("kind", "args", "options"), MODULES)
@pytest.mark.parametrize("sort", [True, False])
def test_packed_sequences(kind, args, options, sort):
    ours, theirs = (m.eval() for m in _pair(kind, args, options))
    lengths = [6, 5, 5, 2, 1] if sort else [2, 6, 1, 5, 5]
    x, first = options.get("batch_first", False), _numbers(1)
    x = _numbers(5, 6, 3) if (first := options.get("batch_first", False)) else _numbers(6, 5, 3)
    packed = pack_padded_sequence(tensor(x), lengths, first, enforce_sorted=sort)
    other = torch.nn.utils.rnn.pack_padded_sequence(
        torch.tensor(x), torch.tensor(lengths), first, enforce_sorted=sort
    )
    for found, expected in zip(packed, other, strict=True):
        _same(found, expected)
    states = args[2] if len(args) > 2 else options.get("num_layers", 1)
    c = _numbers(states * (1 + options.get("bidirectional", False)), 5, 4, seed=1)
    h = -c[..., : options.get("proj_size", 4)]
    state = (tensor(h), tensor(c)) if kind == "LSTM" else tensor(h)
    hx = (torch.tensor(h), torch.tensor(c)) if kind == "LSTM" else torch.tensor(h)
    (y, last), (z, expected) = ours(packed, state), theirs(other, hx)
    assert isinstance(y, PackedSequence)
    _same(last, expected)
    for options in ({}, {"total_length": 8, "padding_value": -1.0, "batch_first": True}):
        _same(
            pad_packed_sequence(y, **options), torch.nn.utils.rnn.pad_packed_sequence(z, **options)
        )


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_padding_never_touches_what_shorter_sequences_give(kind):
    model, _ = _pair(kind, (3, 4, 2), {"bidirectional": True})
    x, lengths = _numbers(6, 3, 3), [2, 6, 4]
    results = []
    for fill in (0.0, np.nan):
        for n, length in enumerate(lengths):
            x[length:, n] = fill
        mine = tensor(x, requires_grad=True)
        y, last = model(pack_padded_sequence(mine, lengths, enforce_sorted=False))
        padded, _ = pad_packed_sequence(y)
        model.zero_grad()
        (padded * padded).sum().backward()
        state = last[0] if kind == "LSTM" else last
        results.append([padded.detach(), state.detach(), mine.grad, model.weight_hh_l1.grad])
    for found, expected in zip(*results, strict=True):
        assert_array_equal(found.numpy(), expected.numpy())
    assert not np.any(results[0][2].numpy()[2:, 0])
    alone, _ = model(tensor(x[:2, :1]))
    assert_allclose(results[0][0].numpy()[:2, :1], alone.detach().numpy(), 1e-6, 1e-7)


def test_a_state_detached_lets_nothing_of_the_call_before_back():
    model, _ = _pair("LSTM", (3, 4), {})
    x = tensor(_numbers(5, 2, 3), requires_grad=True)
    _, state = model(x)
    y, _ = model(tensor(_numbers(5, 2, 3, seed=1)), tuple(s.detach() for s in state))
    assert grad(y.sum(), x, allow_unused=True)[0] is None
    y, _ = model(tensor(_numbers(5, 2, 3, seed=1)), state)
    assert np.any(grad(y.sum(), x)[0].numpy())


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_two_calls_that_hand_on_the_state_are_one(kind):
    model, _ = _pair(kind, (3, 4, 2), {})
    x = tensor(_numbers(7, 2, 3))
    whole, last = model(x)
    head, state = model(x[:3])
    tail, end = model(x[3:], state)
    assert_allclose(
        np.concatenate([head.detach().numpy(), tail.detach().numpy()]),
        whole.detach().numpy(),
        1e-5,
        1e-6,
    )
    _same(end, last)


@pytest.mark.parametrize(("kind", "options"), CELLS)
@pytest.mark.parametrize("shape", [(5, 3), (3,), (0, 3)])
def test_cells(kind, options, shape):
    ours, theirs = _pair(kind, (3, 4), options)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x, h = _numbers(*shape), _numbers(*shape[:-1], 4)
    _same(ours(tensor(x)), theirs(torch.tensor(x)))
    state = (tensor(h), tensor(-h)) if kind == "LSTMCell" else tensor(h)
    hx = (torch.tensor(h), torch.tensor(-h)) if kind == "LSTMCell" else torch.tensor(h)
    _same(ours(tensor(x), state), theirs(torch.tensor(x), hx))


def test_a_cell_called_again_and_again_is_the_layer():
    layer, cell = nn.LSTM(3, 4), nn.LSTMCell(3, 4)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(cell, name).data = getattr(layer, f"{name}_l0").data
    x, state, shown = tensor(_numbers(5, 2, 3)), None, []
    for t in range(5):
        state = cell(x[t], state)
        shown.append(state[0].detach().numpy())
    assert_allclose(np.stack(shown), layer(x)[0].detach().numpy(), 1e-6, 1e-7)


def test_dropout_falls_between_layers_while_learning():
    ours, theirs = _pair("LSTM", (3, 4, 3), {"dropout": 0.5})
    x = _numbers(6, 5, 3)
    manual_seed(1), torch.manual_seed(1)
    first = ours(tensor(x))
    assert np.any(first[0].detach().numpy() != ours(tensor(x))[0].detach().numpy())
    ours.eval()
    _same(ours(tensor(x)), theirs.eval()(torch.tensor(x)))


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"])
def test_numpy_ml_a_second_training_step_works(kind):
    """Its cells forgot what they needed after the first update; its RNN could not be made."""
    ours, theirs = _pair(kind, (3, 4), {})
    x = _numbers(5, 3)
    for _ in range(3):
        losses = []
        for model, make in ((ours, tensor), (theirs, torch.tensor)):
            out = model(make(x))
            out = out[0] if isinstance(out, tuple) else out
            loss = (out * out).sum()
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data = p.data - 0.1 * p.grad
            losses.append(loss.item())
        assert_allclose(*losses, 1e-5)


@pytest.mark.parametrize("merge", ["concat", "sum", "average", "multiply"])
def test_numpy_ml_every_way_to_merge_two_directions_has_a_gradient(merge):
    """Its bidirectional LSTM had a slip of the pen in the backward pass of 'multiply'."""
    model, other = _pair("LSTM", (3, 4), {"bidirectional": True})
    x = _numbers(5, 2, 3)
    ways = {
        "concat": lambda y: y,
        "sum": lambda y: y[..., :4] + y[..., 4:],
        "average": lambda y: (y[..., :4] + y[..., 4:]) / 2,
        "multiply": lambda y: y[..., :4] * y[..., 4:],
    }
    mine, its = tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    for start, run in ((mine, model), (its, other)):
        merged = ways[merge](run(start)[0])
        (merged * merged).sum().backward()
    assert_allclose(mine.grad.numpy(), its.grad.numpy(), 1e-4, 1e-6)


def test_padding_and_packing_lists():
    sequences = [_numbers(n, 2, seed=n) for n in (2, 4, 1)]
    mine, others = [tensor(s) for s in sequences], [torch.tensor(s) for s in sequences]
    utils = torch.nn.utils.rnn
    for options in ({}, {"batch_first": True, "padding_value": -1.0}, {"padding_side": "left"}):
        _same(pad_sequence(mine, **options), utils.pad_sequence(others, **options))
    packed = pack_sequence(mine, enforce_sorted=False)
    for found, expected in zip(packed, utils.pack_sequence(others, False), strict=True):
        _same(found, expected)
    for rows in (unpack_sequence(packed), unpad_sequence(pad_sequence(mine), [2, 4, 1])):
        for found, expected in zip(rows, sequences, strict=True):
            assert_array_equal(found.numpy(), expected)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_what_does_not_fit_is_said(kind):
    model, _ = _pair(kind, (3, 4), {})
    x = tensor(_numbers(5, 2, 3))
    with pytest.raises(RuntimeError, match="Expected 3, got 7"):
        model(tensor(_numbers(5, 2, 7)))
    with pytest.raises(ValueError, match="does not match weight dtype"):
        model(x.double())
    with pytest.raises(ValueError, match="2D or 3D, got 1D"):
        model(x[0, 0])
    with pytest.raises(RuntimeError, match="larger than 0"):
        model(x[:0])
    wrong = zeros(1, 3, 4)
    with pytest.raises(RuntimeError, match=r"\(1, 2, 4\), got \[1, 3, 4\]"):
        model(x, (wrong, wrong) if kind == "LSTM" else wrong)
    with pytest.raises(ValueError, match="greater than zero"):
        type(model)(3, 0)
    with pytest.raises(ValueError, match="range"):
        type(model)(3, 4, dropout=1.5)


def test_lengths_that_do_not_fit_are_said():
    x = tensor(_numbers(5, 2, 3))
    for lengths, message in [
        ([1, 2], "enforce_sorted"),
        ([2, 0], "greater than 0"),
        ([2], "batch_size"),
        ([6, 1], "padded to 5"),
    ]:
        with pytest.raises(RuntimeError, match=message):
            pack_padded_sequence(x, lengths)
    with pytest.raises(ValueError, match="nonlinearity"):
        nn.RNN(3, 4, nonlinearity="sine")
    packed = pack_padded_sequence(x, [5, 2])
    with pytest.raises(ValueError, match="total_length"):
        pad_packed_sequence(packed, total_length=3)
