"""Conformance of the optimisers, the schedules of their rates, and the clipping of gradients."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt

exempt("optim.Optimizer", reason="what an optimiser is; it moves nothing itself")
exempt("optim.lr_scheduler", reason="the folder of the schedules, which have rows of their own")
exempt("optim.lr_scheduler.LRScheduler", reason="what a schedule is; it has no rates itself")


OPTIMISERS = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.1, "amsgrad": True},
    "AdamW": {"lr": 0.1},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.1},
    "Adadelta": {},
    "NAdam": {"lr": 0.1},
    "RAdam": {"lr": 0.1},
    "Adamax": {"lr": 0.1},
    "Rprop": {"lr": 0.1},
    "ASGD": {"lr": 0.1, "t0": 10.0},
}


def _both(start, dtype=np.float64):
    """A parameter of ours and one of PyTorch's, with a function that gives both a gradient."""
    import torch

    from pellucid.autograd.creation import tensor
    from pellucid.nn import Parameter

    start = np.asarray(start, dtype)
    ours, theirs = Parameter(tensor(start)), torch.nn.Parameter(torch.tensor(start))

    def give(gradient):
        gradient = np.asarray(gradient, dtype)
        ours.grad, theirs.grad = tensor(gradient), torch.tensor(gradient)

    return ours, theirs, give


@agrees(*(f"optim.{name}" for name in OPTIMISERS), library="torch", rtol=1e-6)
def steps():
    """PyTorch's NAdam keeps the product of its momenta in float32: hence the tolerance."""
    import torch

    from pellucid import optim

    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(100, 5, 3))
    for name, options in OPTIMISERS.items():
        ours, theirs, give = _both(np.ones((5, 3)))
        both = (
            getattr(optim, name)([ours], **options),
            getattr(torch.optim, name)([theirs], **options),
        )
        for gradient in gradients:
            give(gradient)
            for optimiser in both:
                optimiser.step()
        yield name, ours.detach().numpy(), theirs.detach().numpy()


@agrees("optim.Muon", library="torch", rtol=0, atol=0.01)
def muon():
    """PyTorch's is in bfloat16."""
    import torch

    from pellucid import optim

    ours, theirs, give = _both(np.ones((6, 4)), np.float32)
    both = optim.Muon([ours], lr=0.01), torch.optim.Muon([theirs], lr=0.01)
    for gradient in np.random.default_rng(0).normal(size=(20, 6, 4)):
        give(gradient)
        for optimiser in both:
            optimiser.step()
    yield "a matrix", ours.detach().numpy(), theirs.detach().numpy()


@agrees("optim.LBFGS", library="torch", rtol=1e-7, atol=1e-9)
def lbfgs():
    import torch

    from pellucid import optim

    for search in (None, "strong_wolfe"):
        ours, theirs, _ = _both([0.3, -2.0, 1.0])
        for x, library in ((ours, optim), (theirs, torch.optim)):
            optimiser = library.LBFGS([x], lr=0.5, line_search_fn=search)

            def closure(x=x, optimiser=optimiser):
                optimiser.zero_grad()
                loss = ((x - 1) ** 4).sum() + (x * x).sum()
                loss.backward()
                return loss

            optimiser.step(closure)
        yield f"line search {search}", ours.detach().numpy(), theirs.detach().numpy()


@equals("optim.Lion", definition="the published program, line by line", rtol=1e-12)
def lion():
    from pellucid import optim
    from pellucid.autograd.creation import tensor
    from pellucid.nn import Parameter

    p, theta, m = Parameter(tensor(np.ones(8))), np.ones(8), np.zeros(8)
    optimiser = optim.Lion([p], lr=0.1, weight_decay=0.5)
    for gradient in np.random.default_rng(0).normal(size=(50, 8)):
        p.grad = tensor(gradient)
        optimiser.step()
        update = np.sign(0.9 * m + 0.1 * gradient)
        m = 0.99 * m + 0.01 * gradient
        theta = theta - 0.1 * (update + 0.5 * theta)
    yield "eight numbers", p.detach().numpy(), theta


SCHEDULES = {
    "StepLR": {"step_size": 7},
    "MultiStepLR": {"milestones": [3, 20, 50]},
    "ConstantLR": {"total_iters": 30},
    "LinearLR": {"total_iters": 30},
    "ExponentialLR": {"gamma": 0.97},
    "PolynomialLR": {"total_iters": 50, "power": 2.0},
    "CosineAnnealingLR": {"T_max": 30},
    "CosineAnnealingWarmRestarts": {"T_0": 5, "T_mult": 2},
    "OneCycleLR": {"max_lr": 1.0, "total_steps": 101},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 10},
    "LambdaLR": {"lr_lambda": lambda t: 1 / (1 + t)},
    "MultiplicativeLR": {"lr_lambda": lambda t: 1 - 1 / (1 + t)},
}


def _rates(make, optimiser, *figures):
    """The rates of a hundred steps, with what the schedule is told at each."""
    schedule, rates = make(optimiser), []
    for t in range(100):
        optimiser.step()
        schedule.step(*(f[t] for f in figures))
        rates += schedule.get_last_lr()
    return np.array(rates)


def _optimisers():
    import torch

    from pellucid import optim

    ours, theirs, _ = _both([1.0])
    return optim.SGD([ours], 0.1, 0.9), torch.optim.SGD([theirs], 0.1, 0.9)


@agrees(*(f"optim.lr_scheduler.{name}" for name in SCHEDULES), library="torch", rtol=1e-9)
def rates():
    import torch

    from pellucid.optim import lr_scheduler

    for name, options in SCHEDULES.items():
        found = [
            _rates(lambda o, of=of: getattr(of, name)(o, **options), optimiser)  # noqa: B023
            for of, optimiser in zip(
                (lr_scheduler, torch.optim.lr_scheduler), _optimisers(), strict=True
            )
        ]
        yield name, *found


@agrees(
    *(f"optim.lr_scheduler.{n}" for n in ("ChainedScheduler", "SequentialLR", "ReduceLROnPlateau")),
    library="torch",
    rtol=1e-9,
)
def rates_of_several_and_of_figures():
    import torch

    from pellucid.optim import lr_scheduler

    libraries = lr_scheduler, torch.optim.lr_scheduler
    figures = np.random.default_rng(0).random(100)
    cases = {
        "ChainedScheduler": lambda s, o: s.ChainedScheduler(
            [s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.95)]
        ),
        "SequentialLR": lambda s, o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, total_iters=10), s.StepLR(o, 7)], [10]
        ),
        "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, patience=4, cooldown=2),
    }
    for name, case in cases.items():
        told = [figures] if name == "ReduceLROnPlateau" else []
        yield (
            name,
            *(
                _rates(lambda o, of=of: case(of, o), optimiser, *told)  # noqa: B023
                for of, optimiser in zip(libraries, _optimisers(), strict=True)
            ),
        )


@equals("optim.lr_scheduler.NoamLR", definition="equation 3 of Vaswani et al.", rtol=1e-12)
def noam():
    from pellucid import optim
    from pellucid.autograd.creation import tensor
    from pellucid.nn import Parameter

    optimiser = optim.SGD([Parameter(tensor([1.0]))], lr=2.0)
    found = _rates(lambda o: optim.lr_scheduler.NoamLR(o, 64, 10), optimiser)
    expected = [2 * 64**-0.5 * min(t**-0.5, t * 10**-1.5) for t in range(2, 102)]
    yield "a hundred rates", found, np.array(expected)


@agrees("optim.lr_scheduler.KingLR", library="scipy", rtol=1e-8)
def slopes():
    """The probability that the losses fall is that of a regression of each stretch."""
    from scipy import stats

    from pellucid.optim.lr_scheduler.king import probability_of_fall

    losses = np.random.default_rng(0).normal(size=40)
    lines = [stats.linregress(np.arange(n), losses[-n:]) for n in range(3, 41)]
    expected = [stats.norm.cdf(-line.slope / line.stderr) for line in lines]
    yield "stretches of 3 to 40", probability_of_fall(losses), np.array(expected)


MEANS = {
    "equal": lambda u: {},
    "equal, one by one": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "equal, in place": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "fading": lambda u: {"avg_fn": u.get_ema_avg_fn(0.9), "use_buffers": True},
    "fading, in place": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.5)},
}


def _averaged(library, mean):
    """The state of a copy that has averaged four nets, its batch norm's figures taken anew."""
    library.manual_seed(0)
    net = library.nn.Sequential(library.nn.Linear(3, 4), library.nn.BatchNorm1d(4))
    utils, batches = library.optim.swa_utils, library.rand(3, 8, 3)
    copy = utils.AveragedModel(net, **MEANS[mean](utils))
    for k in range(4):
        for p in net.parameters():
            p.data.mul_(-0.5).add_(k)
        net(batches[k % 3])
        copy.update_parameters(net)
    before = [x.numpy().copy() for x in copy.state_dict().values()]
    utils.update_bn(batches, copy)
    return [*before, *(x.numpy() for x in copy.state_dict().values())]


@agrees(
    *(f"optim.swa_utils.get_{name}_fn" for name in ("swa_avg", "swa_multi_avg", "ema_avg")),
    *(f"optim.swa_utils.{name}" for name in ("AveragedModel", "get_ema_multi_avg_fn", "update_bn")),
    library="torch",
    rtol=1e-6,
)
def averages():
    import torch

    import pellucid

    for mean in MEANS:
        for k, pair in enumerate(
            zip(*(_averaged(of, mean) for of in (pellucid, torch)), strict=True)
        ):
            yield f"{mean}, {k}", *pair


@agrees("optim.swa_utils.SWALR", library="torch", rtol=1e-6)
def rates_of_averages():
    import torch

    from pellucid import optim

    for options in ({}, {"anneal_epochs": 30, "anneal_strategy": "linear"}, {"anneal_epochs": 0}):
        pairs = zip((optim, torch.optim), _optimisers(), strict=True)
        yield (
            str(options),
            *(_rates(lambda o, of=of: of.swa_utils.SWALR(o, 0.5, **options), o) for of, o in pairs),  # noqa: B023
        )


CLIPPING = ("clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm")


@agrees(*(f"nn.utils.{name}" for name in CLIPPING), library="torch", rtol=1e-12)
def clipping():
    from torch.nn import utils as reference

    from pellucid.nn import utils

    for order in (1.0, 2.0, float("inf")):
        ours, theirs, give = _both(np.ones((5, 3)))
        give(np.random.default_rng(0).normal(size=(5, 3)))
        found = utils.clip_grad_norm_([ours], 1.5, order)
        yield f"norm {order}", found, reference.clip_grad_norm_([theirs], 1.5, order)
        yield f"clipped by it {order}", ours.grad, theirs.grad
        utils.clip_grad_value_([ours], 0.1)
        reference.clip_grad_value_([theirs], 0.1)
        yield "clipped by value", ours.grad, theirs.grad


@agrees("nn.utils.parameters_to_vector", "nn.utils.vector_to_parameters", library="torch", rtol=0)
def vectors():
    from torch.nn import utils as reference

    from pellucid.nn import utils

    ours, theirs, _ = _both(np.arange(6.0).reshape(2, 3))
    vector = utils.parameters_to_vector([ours, ours])
    yield "a vector", vector.detach(), reference.parameters_to_vector([theirs, theirs]).detach()
    utils.vector_to_parameters(2 * vector.detach()[6:], [ours])
    yield "and back", ours.detach(), 2 * theirs.detach()
