"""The loop makes the steps that a plain loop makes, and tells of them what is so."""

import csv
import json
import math

import numpy as np
import pytest

import pellucid
from pellucid import nn, optim, training
from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F
from pellucid.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 5)).astype(np.float32)
Y = rng.integers(0, 3, 64)
DATA = TensorDataset(tensor(X), tensor(Y))


def net():
    pellucid.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))


def loop(callbacks=(), lr=0.1, model=None, **options):
    model = model or net()
    optimizer = optim.SGD(model.parameters(), lr=lr)
    return training.Loop(model, optimizer, F.cross_entropy, callbacks, **options)


def weights(run):
    return np.concatenate([p.numpy(force=True).ravel() for p in run.model.parameters()])


class Told(training.Callback):
    """Keep every event, and what a function says of the loop then."""

    def __init__(self, see=lambda loop: None):
        self.events, self.see = [], see

    def __getattribute__(self, name):
        if name in ("begin", "before_step", "after_step", "after_epoch", "at_rest", "end"):
            return lambda loop: self.events.append((name, self.see(loop)))
        return super().__getattribute__(name)


def test_events_come_in_order_with_counts_that_are_right():
    told = Told(lambda loop: (loop.epoch, loop.batch, loop.step))
    loop([told], accumulate=2).fit(DataLoader(DATA, batch_size=16), epochs=2)
    step = [("before_step", (0, 0, 0)), ("after_step", (0, 2, 1)), ("at_rest", (0, 2, 1))]
    step += [("before_step", (0, 2, 1)), ("after_step", (0, 4, 2)), ("at_rest", (0, 4, 2))]
    first = [("begin", (0, 0, 0)), *step, ("after_epoch", (1, 0, 2)), ("at_rest", (1, 0, 2))]
    assert told.events[:9] == first
    assert [name for name, _ in told.events[9:]] == [name for name, _ in first[1:]] + ["end"]
    assert told.events[-1] == ("end", (2, 0, 4))


def test_gradients_are_there_before_a_step_and_the_parameters_move_in_it():
    class See(training.Callback):
        def before_step(self, loop):
            self.before = weights(loop)
            self.gradients = [p.grad.numpy() for p in loop.model.parameters()]

        def after_step(self, loop):
            moved = np.concatenate([g.ravel() for g in self.gradients])
            np.testing.assert_allclose(weights(loop), self.before - 0.1 * moved, rtol=1e-6)

    see = See()
    loop([see]).fit(DataLoader(DATA, batch_size=64), epochs=3)
    assert np.any(see.gradients[0])


@pytest.mark.parametrize("n", [64, 63, 50, 3])
def test_four_batches_of_8_are_one_of_32(n):
    data = TensorDataset(tensor(X[:n]), tensor(Y[:n]))
    many = loop(accumulate=4).fit(DataLoader(data, batch_size=8), epochs=3)
    one = loop().fit(DataLoader(data, batch_size=32), epochs=3)
    assert many.step == one.step
    np.testing.assert_allclose(weights(many), weights(one), rtol=1e-5, atol=1e-7)
    assert math.isclose(many.record["loss"], one.record["loss"], rel_tol=1e-6)


def test_the_losses_of_the_record_are_means_over_examples_of_unequal_batches():
    run = loop(lr=0.0)
    run.fit(DataLoader(DATA, batch_size=24), 1, validation=DataLoader(DATA, batch_size=40))
    expected = F.cross_entropy(run.model(tensor(X)), tensor(Y)).item()
    assert math.isclose(run.record["loss"], expected, rel_tol=1e-6)
    assert math.isclose(run.record["validation_loss"], expected, rel_tol=1e-6)


def test_validation_learns_nothing_and_leaves_each_layer_in_its_mode():
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))
    run = loop(model=model)
    model.train()
    model[1].eval()
    before = {name: x.numpy().copy() for name, x in model.state_dict().items()}
    first, second = (run.evaluate(DataLoader(DATA, batch_size=16)) for _ in range(2))
    assert first == second
    assert [m.training for m in model] == [True, False, True, True]
    for name, x in model.state_dict().items():
        assert np.array_equal(x.numpy(), before[name])
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("max_norm", [1e-3, 1e3])
def test_clipping_shortens_the_step_and_only_where_it_is_too_long(max_norm):
    clip, lengths = training.ClipGradients(max_norm), []

    class See(training.Callback):
        def before_step(self, loop):
            grads = np.concatenate([p.grad.numpy().ravel() for p in loop.model.parameters()])
            lengths.append(np.linalg.norm(grads))

    loop([See(), clip, See()]).fit(DataLoader(DATA, batch_size=64), epochs=1)
    assert math.isclose(clip.norm, lengths[0], rel_tol=1e-6)
    assert math.isclose(lengths[1], min(max_norm, lengths[0]), rel_tol=2e-3)
    if max_norm > 1:
        assert lengths[1] == lengths[0]


class Fake(training.Callback):
    """A validation loss from a list."""

    def __init__(self, values):
        self.values = values

    def after_epoch(self, loop):
        loop.record["validation_loss"] = self.values[loop.epoch - 1]


@pytest.mark.parametrize(
    ("values", "options", "epochs"),
    [
        ([3.0, 2.0, 1.0, 0.5], {"patience": 2}, 4),
        ([3.0, 2.0, 2.0, 2.5, 0.0], {"patience": 2}, 4),
        ([3.0, math.nan, math.nan, 1.0], {"patience": 2}, 3),
        ([3.0, 2.0, 2.5, 1.0, 1.5, 0.5], {"patience": 2}, 6),
        ([1.0, 2.0, 1.5, 1.7], {"patience": 2, "mode": "max"}, 4),
        ([3.0, 2.95, 2.91, 1.0], {"patience": 2, "min_delta": 0.1}, 3),
    ],
)
def test_early_stop_waits_so_long_and_no_longer(values, options, epochs):
    run = loop([Fake(values), training.EarlyStop(**options)])
    run.fit(DataLoader(DATA, batch_size=64), epochs=len(values))
    assert run.epoch == epochs


def test_the_best_checkpoint_is_of_the_best_epoch(tmp_path):
    kept = Told(weights)
    best = training.BestCheckpoint(tmp_path / "best")
    run = loop([Fake([3.0, 1.0, 2.0, 1.0]), best, kept])
    run.fit(DataLoader(DATA, batch_size=64), epochs=4)
    saved = pellucid.load(tmp_path / "best")
    of_epochs = [seen for name, seen in kept.events if name == "after_epoch"]
    flat = np.concatenate([x.numpy().ravel() for x in saved.values()])
    assert np.array_equal(flat, of_epochs[1])
    assert not np.array_equal(flat, of_epochs[3])


def test_what_is_not_in_the_record_cannot_be_watched():
    run = loop([training.EarlyStop()])
    with pytest.raises(KeyError, match=r"no 'validation_loss' among .*does fit have validation"):
        run.fit(DataLoader(DATA, batch_size=64), epochs=1)


def test_logs_have_a_line_for_each_epoch(tmp_path):
    logs = [
        training.JSONLog(tmp_path / "log.jsonl", every=3),
        training.CSVLog(tmp_path / "log.csv"),
    ]
    losses = Told(lambda loop: loop.value)
    run = loop([*logs, losses])
    run.fit(DataLoader(DATA, batch_size=16), epochs=2)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    values = [value for name, value in losses.events if name == "after_step"]
    assert [line["step"] for line in lines] == [3, 4, 6, 8]
    assert lines[0] == {"step": 3, "loss": values[2]}
    assert lines[3] == run.record
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[1]["loss"]) == run.record["loss"]
    assert math.isclose(np.mean(values[4:]), run.record["loss"])


class Counting:
    """A scheduler that says how often it was told, and what."""

    def __init__(self):
        self.given = []

    def step(self, *metric):
        self.given.append(metric)


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({}, [(), ()]),
        ({"each": "step"}, [()] * 8),
        ({"monitor": "validation_loss"}, [(5.0,), (4.0,)]),
    ],
)
def test_a_schedule_moves_each_epoch_or_each_step(options, given):
    scheduler = Counting()
    run = loop([Fake([5.0, 4.0]), training.Schedule(scheduler, **options)])
    run.fit(DataLoader(DATA, batch_size=16), epochs=2)
    assert scheduler.given == given


def test_progress_draws_on_the_error_stream_alone(capsys):
    loop([training.Progress()]).fit(DataLoader(DATA, batch_size=16), epochs=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert "epoch 2, step 8, loss" in said.err


def test_progress_of_a_stream_and_of_a_run_that_breaks_off(capsys):
    class Endless(training.Callback):
        def after_step(self, loop):
            raise RuntimeError("broken")

    class Batches:
        def __iter__(self):
            return iter([(tensor(X), tensor(Y))])

    for _ in range(2):  # a bar that stayed open would refuse the second
        with pytest.raises(RuntimeError, match="broken"):
            loop([training.Progress(), Endless()]).fit(Batches(), epochs=1)
    loop([training.Progress()]).fit(Batches(), epochs=1)


def test_a_loss_that_is_no_number_stops_the_run_before_the_step():
    told, model = Told(weights), nn.Linear(5, 3)
    data = DataLoader(TensorDataset(tensor(X), tensor(X[:, :3])), batch_size=16)
    run = training.Loop(model, optim.SGD(model.parameters(), lr=1e25), F.mse_loss, [told])
    with pytest.raises(FloatingPointError, match=r"the loss is inf at step 2, in epoch 1 after 1 "):
        run.fit(data, epochs=5)
    assert told.events[-1][0] == "end"
    assert np.all(np.isfinite(weights(run)))


def test_bad_numbers_in_a_batch_are_named_as_the_reason():
    bad = X.copy()
    bad[40, 2] = np.nan
    run = loop()
    with pytest.raises(
        FloatingPointError, match=r"step 3, in epoch 1 after 2 batches.*batch itself"
    ):
        run.fit(DataLoader(TensorDataset(tensor(bad), tensor(Y)), batch_size=16), epochs=1)


def test_data_that_cannot_begin_anew_are_refused():
    batches = iter([(tensor(X), tensor(Y))])
    with pytest.raises(ValueError, match="epoch 2 had no batches"):
        loop().fit(batches, epochs=2)


def test_epochs_are_counted_in_all():
    run = loop()
    data = DataLoader(DATA, batch_size=16)
    run.fit(data, epochs=2)
    run.fit(data, epochs=5)
    run.fit(data, epochs=3)
    once = loop().fit(data, epochs=5)
    assert run.epoch == 5
    assert np.array_equal(weights(run), weights(once))


def test_other_kinds_of_batch_are_two_methods():
    class Named(training.Loop):
        def compute_loss(self, batch):
            return self.loss(self.model(batch["x"]), batch["y"])

        def size(self, batch):
            return len(batch["y"])

    rows = [{"x": tensor(X[i]), "y": int(Y[i])} for i in range(64)]
    model = net()
    run = Named(model, optim.SGD(model.parameters(), lr=0.1), F.cross_entropy)
    run.fit(DataLoader(rows, batch_size=24), epochs=2)
    assert np.array_equal(weights(run), weights(loop().fit(DataLoader(DATA, batch_size=24), 2)))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: training.EarlyStop(mode="best"), "mode is 'min' or 'max'"),
        (lambda: training.Schedule(None, each="day"), "each is 'epoch' or 'step'"),
        (lambda: training.Schedule(None, each="step", monitor="loss"), "known after an epoch"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
