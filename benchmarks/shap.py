"""TreeSHAP against the shap package: both explain the trees of one scikit-learn forest."""

import numpy as np

from benchmarks.rows import benchmark


@benchmark("10000x20", peer="shap")
def paths(library, size):
    """100 trees of depth 8; the mean size of a value."""
    X, explainer = _explainer(library, size, n_estimators=100, max_depth=8)
    return lambda: float(np.abs(explainer.shap_values(X)).mean())


@benchmark("200x20", peer="shap")
def paths_deep(library, size):
    """20 trees, grown to the end on 10,000 rows."""
    X, explainer = _explainer(library, size, n_estimators=20)
    return lambda: float(np.abs(explainer.shap_values(X)).mean())


@benchmark("100x20", peer="shap")
def interactions(library, size):
    X, explainer = _explainer(library, size, n_estimators=100, max_depth=8)
    return lambda: float(np.abs(explainer.shap_interaction_values(X)).mean())


@benchmark("500x20", peer="shap")
def background(library, size):
    """Against 100 rows."""
    X, explainer = _explainer(library, size, background=100, n_estimators=100, max_depth=8)
    return lambda: float(np.abs(explainer.shap_values(X)).mean())


def _explainer(library, size, background=0, **options):
    """The rows to explain, and what explains them."""
    from sklearn.ensemble import RandomForestRegressor

    N, D = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10_000, D)).astype(np.float32).astype(np.float64)
    y = X[:, :3].sum(axis=1) + X[:, 3] * X[:, 4] + rng.normal(size=len(X))
    model = RandomForestRegressor(random_state=0, n_jobs=-1, **options).fit(X, y)
    data = X[-background:] if background else None
    if library.name == "shap":
        how = "interventional" if background else "tree_path_dependent"
        return X[:N], library.explainers.TreeExplainer(model, data, feature_perturbation=how)
    trees = [_tree(library, fitted.tree_, D) for fitted in model.estimators_]
    model._sum_of_trees = lambda: (trees, 1 / len(trees), np.zeros(1))
    return X[:N], library.tree.TreeExplainer(model, data)


def _tree(library, theirs, D):
    """scikit-learn's tree as one of pellucid's."""
    M = theirs.node_count
    return library.tree._tree.Tree(
        children_left=theirs.children_left.astype(np.int64),
        children_right=theirs.children_right.astype(np.int64),
        feature=theirs.feature.astype(np.int64),
        threshold=theirs.threshold,
        missing_go_to_left=theirs.missing_go_to_left,
        category_bits=np.empty((M, 0), np.uint64),
        categories=np.zeros(D, np.int64),
        impurity=theirs.impurity,
        n_node_samples=theirs.n_node_samples,
        weighted_n_node_samples=theirs.weighted_n_node_samples,
        value=theirs.value,
    )
