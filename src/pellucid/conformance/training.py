"""Conformance of the training loop with a plain loop of PyTorch's, and with itself interrupted."""

import copy
import json
import os
import tempfile

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt, holds

rng = np.random.RandomState(0)
X, Y = rng.normal(size=(72, 6)).astype(np.float32), rng.randint(0, 3, 72)
SIZES = (6, 10, 3)

exempt("training.Callback", reason="events that do nothing")
exempt("training.Progress", reason="it draws")


def _torch_steps(make, *, batch, epochs, clip=None):
    """Losses and last weights of the loop that everybody writes, and the weights at the start."""
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(6, 10), torch.nn.ReLU(), torch.nn.Linear(10, 3))
    start = [p.detach().numpy().copy() for p in net.parameters()]
    data = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)
    optimizer = make(torch.optim, net)
    losses = []
    torch.manual_seed(1)
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x), y)
            loss.backward()
            if clip:
                torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
            losses.append(loss.item())
    return losses, [p.detach().numpy() for p in net.parameters()], start


def _loop(make, start, callbacks=(), **options):
    import pellucid
    from pellucid import models, nn, optim, training

    net = models.MLP(*SIZES)
    for p, array in zip(net.parameters(), start, strict=True):
        p.data = pellucid.tensor(array)
    return training.Loop(net, make(optim, net), nn.CrossEntropyLoss(), callbacks, **options)


def _data(batch, shuffle=True):
    import pellucid
    from pellucid.utils.data import DataLoader, TensorDataset

    data = TensorDataset(pellucid.tensor(X), pellucid.tensor(Y))
    return DataLoader(data, batch_size=batch, shuffle=shuffle)


def _losses():
    from pellucid import training

    class Losses(training.Callback):
        def __init__(self):
            self.seen = []

        def after_step(self, loop):
            self.seen.append(loop.value)

    return Losses()


def _weights(loop):
    return [p.numpy(force=True).copy() for p in loop.model.parameters()]


OPTIMIZERS = {
    "SGD": lambda optim, net: optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
    "Adam": lambda optim, net: optim.Adam(net.parameters(), lr=0.01),
}


@agrees("training.Loop", "training.ClipGradients", "models.MLP", library="torch", rtol=2e-5)
def plain_loop():
    import pellucid
    from pellucid import training

    for name, make in OPTIMIZERS.items():
        for clip in (None, 0.3):
            losses, weights, start = _torch_steps(make, batch=10, epochs=4, clip=clip)
            seen = _losses()
            loop = _loop(make, start, [seen] + ([training.ClipGradients(clip)] if clip else []))
            pellucid.manual_seed(1)
            loop.fit(_data(10), epochs=4)
            yield f"32 losses, {name}, clip {clip}", np.array(seen.seen), np.array(losses)
            for ours, theirs in zip(_weights(loop), weights, strict=True):
                yield f"weights, {name}, clip {clip}", ours, theirs


@agrees("training.Loop", library="torch", rtol=2e-5)
def accumulated():
    import pellucid

    make = OPTIMIZERS["SGD"]
    losses, weights, start = _torch_steps(make, batch=32, epochs=3)
    seen = _losses()
    loop = _loop(make, start, [seen], accumulate=4)
    pellucid.manual_seed(1)
    loop.fit(_data(8), epochs=3)
    yield "four batches of 8 for one of 32", np.array(seen.seen), np.array(losses)
    for ours, theirs in zip(_weights(loop), weights, strict=True):
        yield "weights", ours, theirs


@agrees("training.Schedule", library="torch", rtol=1e-12)
def halved():
    import torch

    from pellucid import training

    class Halve:
        """A scheduler is whatever has ``step``."""

        def __init__(self, optimizer):
            self.groups = optimizer.param_groups

        def step(self):
            self.groups[0]["lr"] *= 0.5

    class Rates(training.Callback):
        def before_step(self, loop):
            rates.append(loop.optimizer.param_groups[0]["lr"])

    start = [np.zeros(s, np.float32) for s in ((10, 6), (10,), (3, 10), (3,))]
    for each, lengths in (("epoch", 3), ("step", 1)):
        rates, expected = [], []
        loop = _loop(OPTIMIZERS["SGD"], start)
        loop.callbacks += [training.Schedule(Halve(loop.optimizer), each=each), Rates()]
        loop.fit(_data(24), epochs=3)
        other = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        schedule = torch.optim.lr_scheduler.StepLR(other, lengths, gamma=0.5)
        for _ in range(9):
            expected.append(other.param_groups[0]["lr"])
            other.step()
            schedule.step()
        yield f"the rate of each step, halved each {each}", np.array(rates), np.array(expected)


@holds("training.Checkpoint", that="a run that went on from a file ends as the whole one, in bits")
def resumed():
    import pellucid
    from pellucid import training

    class Cut(training.Callback):
        def at_rest(self, loop):
            if loop.step == 11:
                raise InterruptedError

    make = OPTIMIZERS["Adam"]
    start = [rng.normal(size=s).astype(np.float32) for s in ((10, 6), (10,), (3, 10), (3,))]
    pellucid.manual_seed(1)
    whole = _loop(make, copy.deepcopy(start)).fit(_data(10), epochs=3)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run")
        pellucid.manual_seed(1)
        try:
            cut = [training.Checkpoint(path, every=2), Cut()]
            _loop(make, copy.deepcopy(start), cut).fit(_data(10), epochs=3)
        except InterruptedError:
            pellucid.manual_seed(2)
        again = _loop(make, start, [training.Checkpoint(path), training.Callback()]).resume(path)
    yield "it had been cut", (again.epoch, again.batch, again.step), (1, 2, 10)
    again.callbacks.clear()
    again.fit(_data(10), epochs=3)
    for ours, expected in zip(_weights(again), _weights(whole), strict=True):
        yield "weights", ours, expected


@equals(
    *("training.EarlyStop", "training.BestCheckpoint", "training.JSONLog", "training.CSVLog"),
    definition="the losses of all epochs, looked at afterwards",
    rtol=0.0,
)
def watched():
    import pellucid
    from pellucid import training

    start = [rng.normal(size=s).astype(np.float32) for s in ((10, 6), (10,), (3, 10), (3,))]
    with tempfile.TemporaryDirectory() as folder:
        log, table, best = (os.path.join(folder, name) for name in ("log", "table", "best"))
        callbacks = [
            *(training.JSONLog(log), training.CSVLog(table)),
            *(training.BestCheckpoint(best, "loss"), training.EarlyStop("loss", patience=2)),
        ]
        loop = _loop(lambda optim, net: optim.SGD(net.parameters(), lr=3.0), start, callbacks)
        loop.fit(_data(10, shuffle=False), epochs=40)
        with open(log) as file:
            losses = [json.loads(line)["loss"] for line in file]
        with open(table) as file:
            rows = [line.split(",") for line in file.read().splitlines()[1:]]
        saved = [x.numpy() for x in pellucid.load(best).values()]
    yield "both logs", [float(row[2]) for row in rows], losses
    stopped = next((i for i in range(3, 41) if min(losses[i - 2 : i]) >= min(losses[: i - 2])), 40)
    yield "where it stopped", loop.epoch, stopped
    kept = _loop(lambda optim, net: optim.SGD(net.parameters(), lr=3.0), start)
    kept.fit(_data(10, shuffle=False), epochs=int(np.argmin(losses)) + 1)
    for ours, expected in zip(saved, _weights(kept), strict=True):
        yield "the best model", ours, expected


@equals("training.summary", definition="the sizes counted by hand", rtol=0.0)
def table():
    from pellucid import models, training

    text = repr(training.summary(models.MLP(*SIZES), (5, 6)))
    lines = [line.split() for line in text.splitlines()]
    yield "layers", [line[-1] for line in lines if "Linear" in line], ["70", "33"]
    yield "in all", "103 parameters" in text, True
    yield "shape of the output", "(5, 3)" in text, True


@equals("models.NeuralNetMLP", definition="differences of the loss", rtol=1e-6)
def by_hand():
    from pellucid.models import NeuralNetMLP

    net, h = NeuralNetMLP(6, 4, 3), 1e-5
    gradients = net.backward(X, *net.forward(X), Y)
    parameters = net.weight_out, net.bias_out, net.weight_h, net.bias_h
    for parameter, gradient in zip(parameters, gradients, strict=True):
        expected = np.empty_like(parameter)
        for place in np.ndindex(parameter.shape):
            losses = []
            for move in (h, -2 * h):
                parameter[place] += move
                losses.append(np.sum((net.forward(X)[1] - np.eye(3)[Y]) ** 2) / len(Y))
            parameter[place] += h
            expected[place] = (losses[0] - losses[1]) / (2 * h)
        yield f"gradient {gradient.shape}", gradient, expected
