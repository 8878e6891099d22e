"""The perceptron by hand and the one of modules are the same network, step for step."""

from itertools import pairwise

import numpy as np
import pytest

import pellucid
from pellucid import models, nn, optim, training
from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F
from pellucid.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(130, 7)), rng.integers(0, 3, 130)


def _by_modules(hand):
    """The same net, with the same weights, in float64."""
    net = nn.Sequential(models.MLP(7, 5, 3, activation=nn.Sigmoid), nn.Sigmoid()).double()
    names = {"0.layers.0.weight": hand.weight_h, "0.layers.0.bias": hand.bias_h}
    names |= {"0.layers.1.weight": hand.weight_out, "0.layers.1.bias": hand.bias_out}
    net.load_state_dict({name: tensor(array) for name, array in names.items()})
    return net


def _loss(a, y):
    return ((a - F.one_hot(y, 3)) ** 2).sum() / len(y)


def test_gradients_by_hand_are_those_of_the_tape():
    hand = models.NeuralNetMLP(7, 5, 3)
    net = _by_modules(hand)
    _loss(net(tensor(X)), tensor(Y)).backward()
    ours = hand.backward(X, *hand.forward(X), Y)
    h, out = net[0].layers
    theirs = [out.weight, out.bias, h.weight, h.bias]
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other.grad.numpy(), rtol=1e-12, atol=1e-15)


def test_by_hand_and_by_modules_are_equal_step_for_step():
    hand = models.NeuralNetMLP(7, 5, 3)
    net = _by_modules(hand)
    data = DataLoader(TensorDataset(tensor(X), tensor(Y)), batch_size=20)

    class Beside(training.Callback):
        def after_step(self, loop):
            rows = slice(20 * (loop.batch - 1), 20 * loop.batch)
            hand.train_epoch(X[rows], Y[rows], batch_size=20)
            for mine, layer in zip(("h", "out"), net[0].layers, strict=True):
                weight, bias = getattr(hand, f"weight_{mine}"), getattr(hand, f"bias_{mine}")
                np.testing.assert_allclose(weight, layer.weight.numpy(force=True), rtol=1e-11)
                np.testing.assert_allclose(bias, layer.bias.numpy(force=True), rtol=1e-11)

    loop = training.Loop(net, optim.SGD(net.parameters(), lr=0.1), _loss, [Beside()])
    loop.fit(data, epochs=15)
    assert loop.step == 105
    assert np.array_equal(hand.predict(X), net(tensor(X)).argmax(1).numpy())


def test_an_epoch_is_its_batches():
    one, other = models.NeuralNetMLP(7, 5, 3), models.NeuralNetMLP(7, 5, 3)
    one.train_epoch(X, Y, batch_size=50)
    for start in (0, 50, 100):
        rows = slice(start, start + 50)
        other.train_epoch(X[rows], Y[rows], batch_size=50)
    assert np.array_equal(one.weight_h, other.weight_h)
    one.train_epoch(X, Y, rng=np.random.RandomState(0))
    order = np.random.RandomState(0).permutation(130)
    other.train_epoch(X[order], Y[order])
    assert np.array_equal(one.weight_h, other.weight_h)


def test_gradients_are_finite_differences():
    hand, h = models.NeuralNetMLP(7, 5, 3), 1e-6
    y = np.eye(3)[Y]
    gradients = hand.backward(X, *hand.forward(X), Y)
    parameters = hand.weight_out, hand.bias_out, hand.weight_h, hand.bias_h
    for parameter, gradient in zip(parameters, gradients, strict=True):
        place = (0,) * parameter.ndim
        losses = []
        for move in (h, -2 * h):
            parameter[place] += move
            losses.append(np.sum((hand.forward(X)[1] - y) ** 2) / len(Y))
        parameter[place] += h
        assert np.isclose((losses[0] - losses[1]) / (2 * h), gradient[place], rtol=1e-6)


@pytest.mark.parametrize("scale", [0.0, 1e3, 1e150])
def test_large_inputs_neither_overflow_nor_warn(scale):
    hand = models.NeuralNetMLP(7, 5, 3)
    h, a = hand.forward(X * scale)
    assert np.all((h >= 0) & (h <= 1))
    assert all(np.all(np.isfinite(g)) for g in hand.backward(X, h, a, Y))


def test_the_weights_are_the_books():
    """The first weights that NumPy's RandomState(123) gives, as the book draws them."""
    hand = models.NeuralNetMLP(784, 50, 10)
    stream = np.random.RandomState(123)
    assert np.array_equal(hand.weight_h, 0.1 * stream.standard_normal((50, 784)))
    assert np.array_equal(hand.weight_out, 0.1 * stream.standard_normal((10, 50)))


@pytest.mark.parametrize("sizes", [(4, 3), (4, 9, 3), (4, 9, 8, 3)])
def test_an_mlp_is_affine_layers_with_the_nonlinearity_between(sizes):
    pellucid.manual_seed(0)
    net = models.MLP(*sizes, activation=nn.Tanh)
    x = rng.normal(size=(6, 4)).astype(np.float32)
    y = x
    for i, layer in enumerate(net.layers):
        y = y @ layer.weight.numpy(force=True).T + layer.bias.numpy(force=True)
        y = np.tanh(y) if i < len(sizes) - 2 else y
    np.testing.assert_allclose(net(tensor(x)).numpy(force=True), y, rtol=1e-5, atol=1e-6)
    assert sum(p.numel() for p in net.parameters()) == sum((a + 1) * b for a, b in pairwise(sizes))


def test_one_size_is_no_network():
    with pytest.raises(ValueError, match="at least two sizes"):
        models.MLP(3)


def test_an_mlp_can_be_saved_whole(tmp_path):
    net = models.MLP(4, 5, 2)
    pellucid.save(net, tmp_path / "net")
    x = tensor(rng.normal(size=(3, 4)).astype(np.float32))
    assert np.array_equal(
        pellucid.load(tmp_path / "net")(x).numpy(force=True), net(x).numpy(force=True)
    )
