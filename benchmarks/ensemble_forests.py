"""Forests, grown and asked, on both cores."""

from benchmarks.rows import benchmark
from benchmarks.tree import SIZES, fit_and_score, fit_half, table


def _forest(library, name, size, classes, **options):
    X, y = table(size)
    model = getattr(library.ensemble, name)(20, random_state=0, n_jobs=2, **options)
    return fit_half(model, X, y > 0 if classes else y)


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
    X, _ = table(size)
    model = library.ensemble.IsolationForest(random_state=0, n_jobs=2)
    return fit_and_score(model, X, None, lambda: model.score_samples(X).mean())


@benchmark("100000x20")
def random_forest_predict(library, size):
    X, y = table(size)
    model = library.ensemble.RandomForestClassifier(50, random_state=0, n_jobs=2, max_depth=12)
    model.fit(X[:20_000], y[:20_000] > 0)
    return lambda: float(model.predict_proba(X)[:, 1].mean())
