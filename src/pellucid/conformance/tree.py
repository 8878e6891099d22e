"""Conformance of trees: scikit-learn's node for node."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt, holds

exempt("tree.Criterion", reason="what ``criterion`` makes of a function")


def _table():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((300, 4)).astype(np.float32)
    return X, X[:, 0] + X[:, 1] ** 2 + 0.3 * rng.standard_normal(300)


def _nodes(ours, theirs, what):
    for name in ("children_left", "feature", "threshold", "n_node_samples", "impurity", "value"):
        yield f"{name}, {what}", getattr(ours.tree_, name), getattr(theirs.tree_, name)


@agrees("tree.DecisionTreeClassifier", library="sklearn", rtol=1e-6)
def classes_node_for_node():
    from sklearn.tree import DecisionTreeClassifier as Reference

    from pellucid.tree import DecisionTreeClassifier

    X, scores = _table()
    y = np.digitize(scores, [0, 1])
    for options in ({}, {"criterion": "entropy", "max_features": 2}, {"max_leaf_nodes": 9}):
        ours = DecisionTreeClassifier(random_state=0, **options).fit(X, y)
        theirs = Reference(random_state=0, **options).fit(X, y)
        yield from _nodes(ours, theirs, str(options))
        yield f"predict_proba, {options}", ours.predict_proba(X), theirs.predict_proba(X)


@agrees("tree.DecisionTreeRegressor", library="sklearn", rtol=1e-6)
def numbers_node_for_node():
    from sklearn.tree import DecisionTreeRegressor as Reference

    from pellucid.tree import DecisionTreeRegressor

    X, y = _table()
    y = np.round(2.0**16 * y)  # sums are exact, so that equal splits are equal
    for options in ({}, {"max_features": 2}, {"criterion": "absolute_error", "max_leaf_nodes": 9}):
        ours = DecisionTreeRegressor(random_state=0, **options).fit(X, y)
        theirs = Reference(random_state=0, **options).fit(X, y)
        yield from _nodes(ours, theirs, str(options))


@agrees("tree.export_text", library="sklearn", rtol=0)
def text():
    from sklearn import tree as reference

    from pellucid.tree import DecisionTreeClassifier, export_text

    X, scores = _table()
    y = np.digitize(scores, [0, 1])
    ours = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y)
    theirs = reference.DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y)
    yield "the text", export_text(ours), reference.export_text(theirs)


@equals("tree.criterion", definition="the built-in criterion of the same equation", rtol=0)
def gini_again():
    from pellucid.tree import DecisionTreeClassifier, criterion

    @criterion
    def own(n, K):
        W = squares = 0.0
        for k in range(K):
            W += n[k]
            squares += n[k] * n[k]
        return W - squares / W

    X, scores = _table()
    y = np.digitize(scores, [0, 1])
    ours = DecisionTreeClassifier(criterion=own, random_state=0).fit(X, y)
    yield from _nodes(ours, DecisionTreeClassifier(random_state=0).fit(X, y), "")


@holds("tree.plot_tree", that="every node has its box, children below their parents")
def boxes():
    from matplotlib.figure import Figure

    from pellucid.tree import DecisionTreeClassifier, plot_tree

    X, scores = _table()
    model = DecisionTreeClassifier(max_depth=3).fit(X, scores > 0)
    drawn = plot_tree(model, ax=Figure().add_subplot())
    drawn = [words for words in drawn if words.get_bbox_patch()]  # not those beside an arrow
    yield "boxes", len(drawn), model.tree_.node_count
    heights = np.array([box.xyann[1] for box in drawn])
    yield "from the top down", bool(np.all(np.diff(heights) <= 1e-12)), True
