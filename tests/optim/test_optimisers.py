"""Optimisers step for step with PyTorch's: a hundred steps on a cost that is not a square."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid import optim
from pellucid.autograd.creation import tensor
from pellucid.nn import Parameter
from pellucid.optim.line_search import cubic_minimum

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
    "RAdam short": {"lr": 0.01, "betas": (0.8, 0.5)},
    "Adamax": {},
    "Adamax decay": {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1, "eps": 1e-3},
    "Adamax up": {"lr": 0.1, "maximize": True},
    "ASGD": {},
    "ASGD averaging": {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 3, "weight_decay": 0.1},
    "Rprop": {},
    "Rprop bounded": {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (0.05, 0.2), "maximize": True},
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


@pytest.fixture
def torch_in_double():
    """PyTorch keeps single numbers (NAdam's product) in its default type."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-10), (np.float32, 1e-3)])
@pytest.mark.parametrize("case", CASES)
def test_a_hundred_steps_are_pytorchs(case, dtype, rtol, torch_in_double):
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


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


LBFGS = {
    "plain": {},
    "short": {"lr": 0.1, "history_size": 2, "max_iter": 4},
    "wolfe": {"line_search_fn": "strong_wolfe"},
    "wolfe, short": {"line_search_fn": "strong_wolfe", "history_size": 3},
    "wolfe, few": {"line_search_fn": "strong_wolfe", "lr": 10.0, "max_eval": 7},
    "wolfe, far": {"line_search_fn": "strong_wolfe", "lr": 1e3},
    "wolfe, near": {"line_search_fn": "strong_wolfe", "lr": 1e-3},
}


@pytest.mark.parametrize("case", LBFGS)
def test_lbfgs_evaluates_where_pytorchs_does(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    start, seen = np.random.default_rng(0).normal(size=8), []
    p, q = Parameter(tensor(start)), torch.nn.Parameter(torch.tensor(start))
    for x, library in ((p, optim), (q, torch.optim)):
        optimiser, places = library.LBFGS([x], **LBFGS[case]), []

        def closure(x=x, optimiser=optimiser, places=places):
            optimiser.zero_grad()
            loss = rosenbrock(x)
            loss.backward()
            places.append(np.array(x.detach().numpy()))
            return loss

        losses = [optimiser.step(closure).item() for _ in range(5)]
        seen.append((losses, np.array(places), optimiser.state[x]))
    (losses, places, state), (expected, at, peer) = seen
    assert (state["n_iter"], state["func_evals"]) == (peer["n_iter"], peer["func_evals"])
    assert_allclose(places, at, 1e-6, 1e-9)
    assert_allclose(losses, expected, 1e-6, 1e-14)  # one near 0 is what rounding has left of 281


@pytest.mark.parametrize(("slope", "least"), [(-1.0, 2.0), (1.0, 0.0), (0.0, 0.0)])
def test_a_cubic_that_is_a_line_is_least_at_an_end(slope, least):
    points = [(t, slope * t, None, slope) for t in (0.0, 1.0)]
    assert cubic_minimum(*points, (0.0, 2.0)) == least


def test_lbfgs_goes_on_from_a_state():
    x, y = (Parameter(tensor(np.array([0.3, -2.0, 1.0]))) for _ in range(2))
    first = optim.LBFGS([x], line_search_fn="strong_wolfe", max_iter=3)

    def walk(p, optimiser):
        def closure():
            optimiser.zero_grad()
            loss = rosenbrock(p)
            loss.backward()
            return loss

        return [optimiser.step(closure).item() for _ in range(3)]

    walk(x, first)
    second = optim.LBFGS([y])
    y.data = x.detach().clone()
    second.load_state_dict(first.state_dict())
    assert walk(y, second) == walk(x, first)


EXTREME = [0.0, 1e30, -1e30, 1e-30, np.nan, np.inf]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_extreme_gradients_go_where_pytorchs_go(case, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, options = case.split()[0], CASES[case]
    start = np.ones(len(EXTREME), dtype)
    p, q = Parameter(tensor(start)), torch.nn.Parameter(torch.tensor(start))
    a, b = getattr(optim, name)([p], **options), getattr(torch.optim, name)([q], **options)
    for gradient in (EXTREME, EXTREME[::-1], [0.0] * 6):
        p.grad = tensor(np.array(gradient, dtype))
        q.grad = torch.tensor(np.array(gradient, dtype))
        a.step()
        b.step()
        rtol = 1e-4 if dtype == np.float32 else 1e-6
        assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol)


def test_lion_is_chens_program():
    """Two steps of one number by hand: η = 0.1, β = (0.9, 0.5), λ = 0.5."""
    p = Parameter(tensor([1.0, -1.0, 0.0]))
    optimiser = optim.Lion([p], lr=0.1, betas=(0.9, 0.5), weight_decay=0.5)
    p.grad = tensor([2.0, -3.0, 0.0])
    optimiser.step()
    assert_allclose(p.detach().numpy(), [0.95 - 0.1, -0.95 + 0.1, 0], 1e-6)
    assert_allclose(optimiser.state[p]["exp_avg"], [1, -1.5, 0])
    p.grad = tensor([-8.0, 14.0, 0.0])  # 0.9 · 1 - 0.1 · 8 > 0, but 0.9 · -1.5 + 0.1 · 14 > 0 too
    optimiser.step()
    assert_allclose(p.detach().numpy(), [0.85 * 0.95 - 0.1, -0.85 * 0.95 - 0.1, 0], 1e-6)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 6)])
def test_muon_orthogonalises_by_a_polynomial_of_singular_values(shape):
    p, g = Parameter(tensor(np.ones(shape))), np.random.default_rng(0).normal(size=shape)
    optimiser = optim.Muon([p], lr=0.1, weight_decay=0.5, momentum=0.8)
    p.grad = tensor(g)
    optimiser.step()
    u, s, vt = np.linalg.svd(g * (0.2 + 0.8 * 0.2), full_matrices=False)
    s = s / np.linalg.norm(s)
    for _ in range(5):
        s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
    step = max(1, shape[0] / shape[1]) ** 0.5 * (u * s) @ vt
    assert_allclose(p.detach().numpy(), 0.95 - 0.1 * step, 1e-10)


@pytest.mark.parametrize("options", [{}, {"adjust_lr_fn": "match_rms_adamw", "nesterov": False}])
def test_muon_is_pytorchs_up_to_bfloat16(options):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    start = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    p, q = Parameter(tensor(start)), torch.nn.Parameter(torch.tensor(start))
    a, b = optim.Muon([p], lr=0.01, **options), torch.optim.Muon([q], lr=0.01, **options)
    assert set(repr(a).splitlines()) <= set(repr(b).splitlines())
    for _ in range(20):
        g = rng.normal(size=(6, 4)).astype(np.float32)
        p.grad, q.grad = tensor(g), torch.tensor(g)
        a.step()
        b.step()
    assert_allclose(p.detach().numpy(), q.detach().numpy(), atol=0.01)
    with pytest.raises(ValueError, match="2D parameters"):
        optim.Muon([Parameter(tensor([1.0]))])


@pytest.mark.parametrize("absent", ["capturable", "differentiable"])
@pytest.mark.parametrize("name", [name for name in optim.__all__ if name[0].isupper()])
def test_what_changes_more_than_pytorchs_route_is_absent(name, absent):
    with pytest.raises(TypeError, match=absent):
        getattr(optim, name)([Parameter(tensor([[1.0]]))], **{absent: True})


@pytest.mark.parametrize("case", [case for case in CASES if " " not in case])
def test_complex_parameters_move_as_pairs_of_numbers(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    numbers = np.random.default_rng(0).normal(size=(12, 5, 2)) @ [1, 1j]
    p, q = Parameter(tensor(numbers[0])), torch.nn.Parameter(torch.tensor(numbers[0]))
    a, b = getattr(optim, case)([p], **CASES[case]), getattr(torch.optim, case)([q], **CASES[case])
    for g in numbers[1:]:
        p.grad, q.grad = tensor(g), torch.tensor(g)
        a.step()
        b.step()
    assert_allclose(p.detach().numpy(), q.detach().numpy(), 1e-6)


def test_lbfgs_takes_complex_parameters_as_pairs_of_numbers():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    start, seen = np.random.default_rng(0).normal(size=(4, 2)) @ [1, 1j], []
    p, q = Parameter(tensor(start)), torch.nn.Parameter(torch.tensor(start))
    for x, library in ((p, optim), (q, torch.optim)):
        optimiser = library.LBFGS([x], lr=0.1, max_iter=5)

        def closure(x=x, optimiser=optimiser):
            optimiser.zero_grad()
            loss = (x - 1j).abs().pow(4).sum() + (x + 2).abs().sum()
            loss.backward()
            return loss

        seen.append([optimiser.step(closure).item() for _ in range(3)])
    assert_allclose(*seen, 1e-6)
    assert_allclose(p.detach().numpy(), q.detach().numpy(), 1e-6)


def test_one_optimiser_keeps_the_layers_apart():
    """numpy-ml keys its states by a parameter's name, so that two layers' W share one."""
    p, q = (Parameter(tensor([0.0, 0.0])) for _ in range(2))
    optimiser = optim.Adagrad([p, q], lr=1.0)
    p.grad, q.grad = tensor([3.0, 4.0]), tensor([-1.0, 2.0])
    optimiser.step()
    assert_allclose(optimiser.state[p]["sum"], [9, 16])
    assert_allclose(optimiser.state[q]["sum"], [1, 4])


def test_a_refused_setting_is_named_as_pytorch_names_it():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    p, q = Parameter(tensor([1.0])), torch.nn.Parameter(torch.ones(1))
    bad = {"lr": -1, "eps": -1, "weight_decay": -1, "betas": (0.9, 2.0), "alpha": -1, "rho": 2}
    bad |= {"momentum": -1, "lr_decay": -1, "initial_accumulator_value": -1, "momentum_decay": -1}
    for name in {case.split()[0] for case in CASES}:
        for setting, value in bad.items():
            try:
                getattr(torch.optim, name)([q], **{setting: value})
            except ValueError as error:
                with pytest.raises(ValueError) as ours:
                    getattr(optim, name)([p], **{setting: value})
                assert str(ours.value) == str(error)
            except TypeError:
                pass


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", [*CASES, "Lion"])
def test_a_rule_of_whole_arrays_is_its_compiled_loop(case, dtype):
    """What does not lie in C order has no loop: the rule itself is called, on the arrays."""
    name, options = case.split()[0], CASES.get(case, {})
    start = np.random.default_rng(0).normal(size=(7, 11)).astype(dtype)
    line, turned = Parameter(tensor(start)), Parameter(tensor(np.array(start)).T)
    optimiser = getattr(optim, name)([line, turned], **options)
    for _ in range(10):
        gradient = rng.normal(size=start.shape).astype(dtype)
        line.grad, turned.grad = tensor(gradient), tensor(np.array(gradient.T))
        optimiser.step()
    rtol = 1e-12 if dtype == np.float64 else 1e-5
    past = zip(optimiser.state[line].values(), optimiser.state[turned].values(), strict=True)
    for kept, other in past:
        assert_allclose(kept, np.transpose(other), rtol, rtol)
    assert not turned._array.flags.c_contiguous
    assert_allclose(line.detach().numpy(), turned.detach().numpy().T, rtol, rtol)


@pytest.mark.parametrize("sizes", [[0, 1, 3], [131_072, 131_073], [400_001, 5, 7, 1]])
def test_adam_moves_numbers_as_one_by_one_however_they_are_cut(sizes):
    """A large parameter is cut into blocks, and small ones are put together: no number is lost."""
    rng = np.random.default_rng(0)
    parameters = [Parameter(tensor(np.zeros(size, np.float32))) for size in sizes]
    optimiser = optim.Adam(parameters, lr=0.5)
    for _ in range(2):
        for p in parameters:
            p.grad = tensor(rng.choice([-1.0, 2.0], size=p.shape).astype(np.float32))
            p.grad = p.grad if optimiser.state[p] == {} else p.grad * 0
        optimiser.step()
    second = 0.9 * 0.1 / (1 - 0.81) / math.sqrt(0.999 * 0.001 / (1 - 0.999**2))
    for p in parameters:
        assert_allclose(np.abs(p.detach().numpy()), 0.5 * (1 + second), 1e-5)


@pytest.mark.parametrize(
    "name",
    ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "NAdam", "Rprop", "ASGD"],
)
def test_goes_on_from_pytorchs_own_state(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    options = {"lr": 0.1} | ({"momentum": 0.9} if name in ("SGD", "RMSprop") else {})
    theirs = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    optimiser = getattr(torch.optim, name)([theirs], **options)
    for _ in range(3):
        (theirs**2).sum().backward()
        optimiser.step()
    ours = tensor(theirs.tolist(), requires_grad=True)
    ours.grad = tensor(theirs.grad.tolist())
    mine = getattr(optim, name)([ours], **options)
    mine.load_state_dict(optimiser.state_dict())
    for _ in range(3):
        for x, step in ((theirs, optimiser), (ours, mine)):
            (x**2).sum().backward()
            step.step()
    assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-5)


def _as(library, x):
    """A state of ours for PyTorch, or the other way, through NumPy."""
    if hasattr(x, "detach"):
        return library.tensor(x.detach().numpy())
    if isinstance(x, dict):
        return {name: _as(library, each) for name, each in x.items()}
    return [_as(library, each) for each in x] if isinstance(x, list) else x


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_states_go_to_pytorch_and_back(search):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    start = np.random.default_rng(0).normal(size=6)
    p, q = Parameter(tensor(start)), torch.nn.Parameter(torch.tensor(start))
    options = {"max_iter": 4, "line_search_fn": search, "lr": 0.5 if search else 1e-3}
    both = [(p, optim.LBFGS, pellucid), (q, torch.optim.LBFGS, torch)]

    def walk(x, optimiser):
        def closure():
            optimiser.zero_grad()
            loss = rosenbrock(x)
            loss.backward()
            return loss

        optimiser.step(closure)
        return optimiser.state_dict()

    states = [walk(x, kind([x], **options)) for x, kind, _ in both]
    for (x, kind, library), state in zip(both, reversed(states), strict=True):
        again = kind([x], **options)
        again.load_state_dict(_as(library, state))
        walk(x, again)
    assert_allclose(p.detach().numpy(), q.detach().numpy(), 1e-8)


def test_asgd_averages_the_places_it_has_been_at():
    p, places = Parameter(tensor([1.0])), []
    optimiser = optim.ASGD([p], lr=0.1, lambd=0.0, t0=0)
    for _ in range(5):
        p.grad = tensor([1.0])
        optimiser.step()
        places.append(p.item())
    assert_allclose(places, [0.9, 0.8, 0.7, 0.6, 0.5], 1e-6)  # with no λ the rate stays
    assert_allclose(optimiser.state[p]["ax"], np.mean(places[1:]), 1e-6)


def test_rprop_goes_by_signs_and_waits_where_they_turn():
    p, places = Parameter(tensor([0.0])), []
    optimiser = optim.Rprop([p], lr=1.0, etas=(0.5, 2.0), step_sizes=(0.1, 3.0))
    for g in (1e-9, 5.0, 1e9, -1.0, -1.0, -1.0):
        p.grad = tensor([g])
        optimiser.step()
        places.append(p.item())
    assert places == [-1, -3, -6, -6, -4.5, -1.5]


def test_a_rate_in_a_tensor_is_its_number():
    p, q = (Parameter(tensor([1.0, 2.0])) for _ in range(2))
    rate = pellucid.tensor(0.25)
    a, b = optim.Adam([p], lr=rate), optim.Adam([q], lr=0.25)
    for _ in range(2):
        p.grad = q.grad = tensor([1.0, -1.0])
        a.step()
        b.step()
        rate /= 2
        b.param_groups[0]["lr"] /= 2
    assert np.array_equal(p.detach().numpy(), q.detach().numpy())
    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        optim.Adam([p], lr=pellucid.tensor([0.1, 0.2]))


def test_gradients_made_zero_keep_their_memory():
    p = Parameter(tensor([1.0, 2.0]))
    optimiser = optim.SGD([p], lr=0.1)
    p.grad = seen = tensor([3.0, 4.0])
    optimiser.zero_grad(set_to_none=False)
    assert seen.tolist() == p.grad.tolist() == [0, 0]
