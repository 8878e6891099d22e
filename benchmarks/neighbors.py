"""Trees of points, and the nearest examples.

The figure is the mean distance to the neighbours found, or the share of right answers.
"""

import numpy as np

from benchmarks.rows import Library, benchmark

SIZES = ("10000x2", "100000x3", "1000000x3", "100000x10")
WIDE = ("10000x30", "20000x100")


def _table(size):
    """Points in ten clouds: what neighbours are asked of is seldom spread evenly."""
    N, D = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    centres = 3 * rng.normal(size=(10, D))
    cloud = rng.integers(0, 10, N)
    return centres[cloud] + rng.normal(size=(N, D)), cloud


def _half(size):
    """Points to search, and as many rows to search for, at most 100000."""
    X, _ = _table(size)
    half = len(X) // 2
    return X[:half], X[half : half + 100_000]


@benchmark(*SIZES)
def kd_tree_build(library, size):
    X, _ = _table(size)
    return lambda: len(library.neighbors.KDTree(X).get_arrays()[1])


@benchmark(*SIZES)
def ball_tree_build(library, size):
    X, _ = _table(size)
    return lambda: len(library.neighbors.BallTree(X).get_arrays()[1])


@benchmark(*SIZES)
def kd_tree_query(library, size):
    X, Y = _half(size)
    tree = library.neighbors.KDTree(X)
    return lambda: float(tree.query(Y, 5)[0].mean())


@benchmark("10000x2", "100000x3", "20000x10")
def ball_tree_query(library, size):
    X, Y = _half(size)
    tree = library.neighbors.BallTree(X)
    return lambda: float(tree.query(Y, 5)[0].mean())


@benchmark("100000x3")
def kd_tree_radius(library, size):
    X, Y = _half(size)
    tree = library.neighbors.KDTree(X)
    return lambda: int(tree.query_radius(Y, 0.1, count_only=True).sum())


@benchmark(*SIZES, peer="scipy")
def ckdtree_build(library, size):
    """Ours against SciPy's cKDTree."""
    X, _ = _table(size)
    return lambda: _tree(library)(X).query(X[:1])[0].item()


@benchmark(*SIZES, peer="scipy")
def ckdtree_query(library, size):
    """Ours against SciPy's cKDTree on two threads."""
    X, Y = _half(size)
    tree = _tree(library)(X)
    threads = {} if library.name == "pellucid" else {"workers": 2}
    return lambda: float(tree.query(Y, 5, **threads)[0].mean())


def _tree(library: Library):
    return library.neighbors.KDTree if library.name == "pellucid" else library.spatial.cKDTree


@benchmark(*SIZES[:2], SIZES[3], *WIDE)
def classifier_predict(library, size):
    """Fitted on half of the rows, by the algorithm that each side chooses for itself."""
    X, y = _table(size)
    half = len(X) // 2
    model = library.neighbors.KNeighborsClassifier().fit(X[:half], y[:half])
    return lambda: float(np.mean(model.predict(X[half:]) == y[half:]))


@benchmark(*WIDE)
def brute_kneighbors(library, size):
    X, Y = _half(size)
    model = library.neighbors.NearestNeighbors(algorithm="brute").fit(X)
    return lambda: float(model.kneighbors(Y)[0].mean())
