"""Averages of weights, and the rate that goes with them."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid import nn, optim
from pellucid.nn import Parameter
from pellucid.optim import swa_utils


def _net():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, momentum=0.3))


def test_the_mean_is_that_of_the_weights_and_the_model_its_own():
    model, seen = nn.Linear(2, 1), []
    mean = swa_utils.AveragedModel(model)
    for k in range(5):
        with pellucid.no_grad():
            model.weight.fill_(float(k * k))
        mean.update_parameters(model)
        seen.append(mean.module.weight.mean().item())
    assert_allclose(seen, [0, 1 / 2, 5 / 3, 14 / 4, 30 / 5], 1e-6)
    assert model.weight.mean().item() == 16
    assert mean.n_averaged.item() == 5
    assert mean(pellucid.ones(1, 2)).shape == (1, 1)


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), None])
def test_a_copy_and_a_loaded_state_go_on(twin):
    model = _net()
    mean = swa_utils.AveragedModel(model)
    mean.update_parameters(model)
    other = swa_utils.AveragedModel(_net()) if twin is None else twin(mean)
    other.load_state_dict(mean.state_dict())
    for p in model.parameters():
        p.data.add_(1.0)
    for each in (mean, other):
        each.update_parameters(model)
    for p, q in zip(mean.state_dict().values(), other.state_dict().values(), strict=True):
        assert np.array_equal(p.numpy(), q.numpy())


def test_buffers_are_the_models_unless_they_are_averaged():
    for averaged, expected in ((False, 4.0), (True, 2.0)):
        model = _net()
        mean = swa_utils.AveragedModel(model, use_buffers=averaged)
        for value in (0.0, 4.0):
            model[1].running_mean.fill_(value)
            mean.update_parameters(model)
        assert mean.module[1].running_mean[0].item() == expected


@pytest.mark.parametrize("batch", [lambda x: x, lambda x: (x, 0), lambda x: [x]])
def test_batch_norms_get_the_plain_means_and_keep_their_momentum(batch):
    model, x = _net().eval(), pellucid.randn(5, 8, 3)
    swa_utils.update_bn(map(batch, x), model)
    inner = model[0](x).detach()
    assert_allclose(model[1].running_mean.numpy(), inner.mean((0, 1)).numpy(), 1e-4, 1e-6)
    assert_allclose(model[1].running_var.numpy(), inner.var(1).mean(0).numpy(), 1e-4)
    assert (model.training, model[1].training, model[1].momentum) == (False, False, 0.3)


def test_a_model_without_batch_norms_is_let_be():
    swa_utils.update_bn(iter(()), nn.Linear(2, 1))


def test_the_rate_goes_on_from_where_another_schedule_has_come_to():
    optimiser = optim.SGD([Parameter(pellucid.ones(1))], lr=1.0)
    decay = optim.lr_scheduler.ExponentialLR(optimiser, 0.5)
    schedule = swa_utils.SWALR(optimiser, 0.05, 2, "linear")
    optimiser.step()
    decay.step()
    rates = []
    for _ in range(4):
        schedule.step()
        rates += schedule.get_last_lr()
    assert_allclose(rates, [(0.5 + 0.05) / 2, 0.05, 0.05, 0.05])


REFUSED = {
    "strategy": (ValueError, "anneal_strategy must", lambda o: swa_utils.SWALR(o, 1.0, 1, "exp")),
    "steps": (ValueError, "anneal_epochs must", lambda o: swa_utils.SWALR(o, 1.0, -1)),
    "part of a step": (ValueError, "anneal_epochs must", lambda o: swa_utils.SWALR(o, 1.0, 1.7)),
    "rates": (ValueError, "swa_lr must", lambda o: swa_utils.SWALR(o, [1.0, 0.1])),
    "decay": (ValueError, "Invalid decay", lambda o: swa_utils.get_ema_multi_avg_fn(1.5)),
    "two means": (
        AssertionError,
        "Only one of",
        lambda o: swa_utils.AveragedModel(_net(), avg_fn=abs, multi_avg_fn=abs),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_average_is_refused(case):
    kind, words, make = REFUSED[case]
    with pytest.raises(kind, match=words):
        make(optim.SGD([Parameter(pellucid.ones(1))], lr=0.1))


def test_a_mean_that_fades_is_the_sum_of_fading_shares():
    """0.9 (0.9 x 1 + 0.1 x 2) + 0.1 x 4."""
    model = nn.Linear(1, 1)
    means = [
        swa_utils.AveragedModel(model, avg_fn=swa_utils.get_ema_avg_fn(0.9)),
        swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9)),
    ]
    for value in (1.0, 2.0, 4.0):
        with pellucid.no_grad():
            model.weight.fill_(value)
        for mean in means:
            mean.update_parameters(model)
    assert_allclose([mean.module.weight.item() for mean in means], 1.39, 1e-6)
