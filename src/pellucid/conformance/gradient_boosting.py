"""Conformance of gradient boosting: scikit-learn's losses and answers, round by round."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds

NUMBERS, CLASSES = "ensemble.GradientBoostingRegressor", "ensemble.GradientBoostingClassifier"
OPTIONS = {"n_estimators": 20, "max_depth": 2, "min_samples_leaf": 20, "random_state": 3}


def _table():
    rng = np.random.RandomState(1)
    X = rng.standard_normal((400, 4)).astype(np.float32)
    return X, X[:, 0] + X[:, 1] ** 2 + rng.standard_normal(400)


def _rounds(ours, theirs, X, what):
    yield f"train_score_, {what}", ours.train_score_, theirs.train_score_
    raw = "staged_decision_function" if hasattr(ours, "classes_") else "staged_predict"
    stages = (np.array(list(getattr(model, raw)(X))) for model in (ours, theirs))
    yield f"{raw}, {what}", *stages
    yield f"feature_importances_, {what}", ours.feature_importances_, theirs.feature_importances_
    if ours.subsample < 1:
        yield f"oob_scores_, {what}", ours.oob_scores_, theirs.oob_scores_


@agrees(NUMBERS, library="sklearn", rtol=1e-9)
def numbers_round_by_round():
    from sklearn.ensemble import GradientBoostingRegressor as Reference

    from pellucid.ensemble import GradientBoostingRegressor

    X, y = _table()
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        options = {**OPTIONS, "loss": loss, "alpha": 0.75}
        for more in ({}, {"subsample": 0.5, "max_features": 2}):
            ours = GradientBoostingRegressor(**options, **more).fit(X, y)
            theirs = Reference(**options, **more).fit(X, y)
            yield from _rounds(ours, theirs, X, f"{loss} {more}")


@agrees(CLASSES, library="sklearn", rtol=1e-9)
def classes_round_by_round():
    from sklearn.ensemble import GradientBoostingClassifier as Reference

    from pellucid.ensemble import GradientBoostingClassifier

    X, scores = _table()
    weight = np.random.RandomState(0).uniform(0.5, 2, len(X))
    two, three = scores > 0.8, np.digitize(scores, [0, 1.5])
    for loss, y in (("log_loss", two), ("exponential", two), ("log_loss", three)):
        for more in ({}, {"subsample": 0.5, "max_features": 2}):
            ours = GradientBoostingClassifier(loss=loss, **OPTIONS, **more).fit(X, y, weight)
            theirs = Reference(loss=loss, **OPTIONS, **more).fit(X, y, weight)
            yield from _rounds(ours, theirs, X, f"{loss} {y.max() + 1} {more}")


@equals(NUMBERS, definition="regression trees on residuals, one by one", rtol=1e-12)
def residuals_and_trees():
    from pellucid.ensemble import GradientBoostingRegressor
    from pellucid.tree import DecisionTreeRegressor

    X, y = _table()
    model = GradientBoostingRegressor(n_estimators=10, min_samples_leaf=20).fit(X, y)
    raw = np.full(len(X), y.mean())
    for stage in model.staged_predict(X):
        tree = DecisionTreeRegressor(max_depth=3, min_samples_leaf=20).fit(X, y - raw)
        raw += 0.1 * tree.predict(X)
        yield "a round", stage, raw


@holds(CLASSES, that="its trees, summed up, are its scores", rtol=1e-12)
def sum_of_trees():
    from pellucid.ensemble import GradientBoostingClassifier

    X, scores = _table()
    model = GradientBoostingClassifier(**OPTIONS).fit(X, np.digitize(scores, [0, 1.5]))
    trees, scale, offset = model._sum_of_trees()
    total = offset + scale * sum(tree.value[tree.apply(X), :, 0] for tree in trees)
    yield "scores", total, model.decision_function(X)
