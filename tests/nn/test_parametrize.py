"""Weights computed from others, beside PyTorch's: values, gradients, names; what is refused."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid as ours

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
BOTH = pytest.mark.parametrize("lib", [ours, torch], ids=["ours", "PyTorch"])
CASES = {
    "length": ("weight_norm", "Linear", (3, 4), {}),
    "length of columns": ("weight_norm", "Linear", (3, 4), {"dim": 1}),
    "length of filters": ("weight_norm", "Conv2d", (3, 4, 2), {}),
    "norm one": ("spectral_norm", "Linear", (3, 4), {}),
    "norm one of filters": ("spectral_norm", "Conv2d", (3, 4, 2), {"n_power_iterations": 2}),
    "norm one, transposed": ("spectral_norm", "ConvTranspose2d", (3, 4, 2), {}),
    "norm one of a vector": ("spectral_norm", "LayerNorm", (3,), {}),
    **{
        f"orthogonal {name} {shape}": ("orthogonal", "Linear", shape, {"orthogonal_map": name})
        for name in (None, "matrix_exp", "cayley", "householder")
        for shape in ((3, 3), (3, 4), (4, 3))
    },
}


def _learned(lib, make, layer, shape, options):
    """All that is seen of a weight while it is learned, set, copied and left."""
    lib.manual_seed(0)
    module = getattr(lib.nn, layer)(*shape)
    parametrize = lib.nn.utils.parametrize
    getattr(lib.nn.utils.parametrizations, make)(module, **options)
    words = [repr(module), list(module.state_dict()), [n for n, _ in module.named_parameters()]]
    x = lib.ones(2, shape[0], *([4, 4] if "Conv" in layer else []))
    y = module(x)
    (y * y).sum().backward()
    numbers = [y, *(p.grad for p in module.parameters()), *module.state_dict().values()]
    lib.optim.SGD(module.parameters(), lr=0.1).step()
    module.eval()
    numbers += [module(x), copy.deepcopy(module)(x)]
    with lib.no_grad():
        module.weight = lib.rand(module.weight.shape)
    numbers += [module.weight, *module.state_dict().values()]
    words += [parametrize.is_parametrized(module, "weight"), type(module).__name__]
    parametrize.remove_parametrizations(module, "weight")
    words += [repr(module), parametrize.is_parametrized(module), list(module.state_dict())]
    return words, [x.detach().numpy() for x in (*numbers, module.weight)]


@pytest.mark.parametrize("case", CASES)
def test_such_weights_are_learned_as_pytorchs(case):
    (words, numbers), (expected_words, expected) = (
        _learned(t, *CASES[case]) for t in (ours, torch)
    )
    assert words == expected_words
    for found, wanted in zip(numbers, expected, strict=True):
        assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def _modules(lib):
    class Skew(lib.nn.Module):
        def forward(self, X):
            return X.tril(-1) - X.tril(-1).T

    class Row(lib.nn.Module):
        def forward(self, X):
            return X[[0]]

    class Split(lib.nn.Module):
        def forward(self, a, b):
            return a + b

        def right_inverse(self, W):
            return W / 2, W / 2

    return Skew, Row, Split


@BOTH
def test_steps_follow_each_other_and_leave_no_trace(lib):
    Skew, Row, _ = _modules(lib)
    parametrize, net = lib.nn.utils.parametrize, lib.nn.Linear(4, 4)
    weight, before = net.weight, net.weight.detach().clone()
    parametrize.register_parametrization(net, "weight", Skew())
    parametrize.register_parametrization(net, "weight", Row(), unsafe=True)
    assert net.weight.shape == (1, 4)
    assert [name for name, _ in net.named_parameters()] == [
        "bias",
        "parametrizations.weight.original",
    ]
    inner = net.parametrizations.weight
    parametrize.register_parametrization(inner, "original", Skew())
    assert bool((inner.original == -inner.original.T).all())
    parametrize.remove_parametrizations(inner, "original", leave_parametrized=False)
    parametrize.remove_parametrizations(net, "weight", leave_parametrized=False)
    assert net.weight is weight
    assert bool((net.weight == before).all())
    assert type(net) is lib.nn.Linear
    assert not hasattr(net, "parametrizations")


@BOTH
def test_a_weight_of_two_parts_and_a_buffer(lib):
    Skew, _, Split = _modules(lib)
    parametrize, net = lib.nn.utils.parametrize, lib.nn.Linear(2, 2)
    net.register_buffer("fixed", lib.ones(2, 2))
    parametrize.register_parametrization(net, "fixed", Skew())
    parametrize.register_parametrization(net, "weight", Split())
    assert net.fixed.tolist() == [[0, -1], [1, 0]]
    assert [name for name, _ in net.named_buffers()] == ["parametrizations.fixed.original"]
    assert len(list(net.parameters())) == 3
    with pytest.raises(ValueError, match="leave"):
        parametrize.remove_parametrizations(net, "weight", leave_parametrized=False)
    with parametrize.cached():
        assert net.weight is net.weight
    assert net.weight is not net.weight
    parametrize.remove_parametrizations(net, "weight")
    parametrize.remove_parametrizations(net, "fixed")
    assert isinstance(net.weight, lib.nn.Parameter)
    assert net.fixed.tolist() == [[0, -1], [1, 0]]


@BOTH
def test_what_does_not_fit_is_refused(lib):
    Skew, Row, _ = _modules(lib)
    utils, net = lib.nn.utils, lib.nn.Linear(3, 3)
    with pytest.raises(ValueError, match="may not change the shape"):
        utils.parametrize.register_parametrization(net, "weight", Row())
    assert list(net.state_dict()) == ["weight", "bias"]
    with pytest.raises(ValueError, match="with name 'other'"):
        utils.parametrize.register_parametrization(net, "other", Skew())
    with pytest.raises(ValueError, match="does not have a parametrization"):
        utils.parametrize.remove_parametrizations(net, "bias")
    with pytest.raises(ValueError, match="matrix or batch of matrices"):
        utils.parametrizations.orthogonal(net, "bias")
    with pytest.raises(ValueError, match="orthogonal_map"):
        utils.parametrizations.orthogonal(net, orthogonal_map="qr")
    with pytest.raises(ValueError, match="to be positive"):
        utils.parametrizations.spectral_norm(net, n_power_iterations=0)


def test_one_copy_may_leave_without_the_other():
    net = ours.nn.utils.parametrizations.weight_norm(ours.nn.Linear(2, 2))
    twin = copy.deepcopy(net)
    ours.nn.utils.parametrize.remove_parametrizations(net, "weight")
    assert_allclose(twin.weight.detach().numpy(), net.weight.detach().numpy(), rtol=1e-6)


def test_an_orthogonal_weight_stays_so():
    net = ours.nn.utils.parametrizations.orthogonal(ours.nn.Linear(4, 6))
    step = ours.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(3):
        (net(ours.randn(5, 4)) ** 2).sum().backward()
        step.step()
    weight = net.weight.detach().numpy()
    assert_allclose(weight.T @ weight, np.eye(4), atol=1e-5)


@pytest.mark.parametrize("name", ["weight_norm", "spectral_norm"])
def test_a_norm_that_was_taken_away_leaves_a_layer_as_any_other(name):
    utils, x = ours.nn.utils, ours.ones(2, 3)
    net = getattr(utils, name)(ours.nn.Linear(3, 4)).eval()
    before = net(x)
    assert getattr(utils, f"remove_{name}")(net) is net
    assert sorted(net.state_dict()) == ["bias", "weight"]
    assert ours.allclose(net(x), before)
    with ours.no_grad():
        net.weight.zero_()
    assert ours.equal(net(x)[0], net.bias)
