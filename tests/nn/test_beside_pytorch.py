"""What modules do and say when they are called, changed, listed and loaded, beside PyTorch's."""

import copy
import math
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import pellucid


class Extra:
    """A mixin with something in its state that is no tensor."""

    number = 3

    def get_extra_state(self):
        return self.number

    def set_extra_state(self, state):
        self.number = state


def _extra(t):
    return type("Net", (Extra, t.nn.Module), {})()


def _held(t, **things):
    """A module that holds these."""
    module = t.nn.Module()
    for name, thing in things.items():
        setattr(module, name, thing)
    return module


def _told(register, *args, **options):
    """What the hook that ``register`` was given has been called with, as numbers and names."""
    heard = []
    register(lambda module, *seen: heard.append(_plain(seen)), *args, **options)
    return heard


def _scaled(t):
    def forward(self, x, *, by=1.0):
        return x * by

    return type("Scaled", (t.nn.Module,), {"forward": forward})()


def _ones(t):
    layer = t.nn.Linear(2, 1)
    t.nn.init.ones_(layer.weight)
    return layer


def _after(module, *steps):
    """A module after what was done to it, some of which may be refused."""
    for step in steps:
        step(module)
    return module


def _back(t, x, register, *hooks):
    """The gradients of a layer with these hooks."""
    layer = _ones(t)
    for hook in hooks:
        getattr(layer, register)(hook)
    layer(x).sum().backward()
    return layer.weight.grad, x.grad


CALLED = [
    lambda t, m: (_told(m.register_forward_pre_hook, with_kwargs=True), m(t.ones(1), by=2.0)),
    lambda t, m: (_told(m.register_forward_hook, with_kwargs=True), m(t.ones(1), by=2.0)),
    lambda t, m: (
        m.register_forward_pre_hook(lambda m, a, k: ((a[0] + 1,), {"by": 3.0}), with_kwargs=True)
        and m(t.ones(1), by=2.0)
    ),
    lambda t, m: (
        m.register_forward_pre_hook(lambda m, a, k: a[0], with_kwargs=True) and m(t.ones(1))
    ),
    lambda t, m: (
        m.register_forward_hook(lambda m, a, y: y + 1)
        and m.register_forward_hook(lambda m, a, y: y * 2, prepend=True)
        and m(t.ones(1))
    ),
]


def _in_out(t, *args):
    """What a hook is told of a module that takes and gives things that are no tensors, too."""
    forward = {"forward": lambda self, x, y, z: (x * 2, y, z.requires_grad)}
    module = type("Net", (t.nn.Module,), forward)()
    told = []
    with module.register_full_backward_hook(lambda m, i, o: told.append(_plain([i[:2], o]))):
        out = module(*args)
        out[0].sum().backward()
    module(*args)[0].sum().backward()
    return told, out[1:]


HOOKED = [
    lambda t: _in_out(t, t.ones(2, requires_grad=True), 3, t.ones(1)),
    lambda t: (
        x := t.ones(2, requires_grad=True),
        m := t.nn.Sigmoid(),
        m.register_backward_hook(lambda m, i, o: (i[0] * 2,)),
        m(x).sum().backward(),
        x.grad.numpy().round(5),
    )[-1],
    lambda t: _back(t, t.ones(3, 2), "register_full_backward_hook", lambda m, i, o: t.ones(3, 2)),
    lambda t: _back(t, t.ones(3, 2), "register_full_backward_hook", lambda m, i, o: None),
    lambda t: _back(
        t,
        t.ones(3, 2, requires_grad=True),
        "register_full_backward_hook",
        lambda m, i, o: (i[0] * 2,),
        lambda m, i, o: (i[0] + 1,),
    ),
    lambda t: _back(t, t.ones(3, 2), "register_full_backward_pre_hook", lambda m, o: (o[0] * 2,)),
    lambda t: _back(t, t.ones(3, 2), "register_full_backward_pre_hook", lambda m, o: (o[0], o[0])),
    lambda t: (m := _ones(t), _told(m.register_full_backward_hook), m(t.ones(1, 2)).backward())[1],
    lambda t: (m := _ones(t), _told(m.register_state_dict_pre_hook), m.state_dict())[1],
    lambda t: list(
        _after(
            _ones(t),
            lambda m: m.register_state_dict_post_hook(
                lambda m, state, *_: state.pop("bias") and None
            ),
        ).state_dict()
    ),
    lambda t: (
        m := _ones(t),
        _told(m.register_load_state_dict_post_hook),
        m.load_state_dict({}, strict=False),
    )[1:],
    lambda t: (
        m := _ones(t),
        m.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear()),
        m.load_state_dict({}),
    )[2],
    lambda t: (
        m := _ones(t),
        m.register_load_state_dict_pre_hook(
            lambda m, state, prefix, *_: state.update(bias=state.pop("offset"))
        ),
        m.load_state_dict({"weight": t.ones(1, 2), "offset": t.ones(1)}),
        m.bias,
    )[2:],
]
STATES = [
    lambda t: t.nn.Linear(2, 2).load_state_dict({"weight": t.ones(2, 2)}),
    lambda t: t.nn.Linear(2, 2).load_state_dict({"weight": t.ones(2, 2)}, strict=False),
    lambda t: t.nn.Linear(2, 2).load_state_dict([1]),
    lambda t: t.nn.Linear(1, 1).load_state_dict({"weight": np.ones((1, 1)), "bias": t.ones(1)}),
    lambda t: t.nn.Sequential(t.nn.Linear(2, 2)).load_state_dict({"0.weight": t.ones(2), "z": 1}),
    lambda t: t.nn.BatchNorm1d(1).load_state_dict(
        {n: t.ones(1) for n in ("weight", "bias", "running_mean", "running_var")}
    ),
    lambda t: list(t.nn.Linear(1, 1).state_dict(prefix="z")),
    lambda t: list(t.nn.BatchNorm1d(1).state_dict(destination={"a": 1}, prefix="b.")),
    lambda t: t.nn.Linear(1, 1, bias=False).load_state_dict(OrderedDict(weight=t.ones(1, 1))),
    lambda t: list(t.nn.Sequential(_extra(t)).state_dict()),
    lambda t: (m := _extra(t), m.load_state_dict({"_extra_state": 7}), m.number)[1:],
    lambda t: _extra(t).load_state_dict({}),
]
NAMES = [
    lambda t: t.nn.Sequential(t.nn.Linear(2, 2)).get_submodule("1"),
    lambda t: t.nn.Sequential(t.nn.Linear(2, 2)).get_submodule("0.weight"),
    lambda t: t.nn.Sequential(t.nn.Linear(2, 2)).get_parameter("0.weights"),
    lambda t: t.nn.Sequential(t.nn.BatchNorm1d(2)).get_parameter("0.running_mean"),
    lambda t: t.nn.Sequential(t.nn.BatchNorm1d(2)).get_buffer("0.running_mean"),
    lambda t: t.nn.Sequential(t.nn.BatchNorm1d(2)).get_buffer("0.weight"),
    lambda t: _held(t, a=1).register_parameter("a", t.nn.Parameter(t.ones(1))),
    lambda t: _held(t, a=1).register_buffer("a", t.ones(1)),
    lambda t: _held(t, a=1).add_module("a", t.nn.ReLU()),
    lambda t: _held(t).register_parameter(3, t.nn.Parameter(t.ones(1))),
    lambda t: _held(t).register_parameter("", t.nn.Parameter(t.ones(1))),
    lambda t: _held(t).register_parameter("a", t.ones(1)),
    lambda t: _held(t).register_buffer("a.b", t.ones(1)),
    lambda t: _held(t).register_buffer("a", [1]),
    lambda t: _held(t).add_module("a", 3),
    lambda t: _held(t).add_module("a.b", t.nn.ReLU()),
    lambda t: _held(t, a=1, b=t.nn.ReLU()).nothing,
    lambda t: list(_held(t, a=t.nn.ReLU(), b=None).children()),
    lambda t: _after(_held(t, a=t.nn.ReLU()), lambda m: setattr(m, "a", 3)),
    lambda t: _after(_held(t, a=t.nn.ReLU()), lambda m: setattr(m, "a", None)),
    lambda t: _after(_held(t, a=3), lambda m: setattr(m, "a", t.nn.ReLU())),
    lambda t: _after(t.nn.Linear(1, 1), lambda m: setattr(m, "weight", t.ones(1))),
    lambda t: _after(t.nn.Linear(1, 1), lambda m: setattr(m, "weight", t.nn.ReLU())),
    lambda t: _after(t.nn.BatchNorm1d(1), lambda m: setattr(m, "running_var", 3)),
    lambda t: "0" in dir(t.nn.Sequential(t.nn.ReLU())),
    lambda t: t.nn.Linear(1, 1).train("yes"),
    lambda t: t.nn.Linear(1, 1).to(t.int64),
    lambda t: t.nn.Module()(3),
]
LISTED = [
    lambda t: t.nn.ModuleList([t.nn.Tanh(), t.nn.Tanh(), t.nn.ReLU(), t.nn.Tanh()]),
    lambda t: t.nn.ModuleList([t.nn.Sequential(t.nn.Linear(1, 1)) for _ in range(3)]),
    lambda t: t.nn.ModuleList([t.nn.Tanh()]) + [t.nn.ReLU()],
    lambda t: t.nn.ModuleList([t.nn.Tanh()]).__iadd__([t.nn.ReLU()]),
    lambda t: t.nn.ModuleList([t.nn.Tanh()])[1],
    lambda t: t.nn.ModuleList([t.nn.Tanh()]).extend(3),
    lambda t: t.nn.ModuleList([3]),
    lambda t: t.nn.Sequential(t.nn.Tanh(), t.nn.ReLU())[-3],
    lambda t: t.nn.Sequential(t.nn.Tanh(), t.nn.ReLU())["a"],
    lambda t: t.nn.Sequential(t.nn.Tanh(), 3),
    lambda t: t.nn.Sequential([t.nn.Tanh()]),
    lambda t: t.nn.Sequential(t.nn.Tanh()).append(3),
    lambda t: t.nn.Sequential(t.nn.Tanh()) + [t.nn.ReLU()],
    lambda t: t.nn.Sequential(t.nn.Tanh()) + t.nn.Sequential(t.nn.ReLU()),
    lambda t: t.nn.Sequential(t.nn.Tanh()).insert(2, t.nn.ReLU()),
    lambda t: _after(t.nn.ModuleList([t.nn.Tanh()]), lambda m: m.insert(0, t.nn.ReLU())),
    lambda t: _after(t.nn.ModuleList([t.nn.Tanh()]), lambda m: m.__setitem__(-1, t.nn.ReLU())),
    lambda t: _after(t.nn.ModuleList([t.nn.Tanh(), t.nn.ReLU()]), lambda m: m.__delitem__(-2)),
    lambda t: list(t.nn.ParameterList([t.ones(1)]).__iadd__([t.zeros(2)])),
    lambda t: list(_after(t.nn.ParameterList([t.ones(1)]), lambda m: m.__setitem__(0, t.ones(2)))),
    lambda t: t.nn.ModuleDict({"a": t.nn.Tanh()}).update({"b": 3}),
]


def _plain(x):
    """What can be compared: numbers, names, words."""
    if isinstance(x, dict):
        return {k: _plain(v) for k, v in x.items()}
    if isinstance(x, tuple | list) and not hasattr(x, "_fields"):
        return [_plain(v) for v in x]
    return x.tolist() if hasattr(x, "tolist") else x if isinstance(x, int | str | None) else repr(x)


def _outcome(case, *args):
    try:
        return repr(_plain(case(*args)))
    except Exception as error:
        return type(error).__name__, str(error)[:15]


@pytest.mark.filterwarnings("ignore:(Full backward hook|Using a non-full)")
@pytest.mark.parametrize("case", [*HOOKED, *STATES, *NAMES, *LISTED])
def test_modules_do_as_pytorchs(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    assert _outcome(case, pellucid) == _outcome(case, torch)


@pytest.mark.parametrize("case", CALLED)
def test_hooks_see_keywords_as_pytorchs(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    ours, theirs = (_outcome(case, t, _scaled(t)) for t in (pellucid, torch))
    assert ours == theirs


@pytest.mark.parametrize("name", ["ReLU", "Softmax", "CrossEntropyLoss", "MSELoss", "Fold"])
def test_modules_made_of_a_row_are_pickled(name):
    module = getattr(pellucid.nn, name)(*[2, 2] if name == "Fold" else [])
    for twin in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
        assert type(twin) is type(module)
        assert repr(twin) == repr(module)


def _named(things):
    return [(name, list(thing.shape)) for name, thing in things]


def _made(t):
    return t.nn.Linear(1, 2), t.nn.Linear(2, 3), t.nn.Linear(3, 4)


def _frozen(t):
    class Frozen(t.nn.BatchNorm1d):
        def train(self, mode=True):
            return super().train(False)

    return t.nn.Sequential(Frozen(2), t.nn.Dropout()).train()


def _zeroed(t):
    x = t.nn.Parameter(t.ones(2))
    x.grad = kept = t.tensor([math.nan, 1.0])
    t.nn.ParameterList([x]).zero_grad(set_to_none=False)
    return x.grad is kept, kept.tolist()


def _untracked(t, mode):
    norm = t.nn.BatchNorm1d(1)
    norm.track_running_stats = False
    out = norm.train(mode)(t.tensor([[1.0], [4.0]]))
    return out.detach().numpy().round(5).tolist(), norm.running_mean.tolist()


def _lost(t, take):
    module = t.nn.Module()
    module.register_buffer("x", t.ones(2), persistent=False)
    take(module, t)
    return list(module.state_dict()), _named(module.named_buffers())


def _again(module, t):
    del module.x
    module.x = t.nn.Buffer(t.ones(2))


def _loaded(t, version):
    norm = t.nn.BatchNorm1d(2)
    state = norm.state_dict()
    del state["num_batches_tracked"]
    state._metadata[""]["version"] = version
    return norm.load_state_dict(state).missing_keys


def _half_extra(t, name):
    state = {"get_extra_state": lambda self: 5, "set_extra_state": lambda self, state: None}
    cls = type("Extra", (t.nn.Module,), {name: state[name]})
    return list(cls().load_state_dict(cls().state_dict(), strict=False))


def _dicts(t, act):
    held = t.nn.ParameterDict({"b": t.ones(2), "a": t.ones(1)})
    return act(held, t), _named(held.named_parameters()), list(held)


def _several(t):
    lstm = t.nn.LSTM(2, 3, 2, bidirectional=True)
    return lstm.mode, [[list(w.shape) for w in part] for part in lstm.all_weights]


DONE = [
    lambda t: [m.training for m in _frozen(t).modules()],
    _zeroed,
    lambda t: _untracked(t, True),
    lambda t: _untracked(t, False),
    lambda t: _lost(t, lambda m, t: setattr(m, "x", t.nn.Parameter(t.ones(2)))),
    lambda t: _lost(t, lambda m, t: setattr(m, "x", t.nn.Buffer(t.ones(3)))),
    lambda t: _lost(t, lambda m, t: setattr(m, "y", t.nn.Buffer(t.ones(3), persistent=False))),
    lambda t: _lost(t, lambda m, t: setattr(copy.deepcopy(m), "x", t.ones(3))),
    lambda t: _lost(t, _again),
    lambda t: _lost(t, lambda m, t: setattr(m, "a.b", t.nn.Parameter(t.ones(2)))),
    lambda t: t.nn.Module().register_parameter("x", t.nn.Parameter(t.ones(1)) + 1),
    lambda t: _loaded(t, 1),
    lambda t: _loaded(t, 2),
    lambda t: t.nn.Sequential(t.nn.BatchNorm1d(2)).state_dict()._metadata["0"],
    lambda t: _half_extra(t, "get_extra_state"),
    lambda t: _half_extra(t, "set_extra_state"),
    lambda t: t.nn.PReLU().load_state_dict({"weight": t.tensor(1.0)}),
    lambda t: t.nn.ParameterList([t.tensor(1.0)]).load_state_dict({"0": t.tensor([2.0])})[0],
    lambda t: _named((t.nn.Sequential(*_made(t)) * 2).named_parameters()),
    lambda t: _named((2 * t.nn.Sequential(*_made(t))).named_parameters()),
    lambda t: t.nn.Sequential(*_made(t)) * 0,
    lambda t: t.nn.Sequential(*_made(t)) * 1.5,
    lambda t: _named(t.nn.Sequential(*_made(t)).insert(-2, t.nn.PReLU()).named_parameters()),
    lambda t: t.nn.Sequential(*_made(t)).insert(1, "a"),
    lambda t: repr([t.nn.ModuleList(None), t.nn.ModuleDict(None), t.nn.ParameterDict(None)]),
    lambda t: repr(t.nn.ParameterList([t.ones(2), "a", None, 3]).append(t.ones(1))),
    lambda t: repr(t.nn.ParameterDict({"a": t.ones(2), "b": "c", "d": None})),
    lambda t: t.nn.ParameterList(None).extend(t.ones(2, 2)),
    lambda t: _dicts(t, lambda held, t: held.popitem()[0]),
    lambda t: _dicts(t, lambda held, t: list(reversed(held))),
    lambda t: _dicts(t, lambda held, t: held.setdefault("a", 7) is held["a"]),
    lambda t: _dicts(t, lambda held, t: held.setdefault("c")),
    lambda t: _dicts(t, lambda held, t: held.update({"e": t.ones(1), "d": t.ones(2)})),
    lambda t: _dicts(t, lambda held, t: list(held | t.nn.ParameterDict({"z": t.ones(1)}))),
    lambda t: _dicts(t, lambda held, t: list(held.fromkeys(["x", "y"]).items())),
    lambda t: _dicts(t, lambda held, t: held.copy().pop("a").tolist()),
    lambda t: _dicts(t, lambda held, t: held.clear()),
    lambda t: _dicts(t, lambda held, t: held.update(keys=t.ones(1))),
    lambda t: t.nn.ParameterDict({1: t.ones(1)}),
    lambda t: t.nn.ParameterDict({"keys": t.ones(1)}),
    lambda t: t.nn.Sequential(*_made(t)).set_submodule("1", t.nn.PReLU()),
    lambda t: t.nn.Sequential(*_made(t)).set_submodule("3", t.nn.PReLU(), strict=True),
    lambda t: t.nn.Sequential(*_made(t)).set_submodule("", t.nn.PReLU()),
    lambda t: t.nn.Sequential(*_made(t)).set_submodule("0.weight", t.nn.PReLU()),
    lambda t: t.nn.Sequential(*_made(t)).set_submodule("1", "a"),
    lambda t: t.nn.Linear(1, 1).to("cpu", copy=True),
    lambda t: list(t.nn.RNNCell(2, 0)(t.ones(3, 2)).shape),
    _several,
]


@pytest.mark.parametrize("case", DONE)
def test_what_modules_do_is_what_pytorchs_do(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    ours, theirs = (_outcome(case, t) for t in (pellucid, torch))
    assert ours == theirs if not isinstance(theirs, tuple) else ours[0] == theirs[0]
