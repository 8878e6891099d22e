"""Optimizer: parameters in groups, a state for each; an algorithm is how it begins and one step."""

from collections import defaultdict
from copy import deepcopy

import numpy as np

from pellucid.autograd import Tensor, enable_grad
from pellucid.optim.groups import check_route, groups_of, read_group
from pellucid.optim.hooks import Hooked
from pellucid.optim.rule import sweep

__all__ = ["Optimizer", "required"]

COUNTS = ("step", "mu_product", "eta", "mu")  # numbers here, in PyTorch tensors of one


class required:
    """A default that is none: each group is to say this setting."""


class Optimizer(Hooked):
    """What all optimisers share.  An algorithm writes, on plain arrays,

        _begin(parameter, group) -> state           its past: numbers, and the arrays of ``kept``
        _count(parameter, state, group) -> numbers  what a step's settings hang on: its number
        _rule(group, *numbers) -> rule, settings    what moves the parameter and those arrays

    Parameters
    ----------
    params : iterable of Parameters, of (name, Parameter), or of groups
        A group is a dict with "params" and settings of its own.
    defaults : dict
        The settings of groups that do not say them.

    Attributes
    ----------
    param_groups : list of dicts
        The groups, with all their settings.
    state : dict
        What is kept for each parameter: numbers and tensors.
    """

    kept: tuple[str, ...] = ()  # a rule's arrays, in its order

    def __init__(self, params, defaults):
        super().__init__()
        check_route(defaults)
        self.defaults, self.param_groups = defaults, []
        self.state = defaultdict(dict)
        self._stepped = False  # whether there was a step: schedulers come after it
        for group in groups_of(params):
            self.add_param_group(group)

    def __getstate__(self):
        return {name: getattr(self, name) for name in ("defaults", "param_groups", "state")}

    def __setstate__(self, state):
        Hooked.__init__(self)
        vars(self).update(state, _stepped=False)

    def _begin(self, parameter, group):
        return zeros_of(parameter, *self.kept)

    def _count(self, parameter, state, group):
        state["step"] += 1
        return (state["step"],)

    def _rule(self, group, *numbers):
        raise NotImplementedError

    def add_param_group(self, param_group):
        """More parameters, with settings of their own."""
        group = read_group(param_group, self.param_groups)
        for name, default in self.defaults.items():
            if default is required and name not in group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    f"{name}"
                )
        self.param_groups.append({**self.defaults, **group})

    def step(self, closure=None):
        """Move every parameter that has a gradient; what ``closure`` gives is returned.

        A gradient that overflows makes infinities and NaN without a word, as PyTorch's does.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with np.errstate(all="ignore"):
            for given in self.param_groups:
                group = {**given, "lr": float(given["lr"])}
                moved = [p for p in group["params"] if p.grad is not None]
                self._update_all([self._work(p, group) for p in moved], group)
                for p in moved:
                    p._bump()
        return loss

    def _work(self, p, group):
        """A parameter's array, its gradient and its state."""
        gradient = -p.grad._array if group.get("maximize") else p.grad._array
        state = self.state[p]
        if not state:
            state.update(tensors(self._begin(p._array, group)))
        return p._array, gradient, state

    def _update_all(self, work, group):
        known, works = {}, []
        for parameter, gradient, state in work:
            numbers = self._count(parameter, state, group)
            key = numbers, parameter.dtype
            if key not in known:  # most parameters share theirs
                rule, settings = self._rule(group, *numbers)
                known[key] = np.array([float(x) for x in settings], parameter.real.dtype)
            kept = [arrays(state.get(name)) for name in self.kept]
            works.append((parameter, gradient, kept, known[key]))
        if works:
            sweep(rule, works)

    def zero_grad(self, set_to_none=True):
        """Forget the gradients, or make zeros of them."""
        for p in self._all():
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.grad = p.grad.detach().zero_()

    def state_dict(self):
        """{"state": {number: ...}, "param_groups": [...]}, parameters by their number."""
        self._call_hooks("before giving")
        numbers = {}
        for number, p in enumerate(self._all()):
            numbers.setdefault(id(p), number)
        state = {
            numbers[id(key)] if isinstance(key, Tensor) else key: kept
            for key, kept in self.state.items()
        }
        groups = [
            {**group, "params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        (given,) = self._call_hooks("giving", {"state": state, "param_groups": groups})
        return given

    def load_state_dict(self, state_dict):
        """Go on from what ``state_dict`` gave."""
        (state_dict,) = self._call_hooks("taking", state_dict)
        sizes = [
            [len(g["params"]) for g in s] for s in (self.param_groups, state_dict["param_groups"])
        ]
        if len(sizes[0]) != len(sizes[1]):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"{len(sizes[1])}, not {len(sizes[0])}"
            )
        if sizes[0] != sizes[1]:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                f"optimizer's group: the sizes are {sizes[1]}, not {sizes[0]}"
            )
        for own, given in zip(self.param_groups, state_dict["param_groups"], strict=True):
            own.update({k: deepcopy(v) for k, v in given.items() if k != "params"})
        self.state.clear()
        parameters = dict(enumerate(self._all()))
        for key, kept in state_dict["state"].items():
            if key not in parameters:  # what a program keeps for none of them
                self.state[key] = deepcopy(kept)
                continue
            for name, x in kept.items():
                counts = bool(self.kept) and name in COUNTS
                self.state[parameters[key]][name] = _own(x, parameters[key]._array, counts)
        self._call_hooks("after taking")

    def _all(self):
        return [p for group in self.param_groups for p in group["params"]]

    def __repr__(self):
        groups = [
            f"\nParameter Group {number}\n"
            + "".join(
                f"    {key}: {group[key]}\n"
                for key in sorted(group)
                if key not in ("params", "param_names")
            )
            for number, group in enumerate(self.param_groups)
        ]
        return f"{type(self).__name__} ({''.join(groups)})"


def tensors(state):
    """Arrays as tensors, also in lists and dicts."""
    if isinstance(state, dict):
        return {name: tensors(x) for name, x in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(map(tensors, state))
    if isinstance(state, Tensor) or not hasattr(state, "__array_function__"):
        return state
    return Tensor._of(state)


def arrays(state):
    """Tensors as their arrays, also in lists and dicts."""
    if isinstance(state, dict):
        return {name: arrays(x) for name, x in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(map(arrays, state))
    return state._array if isinstance(state, Tensor) else state


def _own(x, parameter, counts=False):
    """A copy; of a tensor, ours or another library's, one like the parameter, or its number.

    What is nested goes as it is, each tensor in it being such a copy.
    """
    if isinstance(x, dict):
        return {name: _own(each, parameter) for name, each in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(_own(each, parameter) for each in x)
    if hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    elif not hasattr(x, "__array_function__"):
        return deepcopy(x)
    kind = parameter.dtype if parameter.dtype.kind == "f" else x.dtype
    return x.item() if counts else Tensor._of(np.array(x, kind, order="C", like=parameter))


def not_negative(**settings):
    """Refuse settings below zero."""
    words = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in settings.items():
        if isinstance(value, Tensor) and value.numel() != 1:
            raise ValueError(f"Tensor {name} must be 1-element")
        if not value >= 0:
            raise ValueError(f"Invalid {words.get(name, f'{name} value')}: {value}")


def fractions(betas):
    """Refuse decay rates that are not in [0, 1)."""
    for k, beta in enumerate(betas):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {k}: {beta}")


def zeros_of(parameter, *names):
    """A state that begins: no steps, and zeros like the parameter under each name."""
    return {"step": 0, **{name: np.zeros_like(parameter) for name in names}}


def decays(group):
    """λ for g + λ θ, and what θ is multiplied by at once where the decay is decoupled."""
    if group["decoupled_weight_decay"]:
        return 0.0, 1 - group["lr"] * group["weight_decay"]
    return group["weight_decay"], 1.0
