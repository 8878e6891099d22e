"""Forests, grown and asked, on both cores."""

from benchmarks.rows import benchmark
from benchmarks.tree import _fit, _table

SIZES = ("10000x10", "100000x20", "20000x200")


def _forest(library, name, size, classes, **options):
    """A figure of as many new rows: the share of right answers, or R²."""
    X, y = _table(size)
    y = y > 0 if classes else y
    half = len(X) // 2
    model = getattr(library.ensemble, name)(20, random_state=0, n_jobs=2, **options)
    return _fit(model, X[:half], y[:half], lambda: model.score(X[half:], y[half:]))


@benchmark(*SIZES)
def random_forest_classifier(library, size):
    return _forest(library, "RandomForestClassifier", size, classes=True)


@benchmark(*SIZES)
def random_forest_regressor(library, size):
    return _forest(library, "RandomForestRegressor", size, classes=False, max_features=1 / 3)


@benchmark(*SIZES)
def extra_trees_classifier(library, size):
    return _forest(library, "ExtraTreesClassifier", size, classes=True)


@benchmark("100000x20")
def extra_trees_regressor(library, size):
    return _forest(library, "ExtraTreesRegressor", size, classes=False, max_features=1 / 3)


@benchmark("10000x10", "100000x20")
def isolation_forest(library, size):
    X, _ = _table(size)
    model = library.ensemble.IsolationForest(random_state=0, n_jobs=2)
    return _fit(model, X, None, lambda: model.score_samples(X).mean())


@benchmark("100000x20")
def random_forest_predict(library, size):
    X, y = _table(size)
    model = library.ensemble.RandomForestClassifier(50, random_state=0, n_jobs=2, max_depth=12)
    model.fit(X[:20_000], y[:20_000] > 0)
    return lambda: float(model.predict_proba(X)[:, 1].mean())
