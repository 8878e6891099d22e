"""Conformance of boosting on histograms: scikit-learn's stage by stage."""

import numpy as np

from pellucid.conformance.rows import agrees, equals


def _table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    X[:, 3] = rng.integers(0, 6, 400)
    y = X[:, 0] + X[:, 1] ** 2 + np.sin(7 * X[:, 3]) + 0.3 * rng.normal(size=400)
    X[rng.random(400) < 0.1, 0] = np.nan
    return X, y


@agrees("ensemble.HistGradientBoostingRegressor", library="sklearn", rtol=1e-5)
def stages_of_a_regression():
    from sklearn.ensemble import HistGradientBoostingRegressor as Reference

    from pellucid.ensemble import HistGradientBoostingRegressor

    X, y = _table()
    for options in (
        {},
        {"categorical_features": [3], "l2_regularization": 2.0},
        {"loss": "absolute_error", "max_leaf_nodes": 5},
        {"loss": "poisson", "monotonic_cst": [1, 0, -1, 0]},
        {"max_depth": 3, "early_stopping": True, "random_state": 0},
    ):
        target = np.exp(y / 3) if "poisson" in options.values() else y
        ours = HistGradientBoostingRegressor(max_iter=5, **options).fit(X, target)
        theirs = Reference(max_iter=5, **options).fit(X, target)
        for i, pair in enumerate(
            zip(ours.staged_predict(X), theirs.staged_predict(X), strict=True)
        ):
            yield f"stage {i}, {options}", *pair


@agrees("ensemble.HistGradientBoostingClassifier", library="sklearn", rtol=1e-5)
def stages_of_a_classification():
    from sklearn.ensemble import HistGradientBoostingClassifier as Reference

    from pellucid.ensemble import HistGradientBoostingClassifier

    X, y = _table()
    for labels in (y > 0, np.digitize(y, [0, 1])):
        options = {"max_iter": 5, "max_leaf_nodes": 5}  # small nodes have ties
        ours = HistGradientBoostingClassifier(**options).fit(X, labels)
        theirs = Reference(**options).fit(X, labels)
        for i, pair in enumerate(
            zip(ours.staged_predict_proba(X), theirs.staged_predict_proba(X), strict=True)
        ):
            yield f"stage {i}, {len(ours.classes_)} classes", *pair


@equals("losses.PoissonLoss", "losses.GammaLoss", definition="half the deviance at eˢ", rtol=1e-12)
def half_deviances():
    from pellucid.losses import GammaDeviance, GammaLoss, PoissonDeviance, PoissonLoss

    y, raw = np.linspace(0.1, 5, 40), np.cos(np.arange(40.0))
    for loss, family in ((PoissonLoss(), PoissonDeviance()), (GammaLoss(), GammaDeviance())):
        least = loss.value(y, np.log(y))  # what depends on y alone
        half = family.unit(y, np.exp(raw)) / 2
        yield type(loss).__name__, loss.value(y, raw) - least, half
        mu = np.exp(raw)
        yield "gradient", loss.gradient(y, raw), -(y - mu) * mu / family.variance(mu)
