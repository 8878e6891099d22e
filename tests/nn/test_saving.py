"""States, containers of tensors and whole Modules go to a file and come back, and no code runs."""

import gc

import numpy as np
import pytest

import pellucid
from pellucid import nn, optim
from pellucid.autograd.creation import tensor
from pellucid.persistence import LoadError


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.body = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Dropout(0.2))
        self.norm = nn.BatchNorm1d(width)
        self.register_buffer("fleeting", tensor([1.0]), persistent=False)
        self.tied = self.body[0]

    def forward(self, x):
        return self.norm(self.body(x))


X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


def _same(x, y):
    return np.array_equal(x.numpy(force=True), y.numpy(force=True))


def test_a_state_and_its_optimiser_come_back(tmp_path):
    net = Net(4)
    optimiser = optim.Adam(net.parameters(), lr=0.1)
    net(tensor(X)).sum().backward()
    optimiser.step()
    saved = {"model": net.state_dict(), "optimiser": optimiser.state_dict(), "epoch": 3}
    pellucid.save(saved, tmp_path / "state")
    loaded = pellucid.load(tmp_path / "state")
    assert loaded["epoch"] == 3
    twin = Net(4)
    twin.load_state_dict(loaded["model"])
    assert np.array_equal(
        twin.eval()(tensor(X)).numpy(force=True), net.eval()(tensor(X)).numpy(force=True)
    )
    again = optim.Adam(twin.parameters(), lr=9.0)
    again.load_state_dict(loaded["optimiser"])
    assert again.param_groups[0]["lr"] == 0.1
    for p, q in zip(net.parameters(), twin.parameters(), strict=True):
        assert np.array_equal(optimiser.state[p]["exp_avg"], again.state[q]["exp_avg"])


def test_a_whole_module_comes_back_with_its_ties(tmp_path):
    net = Net(4)
    net(tensor(X))
    pellucid.save(net.eval(), tmp_path / "net")
    twin = pellucid.load(tmp_path / "net")
    assert type(twin) is Net
    assert twin.width == 4
    assert not twin.training
    assert twin.tied is twin.body[0]
    assert list(twin.state_dict()) == list(net.state_dict())
    assert _same(twin(tensor(X)), net(tensor(X)))
    twin(tensor(X)).sum().backward()
    assert twin.tied.weight.grad is not None


def test_tensors_keep_their_type_and_their_wish(tmp_path):
    x = tensor([[1.5, 2.5]], requires_grad=True)
    pellucid.save([x, x, tensor(3), nn.Parameter(tensor([1.0])), x * 2], tmp_path / "x")
    first, second, number, parameter, made = pellucid.load(tmp_path / "x")
    assert first is second
    assert first.requires_grad
    assert not made.requires_grad
    assert isinstance(parameter, nn.Parameter)
    assert number.item() == 3
    assert str(number.dtype) == "torch.int64"
    assert made.tolist() == [[3.0, 5.0]]


def test_hooks_are_refused_and_unknown_classes_named(tmp_path):
    net = Net(4)
    net.register_forward_hook(print)
    with pytest.raises(TypeError, match="hooks, which are code"):
        pellucid.save(net, tmp_path / "net")

    def local():
        class Passing(nn.Module):
            pass

        return Passing()

    pellucid.save(local(), tmp_path / "passing")
    gc.collect()
    with pytest.raises(LoadError, match="define its class before loading"):
        pellucid.load(tmp_path / "passing")


def test_a_function_among_the_attributes_is_refused(tmp_path):
    net = Net(4)
    net.extra = len
    with pytest.raises(TypeError, match="is code"):
        pellucid.save(net, tmp_path / "net")
