"""Forests: scikit-learn's tree for tree, what holds of draws and votes, and unpleasant tables."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ks_2samp
from sklearn import ensemble as reference
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import train_test_split

import pellucid
from pellucid import ensemble
from pellucid.callbacks import listen
from pellucid.ensemble.isolation_forest import mean_path

RNG = np.random.RandomState(0)
N = 300
X = RNG.standard_normal((N, 5)).astype(np.float32)
LABELS = np.array(["a", "b", "c"])[np.digitize(X[:, 0] + X[:, 1] ** 2, [0, 1])]
# whole numbers, whose sums are exact, so that rounding decides no tie
NUMBERS = np.round(2.0**16 * (X[:, 0] + X[:, 1] ** 2 + 0.3 * RNG.normal(size=N)))
FORESTS = {
    "RandomForestClassifier": LABELS,
    "RandomForestRegressor": NUMBERS,
    "ExtraTreesClassifier": LABELS,
    "ExtraTreesRegressor": NUMBERS,
}


def pair(name, **options):
    options = {"n_estimators": 7, "random_state": 3} | options
    return getattr(ensemble, name)(**options), getattr(reference, name)(**options)


def answer(model, X):
    return model.predict_proba(X) if hasattr(model, "classes_") else model.predict(X)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_features": 2, "bootstrap": True, "oob_score": True, "n_estimators": 30},
        {"max_leaf_nodes": 9, "min_samples_leaf": 3},
        {"bootstrap": True, "max_samples": 0.6, "max_depth": 3},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", FORESTS)
def test_the_trees_are_scikit_learns(name, options):
    ours, theirs = (model.fit(X, FORESTS[name]) for model in pair(name, **options))
    same = 0
    for a, b in zip(ours.estimators_, theirs.estimators_, strict=True):
        assert a.random_state == b.random_state
        same += a.tree_.node_count == b.tree_.node_count and np.array_equal(
            a.tree_.feature, b.tree_.feature
        )
    assert same >= 0.8 * len(ours.estimators_)  # in the others a tie has fallen otherwise
    if same == len(ours.estimators_):
        assert_allclose(answer(ours, X), answer(theirs, X), rtol=1e-9, atol=1e-12)
        assert_allclose(ours.feature_importances_, theirs.feature_importances_, rtol=1e-6)
        assert_array_equal(ours.apply(X), theirs.apply(X))
        if "oob_score" in options:
            assert_allclose(ours.oob_score_, theirs.oob_score_, rtol=1e-9)


@pytest.mark.parametrize("name", ["RandomForestClassifier", "RandomForestRegressor"])
@pytest.mark.parametrize("share", [None, 40, 0.5])
def test_weights_are_drawn_as_scikit_learn_draws_them(name, share):
    weight = RNG.rand(N)
    ours, theirs = pair(name, max_samples=share)
    ours.fit(X, FORESTS[name], weight), theirs.fit(X, FORESTS[name], weight)
    for a, b in zip(ours.estimators_samples_, theirs.estimators_samples_, strict=True):
        assert_array_equal(a, b)


def test_forests_agree_in_distribution():
    """Where ties decide, over forty seeds: of one distribution, by Kolmogorov and Smirnov."""
    Z, y = load_iris(return_X_y=True)  # values to a tenth: ties everywhere
    scores = {"pellucid": [], "scikit-learn": []}
    for seed in range(40):
        ours, theirs = pair("RandomForestClassifier", random_state=seed, max_depth=2)
        for model, key in ((ours, "pellucid"), (theirs, "scikit-learn")):
            scores[key].append(model.fit(Z[::2], y[::2]).predict_proba(Z[1::2])[:, 1].mean())
    assert ks_2samp(*scores.values()).pvalue > 0.01


@pytest.mark.parametrize("class_weight", ["balanced", "balanced_subsample", {0: 1, 1: 5}])
@pytest.mark.parametrize("bootstrap", [True, False])
def test_class_weights(class_weight, bootstrap):
    y = (X[:, 0] > 0.8).astype(int)
    ours, theirs = pair("RandomForestClassifier", class_weight=class_weight, bootstrap=bootstrap)
    ours.fit(X, y), theirs.fit(X, y)
    for a, b in zip(ours.estimators_, theirs.estimators_, strict=True):
        assert_allclose(a.tree_.weighted_n_node_samples[0], b.tree_.weighted_n_node_samples[0])


@pytest.mark.parametrize("name", FORESTS)
def test_several_outputs(name):
    y = np.stack([FORESTS[name], np.roll(FORESTS[name], 1)], axis=1)
    ours, theirs = (model.fit(X, y) for model in pair(name, max_depth=4))
    assert_array_equal(ours.predict(X).shape, theirs.predict(X).shape)
    if hasattr(ours, "classes_"):
        for a, b in zip(ours.predict_proba(X), theirs.predict_proba(X), strict=True):
            assert a.shape == b.shape
            assert_allclose(a.sum(axis=1), 1)
    else:
        assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)


@pytest.mark.parametrize("name", FORESTS)
def test_the_number_of_threads_changes_nothing(name, monkeypatch):
    import pellucid.reduction as reduction

    model = pair(name)[0]
    two = clone(model).fit(X, FORESTS[name])
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    one = clone(model).fit(X, FORESTS[name])
    for a, b in zip(one.estimators_, two.estimators_, strict=True):
        assert_array_equal(a.tree_.threshold, b.tree_.threshold)
    assert_array_equal(answer(one, X), answer(two, X))


@pytest.mark.parametrize("name", FORESTS)
def test_the_mean_of_the_trees(name):
    model = pair(name)[0].fit(X, FORESTS[name])
    assert_allclose(answer(model, X), np.mean([answer(t, X) for t in model], axis=0), rtol=1e-12)
    trees, scale, offset = model._sum_of_trees()
    raw = offset + scale * sum(tree.predict(X).reshape(N, -1) for tree in trees)
    assert_allclose(raw.reshape(answer(model, X).shape), answer(model, X), rtol=1e-12)
    path, starts = model.decision_path(X)
    assert path.shape == (N, starts[-1])
    for t, tree in enumerate(model):
        leaves = tree.apply(X)
        assert np.all(np.asarray(path[np.arange(N), starts[t] + leaves]) == 1)


def test_out_of_bag_answers_come_from_trees_that_have_not_seen_the_row():
    model = ensemble.RandomForestRegressor(30, oob_score=True, random_state=0).fit(X, NUMBERS)
    for i in (0, 7, 100):
        blind = [
            tree.predict(X[i : i + 1])[0]
            for tree, rows in zip(model, model.estimators_samples_, strict=True)
            if i not in rows
        ]
        assert_allclose(model.oob_prediction_[i], np.mean(blind))


def test_a_warm_start_adds_trees_and_keeps_those_it_had():
    model = ensemble.ExtraTreesClassifier(3, warm_start=True, random_state=5).fit(X, LABELS)
    first = list(model)
    model.set_params(n_estimators=6).fit(X, LABELS)
    whole = ensemble.ExtraTreesClassifier(6, random_state=5).fit(X, LABELS)
    assert list(model)[:3] == first
    assert_array_equal(model.predict_proba(X), whole.predict_proba(X))
    with pytest.warns(UserWarning, match="does not fit new trees"):
        model.fit(X, LABELS)
    with pytest.raises(ValueError, match="larger or equal"):
        model.set_params(n_estimators=2).fit(X, LABELS)


@pytest.mark.parametrize("name", FORESTS)
def test_missing_values_and_categories(name):
    Z = X.astype(np.float64)
    Z[:, 4] = RNG.randint(0, 30, N)
    y = np.where(Z[:, 4] % 2 == 1, FORESTS[name][0], FORESTS[name][1])  # no order of values
    Z[::7, 0] = np.nan
    model = getattr(ensemble, name)(5, random_state=0, categorical_features=[4], bootstrap=False)
    model.set_params(max_features=None).fit(Z, y)
    assert_array_equal(model.predict(Z), y)
    assert_array_equal(model.predict(sp.csr_array(np.nan_to_num(Z))).shape, y.shape)


def test_each_tree_is_a_step_of_the_bar():
    seen = []
    with listen(lambda step: seen.append((step.done, step.total, step.finished))):
        ensemble.RandomForestRegressor(4, random_state=0).fit(X, NUMBERS)
    assert seen == [(0, 4, False), (1, 4, False), (2, 4, False), (3, 4, False), (4, 4, True)]


@pytest.mark.parametrize("name", [*FORESTS, "IsolationForest"])
def test_a_file_gives_the_forest_back(name, tmp_path):
    model = getattr(ensemble, name)(n_estimators=4, random_state=0).fit(X, FORESTS.get(name))
    pellucid.save(model, tmp_path / "forest.pellucid")
    back = pellucid.load(tmp_path / "forest.pellucid")
    assert_array_equal(back.predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bootstrap": False, "oob_score": True}, "only available if bootstrap"),
        ({"bootstrap": False, "max_samples": 5}, "cannot be set if `bootstrap=False`"),
        ({"n_estimators": 0}, "n_estimators"),
        ({"max_features": "many"}, "max_features"),
    ],
)
def test_errors_say_what_to_do(options, message):
    with pytest.raises(ValueError, match=message):
        ensemble.RandomForestClassifier(**options).fit(X, LABELS)


@pytest.mark.parametrize("name", FORESTS)
@pytest.mark.parametrize("table", ["one row", "constant", "huge", "tiny", "duplicates"])
def test_unpleasant_tables(name, table):
    """Such as numpy-ml's forest, which raised on the first constant feature that it drew."""
    y = FORESTS[name]
    Z = {
        "one row": X[:1],
        "constant": np.ones_like(X),
        "huge": X.astype(np.float64) * 1e150,
        "tiny": X.astype(np.float64) * 1e-150,
        "duplicates": np.repeat(X[:3], 100, axis=0),
    }[table]
    model = getattr(ensemble, name)(5, random_state=0, max_features=1).fit(Z, y[: len(Z)])
    p = answer(model, Z)
    assert np.all(np.isfinite(p))
    if table in {"constant", "duplicates"}:  # nothing tells such rows apart
        assert_allclose(p[:100], np.broadcast_to(p[:1], p[:100].shape))


def test_diabetes_out_of_bag_is_as_good_as_new_rows():
    """Breiman's claim: the out-of-bag error is near that of a test set."""
    Z, y = load_diabetes(return_X_y=True)
    model = ensemble.RandomForestRegressor(200, oob_score=True, random_state=0).fit(Z[::2], y[::2])
    assert abs(model.oob_score_ - model.score(Z[1::2], y[1::2])) < 0.1


OUTLIERS = np.concatenate([X, RNG.uniform(-8, 8, (15, 5)).astype(np.float32)])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_features": 2},
        {"max_features": 0.5, "bootstrap": True},
        {"contamination": 0.1},
        {"max_samples": 0.3},
        {"max_samples": 2},
        {"max_samples": 1},
    ],
    ids=str,
)
def test_isolation_is_scikit_learns(options):
    ours, theirs = (model.fit(OUTLIERS) for model in pair("IsolationForest", **options))
    assert_allclose(ours.score_samples(OUTLIERS), theirs.score_samples(OUTLIERS), rtol=1e-12)
    assert_allclose(ours.offset_, theirs.offset_)
    assert_array_equal(ours.predict(OUTLIERS), theirs.predict(OUTLIERS))
    for a, b in zip(ours.estimators_samples_, theirs.estimators_samples_, strict=True):
        assert_array_equal(a, b)


def test_mean_path_is_that_of_a_search_tree():
    """c(n) = 2 H(n-1) - 2 (n-1)/n by the harmonic numbers themselves (Preiss 1999)."""
    n = np.arange(3, 3000)
    exact = 2 * np.cumsum(1 / np.arange(1, 3000))[n - 2] - 2 * (n - 1) / n
    assert np.all(np.abs(mean_path(n) - exact) < 1 / (n - 1))  # H(n) = ln n + γ + 1/(2n) - ...
    assert_array_equal(mean_path(np.array([0, 1, 2])), [0, 0, 1])


def test_isolated_points_have_the_shortest_paths():
    Z = np.concatenate([RNG.normal(size=(200, 2)), [[30.0, 30.0]]])
    model = ensemble.IsolationForest(random_state=0).fit(Z)
    assert model.score_samples(Z).argmin() == 200
    assert np.all((model.score_samples(Z) < 0) & (model.score_samples(Z) >= -1))


def test_the_importances_of_the_book():
    """Machine Learning with PyTorch and Scikit-Learn, chapter 4: five features of wine count."""
    wine = load_wine(as_frame=True)
    Z, y = wine.data, wine.target
    Z, _, y, _ = train_test_split(Z, y, test_size=0.3, random_state=0, stratify=y)
    forest = ensemble.RandomForestClassifier(n_estimators=500, random_state=1).fit(Z, y)
    ranked = Z.columns[np.argsort(forest.feature_importances_)[::-1]]
    names = ["proline", "flavanoids", "color_intensity", "od280/od315_of_diluted_wines", "alcohol"]
    assert ranked[:5].tolist() == names
    largest = np.sort(forest.feature_importances_)[::-1][:5]
    assert_allclose(largest, [0.185, 0.175, 0.144, 0.136, 0.119], atol=5e-4)
    chosen = SelectFromModel(forest, threshold=0.1, prefit=True).transform(Z.to_numpy())
    assert chosen.shape == (124, 5)


@pytest.mark.parametrize("name", ["RandomForestRegressor", "IsolationForest"])
def test_a_spoilt_forest_is_refused(name):
    model = getattr(ensemble, name)(n_estimators=3, random_state=0).fit(X, NUMBERS)
    model._check_state()
    if name == "IsolationForest":
        model.estimators_features_[1] = np.array([0, 1, 2, 3, 9])
    else:
        model[1].tree_.categories = np.zeros(9, np.int64)
    with pytest.raises(ValueError, match=r"a tree .* not"):
        model._check_state()


@pytest.mark.parametrize("name", ["RandomForestClassifier", "ExtraTreesClassifier"])
def test_out_of_bag_wants_a_target_that_can_be_scored(name):
    y = np.column_stack([np.arange(len(X)) % 3, np.arange(len(X)) % 2])
    with pytest.raises(ValueError, match="type of target cannot be used to compute OOB"):
        getattr(ensemble, name)(bootstrap=True, oob_score=True).fit(X, y)


def test_the_tree_of_which_all_are_copies():
    forest = ensemble.RandomForestClassifier(n_estimators=2, max_depth=3).fit(X, X[:, 0] > 0)
    assert type(forest.estimator_) is type(forest.estimators_[0])
    assert (
        forest.estimator_.get_params()
        == clone(forest.estimators_[0]).set_params(random_state=None).get_params()
    )
    assert not hasattr(forest.estimator_, "tree_")
    isolation = ensemble.IsolationForest(n_estimators=2).fit(X)
    assert isolation.estimator_.get_params()["max_features"] == 1
