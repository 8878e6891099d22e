"""Gradient boosting, fitted and asked: a hundred rounds of depth three."""

import numpy as np

from benchmarks.rows import benchmark
from benchmarks.tree import fit_half, table

SIZES = ("20000x10", "200000x20")  # of which half the rows are learned from


@benchmark(*SIZES)
def regressor(library, size):
    X, y = table(size)
    return fit_half(library.ensemble.GradientBoostingRegressor(random_state=0), X, y)


@benchmark(*SIZES)
def classifier(library, size):
    X, y = table(size)
    return fit_half(library.ensemble.GradientBoostingClassifier(random_state=0), X, y > 0)


@benchmark("20000x10")
def three_classes_half_the_rows(library, size):
    X, y = table(size)
    model = library.ensemble.GradientBoostingClassifier(subsample=0.5, random_state=0)
    return fit_half(model, X, np.digitize(y, [-1, 1]))


@benchmark("20000x10")
def huber(library, size):
    X, y = table(size)
    return fit_half(library.ensemble.GradientBoostingRegressor(loss="huber", random_state=0), X, y)


@benchmark(*SIZES)
def predict(library, size):
    X, y = table(size)
    model = library.ensemble.GradientBoostingRegressor(random_state=0).fit(X[:5000], y[:5000])
    return lambda: float(model.predict(X).mean())
