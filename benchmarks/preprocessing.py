"""Scaling, filling and encoding, fitted and applied."""

import numpy as np

from benchmarks.data import regression
from benchmarks.rows import benchmark


@benchmark("1000000x20", "100000x100")
def standard_scaler(library, size):
    X, _ = regression(size)
    return lambda: library.preprocessing.StandardScaler().fit_transform(X).std()


@benchmark("1000000x20")
def simple_imputer_median(library, size):
    X, _ = regression(size)
    X[np.random.default_rng(0).random(X.shape) < 0.05] = np.nan
    return lambda: library.impute.SimpleImputer(strategy="median").fit_transform(X).mean()


@benchmark("1000000 strings")
def one_hot_encoder(library, size):
    rng = np.random.default_rng(0)
    words = np.array([f"level {i}" for i in range(100)], dtype=object)
    X = words[rng.integers(0, 100, size=(1_000_000, 1))]
    return lambda: library.preprocessing.OneHotEncoder().fit_transform(X).nnz
