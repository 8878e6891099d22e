"""Optimisers step for step with PyTorch's: a hundred steps on a cost that is not a square."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pellucid import optim
from pellucid.autograd.creation import tensor
from pellucid.nn import Parameter

rng = np.random.default_rng(0)
START = [rng.normal(size=(5, 3)), rng.normal(size=4)]
GRADIENTS = [[rng.normal(size=x.shape) for x in START] for _ in range(100)]
CASES = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01},
    "SGD nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True},
    "Adam": {},
    "Adam decay": {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1},
    "Adam amsgrad": {"lr": 0.1, "amsgrad": True, "maximize": True},
    "AdamW": {"lr": 0.1},
    "AdamW amsgrad": {"lr": 0.1, "amsgrad": True, "weight_decay": 0.3},
    "Adam decoupled": {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True},
    "RMSprop": {},
    "RMSprop centred": {"lr": 0.1, "alpha": 0.9, "centered": True, "weight_decay": 0.1},
    "RMSprop momentum": {"lr": 0.01, "momentum": 0.9, "eps": 1e-3, "maximize": True},
    "RMSprop all": {"lr": 0.01, "momentum": 0.5, "centered": True},
    "Adagrad": {},
    "Adagrad decay": {"lr": 0.5, "lr_decay": 0.1, "weight_decay": 0.1},
    "Adagrad initial": {"lr": 0.5, "initial_accumulator_value": 2.0, "maximize": True},
    "Adadelta": {},
    "Adadelta decay": {"lr": 2.0, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1},
    "Adadelta up": {"maximize": True},
    "NAdam": {},
    "NAdam decay": {"lr": 0.1, "weight_decay": 0.1, "momentum_decay": 0.1, "maximize": True},
    "NAdam decoupled": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "RAdam": {},
    "RAdam decay": {"lr": 0.1, "betas": (0.8, 0.99), "weight_decay": 0.1, "eps": 1e-3},
    "RAdam decoupled": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "RAdam short": {"lr": 0.01, "betas": (0.8, 0.5), "maximize": True},
    "Adamax": {},
    "Adamax decay": {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1, "eps": 1e-3},
    "Adamax up": {"lr": 0.1, "maximize": True},
}


def _pair(case, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, options = case.split()[0], CASES[case]
    ours = [Parameter(tensor(x.astype(dtype))) for x in START]
    theirs = [torch.nn.Parameter(torch.tensor(x.astype(dtype))) for x in START]
    made = getattr(optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options)
    return (ours, made[0]), (theirs, made[1]), torch


def _walk(ours, optimiser, theirs, reference, gradients, dtype, torch):
    for step in gradients:
        for p, q, g in zip(ours, theirs, step, strict=True):
            p.grad = tensor(g.astype(dtype)) + p.detach() ** 3
            q.grad = torch.tensor(g.astype(dtype)) + q.detach() ** 3
        optimiser.step()
        reference.step()


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-10), (np.float32, 1e-3)])
@pytest.mark.parametrize("case", CASES)
def test_a_hundred_steps_are_pytorchs(case, dtype, rtol):
    (ours, optimiser), (theirs, reference), torch = _pair(case, dtype)
    _walk(ours, optimiser, theirs, reference, GRADIENTS, dtype, torch)
    for p, q in zip(ours, theirs, strict=True):
        assert p._array.dtype == dtype
        assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol, rtol)


@pytest.mark.parametrize("case", CASES)
def test_going_on_from_a_state_is_going_on(case):
    (ours, optimiser), (theirs, reference), torch = _pair(case, np.float64)
    _walk(ours, optimiser, theirs, reference, GRADIENTS[:50], np.float64, torch)
    twin = [Parameter(p.detach().clone()) for p in ours]
    again = getattr(optim, case.split()[0])(twin, lr=123.0)
    again.load_state_dict(optimiser.state_dict())
    _walk(ours, optimiser, theirs, reference, GRADIENTS[50:], np.float64, torch)
    _walk(twin, again, theirs, reference, GRADIENTS[50:], np.float64, torch)
    for p, q in zip(ours, twin, strict=True):
        assert np.array_equal(p.detach().numpy(), q.detach().numpy())


@pytest.mark.parametrize("case", CASES)
def test_words_are_pytorchs(case):
    (_, optimiser), (_, reference), _ = _pair(case, np.float64)
    shown = set(repr(optimiser).splitlines())
    assert shown <= set(repr(reference).splitlines())


def test_groups_have_settings_of_their_own():
    p, q = (Parameter(tensor([1.0])) for _ in range(2))
    optimiser = optim.SGD([{"params": [p]}, {"params": q, "lr": 0.5}], lr=0.1)
    p.grad = q.grad = tensor([1.0])
    optimiser.step()
    assert_allclose([p.item(), q.item()], [0.9, 0.5], 1e-6)
    optimiser.zero_grad()
    assert p.grad is None


def test_what_cannot_be_optimised_is_refused():
    p = Parameter(tensor([1.0]))
    with pytest.raises(ValueError, match="empty parameter list"):
        optim.SGD([], lr=0.1)
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([p * 2], lr=0.1)
    with pytest.raises(ValueError, match="more than one parameter group"):
        optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1)
    with pytest.raises(TypeError, match="only optimize Tensors"):
        optim.SGD([1.0], lr=0.1)
    with pytest.raises(ValueError, match="Invalid learning rate: -1"):
        optim.Adam([p], lr=-1)
    with pytest.raises(ValueError, match="beta parameter at index 1"):
        optim.Adam([p], betas=(0.9, 1.0))
    with pytest.raises(ValueError, match="Nesterov momentum requires"):
        optim.SGD([p], lr=0.1, nesterov=True)
    with pytest.raises(ValueError, match="parameter groups of sizes"):
        optim.SGD([p], lr=0.1).load_state_dict({"state": {}, "param_groups": []})


def test_a_step_calls_the_closure_with_gradients_on():
    p = Parameter(tensor([2.0]))
    optimiser = optim.SGD([p], lr=0.1)

    def closure():
        optimiser.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    assert optimiser.step(closure).item() == 4
    assert_allclose(p.item(), 1.6, 1e-6)
