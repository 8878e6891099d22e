"""Conformance of neighbours: the nearest are those of every distance, sorted."""

import numpy as np

from pellucid.conformance.rows import agrees, equals


def _points():
    rng = np.random.RandomState(0)
    return rng.standard_normal((400, 3)), rng.standard_normal((30, 3))


def _definition(X, Y, k, p):
    """The k least of all distances, and whose they are."""
    gaps = np.abs(Y[:, None] - X)  # (M, N, D)
    D = gaps.max(axis=2) if p == np.inf else np.sum(gaps**p, axis=2) ** (1 / p)
    order = np.argsort(D, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(D, order, axis=1), order


def _searches(Tree):
    X, Y = _points()
    for metric, p in (("euclidean", 2), ("manhattan", 1), ("chebyshev", np.inf), ("minkowski", 3)):
        power = {"p": p} if metric == "minkowski" else {}
        tree = Tree(X, leaf_size=5, metric=metric, **power)
        far, who = tree.query(Y, 6)
        expected, order = _definition(X, Y, 6, p)
        yield f"distances, {metric}", far, expected
        yield f"indices, {metric}", who, order
        within = (_definition(X, Y, len(X), p)[0] <= 0.8).sum(axis=1)
        yield f"within 0.8, {metric}", tree.query_radius(Y, 0.8, count_only=True), within


@equals("neighbors.KDTree", definition="all distances, sorted", rtol=1e-13)
def boxes():
    from pellucid.neighbors import KDTree

    yield from _searches(KDTree)


@equals("neighbors.BallTree", definition="all distances, sorted", rtol=1e-13)
def balls():
    from pellucid.neighbors import BallTree

    yield from _searches(BallTree)


@agrees("neighbors.BallTree", library="sklearn", rtol=1e-12)
def on_a_sphere():
    from sklearn.neighbors import BallTree as Reference

    from pellucid.neighbors import BallTree

    X, Y = (points[:, :2] / 3 for points in _points())
    ours = BallTree(X, leaf_size=5, metric="haversine").query(Y, 6)
    theirs = Reference(X, metric="haversine").query(Y, 6)
    yield "distances", ours[0], theirs[0]
    yield "indices", ours[1], theirs[1]


@agrees("neighbors.NearestNeighbors", library="sklearn", rtol=1e-12)
def neighbours():
    from sklearn.neighbors import NearestNeighbors as Reference

    from pellucid.neighbors import NearestNeighbors

    X, Y = _points()
    for algorithm in ("kd_tree", "ball_tree", "brute"):
        ours = NearestNeighbors(algorithm=algorithm).fit(X)
        theirs = Reference(algorithm=algorithm).fit(X)
        for points, what in ((Y, "new"), (None, "themselves")):
            far, who = theirs.kneighbors(points)
            yield f"distances, {algorithm}, {what}", ours.kneighbors(points)[0], far
            yield f"indices, {algorithm}, {what}", ours.kneighbors(points)[1], who
        graph = ours.radius_neighbors_graph(Y, 0.7, mode="distance")
        yield f"graph, {algorithm}", graph, theirs.radius_neighbors_graph(Y, 0.7, mode="distance")


def _predictions(name, y, **options):
    from sklearn import neighbors as reference

    from pellucid import neighbors

    X, Y = _points()
    for weights in ("uniform", "distance"):
        ours = getattr(neighbors, name)(weights=weights, **options).fit(X, y(X))
        theirs = getattr(reference, name)(weights=weights, **options).fit(X, y(X))
        yield f"predict, {weights}", ours.predict(Y), theirs.predict(Y)
        if hasattr(ours, "predict_proba"):
            yield f"predict_proba, {weights}", ours.predict_proba(Y), theirs.predict_proba(Y)


def _classes(X):
    return np.digitize(X[:, 0] + np.sin(9 * X[:, 1]), [-0.5, 0.5])


def _numbers(X):
    return np.column_stack([X[:, 0] * X[:, 1], np.cos(X[:, 2])])


@agrees("neighbors.KNeighborsClassifier", library="sklearn", rtol=1e-12)
def classes_by_count():
    yield from _predictions("KNeighborsClassifier", _classes)


@agrees("neighbors.KNeighborsRegressor", library="sklearn", rtol=1e-12)
def numbers_by_count():
    yield from _predictions("KNeighborsRegressor", _numbers)


@agrees("neighbors.RadiusNeighborsClassifier", library="sklearn", rtol=1e-12)
def classes_by_radius():
    yield from _predictions(
        "RadiusNeighborsClassifier", _classes, radius=1.0, outlier_label="most_frequent"
    )


@agrees("neighbors.RadiusNeighborsRegressor", library="sklearn", rtol=1e-12)
def numbers_by_radius():
    yield from _predictions("RadiusNeighborsRegressor", _numbers, radius=2.5)


@agrees("neighbors.kneighbors_graph", library="sklearn", rtol=1e-12)
def graphs_by_count():
    yield from _graphs("kneighbors_graph", 5)


@agrees("neighbors.radius_neighbors_graph", library="sklearn", rtol=1e-12)
def graphs_by_radius():
    yield from _graphs("radius_neighbors_graph", 0.7)


def _graphs(name, size):
    from sklearn import neighbors as reference

    from pellucid import neighbors

    X, _ = _points()
    for mode in ("connectivity", "distance"):
        for own in (True, False):
            options = {"mode": mode, "include_self": own}
            ours, theirs = (getattr(m, name)(X, size, **options) for m in (neighbors, reference))
            yield f"{mode}, include_self={own}", ours.toarray(), theirs.toarray()


@agrees("neighbors.KNeighborsTransformer", library="sklearn", rtol=1e-12)
def transformed_by_count():
    yield from _transformed("KNeighborsTransformer")


@agrees("neighbors.RadiusNeighborsTransformer", library="sklearn", rtol=1e-12)
def transformed_by_radius():
    yield from _transformed("RadiusNeighborsTransformer")


def _transformed(name):
    from sklearn import neighbors as reference

    from pellucid import neighbors

    X, Y = _points()
    ours, theirs = (getattr(m, name)().fit(X) for m in (neighbors, reference))
    yield "to the examples", ours.transform(Y).toarray(), theirs.transform(Y).toarray()
