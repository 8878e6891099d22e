"""Scaling, filling and encoding, fitted and applied."""

import numpy as np
from sklearn.model_selection import KFold

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
    X, _ = _words(100)
    return lambda: library.preprocessing.OneHotEncoder().fit_transform(X).nnz


@benchmark("1000000x20", "100000x100")
def min_max_scaler(library, size):
    X, _ = regression(size)
    return lambda: library.preprocessing.MinMaxScaler().fit_transform(X).max()


@benchmark("1000000x20", "100000x100")
def robust_scaler(library, size):
    X, _ = regression(size)
    return lambda: library.preprocessing.RobustScaler().fit_transform(X).std()


@benchmark("100000x20", "sparse 20000x1000")
def polynomial_features(library, size):
    """Of degree two."""
    X, _ = regression(size)
    return lambda: library.preprocessing.PolynomialFeatures(2).fit_transform(X).mean()


@benchmark("1000000x20")
def k_bins(library, size):
    """Quantiles of 200,000 rows; the bins of all."""
    X, _ = regression(size)
    model = library.preprocessing.KBinsDiscretizer(encode="ordinal", random_state=0)
    return lambda: model.fit_transform(X).mean()


def _words(levels):
    rng = np.random.default_rng(0)
    words = np.array([f"level {i}" for i in range(levels)], dtype=object)
    return words[rng.integers(0, levels, size=(1_000_000, 1))], rng.normal(size=1_000_000)


@benchmark("1000000 strings, 50000 levels")
def ordinal_encoder(library, size):
    X, _ = _words(50_000)
    return lambda: library.preprocessing.OrdinalEncoder().fit_transform(X).mean()


@benchmark("1000000 strings, 50000 levels")
def target_encoder(library, size):
    X, y = _words(50_000)
    model = library.preprocessing.TargetEncoder(cv=KFold(5))
    return lambda: model.fit_transform(X, y).mean()


@benchmark("1000000 strings, 50000 levels")
def label_encoder(library, size):
    X, _ = _words(50_000)
    return lambda: library.preprocessing.LabelEncoder().fit_transform(X[:, 0]).mean()
