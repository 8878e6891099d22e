"""Norms and ranges of gradients, and parameters as a vector, against PyTorch's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pellucid.autograd.creation import tensor
from pellucid.nn import Linear, Parameter, utils

rng = np.random.default_rng(0)
GRADIENTS = {
    "large": [10 * rng.normal(size=(5, 3)), rng.normal(size=4)],
    "small": [1e-3 * rng.normal(size=(5, 3)), np.zeros(4)],
    "zero": [np.zeros(3)],
    "huge": [np.full(3, 1e30)],
    "tiny": [np.full(3, 1e-30)],
    "nan": [np.array([1.0, np.nan])],
    "inf": [np.array([1.0, np.inf])],
    "empty": [np.zeros((0, 3)), np.ones(2)],
    "none": [],
}


def _pair(case, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    ours, theirs = [Parameter(tensor([1.0]))], [torch.nn.Parameter(torch.ones(1))]
    for g in GRADIENTS[case]:
        ours.append(Parameter(tensor(np.ones(g.shape, dtype))))
        theirs.append(torch.nn.Parameter(torch.tensor(np.ones(g.shape, dtype))))
        ours[-1].grad, theirs[-1].grad = tensor(g.astype(dtype)), torch.tensor(g.astype(dtype))
    return ours, theirs, torch.nn.utils


def _compare(ours, theirs, dtype):
    for p, q in zip(ours[1:], theirs[1:], strict=True):
        assert p.grad._array.dtype == dtype
        assert_allclose(p.grad.numpy(), q.grad.numpy(), 1e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", [2, 1, 3.5, 0, -1, float("inf"), -float("inf")])
@pytest.mark.parametrize("case", [case for case in GRADIENTS if case != "empty"])
def test_a_norm_is_pytorchs(case, order, dtype):
    ours, theirs, reference = _pair(case, dtype)
    found = utils.clip_grad_norm_(ours, 1.5, order)
    expected = reference.clip_grad_norm_(theirs, 1.5, order)
    assert str(found.dtype) == str(expected.dtype)
    assert_allclose(found.numpy(), expected.numpy(), 1e-5 if dtype == np.float32 else 1e-12)
    _compare(ours, theirs, dtype)


@pytest.mark.parametrize("case", [case for case in GRADIENTS if case != "none"])
def test_a_range_is_pytorchs(case):
    ours, theirs, reference = _pair(case, np.float64)
    utils.clip_grad_value_(ours, 0.5)
    reference.clip_grad_value_(theirs, 0.5)
    _compare(ours, theirs, np.float64)


def test_the_norm_of_all_is_clipped_not_of_each():
    """numpy-ml clips each parameter's gradient by itself, which turns the step."""
    p, q = (Parameter(tensor([1.0, 1.0])) for _ in range(2))
    p.grad, q.grad = tensor([30.0, 0.0]), tensor([0.0, 40.0])
    assert utils.clip_grad_norm_([p, q], 5.0).item() == 50
    assert_allclose(p.grad.numpy(), [3, 0], 1e-6)
    assert_allclose(q.grad.numpy(), [0, 4], 1e-6)


def test_a_norm_that_is_not_finite_is_an_error_where_asked():
    ours, _, _ = _pair("nan", np.float64)
    with pytest.raises(RuntimeError, match="non-finite, so it cannot be clipped"):
        utils.clip_grad_norm_(ours, 1.0, error_if_nonfinite=True)
    assert ours[1].grad.numpy()[0] == 1


def test_a_vector_and_back():
    layer = Linear(3, 2)
    vector = utils.parameters_to_vector(layer.parameters())
    assert vector.shape == (8,)
    (vector * vector).sum().backward()
    assert_allclose(layer.bias.grad.numpy(), 2 * layer.bias.detach().numpy())
    utils.vector_to_parameters(tensor(np.arange(8, dtype=np.float32)), layer.parameters())
    assert_allclose(layer.weight.detach().numpy(), [[0, 1, 2], [3, 4, 5]])
    assert_allclose(layer.bias.detach().numpy(), [6, 7])
    assert isinstance(layer.weight, Parameter)
    with pytest.raises(TypeError, match=r"expected torch\.Tensor"):
        utils.vector_to_parameters([1.0], layer.parameters())
