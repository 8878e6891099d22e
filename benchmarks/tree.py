"""Trees, grown and asked."""

import numpy as np

from benchmarks.rows import benchmark

SIZES = ("10000x10", "100000x20", "20000x200")


def _table(size):
    """Three columns at work, half of the target noise; in float32, as scikit-learn's trees are."""
    N, D = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)).astype(np.float32)
    return X, X[:, :3].sum(axis=1) + rng.normal(size=N)


@benchmark(*SIZES, "1000000x10")
def classifier(library, size):
    """The share of right answers in as many new rows."""
    X, scores = _table(size)
    half = len(X) // 2
    model = library.tree.DecisionTreeClassifier(random_state=0)
    return _fit(
        model, X[:half], scores[:half] > 0, lambda: model.score(X[half:], scores[half:] > 0)
    )


@benchmark(*SIZES)
def regressor(library, size):
    """R² of as many new rows."""
    X, scores = _table(size)
    half = len(X) // 2
    model = library.tree.DecisionTreeRegressor(random_state=0)
    return _fit(model, X[:half], scores[:half], lambda: model.score(X[half:], scores[half:]))


@benchmark("100000x20")
def regressor_small_leaves(library, size):
    """As above, with twenty examples a leaf."""
    X, scores = _table(size)
    half = len(X) // 2
    model = library.tree.DecisionTreeRegressor(min_samples_leaf=20, random_state=0)
    return _fit(model, X[:half], scores[:half], lambda: model.score(X[half:], scores[half:]))


@benchmark("1000000x10")
def predict(library, size):
    X, scores = _table(size)
    model = library.tree.DecisionTreeRegressor(max_depth=12).fit(X[:100_000], scores[:100_000])
    return lambda: float(model.predict(X).mean())


def _fit(model, X, y, figure):
    """Fit, and return a figure found in the first call, which is not timed."""
    reached = []

    def fit():
        model.fit(X, y)
        if not reached:
            reached.append(float(figure()))
        return reached[0]

    return fit
