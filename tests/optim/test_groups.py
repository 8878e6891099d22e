"""What an optimiser takes and refuses, its hooks, and its copies."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid import optim
from pellucid.autograd.creation import tensor
from pellucid.nn import Parameter
from pellucid.optim.optimizer import required


def _one(*numbers):
    return Parameter(tensor(list(numbers or [1.0])))


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
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optim.SGD([p], lr=0.1).load_state_dict({"state": {}, "param_groups": []})


P = _one()
REFUSED = {
    "a tensor": (TypeError, "should be an iterable of Tensors or dicts", lambda: P),
    "a set": (TypeError, "ordered collections", lambda: [{"params": {P}}]),
    "a name alone": (TypeError, "one of the params is str", lambda: "p"),
    "some names": (ValueError, "Some param names are missing", lambda: [("p", P), _one()]),
    "a group without names": (
        ValueError,
        "cannot add param group without names",
        lambda: [{"params": [("p", P)]}, {"params": [_one()]}],
    ),
    "a list for a group": (TypeError, "param_group must be a dict", lambda: [{"params": P}, [P]]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_group_is_refused_in_pytorchs_words(case):
    kind, words, params = REFUSED[case]
    with pytest.raises(kind, match=words):
        optim.SGD(params(), lr=0.1)


def test_names_stay_with_their_group():
    optimiser = optim.SGD(pellucid.nn.Linear(2, 1).named_parameters(), lr=0.1)
    assert optimiser.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimiser.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]
    assert "param_names" not in repr(optimiser)


def test_a_parameter_named_twice_is_warned_of():
    with pytest.warns(UserWarning, match="a parameter group with duplicate parameters") as seen:
        optim.SGD([P, P], lr=0.1)
    assert seen[0].filename == __file__


ROUTES = {
    "both": (RuntimeError, "cannot be `True` together", {"foreach": True, "fused": True}),
    "a rate": (ValueError, "lr as a Tensor", {"lr": pellucid.tensor(0.1), "foreach": True}),
    "one of two": (ValueError, "both floats or both", {"betas": (0.9, pellucid.tensor(0.9))}),
    "betas": (
        ValueError,
        r"betas\[0\] as a Tensor",
        {"betas": (pellucid.tensor(0.9), pellucid.tensor(0.9)), "foreach": True},
    ),
}


@pytest.mark.parametrize("case", ROUTES)
def test_routes_that_pytorch_refuses_are_refused(case):
    kind, words, options = ROUTES[case]
    with pytest.raises(kind, match=words):
        optim.Adam([P], **options)


@pytest.mark.parametrize("route", [{}, {"foreach": True}, {"foreach": False}, {"fused": True}])
def test_any_route_gives_the_same_answer(route):
    p = _one(1.0, 2.0)
    optimiser = optim.AdamW([p], lr=0.1, **route)
    p.grad = tensor([1.0, -2.0])
    optimiser.step()
    assert_allclose(p.detach().numpy(), [0.999 - 0.1, 1.998 + 0.1], 1e-6)


def test_hooks_see_each_step_and_may_change_what_it_is_given():
    p, seen = _one(), []
    optimiser = optim.SGD([p], lr=0.1)
    before = optimiser.register_step_pre_hook(
        lambda o, args, options: seen.append(("before", args)) or ((lambda: 7.0,), options)
    )
    after = optimiser.register_step_post_hook(
        lambda o, args, options: seen.append(("after", p.item()))
    )
    p.grad = tensor([1.0])
    assert optimiser.step() == 7.0
    assert seen == [("before", ()), ("after", pytest.approx(0.9))]
    before.remove()
    after.remove()
    assert optimiser.step() is None
    assert len(seen) == 2
    optimiser.register_step_pre_hook(lambda o, args, options: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        optimiser.step()


def test_hooks_see_states_go_out_and_come_in():
    seen, optimiser = [], optim.SGD([_one()], lr=0.1)
    optimiser.register_state_dict_pre_hook(lambda o: seen.append("before giving"))
    optimiser.register_state_dict_post_hook(lambda o, s: {**s, "note": 1})
    optimiser.register_state_dict_post_hook(lambda o, s: seen.append(sorted(s)), prepend=True)
    optimiser.register_load_state_dict_pre_hook(
        lambda o, s: {**s, "param_groups": [{**s["param_groups"][0], "lr": 5.0}]}
    )
    optimiser.register_load_state_dict_post_hook(lambda o: seen.append(o.param_groups[0]["lr"]))
    state = optimiser.state_dict()
    assert state["note"] == 1
    optimiser.load_state_dict(state)
    assert seen == ["before giving", ["param_groups", "state"], 5.0]


def test_an_optimiser_of_ones_own_has_hooks_and_schedules():
    class Signs(optim.Optimizer):
        def step(self, closure=None):
            for p in self.param_groups[0]["params"]:
                p.data = p.data - self.param_groups[0]["lr"] * pellucid.sign(p.grad)

    p, seen = _one(), []
    optimiser = Signs([p], {"lr": 0.5})
    schedule = optim.lr_scheduler.StepLR(optimiser, 1)
    optimiser.register_step_post_hook(lambda *args: seen.append(p.item()))
    p.grad = tensor([-3.0])
    optimiser.step()
    schedule.step()  # warns of no step that was not made
    assert seen == [1.5]


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_copy_goes_on_by_itself_and_without_the_hooks(twin):
    p, g = _one(1.0, 2.0), tensor([0.5, -1.0])
    optimiser = optim.Adam([p], lr=0.1)
    p.grad = g
    optimiser.step()
    optimiser.register_step_pre_hook(lambda *args: pytest.fail("a hook of the other"))
    other = twin(optimiser)
    q = other.param_groups[0]["params"][0]
    q.grad = tensor(g.tolist())
    other.step()
    assert not np.array_equal(p.detach().numpy(), q.detach().numpy())
    assert (optimiser.state[p]["step"], other.state[q]["step"]) == (1, 2)


@pytest.mark.parametrize("name", ["SGD", "Adam", "LBFGS"])
def test_a_state_is_of_tensors_that_a_program_may_change(name):
    p = _one(1.0, 2.0)
    optimiser = getattr(optim, name)([p], **({"momentum": 0.9} if name == "SGD" else {}))

    def closure():
        optimiser.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    kept = {"SGD": "momentum_buffer", "Adam": "exp_avg", "LBFGS": "prev_flat_grad"}[name]
    assert isinstance(optimiser.state[p][kept], pellucid.Tensor)
    optimiser.state[p][kept] = pellucid.zeros_like(p)
    optimiser.step(closure)
    again = getattr(optim, name)([p])
    again.load_state_dict(optimiser.state_dict())
    assert isinstance(again.state[p][kept], pellucid.Tensor)
    assert again.state[p][kept] is not optimiser.state[p][kept]


def test_a_state_of_ones_own_comes_back_as_it_went():
    class Own(optim.Optimizer):
        def __init__(self, params, lr=required):
            super().__init__(params, {"lr": lr})

    p = _one(1.0, 2.0)
    with pytest.raises(ValueError, match=r"didn't specify a value of required .* lr"):
        Own([p])
    first, second = Own([{"params": p, "lr": 0.1}]), Own([p], lr=1.0)
    first.state["all"] = 3
    first.state[p].update(mean=tensor([1.0, 2.0]), step=tensor(4.0), deep={"old": [p.detach()]})
    second.load_state_dict(first.state_dict())
    kept = second.state[p]
    assert second.state["all"] == 3
    assert (kept["mean"].add_(1).tolist(), kept["step"].item()) == ([2.0, 3.0], 4.0)
    assert kept["deep"]["old"][0].tolist() == [1.0, 2.0]
    assert first.state[p]["mean"].tolist() == [1.0, 2.0]


def test_a_parameter_keeps_its_first_number():
    p, q = _one(), _one()
    optimiser = optim.SGD([p, q], lr=0.1)
    optimiser.param_groups.extend(optimiser.param_groups)
    assert [g["params"] for g in optimiser.state_dict()["param_groups"]] == [[0, 1], [0, 1]]
