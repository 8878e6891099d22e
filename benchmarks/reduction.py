"""Sums over files larger than memory: one fit to a memory map, against partial_fit by slices.

The peer is given slices of the size that its documentation advises, so that it too holds no more
than a part of the file; how time and memory grow with the blocks is read off the three sizes.
"""

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.rows import benchmark

SIZES = ("250000x20", "1000000x20", "4000000x20")
SLICE = 50_000  # rows of a call of partial_fit: 8 MB
_folders: list[tempfile.TemporaryDirectory] = []


def _mapped(size):
    """A table in a file, mapped; and its classes."""
    rows, columns = (int(part) for part in size.split("x"))
    _folders.append(tempfile.TemporaryDirectory())  # each side its own; gone when the side ends
    path = Path(_folders[-1].name) / "X.npy"
    rng = np.random.default_rng(0)
    X = np.lib.format.open_memmap(path, "w+", np.float64, (rows, columns))
    y = np.empty(rows, int)
    for start in range(0, rows, SLICE):
        part = slice(start, start + SLICE)
        X[part] = rng.normal(size=X[part].shape)
        y[part] = X[part, :3].sum(axis=1) + rng.normal(size=len(X[part])) > 0
    X.flush()
    return np.load(path, mmap_mode="r"), y


def _learn(library, model, X, y=None):
    if library.name == "pellucid":
        return model.fit(X) if y is None else model.fit(X, y)
    for start in range(0, len(X), SLICE):
        part = slice(start, start + SLICE)
        if y is None:
            model.partial_fit(X[part])
        else:
            model.partial_fit(X[part], y[part], classes=[0, 1])
    return model


@benchmark(*SIZES)
def standard_scaler_on_a_map(library, size):
    X, _ = _mapped(size)
    return lambda: _learn(library, library.preprocessing.StandardScaler(), X).scale_.sum()


@benchmark(*SIZES)
def gaussian_nb_on_a_map(library, size):
    X, y = _mapped(size)
    return lambda: _learn(library, library.naive_bayes.GaussianNB(), X, y).var_.sum()


@benchmark(*SIZES)
def logistic_regression_on_a_map(library, size):
    """Theirs reads the file once, by stochastic gradients; ours to the optimum, in Newton steps."""
    X, y = _mapped(size)

    def learn():
        model = library.linear_model.LogisticRegression()
        if library.name != "pellucid":
            model = library.linear_model.SGDClassifier(loss="log_loss", random_state=0)
        return float(_learn(library, model, X, y).score(X[:100_000], y[:100_000]))

    return learn
