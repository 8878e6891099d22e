"""A run that is killed and goes on ends where it would have ended, bit for bit."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import pellucid
from pellucid import nn, optim, training
from pellucid.autograd.creation import tensor
from pellucid.autograd.random import Generator
from pellucid.nn import functional as F
from pellucid.utils.data import (
    DataLoader,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

SCRIPT = """
import os, signal, sys
import numpy as np
import pellucid as torch
from pellucid import nn, training
from pellucid.utils.data import DataLoader, TensorDataset

folder, kill_at = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(70, 6)).astype(np.float32), rng.integers(0, 3, 70)

class Kill(training.Callback):
    def before_step(self, loop):
        if loop.step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

torch.manual_seed(3)
model = nn.Sequential(
    nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3)
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
data = TensorDataset(torch.tensor(X), torch.tensor(Y))
callbacks = [
    training.Checkpoint(f"{folder}/run", every=3),  # told first, it still sees what the rest did
    training.ClipGradients(1.0),
    training.JSONLog(f"{folder}/log.jsonl", every=1),
    training.CSVLog(f"{folder}/log.csv"),
    training.EarlyStop(patience=3),
    training.BestCheckpoint(f"{folder}/best"),
    Kill(),
]
loop = training.Loop(model, optimizer, nn.CrossEntropyLoss(), callbacks, accumulate=2)
loop.resume(f"{folder}/run").fit(
    DataLoader(data, batch_size=8, shuffle=True), epochs=4, validation=DataLoader(data, 32)
)
torch.save([model.state_dict(), optimizer.state_dict(), torch.rand(4)], f"{folder}/end")
"""


def _run(folder, kill_at=-1):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(folder), str(kill_at)]
    return subprocess.run(command, capture_output=True, text=True)


def _flat(value):
    if isinstance(value, dict):
        return {f"{k}.{name}": x for k in value for name, x in _flat(value[k]).items()}
    if isinstance(value, list):
        return _flat(dict(enumerate(value)))
    return {"": value.numpy() if hasattr(value, "numpy") else value}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_killed_in_the_middle_of_epochs_and_run_again(tmp_path):
    whole = _run(tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    cut = tmp_path / "cut"
    for kill_at in (2, 8, 13):  # before any checkpoint; in the second epoch; in the third
        killed = _run(cut, kill_at)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert not (cut / "end").exists()
    assert (cut / "log.jsonl").read_bytes() != (tmp_path / "whole" / "log.jsonl").read_bytes()
    ended = _run(cut)
    assert ended.returncode == 0, ended.stderr
    for name in ("log.jsonl", "log.csv", "best", "end", "run"):
        expected = (tmp_path / "whole" / name).read_bytes()
        if name.startswith("log"):
            assert (cut / name).read_bytes() == expected
            continue
        ours, theirs = (_flat(pellucid.load(tmp_path / run / name)) for run in ("cut", "whole"))
        assert list(ours) == list(theirs)
        for path, x in ours.items():
            assert np.array_equal(x, theirs[path]), f"{name}{path}"
    assert not [file for file in os.listdir(cut) if file.endswith(".tmp")]


rng = np.random.default_rng(0)
X, Y = rng.normal(size=(40, 4)).astype(np.float32), rng.integers(0, 3, 40)
DATA = TensorDataset(tensor(X), tensor(Y))


class Stop(Exception):
    pass


class StopAt(training.Callback):
    def __init__(self, step):
        self.at = step

    def at_rest(self, loop):
        if loop.step == self.at:
            raise Stop

    def state_dict(self):
        return {}


def _seeded():
    return Generator().manual_seed(7)


LOADERS = {
    "in order": lambda: DataLoader(DATA, 6),
    "from the default stream": lambda: DataLoader(DATA, 6, shuffle=True),
    "from its own": lambda: DataLoader(DATA, 6, shuffle=True, generator=_seeded()),
    "a subset": lambda: DataLoader(DATA, 6, sampler=SubsetRandomSampler(range(5, 35), _seeded())),
    "weighted": lambda: DataLoader(DATA, 6, sampler=WeightedRandomSampler(Y + 1.0, 40)),
    "the last left out": lambda: DataLoader(DATA, 6, shuffle=True, drop_last=True),
}


def _fresh(*callbacks):
    pellucid.manual_seed(5)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.4), nn.Linear(8, 3))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return training.Loop(model, optimizer, F.cross_entropy, callbacks)


@pytest.mark.parametrize("stop_at", [1, 3, 5, 7, 9, 14])
@pytest.mark.parametrize("order", LOADERS)
def test_any_order_of_the_data_goes_on_where_it_was(order, stop_at, tmp_path):
    whole = _fresh().fit(LOADERS[order](), epochs=2)
    path = tmp_path / "run"
    cut = _fresh(training.Checkpoint(path, every=1), StopAt(stop_at))
    data = LOADERS[order]()
    if stop_at <= whole.step:
        with pytest.raises(Stop):
            cut.fit(data, epochs=2)
    else:
        cut.fit(data, epochs=2)
    pellucid.manual_seed(99)  # the process that goes on knows nothing of the old one
    again = _fresh(training.Checkpoint(path, every=1), StopAt(-1)).resume(path)
    again.fit(LOADERS[order](), epochs=2)
    assert again.record == whole.record
    for p, q in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        assert np.array_equal(p.numpy(force=True), q.numpy(force=True))


def test_without_a_file_a_run_begins(tmp_path):
    run = _fresh().resume(tmp_path / "none")
    assert (run.epoch, run.batch, run.step) == (0, 0, 0)


def test_a_run_that_had_stopped_early_stays_stopped(tmp_path):
    path = tmp_path / "run"

    def run():
        return _fresh(training.EarlyStop("loss", patience=1, mode="max"), training.Checkpoint(path))

    first = run().fit(DataLoader(DATA, 8), epochs=9)
    assert first.epoch < 9
    again = run().resume(path).fit(DataLoader(DATA, 8), epochs=9)
    assert again.epoch == first.epoch


class Fake(training.Callback):
    """An accuracy that gets no better after the second epoch."""

    def after_epoch(self, loop):
        loop.record["accuracy"] = min(loop.epoch, 2)


@pytest.mark.parametrize("epochs", [1, 2, 3, 4])
def test_patience_is_not_forgotten_by_an_interruption(epochs, tmp_path):
    path = tmp_path / "run"

    def run():
        stop = training.EarlyStop("accuracy", patience=3, mode="max")
        return _fresh(training.Checkpoint(path), Fake(), stop)

    run().fit(DataLoader(DATA, 8), epochs=epochs)
    assert run().resume(path).fit(DataLoader(DATA, 8), epochs=9).epoch == 5


def test_data_with_other_streams_than_the_checkpoints_are_refused(tmp_path):
    path = tmp_path / "run"
    _fresh(training.Checkpoint(path)).fit(LOADERS["from its own"](), epochs=1)
    again = _fresh(training.Checkpoint(path)).resume(path)
    with pytest.raises(ValueError, match="draw from 1 random streams, those of the checkpoint"):
        again.fit(LOADERS["in order"](), epochs=2)
