"""Discriminants: fit, then predict the same rows; the figure is the accuracy."""

import numpy as np

from benchmarks.data import classification
from benchmarks.rows import benchmark

SIZES = ("100000x100", "1000000x20")


def _fit_and_predict(model, size):
    X, y = classification(size, classes=3)
    return lambda: float(np.mean(model.fit(X, y).predict(X) == y))


@benchmark(*SIZES)
def lda(library, size):
    return _fit_and_predict(library.discriminant_analysis.LinearDiscriminantAnalysis(), size)


@benchmark(*SIZES)
def lda_shrunk(library, size):
    model = library.discriminant_analysis.LinearDiscriminantAnalysis("eigen", shrinkage="auto")
    return _fit_and_predict(model, size)


@benchmark(*SIZES)
def qda(library, size):
    return _fit_and_predict(library.discriminant_analysis.QuadraticDiscriminantAnalysis(), size)
