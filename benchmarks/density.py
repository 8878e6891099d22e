"""Densities and regressions by kernels, nearest centroids and local outlier factors.

The figure is the mean log density, the accuracy, the mean prediction, or the mean factor.
"""

import numpy as np

from benchmarks.data import SIZES, classification
from benchmarks.rows import benchmark

QUERIES = 2000


def _scores(library, size, **options):
    """Fit, and the log densities of some of the rows."""
    X, _ = classification(size)
    model = library.neighbors.KernelDensity(bandwidth="scott", **options)
    return lambda: float(np.mean(model.fit(X).score_samples(X[:QUERIES])))


@benchmark("10000x2", "10000x10", "10000x50")
def kernel_density_gaussian(library, size):
    return _scores(library, size)


@benchmark("10000x2", "10000x10")
def kernel_density_exponential(library, size):
    return _scores(library, size, kernel="exponential")


@benchmark("100000x2", "100000x10")
def kernel_density_epanechnikov(library, size):
    return _scores(library, size, kernel="epanechnikov")


@benchmark("100000x2", "100000x5")
def kernel_density_rtol(library, size):
    return _scores(library, size, rtol=1e-4)


@benchmark("1000x2", "2000x5", peer="statsmodels")
def kernel_regression(library, size):
    X, _ = classification(size)
    y = np.sin(X[:, 0]) + X[:, 1]
    if library.name == "pellucid":
        model = library.neighbors.KernelRegression(bandwidth=0.5)
        return lambda: float(model.fit(X, y).predict(X).mean())
    bandwidths = np.full(X.shape[1], 0.5)
    regress = library.nonparametric__kernel_regression.KernelReg
    return lambda: float(regress(y, X, "c" * len(bandwidths), "lc", bandwidths).fit(X)[0].mean())


def _classes(library, size, **options):
    X, y = classification(size, classes=5)
    model = library.neighbors.NearestCentroid(**options)
    return lambda: float(np.mean(model.fit(X, y).predict(X) == y))


@benchmark(*SIZES[:3], "sparse 5000x20000")  # of more sparse rows scikit-learn makes dense ones
def nearest_centroid(library, size):
    return _classes(library, size)


@benchmark("1000000x20")
def nearest_centroid_priors(library, size):
    return _classes(library, size, priors="empirical", shrink_threshold=0.1)


@benchmark("100000x100")
def nearest_centroid_manhattan(library, size):
    return _classes(library, size, metric="manhattan")


@benchmark("20000x5", "20000x20", "100000x3")
def local_outlier_factor(library, size):
    X, _ = classification(size)
    model = library.neighbors.LocalOutlierFactor()
    return lambda: float(model.fit(X).negative_outlier_factor_.mean())
