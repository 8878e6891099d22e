"""Modules keep PyTorch's names, words and first numbers, and load each other's states."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import nn
from pellucid.autograd._stream import manual_seed
from pellucid.autograd.creation import empty, tensor


def _library(name):
    if name == "torch":
        torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
        return torch.nn, torch.tensor, torch.manual_seed
    return nn, tensor, manual_seed


def _net(name):
    nn, tensor, seed = _library(name)
    seed(3)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(4, 8), nn.Identity(), nn.Linear(8, 3, bias=False))
            self.both = nn.Bilinear(3, 3, 2)
            self.list = nn.ModuleList([nn.Linear(1, 1), nn.Flatten()])
            self.dict = nn.ModuleDict({"a": nn.Linear(1, 2)})
            self.rows = nn.ParameterList([nn.Parameter(tensor([1.0, 2.0]))])
            self.tied = self.layers[0]
            self.register_buffer("mean", tensor([1.0, 2.0]))
            self.register_buffer("fleeting", tensor([1.0]), persistent=False)

        def forward(self, x):
            y = self.layers(x)
            return self.both(y, y)

    return Net()


def test_names_words_and_first_numbers_are_pytorchs():
    ours, theirs = _net("pellucid"), _net("torch")
    state, expected = ours.state_dict(), theirs.state_dict()
    assert list(state) == list(expected)
    for name in expected:
        assert_array_equal(state[name].numpy(), expected[name].numpy(), name)
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in theirs.named_modules()]
    assert [n for n, _ in ours.named_children()] == [n for n, _ in theirs.named_children()]
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]
    assert str(ours.layers) == str(theirs.layers)
    assert str(ours.both) == str(theirs.both)


def test_a_state_goes_over_and_comes_back_with_the_same_output():
    ours, theirs = _net("pellucid"), _net("torch")
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")

    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.mul_(1.5)
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    y, z = ours(tensor(x)), theirs(torch.tensor(x))
    assert_allclose(y.detach().numpy(), z.detach().numpy(), 1e-5, 1e-6)
    y.sum().backward()
    z.sum().backward()
    for (name, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        if q.grad is not None:
            assert_allclose(p.grad.numpy(), q.grad.numpy(), 1e-5, 1e-5, err_msg=name)
    back = {name: torch.tensor(x.numpy()) for name, x in ours.state_dict().items()}
    theirs.load_state_dict(back)


def test_loading_says_what_is_missing_unknown_and_of_another_shape():
    layer = nn.Linear(2, 3)
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "weight", "bias"'):
        layer.load_state_dict({})
    state = {**layer.state_dict(), "more": tensor([1.0])}
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "more"'):
        layer.load_state_dict(state)
    loaded = layer.load_state_dict(state, strict=False)
    assert loaded == ([], ["more"])
    assert repr(loaded) == "_IncompatibleKeys(missing_keys=[], unexpected_keys=['more'])"
    del state["more"]
    assert repr(layer.load_state_dict(state)) == "<All keys matched successfully>"
    with pytest.raises(RuntimeError, match="size mismatch for bias"):
        layer.load_state_dict({**layer.state_dict(), "bias": tensor([1.0])})


def test_what_is_assigned_finds_its_place():
    module = nn.Module()
    module.layer = nn.Linear(1, 1)
    module.layer = None
    assert "layer" in module._modules
    module.weight = nn.Parameter(tensor([1.0]))
    with pytest.raises(TypeError, match="FloatTensor' as parameter 'weight'"):
        module.weight = tensor([2.0])
    del module.weight
    with pytest.raises(AttributeError, match="no attribute 'weight'"):
        _ = module.weight
    with pytest.raises(KeyError, match="already exists"):
        module.register_buffer("training", tensor([1.0]))

    class Hasty(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"Module\.__init__"):
        Hasty()


def test_modes_types_hooks_and_gradients_reach_everything():
    net = _net("pellucid")
    seen = []
    handle = net.layers[0].register_forward_hook(lambda module, args, out: seen.append(out.shape))
    assert not net.eval().layers[0].training
    net.double()
    assert {str(p.dtype) for p in net.parameters()} == {"torch.float64"}
    net(tensor(np.ones((5, 4)))).sum().backward()
    assert seen == [(5, 8)]
    handle.remove()
    assert net.layers[0].weight.grad is not None
    net.zero_grad()
    assert net.layers[0].weight.grad is None
    net.requires_grad_(False)
    assert not net(tensor(np.ones((5, 4)))).requires_grad
    assert len(seen) == 1
    visited = []
    net.apply(lambda module: visited.append(module))
    assert visited[-1] is net


@pytest.mark.parametrize("name", ["torch", "pellucid"])
def test_a_hook_stays_though_nobody_keeps_its_handle_and_goes_alone(name):
    nn, tensor, _ = _library(name)
    module, seen = nn.Identity(), []

    def hook(module, args, out):
        seen.append("same")

    module.register_forward_pre_hook(lambda module, args: seen.append("before"))
    for k in range(3):
        module.register_forward_hook(lambda module, args, out, k=k: seen.append(k))
    module.register_forward_hook(hook)
    module.register_forward_hook(hook).remove()
    module(tensor([1.0]))
    assert seen == ["before", 0, 1, 2, "same"]


def test_copies_share_nothing_and_keep_ties():
    net = _net("pellucid")
    for twin in (copy.deepcopy(net.layers), pickle.loads(pickle.dumps(net.layers))):
        twin[0].weight._array[:] = 7
        assert not np.any(net.layers[0].weight.numpy(force=True) == 7)
    layer = nn.Linear(2, 2)
    pair = copy.deepcopy(nn.Sequential(layer, layer))
    assert pair[0].weight is pair[1].weight


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("uniform_", {"a": -1, "b": 2}),
        ("normal_", {"mean": 1, "std": 3}),
        ("trunc_normal_", {"std": 1.0, "a": -1.0}),
        ("xavier_uniform_", {"gain": 2}),
        ("xavier_normal_", {}),
        ("kaiming_uniform_", {"a": 0.3}),
        ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
        ("orthogonal_", {"gain": 2}),
        ("dirac_", {"groups": 2}),
        ("constant_", {"val": 3}),
    ],
)
@pytest.mark.parametrize("shape", [(6, 4, 3), (4, 6, 3)])
def test_weights_begin_as_in_pytorch(name, options, shape):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    x, y = empty(*shape), torch.empty(*shape)
    manual_seed(5)
    torch.manual_seed(5)
    assert getattr(nn.init, name)(x, **options) is x
    getattr(torch.nn.init, name)(y, **options)
    if name == "orthogonal_":
        assert_allclose(x.numpy(), y.numpy(), 0, 1e-6)
    else:
        assert_array_equal(x.numpy(), y.numpy())


def test_gains_are_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for name in [*nn.init.GAINS, "leaky_relu"]:
        assert nn.init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))


def test_impossible_beginnings_are_refused():
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        nn.init.xavier_uniform_(empty(3))
    with pytest.raises(ValueError, match="too far"):
        nn.init.trunc_normal_(empty(3), 0.0, 1.0, 50.0, 60.0)
    with pytest.raises(ValueError, match="Mode fan"):
        nn.init.kaiming_normal_(empty(3, 3), mode="fan")


def test_a_module_is_told_of_each_tensor_that_moves():
    told = []

    class Told(nn.Linear):
        def _apply(self, fn):
            told.append(fn(tensor([1.0])).dtype.name)
            return super()._apply(fn)

    assert nn.Sequential(Told(1, 1)).double()[0].weight.dtype.name == "float64"
    assert told == ["float64"]
