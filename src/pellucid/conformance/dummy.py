"""The baselines against scikit-learn's."""

import numpy as np

from pellucid.conformance.rows import agrees


@agrees("dummy.DummyClassifier", library="sklearn", rtol=1e-12)
def classifier_strategies():
    from sklearn.dummy import DummyClassifier as Theirs

    from pellucid.dummy import DummyClassifier

    rng = np.random.default_rng(0)
    X, y, weight = np.zeros((60, 2)), rng.choice(["a", "b", "c"], 60), rng.random(60)
    for strategy in ("prior", "most_frequent", "stratified", "uniform", "constant"):
        arguments = {"strategy": strategy, "random_state": 3, "constant": "b"}
        ours = DummyClassifier(**arguments).fit(X, y, weight)
        theirs = Theirs(**arguments).fit(X, y, weight)
        yield f"{strategy}: classes", ours.predict(X), theirs.predict(X)
        yield f"{strategy}: probabilities", ours.predict_proba(X), theirs.predict_proba(X)


@agrees("dummy.DummyRegressor", library="sklearn", rtol=1e-12)
def regressor_strategies():
    from sklearn.dummy import DummyRegressor as Theirs

    from pellucid.dummy import DummyRegressor

    rng = np.random.default_rng(0)
    X, y, weight = np.zeros((60, 2)), rng.normal(size=60), rng.random(60)
    for strategy in ("mean", "median", "quantile", "constant"):
        arguments = {"strategy": strategy, "constant": 2.5, "quantile": 0.3}
        for w in (None, weight):
            ours = DummyRegressor(**arguments).fit(X, y, w)
            yield strategy, ours.predict(X), Theirs(**arguments).fit(X, y, w).predict(X)
