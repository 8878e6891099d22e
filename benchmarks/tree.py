"""Trees, grown and asked."""

import numpy as np

from benchmarks.rows import benchmark

__all__ = ["SIZES", "fit_and_score", "fit_half", "table"]

SIZES = ("10000x10", "100000x20", "20000x200")


def table(size):
    """Three columns at work, half of the target noise; in float32, as scikit-learn's trees are."""
    N, D = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)).astype(np.float32)
    return X, X[:, :3].sum(axis=1) + rng.normal(size=N)


def fit_half(model, X, y):
    """Fit to half of the rows; the figure is the score of the others: of right answers, or R²."""
    half = len(X) // 2
    return fit_and_score(model, X[:half], y[:half], lambda: model.score(X[half:], y[half:]))


def fit_and_score(model, X, y, figure):
    """Fit, and return a figure found in the first call, which is not timed."""
    reached = []

    def fit():
        model.fit(X, y)
        if not reached:
            reached.append(float(figure()))
        return reached[0]

    return fit


@benchmark(*SIZES, "1000000x10")
def classifier(library, size):
    X, y = table(size)
    return fit_half(library.tree.DecisionTreeClassifier(random_state=0), X, y > 0)


@benchmark(*SIZES)
def regressor(library, size):
    X, y = table(size)
    return fit_half(library.tree.DecisionTreeRegressor(random_state=0), X, y)


@benchmark("100000x20")
def regressor_small_leaves(library, size):
    """As above, with twenty examples a leaf."""
    X, y = table(size)
    model = library.tree.DecisionTreeRegressor(min_samples_leaf=20, random_state=0)
    return fit_half(model, X, y)


@benchmark("100000x20")
def own_criterion(library, size):
    """The impurity is a function of the user's own; the peer, who takes none, has its built-in.

    ``classifier`` of this size is the same tree by our own built-in.
    """

    def shares(n, K):
        W = squares = 0.0
        for k in range(K):
            W += n[k]
            squares += n[k] * n[k]
        return W - squares / W

    own = library.tree.criterion(shares) if library.name == "pellucid" else "gini"
    X, y = table(size)
    return fit_half(library.tree.DecisionTreeClassifier(criterion=own, random_state=0), X, y > 0)


@benchmark("1000000x10")
def predict(library, size):
    X, y = table(size)
    model = library.tree.DecisionTreeRegressor(max_depth=12).fit(X[:100_000], y[:100_000])
    return lambda: float(model.predict(X).mean())
