"""Conformance of forests: scikit-learn's, tree for tree."""

import numpy as np

from pellucid.conformance.rows import agrees


def _table():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, 4)).astype(np.float32)
    return X, np.round(2.0**16 * (X[:, 0] + X[:, 1] ** 2))  # sums are exact, and decide no tie


def _both(name, y=None, **options):
    from sklearn import ensemble as reference

    from pellucid import ensemble

    options = {"n_estimators": 5, "random_state": 0} | options
    X = _table()[0]
    return (getattr(library, name)(**options).fit(X, y) for library in (ensemble, reference))


@agrees(
    "ensemble.RandomForestClassifier", "ensemble.ExtraTreesClassifier", library="sklearn", rtol=1e-9
)
def shares_of_classes():
    X, scores = _table()
    y = np.digitize(scores, [0, 2.0**16])
    for name in ("RandomForestClassifier", "ExtraTreesClassifier"):
        ours, theirs = _both(name, y, max_leaf_nodes=12)
        yield f"predict_proba of {name}", ours.predict_proba(X), theirs.predict_proba(X)
        yield f"importances of {name}", ours.feature_importances_, theirs.feature_importances_


@agrees(
    "ensemble.RandomForestRegressor", "ensemble.ExtraTreesRegressor", library="sklearn", rtol=1e-9
)
def means():
    X, y = _table()
    for name in ("RandomForestRegressor", "ExtraTreesRegressor"):
        ours, theirs = _both(name, y, max_features=2)
        yield f"predict of {name}", ours.predict(X), theirs.predict(X)


@agrees("ensemble.IsolationForest", library="sklearn", rtol=1e-9)
def isolation():
    X = _table()[0]
    for options in ({}, {"max_features": 2, "contamination": 0.1, "max_samples": 64}):
        ours, theirs = _both("IsolationForest", **options)
        yield f"score_samples, {options}", ours.score_samples(X), theirs.score_samples(X)
        yield f"offset_, {options}", ours.offset_, theirs.offset_


@agrees("tree.ExtraTreeClassifier", "tree.ExtraTreeRegressor", library="sklearn", rtol=1e-9)
def one_random_tree():
    from sklearn import tree as reference

    from pellucid import tree

    X, y = _table()
    for name, target in (("ExtraTreeClassifier", y > 0), ("ExtraTreeRegressor", y)):
        ours = getattr(tree, name)(random_state=0).fit(X, target).tree_
        theirs = getattr(reference, name)(random_state=0).fit(X, target).tree_
        yield f"features of {name}", ours.feature, theirs.feature
        yield f"thresholds of {name}", ours.threshold, theirs.threshold
