"""k-means, from the same start, to the same tolerance; the figure is the inertia reached.

A size reads rows x columns x clusters.
"""

import numpy as np

from benchmarks.rows import benchmark

SIZES = ("10000x2x8", "100000x8x8", "100000x64x64", "1000000x2x8", "1000000x16x16")


def _table(size, dtype=np.float64):
    """As many clouds as there will be clusters, close to each other; and rows to start from."""
    N, D, K = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(K, D))
    X = (centres[rng.integers(0, K, N)] + rng.normal(size=(N, D))).astype(dtype)
    return X, X[:K].copy()


def _fit(library, size, algorithm, dtype=np.float64):
    X, start = _table(size, dtype)
    model = library.cluster.KMeans(len(start), init=start, max_iter=50, algorithm=algorithm)
    return lambda: model.fit(X).inertia_


@benchmark(*SIZES)
def lloyd(library, size):
    return _fit(library, size, "lloyd")


@benchmark(*SIZES[:3], SIZES[4])
def elkan(library, size):
    return _fit(library, size, "elkan")


@benchmark("100000x64x64", "1000000x16x16")
def lloyd_single(library, size):
    """In single precision."""
    return _fit(library, size, "lloyd", np.float32)


@benchmark(*SIZES)
def seeds(library, size):
    """k-means++ alone; the figure is the inertia of the seeds, on a hundred rows."""
    X, start = _table(size)
    K = len(start)

    def draw():
        centres, _ = library.cluster.kmeans_plusplus(X, K, random_state=0)
        return float(((X[:100, None] - centres) ** 2).sum(axis=2).min(axis=1).sum())

    return draw


@benchmark(*SIZES)
def predict(library, size):
    X, start = _table(size)
    model = library.cluster.KMeans(len(start), init=start, max_iter=1).fit(X[:5000])
    return lambda: int(model.predict(X).sum())


@benchmark(*SIZES)
def transform(library, size):
    X, start = _table(size)
    model = library.cluster.KMeans(len(start), init=start, max_iter=1).fit(X[:5000])
    return lambda: float(model.transform(X)[-1].sum())


@benchmark("100000x16x16", "1000000x16x16")
def mini_batches(library, size):
    X, start = _table(size)
    model = library.cluster.MiniBatchKMeans(len(start), init=start, n_init=1, random_state=0)
    return lambda: model.fit(X).inertia_
