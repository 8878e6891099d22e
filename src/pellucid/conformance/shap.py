"""Conformance of TreeSHAP: the values of the shap package, and Shapley's own definition."""

import itertools
import warnings
from math import factorial

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds


def _grown(n_features=4):
    from pellucid.tree import DecisionTreeRegressor

    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, n_features)).astype(np.float32).astype(np.float64)
    y = np.round(1000 * (X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2])))
    X[rng.random_sample(X.shape) < 0.1] = np.nan
    return DecisionTreeRegressor(max_depth=7, random_state=0).fit(X, y), X, y


def _expected(tree, x, known, node=0):
    """Of the tree's value, if the features in ``known`` are; else by the shares of the examples."""
    left, right, f = tree.children_left[node], tree.children_right[node], tree.feature[node]
    if left < 0:
        return tree.value[node, 0, 0]
    if f in known:
        missing = np.isnan(x[f]) and tree.missing_go_to_left[node]
        return _expected(tree, x, known, left if x[f] <= tree.threshold[node] or missing else right)
    share = tree.weighted_n_node_samples[left] / tree.weighted_n_node_samples[node]
    return share * _expected(tree, x, known, left) + (1 - share) * _expected(tree, x, known, right)


def _shapley(v, D):
    """φ_j = Σ_{S ∌ j} |S|! (D - |S| - 1)! / D!  [v(S ∪ {j}) - v(S)]"""
    phi = np.zeros(D)
    for j in range(D):
        for size in range(D):
            for S in itertools.combinations(sorted({*range(D)} - {j}), size):
                orders = factorial(size) * factorial(D - size - 1) / factorial(D)
                phi[j] += orders * (v({*S, j}) - v({*S}))
    return phi


@equals("tree.TreeExplainer", definition="the mean over all orders of the features", rtol=1e-12)
def shapley_values():
    from pellucid.tree import TreeExplainer

    model, X, _ = _grown()
    background, rows = X[100:110], X[:3]

    def known_by_path(x):
        return lambda S: _expected(model.tree_, x, S)

    def known_against_background(x):
        return lambda S: model.predict(np.where(np.isin(range(len(x)), [*S]), x, background)).mean()

    for how, v, explainer in (
        ("by path", known_by_path, TreeExplainer(model)),
        ("against a background", known_against_background, TreeExplainer(model, background)),
    ):
        expected = np.array([_shapley(v(x), len(x)) for x in rows])
        yield f"values {how}", explainer.shap_values(rows), expected
        yield f"expected value {how}", explainer.expected_value, v(rows[0])(set())


@agrees("tree.TreeExplainer", library="shap", rtol=1e-12)
def shap_values():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it draws in ways that matplotlib will give up
        import shap
    from sklearn.tree import DecisionTreeRegressor as Reference

    from pellucid.tree import DecisionTreeRegressor, TreeExplainer

    _, X, y = _grown()
    X = np.nan_to_num(X)
    options = {"min_samples_leaf": 10, "random_state": 0}
    ours = TreeExplainer(DecisionTreeRegressor(**options).fit(X, y))
    theirs = shap.TreeExplainer(Reference(**options).fit(X, y))
    yield "values", ours.shap_values(X), theirs.shap_values(X)
    pairs = ours.shap_interaction_values(X)
    yield "interactions", pairs, theirs.shap_interaction_values(X)


@holds("tree.TreeExplainer", that="the values sum to the prediction, of the unused to 0", atol=1e-9)
def local_accuracy():
    from pellucid.tree import TreeExplainer

    model, X, _ = _grown(n_features=6)
    for how, background in (("by path", None), ("against a background", X[:50])):
        explainer = TreeExplainer(model, background)
        phi = explainer.shap_values(X)
        yield f"sums {how}", phi.sum(axis=1) + explainer.expected_value, model.predict(X)
        unused = ~np.isin(np.arange(6), model.tree_.feature)
        yield f"unused {how}", phi[:, unused], np.zeros((len(X), unused.sum()))
        pairs = explainer.shap_interaction_values(X)
        yield f"pairs {how}", pairs.sum(axis=2), phi


@holds("tree.sum_of_trees", that="offset + scale Σ value(leaf) is the prediction")
def one_tree():
    from pellucid.tree import sum_of_trees

    model, X, _ = _grown()
    trees, scale, offset = sum_of_trees(model)
    raw = offset + scale * sum(tree.predict(X)[:, :, 0] for tree in trees)
    yield "raw", raw[:, 0], model.predict(X)


@equals("plotting.plot_shap", definition="the values given, by their mean size", rtol=0)
def dots():
    from pellucid.plotting import plot_shap

    values = np.random.RandomState(0).standard_normal((50, 3)) * [1, 3, 2]
    ax = plot_shap(values, values, ["a", "b", "c"])
    drawn = [np.array(c.get_offsets())[:, 0] for c in ax.collections if c.get_array() is not None]
    yield "dots", np.array([d for d in drawn if len(d) == 50]), values.T[[1, 2, 0]]
    yield "names", np.array([t.get_text() for t in ax.get_yticklabels()]), np.array(["b", "c", "a"])


@equals("plotting.plot_waterfall", definition="sums of the values given", rtol=1e-15)
def steps():
    from pellucid.plotting import plot_waterfall

    values = np.array([0.5, -2.0, 1.0])
    bars = plot_waterfall(values, 10.0).patches
    yield "starts", np.array([bar.get_x() for bar in bars]), np.array([11.5, 10.5, 10.0])
    yield "steps", np.array([bar.get_width() for bar in bars]), np.array([-2.0, 1.0, 0.5])
