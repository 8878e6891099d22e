"""Conformance of votes, bagging, AdaBoost and stacking."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds


def _table():
    """Values that float32 has, and targets whose sums are exact: equal splits are equal."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, 4)).astype(np.float32).astype(np.float64)
    scores = X[:, 0] + X[:, 1] ** 2 + 0.5 * rng.standard_normal(200)
    return X, np.round(2.0**16 * scores), np.digitize(scores, [0, 1])


def _voters():
    from pellucid.linear_model import LogisticRegression
    from pellucid.naive_bayes import GaussianNB
    from pellucid.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    return [("line", LogisticRegression()), ("tree", tree), ("bayes", GaussianNB())]


def _regressors():
    from pellucid.linear_model import LinearRegression
    from pellucid.tree import DecisionTreeRegressor

    return [
        ("line", LinearRegression()),
        ("tree", DecisionTreeRegressor(max_depth=3, random_state=0)),
    ]


@agrees("ensemble.AdaBoostClassifier", library="sklearn", rtol=1e-9)
def samme():
    from sklearn.ensemble import AdaBoostClassifier as Reference

    from pellucid.ensemble import AdaBoostClassifier

    X, _, y = _table()
    for labels, K in ((y, 3), (y > 0, 2)):
        options = {"n_estimators": 20, "learning_rate": 0.7, "random_state": 0}
        ours, theirs = (
            AdaBoostClassifier(**options).fit(X, labels),
            Reference(**options).fit(X, labels),
        )
        for name in ("estimator_weights_", "estimator_errors_", "feature_importances_"):
            yield f"{name}, K = {K}", getattr(ours, name), getattr(theirs, name)
        yield f"p, K = {K}", ours.predict_proba(X), theirs.predict_proba(X)


@equals(
    "ensemble.AdaBoostClassifier",
    definition="algorithm 4 of Zhu et al. (2009), row by row",
    rtol=1e-9,
)
def samme_r():
    from math import exp, log

    from pellucid.ensemble import AdaBoostClassifier

    X, _, y = _table()
    model = AdaBoostClassifier(algorithm="SAMME.R", n_estimators=5, random_state=0).fit(X, y)
    N, K = len(y), 3
    w, scores = [1 / N] * N, np.zeros((N, K))
    for member, error in zip(model.estimators_, model.estimator_errors_, strict=True):
        shares = np.maximum(member.predict_proba(X), np.finfo(float).eps).tolist()
        wrong = [max(range(K), key=p.__getitem__) != k for p, k in zip(shares, y, strict=True)]
        yield "ε", error, sum(each for each, is_wrong in zip(w, wrong, strict=True) if is_wrong)
        for n, p in enumerate(shares):
            mean = sum(map(log, p)) / K
            scores[n] += [(K - 1) * (log(q) - mean) for q in p]
            codes = [1 if k == y[n] else -1 / (K - 1) for k in range(K)]
            w[n] *= exp(-(K - 1) / K * sum(c * log(q) for c, q in zip(codes, p, strict=True)))
        w = [each / sum(w) for each in w]
    yield "H", model.decision_function(X), scores / len(model.estimators_)


@agrees("ensemble.AdaBoostRegressor", library="sklearn", rtol=1e-9)
def r2():
    from sklearn.ensemble import AdaBoostRegressor as Reference

    from pellucid.ensemble import AdaBoostRegressor

    X, y, _ = _table()
    for loss in ("linear", "square", "exponential"):
        options = {"n_estimators": 10, "loss": loss, "random_state": 0}
        ours, theirs = AdaBoostRegressor(**options).fit(X, y), Reference(**options).fit(X, y)
        yield f"errors, {loss}", ours.estimator_errors_, theirs.estimator_errors_
        yield f"medians, {loss}", ours.predict(X), theirs.predict(X)


@agrees("ensemble.BaggingClassifier", "ensemble.BaggingRegressor", library="sklearn", rtol=1e-12)
def the_same_draws():
    from sklearn import ensemble as reference

    from pellucid import ensemble
    from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

    X, numbers, classes = _table()
    for options in ({}, {"max_samples": 0.5, "max_features": 0.5, "bootstrap": False}):
        for name, tree, y, method in (
            ("BaggingClassifier", DecisionTreeClassifier(), classes, "predict_proba"),
            ("BaggingRegressor", DecisionTreeRegressor(), numbers, "predict"),
        ):
            ours = getattr(ensemble, name)(tree, random_state=0, **options).fit(X, y)
            theirs = getattr(reference, name)(tree, random_state=0, **options).fit(X, y)
            drawn = np.array(theirs.estimators_samples_)
            yield f"samples, {options}", np.array(ours.estimators_samples_), drawn
            yield f"{name}, {options}", getattr(ours, method)(X), getattr(theirs, method)(X)


@equals("ensemble.VotingClassifier", definition="a count of the votes, row by row", rtol=1e-12)
def votes():
    from pellucid.ensemble import VotingClassifier

    X, _, y = _table()
    names, weights = np.array(["a", "b", "c"]), [1, 1.5, 2]
    hard = VotingClassifier(_voters(), weights=weights).fit(X, names[y])
    soft = VotingClassifier(_voters(), voting="soft", weights=weights).fit(X, names[y])
    members = [model.fit(X, y) for _, model in _voters()]
    counts = np.zeros((len(X), 3))
    for n, row in enumerate(X):
        for member, weight in zip(members, weights, strict=True):
            counts[n, member.predict([row])[0]] += weight
    yield "hard", hard.predict(X), names[counts.argmax(axis=1)]
    mean = sum(w * m.predict_proba(X) for w, m in zip(weights, members, strict=True)) / sum(weights)
    yield "soft", soft.predict_proba(X), mean


@equals("ensemble.VotingRegressor", definition="the weighted mean", rtol=1e-12)
def mean_of_regressors():
    from pellucid.ensemble import VotingRegressor

    X, y, _ = _table()
    model = VotingRegressor(_regressors(), weights=[1, 3]).fit(X, y)
    line, tree = (member.fit(X, y).predict(X) for _, member in _regressors())
    yield "ŷ", model.predict(X), (line + 3 * tree) / 4


@agrees("ensemble.StackingRegressor", library="sklearn", rtol=1e-8)
def stack_and_ridge():
    from sklearn.ensemble import StackingRegressor as Reference

    from pellucid.ensemble import StackingRegressor

    X, y, _ = _table()
    for passthrough in (False, True):
        ours = StackingRegressor(_regressors(), passthrough=passthrough).fit(X, y)
        theirs = Reference(_regressors(), passthrough=passthrough).fit(X, y)
        yield "the price", ours.final_estimator_.alpha, float(theirs.final_estimator_.alpha_)
        yield "ŷ", ours.predict(X), theirs.predict(X)


@holds(
    "ensemble.StackingClassifier",
    that="the judge is the one fitted by hand to what the models say out of fold",
    rtol=1e-9,
)
def stack_by_hand():
    from sklearn.model_selection import StratifiedKFold

    from pellucid.ensemble import StackingClassifier
    from pellucid.linear_model import LogisticRegression

    X, _, y = _table()
    Z = np.empty((len(X), 9))
    for seen, left_out in StratifiedKFold(5).split(X, y):
        said = [model.fit(X[seen], y[seen]).predict_proba(X[left_out]) for _, model in _voters()]
        Z[left_out] = np.hstack(said)
    judge = LogisticRegression().fit(Z, y)
    model = StackingClassifier(_voters()).fit(X, y)
    yield "w", model.final_estimator_.coef_, judge.coef_
    said = np.hstack([member.fit(X, y).predict_proba(X) for _, member in _voters()])
    yield "p", model.predict_proba(X), judge.predict_proba(said)
