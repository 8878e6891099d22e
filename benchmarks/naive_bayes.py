"""Naive Bayes: fit, then predict the same rows; the figure is the accuracy."""

import numpy as np

from benchmarks.data import classification
from benchmarks.rows import benchmark

DENSE = ("1000000x20", "100000x100")
SPARSE = "sparse 50000x50000"


def _fit_and_predict(model, X, y):
    return lambda: float(np.mean(model.fit(X, y).predict(X) == y))


def _counts(size):
    X, y = classification(size)
    if size.startswith("sparse"):
        X.data = np.ceil(X.data * 5)
    else:
        X = np.floor(np.abs(X) * 2)
    return X, y


@benchmark(*DENSE)
def gaussian_nb(library, size):
    return _fit_and_predict(library.naive_bayes.GaussianNB(), *classification(size))


@benchmark(*DENSE, SPARSE)
def multinomial_nb(library, size):
    return _fit_and_predict(library.naive_bayes.MultinomialNB(), *_counts(size))


@benchmark(*DENSE, SPARSE)
def complement_nb(library, size):
    return _fit_and_predict(library.naive_bayes.ComplementNB(), *_counts(size))


@benchmark(*DENSE, SPARSE)
def bernoulli_nb(library, size):
    return _fit_and_predict(library.naive_bayes.BernoulliNB(), *_counts(size))


@benchmark(*DENSE)
def categorical_nb(library, size):
    X, y = _counts(size)
    return _fit_and_predict(library.naive_bayes.CategoricalNB(), X.astype(np.int64), y)
