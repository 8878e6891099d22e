"""Schedules step for step with PyTorch's, and our own two with their definitions."""

import copy
import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pellucid import optim
from pellucid.autograd.creation import tensor
from pellucid.nn import Parameter
from pellucid.optim import lr_scheduler
from pellucid.optim.lr_scheduler.king import probability_of_fall, steps_without_fall


def _wavy(t):
    return 0.9 + 0.1 * math.sin(t)


def _chain(s, o):
    return s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.95)])


def _sequence(s, o):
    parts = [s.LinearLR(o, 0.1, total_iters=10), s.CosineAnnealingLR(o, 30), s.StepLR(o, 7)]
    return s.SequentialLR(o, parts, [10, 60])


def _products(s, o):
    return s.SequentialLR(o, [s.ConstantLR(o), s.MultiplicativeLR(o, _wavy)], [4])


def _cycles(s, o):
    once = s.OneCycleLR(o, 1.0, 99, cycle_momentum=False)
    return s.SequentialLR(o, [s.PolynomialLR(o, 3), once, s.CyclicLR(o, 0.1, 1.0, 5)], [3, 50])


def _chain_first(s, o):
    chain = s.ChainedScheduler([s.LinearLR(o, 0.1), s.ConstantLR(o, 0.1, 20)])
    with warnings.catch_warnings(action="ignore"):  # PyTorch's warns of what it does itself
        return s.SequentialLR(o, [chain, s.ConstantLR(o, 0.5, 70)], [50])


def _restarts(s, o):
    parts = [s.OneCycleLR(o, 1.0, 50), s.CosineAnnealingWarmRestarts(o, 7), s.LambdaLR(o, _wavy)]
    return s.SequentialLR(o, parts, [3, 20])


CASES = {
    "StepLR": lambda s, o: s.StepLR(o, 7, 0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 3, 20, 50]),
    "ConstantLR": lambda s, o: s.ConstantLR(o),
    "ConstantLR, long": lambda s, o: s.ConstantLR(o, 0.5, 40),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR, down": lambda s, o: s.LinearLR(o, 0.8, 0.1, 40),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.97),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o),
    "PolynomialLR, square": lambda s, o: s.PolynomialLR(o, 50, 2.0),
    "LambdaLR": lambda s, o: s.LambdaLR(o, [_wavy, lambda t: min(1, (t + 1) / 30)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, _wavy),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 30),
    "CosineAnnealingLR, above zero": lambda s, o: s.CosineAnnealingLR(o, 13, 0.01),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7),
    "CosineAnnealingWarmRestarts, longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.1),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 1.0, 101),
    "OneCycleLR, three phases": lambda s, o: s.OneCycleLR(
        o, [1.0, 2.0], epochs=11, steps_per_epoch=10, three_phase=True, anneal_strategy="linear"
    ),
    "OneCycleLR, all down": lambda s, o: s.OneCycleLR(o, 1.0, 101, pct_start=0.0),
    "OneCycleLR, to its end": lambda s, o: s.OneCycleLR(o, 1.0, 100),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.1, 1.0, 10),
    "CyclicLR, halved": lambda s, o: s.CyclicLR(o, 0.1, 1.0, 10, 5, "triangular2"),
    "CyclicLR, by powers": lambda s, o: s.CyclicLR(
        o, 0.1, [1.0, 2.0], 10, mode="exp_range", gamma=0.99
    ),
    "CyclicLR, by a function": lambda s, o: s.CyclicLR(o, 0.1, 1.0, 10, scale_fn=lambda c: 1 / c),
    "ChainedScheduler": _chain,
    "SequentialLR": _sequence,
    "SequentialLR, cycles": _cycles,
    "SequentialLR, chain first": _chain_first,
    "SequentialLR, from its second": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o), s.ExponentialLR(o, 0.9)], [0]
    ),
    "SequentialLR, products": _products,
    "SequentialLR, restarts": _restarts,
}


def _optimiser(library, parameters, name="SGD"):
    groups = [{"params": [parameters[0]]}, {"params": [parameters[1]], "lr": 0.3}]
    options = {"momentum": 0.9} if name == "SGD" else {}
    return getattr(library, name)(groups, lr=0.1, **options)


def _ours(name="SGD"):
    return _optimiser(optim, [Parameter(tensor([1.0])) for _ in range(2)], name)


def _theirs(name="SGD"):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    parameters = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
    return _optimiser(torch.optim, parameters, name), torch.optim.lr_scheduler


def _state(optimiser):
    settings = [[g["lr"], g.get("momentum"), *g.get("betas", ())] for g in optimiser.param_groups]
    return np.array([x for group in settings for x in group if x is not None])


def _walk(optimiser, scheduler, steps):
    seen = []
    for _ in range(steps):
        optimiser.step()
        seen.append(np.concatenate([_state(optimiser), scheduler.get_last_lr()]))
        scheduler.step()
    return np.array(seen)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_a_hundred_steps_are_pytorchs(case, name):
    ours, (theirs, reference) = _ours(name), _theirs(name)
    schedule, peer = CASES[case](lr_scheduler, ours), CASES[case](reference, theirs)
    assert_allclose(_walk(ours, schedule, 100), _walk(theirs, peer, 100), 1e-9, 1e-12)


@pytest.mark.parametrize("case", CASES)
def test_going_on_from_a_state_is_going_on(case):
    whole, first, second = _ours(), _ours(), _ours()
    expected = _walk(whole, CASES[case](lr_scheduler, whole), 100)
    schedule = CASES[case](lr_scheduler, first)
    _walk(first, schedule, 41)
    again = CASES[case](lr_scheduler, second)
    again.load_state_dict(copy.deepcopy(schedule.state_dict()))
    second.load_state_dict(first.state_dict())
    assert np.array_equal(_walk(second, again, 59), expected[41:])


RESUMED = [  # with what else they take than an optimiser
    ("StepLR", [7, 0.5]),
    ("MultiStepLR", [[3, 5, 20]]),
    ("ConstantLR", [0.5, 9]),
    ("LinearLR", [0.1, 1.0, 30]),
    ("ExponentialLR", [0.97]),
    ("PolynomialLR", [50, 2.0]),
    ("LambdaLR", [_wavy]),
    ("MultiplicativeLR", [_wavy]),
    ("CosineAnnealingLR", [30]),
    ("CosineAnnealingWarmRestarts", [5]),
    ("OneCycleLR", [1.0, 101]),
    ("CyclicLR", [0.1, 1.0, 10]),
]


@pytest.mark.parametrize(("name", "options"), RESUMED)
@pytest.mark.parametrize("done", [1, 4, 8])
def test_going_on_from_an_epoch_is_pytorchs(name, options, done):
    """A loaded optimiser has the rate of its epoch: a schedule made for it must not go on twice."""
    (theirs, reference), walks = _theirs(), []
    for optimiser, of in ((_ours(), lr_scheduler), (theirs, reference)):
        schedule = getattr(of, name)(optimiser, *options)
        _walk(optimiser, schedule, done)
        resumed = getattr(of, name)(optimiser, *options, last_epoch=schedule.last_epoch - 1)
        walks.append(_walk(optimiser, resumed, 30))
    assert_allclose(*walks, 1e-9, 1e-12)


def test_a_schedule_of_ones_own_may_write_its_step():
    class Counted(lr_scheduler.LRScheduler):
        def __init__(self, optimizer):
            self.seen = -1
            super().__init__(optimizer)

        def step(self, epoch=None):
            self.seen += 1
            super().step(epoch)

        def get_lr(self):
            assert self._get_lr_called_within_step
            return [rate * 0.5**self.seen for rate in self.base_lrs]

    optimiser = _ours()
    schedule = Counted(optimiser)
    assert_allclose(_walk(optimiser, schedule, 4)[:, -1], [0.3, 0.15, 0.075, 0.0375])


def test_a_chain_may_follow():
    """PyTorch's raises NotImplementedError."""
    optimiser = _ours()
    warm, *parts = (
        lr_scheduler.ConstantLR(optimiser, 0.5, 9),
        *(lr_scheduler.ExponentialLR(optimiser, gamma) for gamma in (0.5, 0.2)),
    )
    chain = lr_scheduler.ChainedScheduler(parts)
    schedule = lr_scheduler.SequentialLR(optimiser, [warm, chain], [2])
    assert_allclose(_walk(optimiser, schedule, 5)[:, -1], [0.15, 0.15, 0.3, 0.03, 0.003])


FIGURES = [1.0, 0.9, 0.9, 0.9, 0.8999, math.nan, 0.5, *[0.6] * 20, 0.4, *[0.5, 0.45] * 20, -1.0]
PLATEAUS = {
    "default": {"patience": 3},
    "max": {"mode": "max", "patience": 2},
    "abs": {"threshold_mode": "abs", "threshold": 0.2, "patience": 2},
    "max abs": {"mode": "max", "threshold_mode": "abs", "threshold": 0.01, "patience": 2},
    "cooldown": {"patience": 0, "cooldown": 3, "factor": 0.5},
    "min_lr": {"patience": 0, "min_lr": [0.05, 0.01], "factor": 0.5},
    "eps": {"patience": 0, "eps": 1e-3},
}


@pytest.mark.parametrize("case", PLATEAUS)
def test_a_plateau_is_pytorchs(case):
    ours, (theirs, reference) = _ours(), _theirs()
    schedule = lr_scheduler.ReduceLROnPlateau(ours, **PLATEAUS[case])
    peer = reference.ReduceLROnPlateau(theirs, **PLATEAUS[case])
    for figure in FIGURES:
        schedule.step(figure)
        peer.step(figure)
        assert schedule.get_last_lr() == peer.get_last_lr()
        assert (schedule.num_bad_epochs, schedule.best) == (peer.num_bad_epochs, peer.best)
        assert schedule.in_cooldown == peer.in_cooldown


def test_a_plateau_takes_groups_that_come_later():
    for least, rate in ((0.2, 0.5), ([0.0, 0.0], None)):
        optimiser = _ours()
        schedule = lr_scheduler.ReduceLROnPlateau(optimiser, patience=0, min_lr=least)
        optimiser.add_param_group({"params": [Parameter(tensor([1.0]))], "lr": 5.0})
        schedule.step(1.0)
        if rate is None:
            with pytest.raises(RuntimeError, match="The number of param groups in the"):
                schedule.step(1.0)
            schedule.min_lrs.append(0.0)
        schedule.step(1.0)
        assert optimiser.param_groups[2]["lr"] == 0.5


JUMPS = ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR"]
JUMPS += ["CosineAnnealingLR", "LambdaLR", "CyclicLR", "OneCycleLR", "CosineAnnealingWarmRestarts"]


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("case", JUMPS)
def test_a_step_to_an_epoch_is_pytorchs(case):
    ours, (theirs, reference) = _ours(), _theirs()
    schedule, peer = CASES[case](lr_scheduler, ours), CASES[case](reference, theirs)
    ours.step()
    theirs.step()
    for epoch in (0, 7, 3, 30, 4):
        schedule.step(epoch)
        peer.step(epoch)
        assert_allclose(schedule.get_last_lr(), peer.get_last_lr(), 1e-9)


def test_a_step_to_an_epoch_is_warned_of():
    optimiser = _ours()
    schedule = lr_scheduler.StepLR(optimiser, 3)
    optimiser.step()
    with pytest.warns(UserWarning, match="The epoch parameter"):
        schedule.step(3)


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("case", CASES)
def test_goes_on_from_pytorchs_own_state(case):
    ours, (theirs, reference) = _ours(), _theirs()
    schedule, peer = CASES[case](lr_scheduler, ours), CASES[case](reference, theirs)
    _walk(theirs, peer, 20)
    schedule.load_state_dict(copy.deepcopy(peer.state_dict()))
    for group, given in zip(ours.param_groups, theirs.param_groups, strict=True):
        group.update({name: x for name, x in given.items() if name != "params"})
    assert_allclose(_walk(ours, schedule, 40), _walk(theirs, peer, 40), 1e-9, 1e-12)


class Halving:
    """A function that knows something, as a program's own schedule may be."""

    def __init__(self):
        self.calls = 0

    def __call__(self, t):
        self.calls += 1
        return 0.5**self.calls


@pytest.mark.parametrize("name", ["LambdaLR", "MultiplicativeLR", "CyclicLR"])
def test_what_a_callable_object_knows_is_in_the_state(name):
    functions = Halving(), Halving()
    first, second = (
        lr_scheduler.CyclicLR(_ours(), 0.1, 1.0, scale_fn=function)
        if name == "CyclicLR"
        else getattr(lr_scheduler, name)(_ours(), function)
        for function in functions
    )
    first.optimizer.step()
    first.step()
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    assert functions[0].calls == functions[1].calls > 0


def test_a_rate_in_a_tensor_is_changed_in_place():
    rate = tensor([0.5])
    optimiser = optim.SGD([Parameter(tensor([1.0]))], lr=rate)
    schedule = lr_scheduler.StepLR(optimiser, 1, 0.5)
    optimiser.step()
    schedule.step()
    assert rate.item() == 0.25
    assert optimiser.param_groups[0]["lr"] is rate
    assert schedule.get_last_lr() == [0.25]


def test_restarts_step_to_a_part_of_an_epoch():
    ours, (theirs, reference) = _ours(), _theirs()
    schedule = lr_scheduler.CosineAnnealingWarmRestarts(ours, 3, 2)
    peer = reference.CosineAnnealingWarmRestarts(theirs, 3, 2)
    for epoch in np.linspace(0, 20, 57).tolist():
        schedule.step(epoch)
        peer.step(epoch)
        assert_allclose(schedule.get_last_lr(), peer.get_last_lr(), 1e-7)


def test_restarts_count_from_where_a_program_puts_them():
    schedule = lr_scheduler.CosineAnnealingWarmRestarts(_ours(), 4)
    schedule.T_cur = 8
    schedule.step()
    assert (schedule.T_cur, schedule.T_i) == (1, 4)


@pytest.mark.parametrize("name", ["OneCycleLR", "CyclicLR"])
def test_bounds_are_settings_of_the_groups_and_no_ones_tensors(name):
    ours, (theirs, reference) = _ours(), _theirs()
    low, high = tensor(0.5), tensor(0.75)
    rates = {"max_lr": 1.0, **({"total_steps": 9} if name == "OneCycleLR" else {"base_lr": 0.1})}
    bounds = {"base_momentum": low, "max_momentum": high}
    schedule = getattr(lr_scheduler, name)(ours, **rates, **bounds)
    bounds = {"base_momentum": 0.5, "max_momentum": 0.75}
    getattr(reference, name)(theirs, **rates, **bounds)
    low.fill_(0.0)
    high.fill_(0.0)
    ours.step()
    schedule.step()
    for group, peer in zip(ours.param_groups, theirs.param_groups, strict=True):
        given = {n: x for n, x in group.items() if n.endswith(("lr", "_momentum")) and n != "lr"}
        assert given == {n: peer[n] for n in given}
        assert given.keys() >= bounds.keys() | {"initial_lr"}


def test_a_step_that_was_overridden_is_warned_of():
    optimiser = _ours()
    schedule = lr_scheduler.StepLR(optimiser, 3)
    optimiser.step = lambda: None
    with pytest.warns(UserWarning, match=r"`optimizer.step\(\)` has been overridden"):
        schedule.step()


def test_a_schedule_before_the_optimiser_warns_once():
    optimiser = _ours()
    schedule = lr_scheduler.StepLR(optimiser, 3)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        schedule.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule.step()


def test_noam_is_its_equation():
    optimiser = _ours()
    schedule = lr_scheduler.NoamLR(optimiser, 64, 10)
    expected = [0.1 * 64**-0.5 * min(t**-0.5, t * 10**-1.5) for t in range(1, 101)]
    assert_allclose(_walk(optimiser, schedule, 100)[:, -2], expected, 1e-14)
    assert np.argmax(expected) == 9


def test_noam_schedulers_first_step_is_no_division_by_zero():
    """numpy-ml's NoamScheduler(0) raises ZeroDivisionError."""
    assert lr_scheduler.NoamLR(_ours()).get_last_lr()[0] > 0


def test_a_schedule_keeps_what_it_was_given():
    """numpy-ml's Noam and King schedulers made from text fall back to their defaults unsaid."""
    schedule = lr_scheduler.KingLR(_ours(), patience=7, factor=0.5)
    assert (schedule.patience, schedule.factor) == (7, 0.5)
    with pytest.raises(TypeError, match="patients"):
        lr_scheduler.KingLR(_ours(), patients=7)


@pytest.mark.parametrize("seed", range(4))
def test_the_slope_test_is_a_regression_of_each_stretch(seed):
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(seed)
    losses = 1e3 * (seed == 3) + rng.normal(size=60) - 0.02 * seed * np.arange(60)
    found = probability_of_fall(losses)
    for n in range(3, 61):
        line = stats.linregress(np.arange(n), losses[-n:])
        assert_allclose(found[n - 3], stats.norm.cdf(-line.slope / line.stderr), 1e-8)
    below = [n for n in range(3, 61) if found[n - 3] < 0.51]
    assert steps_without_fall(losses) == max(below, default=0)


def test_the_slope_test_waits_for_losses_that_stop_falling():
    optimiser = _ours()
    schedule = lr_scheduler.KingLR(optimiser, patience=50, factor=0.5)
    rng = np.random.default_rng(0)
    for t in range(200):
        schedule.step(10 - 0.04 * t + 0.1 * rng.normal())
    assert schedule.get_last_lr() == [0.1, 0.3]  # falling
    for _ in range(400):
        schedule.step(2 + 0.1 * rng.normal())
    assert 1 <= round(math.log2(0.1 / schedule.get_last_lr()[0])) <= 400 // 50


@pytest.mark.parametrize("value", [0.0, 1e30, 1e-300])
def test_the_slope_of_equal_losses_is_flat(value):
    schedule = lr_scheduler.KingLR(_ours(), patience=10)
    for _ in range(20):
        schedule.step(value)
    assert_allclose(schedule.get_last_lr(), [0.01, 0.03])


REFUSED = {
    "warm": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 0),
    "line": lambda o: lr_scheduler.LinearLR(o, 0),
    "end": lambda o: lr_scheduler.LinearLR(o, end_factor=2),
    "constant": lambda o: lr_scheduler.ConstantLR(o, 2),
    "plateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=1),
    "mode": lambda o: lr_scheduler.ReduceLROnPlateau(o, "least"),
    "one number a group": lambda o: lr_scheduler.LambdaLR(o, [_wavy]),
    "no length": lambda o: lr_scheduler.OneCycleLR(o, 1.0),
    "length": lambda o: lr_scheduler.OneCycleLR(o, 1.0, 0),
    "part": lambda o: lr_scheduler.OneCycleLR(o, 1.0, 5, pct_start=2),
    "milestones": lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.StepLR(o, 1)], [3]),
    "another's": lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 1)], _ours()),
    "noam": lambda o: lr_scheduler.NoamLR(o, 0),
    "king": lambda o: lr_scheduler.KingLR(o, factor=2),
    "patience": lambda o: lr_scheduler.KingLR(o, patience=1),
    "cycle": lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, mode="square"),
    "epochs": lambda o: lr_scheduler.OneCycleLR(o, 1.0, epochs=-1, steps_per_epoch=4),
    "none": lambda o: lr_scheduler.ChainedScheduler([]),
    "a figure": lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.ReduceLROnPlateau(o)]),
}


@pytest.mark.parametrize("name", ["StepLR", "OneCycleLR", "LambdaLR", "KingLR", "CyclicLR"])
def test_a_schedule_is_of_an_optimiser(name):
    given = {"OneCycleLR": [1.0, 5], "CyclicLR": [0.1, 1.0], "KingLR": []}.get(name, [3])
    with pytest.raises(TypeError, match="str is not an Optimizer"):
        getattr(lr_scheduler, name)("x", *given)


@pytest.mark.parametrize("name", ["LambdaLR", "MultiplicativeLR"])
def test_a_number_is_no_function_of_the_step(name):
    with pytest.raises(TypeError, match="lr_lambda should be a function, but got float"):
        getattr(lr_scheduler, name)(_ours(), [_wavy, 0.9])


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_schedule_is_refused(case):
    with pytest.raises(ValueError, match=r".{10}"):
        REFUSED[case](_ours())


def test_a_schedule_cannot_go_on_without_its_beginning_or_past_its_end():
    with pytest.raises(KeyError, match="initial_lr"):
        lr_scheduler.StepLR(_ours(), 3, last_epoch=3)
    optimiser = _ours()
    schedule = lr_scheduler.OneCycleLR(optimiser, 1.0, 3)
    _walk(optimiser, schedule, 3)  # once more than it has steps is let be, as by PyTorch
    with pytest.raises(ValueError, match="Tried to step 4 times"):
        schedule.step()
    with pytest.raises(ValueError, match="must support momentum"):
        lr_scheduler.CyclicLR(optim.Adagrad([Parameter(tensor([1.0]))]), 0.1, 1.0)
