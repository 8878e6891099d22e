"""An op asks of its arrays only what NumPy's protocols give: so it runs on a GPU's."""

import numpy as np
import pytest

import pellucid
from pellucid.models import CNN, GPT, MLP
from tests.foreign import Foreign

rng = np.random.default_rng(0)
NETS = {
    "MLP": (lambda: MLP(8, 16, 3), rng.normal(size=(5, 8)).astype("f"), rng.integers(0, 3, 5)),
    "CNN": (
        lambda: CNN(1, 8, 8, 3),
        rng.normal(size=(5, 1, 8, 8)).astype("f"),
        rng.integers(0, 3, 5),
    ),
    "GPT": (
        lambda: GPT(11, 6, width=12, heads=2, layers=2),
        rng.integers(0, 11, (2, 6)),
        rng.integers(0, 11, (2, 6)),
    ),
}


def _made(name, to):
    """A net, what it sees and what it is to say, on arrays taken elsewhere by ``to``."""
    make, x, y = NETS[name]
    pellucid.manual_seed(0)
    net, x, y = make(), pellucid.tensor(x), pellucid.tensor(y)
    for moved in (x, y, *net.parameters(), *net.buffers()):
        moved._array = to(moved._array)
    return net, x, y


def _loss(net, x, y):
    scores = net(x)
    return pellucid.nn.functional.cross_entropy(scores.reshape(-1, scores.shape[-1]), y.reshape(-1))


def _gradients(name, to):
    """The loss, and its gradient by every parameter."""
    net, x, y = _made(name, to)
    loss = _loss(net, x, y)
    loss.backward()
    return [loss._array, *[p.grad._array for p in net.parameters()]]


def _agree(compute, to, back, rtol=1e-4):
    for ours, expected in zip(compute(to), compute(np.copy), strict=True):
        assert not isinstance(ours, np.ndarray)
        np.testing.assert_allclose(back(ours), expected, rtol, rtol / 10)


@pytest.mark.parametrize("name", NETS)
def test_gradients_of_arrays_that_are_not_numpys(name):
    _agree(lambda to: _gradients(name, to), Foreign, lambda x: x.inside)


OPTIMISERS = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "Adam": {"lr": 0.01},
    "Adam amsgrad": {"lr": 0.01, "amsgrad": True, "weight_decay": 0.01},
    "AdamW": {"lr": 0.01},
    "RMSprop": {"lr": 0.001},
    "RMSprop all": {"lr": 0.001, "momentum": 0.9, "centered": True, "maximize": True},
    "Adagrad": {"lr": 0.01, "initial_accumulator_value": 1.0},
    "Adadelta": {},
    "NAdam": {"lr": 0.01, "decoupled_weight_decay": True, "weight_decay": 0.01},
    "RAdam": {"lr": 0.01, "betas": (0.9, 0.7)},
    "Adamax": {"lr": 0.01},
    "ASGD": {"lr": 0.1, "lambd": 0.1, "t0": 1},
    "Rprop": {"lr": 0.001},
    "Lion": {"lr": 0.001, "weight_decay": 0.1},
    "Muon": {"lr": 0.01},
    "LBFGS": {"max_iter": 3},
    "LBFGS strong_wolfe": {"max_iter": 3, "line_search_fn": "strong_wolfe"},
}


def _trained(name, case, to):
    """The parameters after steps, clipping, and going on from a saved state on the way.

    In double precision: a sign that falls otherwise, or a line that is searched, is a step apart.
    """
    net, x, y = _made(name, to)
    net.double()
    x = x.double() if x.is_floating_point() else x
    kind, options = getattr(pellucid.optim, case.split()[0]), OPTIMISERS[case]
    # Muon is for matrices; and signs of the gradient of a key's bias would be those of rounding.
    signs = case in ("Muon", "Lion", "Rprop")
    parameters = [p for p in net.parameters() if p.ndim == 2 or not signs]
    optimiser = kind(parameters, **options)

    def closure():
        optimiser.zero_grad(set_to_none=False)
        loss = _loss(net, x, y)
        loss.backward()
        pellucid.nn.utils.clip_grad_norm_(parameters, 1.0)
        return loss

    for _ in range(3):
        optimiser.step(closure)
    state, optimiser = optimiser.state_dict(), kind(parameters, lr=0.5)
    optimiser.load_state_dict(state)
    for _ in range(3):
        optimiser.step(closure)
    return [p._array for p in parameters]


@pytest.mark.parametrize("case", OPTIMISERS)
@pytest.mark.parametrize("name", NETS)
def test_nets_train_on_arrays_that_are_not_numpys(name, case):
    _agree(lambda to: _trained(name, case, to), Foreign, lambda x: x.inside, 1e-7)


def test_what_nothing_used_has_a_gradient_of_zeros_where_the_others_are():
    x = pellucid.ones(4, requires_grad=True)
    x._array = Foreign(x._array)
    first, _ = pellucid.split(x, 2)
    (first * first).sum().backward()
    np.testing.assert_array_equal(x.grad._array.inside, [2, 2, 0, 0])


@pytest.mark.skipif(not pellucid.cuda.is_available(), reason="no GPU: its rows were not run")
@pytest.mark.parametrize("name", NETS)
def test_gradients_on_a_gpu(name):
    import cupy

    _agree(lambda to: _gradients(name, to), cupy.asarray, cupy.asnumpy)


@pytest.mark.skipif(not pellucid.cuda.is_available(), reason="no GPU: its rows were not run")
@pytest.mark.parametrize("case", OPTIMISERS)
@pytest.mark.parametrize("name", NETS)
def test_nets_train_on_a_gpu(name, case):
    import cupy

    _agree(lambda to: _trained(name, case, to), cupy.asarray, cupy.asnumpy, 1e-6)
