"""How time and memory grow: one thing at a time, the others as the arguments' defaults say."""

import numpy as np

from benchmarks.rows import growth

ROWS = (3_000, 10_000, 30_000, 100_000, 300_000)


def _table(rows, columns, classes):
    """Classes of equal size by a sum of three columns, half of it noise; float32."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, columns)).astype(np.float32)
    score = X[:, :3].sum(axis=1) + rng.normal(size=rows)
    return X, np.argsort(np.argsort(score)) * classes // rows


@growth(rows=ROWS, columns=(5, 10, 30, 100), classes=(2, 5, 20))
def decision_tree(library, rows=30_000, columns=10, classes=2):
    X, y = _table(rows, columns, classes)
    model = library.tree.DecisionTreeClassifier(random_state=0)
    return lambda: model.fit(X, y).tree_.node_count


@growth(rows=ROWS[:-1], columns=(5, 10, 30, 100), classes=(2, 5, 20), cores=(1, 2))
def random_forest(library, rows=10_000, columns=10, classes=2, cores=2):
    X, y = _table(rows, columns, classes)
    model = library.ensemble.RandomForestClassifier(20, random_state=0, n_jobs=cores)
    return lambda: model.fit(X, y).score(X[:1000], y[:1000])


@growth(rows=ROWS, columns=(5, 10, 30, 100), classes=(2, 5, 20), cores=(1, 2))
def hist_gradient_boosting(library, rows=30_000, columns=10, classes=2, cores=2):
    """Neither side is told of the cores: both take what the process is held to."""
    del cores
    X, y = _table(rows, columns, classes)
    model = library.ensemble.HistGradientBoostingClassifier(max_iter=20, early_stopping=False)
    return lambda: model.fit(X, y).score(X[:1000], y[:1000])


@growth(rows=ROWS, columns=(2, 4, 8, 16), cores=(1, 2))
def k_neighbors(library, rows=30_000, columns=4, cores=2):
    """The five nearest of 3,000 new points."""
    rng = np.random.default_rng(0)
    X, asked = rng.normal(size=(rows, columns)), rng.normal(size=(3_000, columns))
    model = library.neighbors.NearestNeighbors(algorithm="kd_tree", n_jobs=cores).fit(X)
    return lambda: model.kneighbors(asked)[0].mean()


@growth(rows=ROWS, clusters=(4, 16, 64), cores=(1, 2))
def k_means(library, rows=100_000, clusters=8, cores=2):
    """From the same start to the same tolerance, in 8 columns; neither side is told of the cores.

    The figure is the inertia reached.
    """
    del cores
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(clusters, 8))
    X = centres[rng.integers(0, clusters, rows)] + rng.normal(size=(rows, 8))
    model = library.cluster.KMeans(clusters, init=X[:clusters].copy(), max_iter=50)
    return lambda: model.fit(X).inertia_
