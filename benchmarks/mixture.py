"""Mixtures: a number of EM steps from the same start; the figure is the lower bound reached.

With ``tol=0`` both sides take all their steps, so that the time is that of the same work.
"""

import warnings

import numpy as np

from benchmarks.rows import benchmark, growth

SIZES = ("10000x2, 4 of them", "1000000x2, 4 of them", "100000x2, 64 of them")
WIDE = ("100000x16, 16 of them", "20000x64, 2 of them", "20000x64, 64 of them")
KINDS = ("full", "tied", "diag", "spherical")


def _groups(size):
    """Rows about K centres, and the same start for both: means, weights and precisions."""
    table, K = size.split(", ")[0], int(size.split(", ")[1].split()[0])
    N, D = (int(part) for part in table.split("x"))
    rng = np.random.default_rng(0)
    centres = 3 * rng.normal(size=(K, D))
    X = centres[rng.integers(0, K, N)] + rng.normal(size=(N, D))
    return X, K, {"means_init": X[:K], "weights_init": np.full(K, 1 / K)}


def _unit(kind, K, D):
    return {
        "full": np.array([np.eye(D)] * K),
        "tied": np.eye(D),
        "diag": np.ones((K, D)),
        "spherical": np.ones(K),
    }[kind]


def _bound(model, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that so few steps do not converge
        return float(np.ravel(model.fit(X).lower_bound_)[0])


def _em(library, size, kind):
    X, K, start = _groups(size)
    start["precisions_init"] = _unit(kind, K, X.shape[1])
    options = {"covariance_type": kind, "init_params": "random_from_data", "random_state": 0}
    model = library.mixture.GaussianMixture(K, tol=0, max_iter=5, **options, **start)
    return lambda: _bound(model, X)


@benchmark(*SIZES, *WIDE)
def gaussian_full(library, size):
    return _em(library, size, "full")


@benchmark(SIZES[1], WIDE[0], WIDE[2])
def gaussian_tied(library, size):
    return _em(library, size, "tied")


@benchmark(SIZES[1], WIDE[0], WIDE[2])
def gaussian_diag(library, size):
    return _em(library, size, "diag")


@benchmark(SIZES[1], WIDE[0], WIDE[2])
def gaussian_spherical(library, size):
    return _em(library, size, "spherical")


@benchmark(SIZES[0], WIDE[0])
def gaussian_by_kmeans(library, size):
    """As a user calls it: from k-means, until the bound rises by less than 1e-3."""
    X, K, _ = _groups(size)
    model = library.mixture.GaussianMixture(K, random_state=0)
    return lambda: _bound(model, X)


@benchmark(SIZES[0], WIDE[0])
def bayesian(library, size):
    """Five steps from random responsibilities, the same for both."""
    X, K, _ = _groups(size)
    model = library.mixture.BayesianGaussianMixture(
        n_components=K, tol=0, max_iter=5, init_params="random", random_state=0
    )
    return lambda: _bound(model, X)


@benchmark(SIZES[1], WIDE[0])
def predict_proba(library, size):
    X, K, start = _groups(size)
    start["precisions_init"] = _unit("full", K, X.shape[1])
    model = library.mixture.GaussianMixture(K, max_iter=1, random_state=0, **start)
    _bound(model, X[:5000])
    return lambda: float(model.predict_proba(X).max(axis=1).mean())


@growth(rows=(10_000, 30_000, 100_000, 300_000), components=(2, 4, 8, 16, 32), cores=(1, 2))
def gaussian_mixture(library, rows=30_000, components=8, cores=None):
    """Five EM steps with 8 columns."""
    return _em(library, f"{rows}x8, {components} of them", "full")
