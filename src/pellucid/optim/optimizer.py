"""Optimizer: parameters in groups, a state for each; an algorithm is how it begins and one step."""

from collections import defaultdict
from copy import deepcopy

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import Tensor, enable_grad
from pellucid.reduction import BLOCK_BYTES, map_blocks

__all__ = ["Optimizer"]

BLOCK = BLOCK_BYTES // 16  # numbers, with a gradient and two means of each, in single precision
together = kernel(borrows=True, error_model="numpy", fastmath={"contract"})
COUNTS = ("step", "mu_product")  # numbers here, in PyTorch tensors of one


class Optimizer:
    """What all optimisers share.  An algorithm writes, on plain arrays,

        _begin(parameter, group) -> state              arrays and numbers, by name
        _update(parameter, gradient, state, group)     the parameter and its state, in place

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
        What is kept for each parameter.
    """

    def __init__(self, params, defaults):
        self.defaults, self.param_groups = defaults, []
        self.state = defaultdict(dict)
        self._stepped = False  # whether there was a step: schedulers come after it
        params = [params] if isinstance(params, dict) else list(params)
        if not params:
            raise ValueError("optimizer got an empty parameter list")
        groups = params if isinstance(params[0], dict) else [{"params": params}]
        for group in groups:
            self.add_param_group(group)

    def _begin(self, parameter, group):
        return {}

    def _update(self, parameter, gradient, state, group):
        raise NotImplementedError

    def add_param_group(self, param_group):
        """More parameters, with settings of their own."""
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        params = [p[1] if isinstance(p, tuple) else p for p in params]
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {p!r}"
                )
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if known & {id(p) for p in params}:
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def step(self, closure=None):
        """Move every parameter that has a gradient; what ``closure`` gives is returned.

        A gradient that overflows makes infinities and NaN without a word, as PyTorch's does.
        """
        self._stepped, loss = True, None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                moved = [p for p in group["params"] if p.grad is not None]
                self._update_all([self._work(p, group) for p in moved], group)
                for p in moved:
                    p._bump()
        return loss

    def _work(self, p, group):
        """What ``_update`` takes of a parameter: its array, its gradient and its state."""
        gradient = -p.grad._array if group.get("maximize") else p.grad._array
        state = self.state[p]
        if not state:
            state.update(self._begin(p._array, group))
        return p._array, gradient, state

    def _update_all(self, work, group):
        for parameter, gradient, state in work:
            self._update(parameter, gradient, state, group)

    def zero_grad(self, set_to_none=True):
        """Forget the gradients, or make zeros of them."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad = None if set_to_none else Tensor._of(np.zeros_like(p.grad._array))

    def state_dict(self):
        """{"state": {number: ...}, "param_groups": [...]}, parameters by their number."""
        numbers = {id(p): n for n, p in enumerate(self._all())}
        state = {
            numbers[id(p)]: {
                name: Tensor._of(x) if isinstance(x, np.ndarray) else x for name, x in kept.items()
            }
            for p, kept in self.state.items()
        }
        groups = [
            {**group, "params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Go on from what ``state_dict`` gave."""
        sizes = [
            [len(g["params"]) for g in s] for s in (self.param_groups, state_dict["param_groups"])
        ]
        if sizes[0] != sizes[1]:
            raise ValueError(
                f"loaded state dict has parameter groups of sizes {sizes[1]}, not {sizes[0]}"
            )
        for own, given in zip(self.param_groups, state_dict["param_groups"], strict=True):
            own.update({k: deepcopy(v) for k, v in given.items() if k != "params"})
        self.state.clear()
        for number, p in enumerate(self._all()):
            for name, x in state_dict["state"].get(number, {}).items():
                self.state[p][name] = _own(x, name in COUNTS)

    def _all(self):
        return [p for group in self.param_groups for p in group["params"]]

    def __repr__(self):
        lines = []
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return f"{type(self).__name__} (\n" + "\n".join(lines) + "\n)"


def _own(x, counts):
    """A copy; of a tensor, ours or another library's, an array, or its one number if it counts."""
    if not hasattr(x, "detach"):
        return deepcopy(x)
    array = np.array(x.detach().cpu().numpy())
    return array.item() if counts else array


def sweep(step, calls):
    """``step(*arrays, gradient, settings)`` for all ``(arrays, gradient, settings)``, on all cores.

    The arrays are changed in place and the gradient comes after them, all one-dimensional, in an
    even number of blocks of one size: what is large is cut, and small ones go together.
    """
    total = sum([gradient.size for _, gradient, _ in calls])
    size = total if total <= BLOCK else -(-total // (2 * -(-total // (2 * BLOCK))))
    tasks, room = [[]], size
    for arrays, gradient, settings in calls:
        if not isinstance(gradient, np.ndarray):
            raise NotImplementedError("steps are compiled for the CPU: none is there for a GPU yet")
        if not all(x.flags.c_contiguous for x in arrays):
            raise ValueError("parameters are changed in place: they are to lie in C order")
        n, flat = gradient.size, [x.reshape(-1) for x in (*arrays, gradient)]
        start = 0
        while start < n:
            if room == 0:
                tasks.append([])
                room = size
            stop = min(n, start + room)
            rows = flat if stop - start == n else [x[start:stop] for x in flat]
            tasks[-1].append((*rows, settings))
            start, room = stop, room - (stop - start)
    map_blocks(lambda task: [step(*call) for call in task], tasks)


def not_negative(**settings):
    """Refuse settings below zero."""
    words = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in settings.items():
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


def running_means(gradient, state, betas):
    """m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g², Adam's, in place."""
    m, v, (beta1, beta2) = state["exp_avg"], state["exp_avg_sq"], betas
    m += (1 - beta1) * (gradient - m)
    v *= beta2
    v += (1 - beta2) * gradient * gradient
    return m, v


def decayed(parameter, gradient, group):
    """g + λ θ; or g, and θ ← (1 - η λ) θ at once where the decay is decoupled."""
    if not group["weight_decay"]:
        return gradient
    if group.get("decoupled_weight_decay"):
        parameter *= 1 - group["lr"] * group["weight_decay"]
        return gradient
    return gradient + group["weight_decay"] * parameter
