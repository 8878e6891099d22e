"""Missing values: filled with statistics of their columns, and marked; the figure is a mean."""

import numpy as np
import scipy.sparse as sp

from benchmarks.data import regression
from benchmarks.rows import benchmark

SIZES = ("1000000x20", "100000x100")


def with_gaps(size, share=0.05):
    X, _ = regression(size)
    X[np.random.default_rng(0).random(X.shape) < share] = np.nan
    return X


def _transform(model, X):
    return lambda: float(model.fit_transform(X).mean())


@benchmark(*SIZES)
def mean(library, size):
    return _transform(library.impute.SimpleImputer(), with_gaps(size))


@benchmark(*SIZES)
def mean_and_marks(library, size):
    return _transform(library.impute.SimpleImputer(add_indicator=True), with_gaps(size))


@benchmark(*SIZES)
def median(library, size):
    return _transform(library.impute.SimpleImputer(strategy="median"), with_gaps(size))


@benchmark("1000000x20")
def most_frequent(library, size):
    """Of whole numbers, a few hundred of each."""
    X = np.round(100 * with_gaps(size))
    return _transform(library.impute.SimpleImputer(strategy="most_frequent"), X)


@benchmark("1000000 strings")
def most_frequent_strings(library, size):
    rng = np.random.default_rng(0)
    words = np.array([*(f"level {i}" for i in range(100)), np.nan], dtype=object)
    X = words[rng.integers(0, 101, size=(1_000_000, 1))]
    model = library.impute.SimpleImputer(strategy="most_frequent")
    return lambda: len(model.fit_transform(X))


@benchmark("sparse 50000x50000")
def mean_sparse(library, size):
    X, _ = regression(size)
    X.data[np.random.default_rng(0).random(X.nnz) < 0.05] = np.nan
    return _transform(library.impute.SimpleImputer(), sp.csr_matrix(X))


@benchmark(*SIZES)
def missing_indicator(library, size):
    return _transform(library.impute.MissingIndicator(), with_gaps(size))
