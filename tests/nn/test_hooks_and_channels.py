"""Parameters by name, hooks on gradients, and modules across channels, beside PyTorch's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import pellucid
from tests.agree import Normal, agree

F, nn = pellucid.nn.functional, pellucid.nn


def test_parameters_are_found_by_name():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    seen = []
    for t in (pellucid, torch):

        class Net(t.nn.Module):
            def __init__(self, t=t):
                super().__init__()
                self.kept = t.nn.ParameterDict({"left": t.ones(3, 2), "right": t.zeros(2)})

        net = Net()
        net.kept["more"] = t.nn.Parameter(t.ones(1))
        seen.append((list(net.state_dict()), repr(net), len(net.kept), "left" in net.kept))
        assert net.kept.get("none") is None
        assert net.kept.pop("left").shape == (3, 2)
        assert list(net.kept) == ["right", "more"]
        del net.kept["more"]
        assert [tuple(p.shape) for p in net.kept.values()] == [(2,)]
    assert seen[0] == seen[1]


def test_hooks_see_and_change_gradients():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    results = []
    for t in (pellucid, torch):
        layer = t.nn.Linear(2, 1)
        with t.no_grad():
            layer.weight.copy_(t.tensor([[2.0, -3.0]]))
        heard = []

        def hook(module, into, out, heard=heard):
            heard.append([None if g is None else g.tolist() for g in (*into, *out)])
            return (into[0] * 2,) if into[0] is not None else None

        handle = layer.register_full_backward_hook(hook)
        x = t.ones(1, 2, requires_grad=True)
        (layer(x) * 5).sum().backward()
        handle.remove()
        layer(x).sum().backward()
        results.append((heard, x.grad.tolist(), layer.weight.grad.tolist()))
    assert results[0] == results[1]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_neighbours_hold_a_channel_down(size):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    agree(
        lambda x: F.local_response_norm(x, size, 0.1, 0.6, 2.0),
        lambda x: torch.nn.functional.local_response_norm(x, size, 0.1, 0.6, 2.0),
        Normal((2, 4, 3)),
        rtol=1e-8,
    )
    with pytest.raises(ValueError, match="3 dimensions"):
        nn.LocalResponseNorm(2)(pellucid.ones(2, 2))


def test_slopes_are_drawn_while_learning():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    x = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    results = []
    for t in (pellucid, torch):
        layer = t.nn.RReLU(0.2, 0.4)
        t.manual_seed(0)
        y = t.tensor(x, requires_grad=True)
        layer(y).sum().backward()
        results.append([layer(y).detach().numpy(), y.grad.numpy(), repr(layer)])
        results[-1].append(layer.eval()(y).detach().numpy())
    for ours, theirs in zip(*results, strict=True):
        assert_array_equal(ours, theirs) if isinstance(ours, str) else assert_allclose(ours, theirs)


def test_a_gumbel_sample_is_one_of_them():
    pellucid.manual_seed(0)
    logits = pellucid.randn(50, 4).requires_grad_()
    soft = F.gumbel_softmax(logits, 0.5)
    assert_allclose(soft.sum(-1).detach().numpy(), np.ones(50), 1e-6)
    hard = F.gumbel_softmax(logits, hard=True)
    assert_allclose(np.sort(hard.detach().numpy())[:, :-1], np.zeros((50, 3)), atol=1e-6)
    (hard[:, 0] ** 2).sum().backward()
    assert logits.grad.abs().sum() > 0
    many = F.gumbel_softmax(pellucid.tensor([0.2, 0.8]).log().expand(20000, 2), hard=True)
    assert abs(many.mean(0)[0].item() - 0.2) < 0.02  # seven deviations


def test_a_softmax_at_each_place():
    x = pellucid.randn(2, 3, 4, 5)
    assert_allclose(nn.Softmax2d()(x).sum(1).numpy(), np.ones((2, 4, 5)), 1e-6)
    with pytest.raises(ValueError, match="3 or 4"):
        nn.Softmax2d()(x[0, 0])


def test_one_device_is_enough():
    layer = nn.Linear(2, 2)
    same = nn.DataParallel(layer)
    assert_array_equal(*(m(pellucid.ones(1, 2)).detach().numpy() for m in (layer, same)))
    assert list(same.state_dict()) == ["module.weight", "module.bias"]
    with pytest.raises(RuntimeError, match="one device"):
        nn.DataParallel(layer, device_ids=[0, 1])
