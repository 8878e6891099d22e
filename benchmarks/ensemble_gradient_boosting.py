"""Gradient boosting, fitted and asked: a hundred rounds of depth three."""

import numpy as np

from benchmarks.rows import benchmark

SIZES = ("10000x10", "100000x20")


def _table(size):
    """Three columns at work, half of the target noise; in float32, as scikit-learn's trees are."""
    N, D = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2 * N, D)).astype(np.float32)
    return X, X[:, :3].sum(axis=1) + rng.normal(size=2 * N)


def _fit(model, X, y):
    """Fit on half of the rows; the score of the others is found in the first call, not timed."""
    half, reached = len(X) // 2, []

    def fit():
        model.fit(X[:half], y[:half])
        if not reached:
            reached.append(float(model.score(X[half:], y[half:])))
        return reached[0]

    return fit


@benchmark(*SIZES)
def regressor(library, size):
    X, y = _table(size)
    return _fit(library.ensemble.GradientBoostingRegressor(random_state=0), X, y)


@benchmark(*SIZES)
def classifier(library, size):
    X, y = _table(size)
    return _fit(library.ensemble.GradientBoostingClassifier(random_state=0), X, y > 0)


@benchmark("10000x10")
def three_classes_half_the_rows(library, size):
    X, y = _table(size)
    model = library.ensemble.GradientBoostingClassifier(subsample=0.5, random_state=0)
    return _fit(model, X, np.digitize(y, [-1, 1]))


@benchmark("10000x10")
def huber(library, size):
    X, y = _table(size)
    return _fit(library.ensemble.GradientBoostingRegressor(loss="huber", random_state=0), X, y)


@benchmark(*SIZES)
def predict(library, size):
    X, y = _table(size)
    model = library.ensemble.GradientBoostingRegressor(random_state=0).fit(X[:5000], y[:5000])
    return lambda: float(model.predict(X).mean())
