"""Bagging: scikit-learn's draws, what a mean of members must be, and unpleasant tables."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble as reference
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

import pellucid
from pellucid.ensemble import BaggingClassifier, BaggingRegressor, VotingClassifier
from pellucid.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from pellucid.preprocessing import StandardScaler
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.RandomState(0)
N, D = 150, 5
X = RNG.standard_normal((N, D))
NUMBERS = X[:, 0] + X[:, 1] ** 2 + 0.5 * RNG.standard_normal(N)
LABELS = np.array(["a", "b", "c"])[np.digitize(NUMBERS, [0, 1])]
WEIGHT = RNG.randint(0, 4, N).astype(float)
PAIRS = {
    "classes": (BaggingClassifier, reference.BaggingClassifier, LABELS),
    "numbers": (BaggingRegressor, reference.BaggingRegressor, NUMBERS),
}
MEMBERS = {
    "classes": [DecisionTreeClassifier(), LogisticRegression(), RidgeClassifier()],
    "numbers": [DecisionTreeRegressor(), LinearRegression()],
}
DRAWS = [
    {},
    {"max_samples": 40, "max_features": 0.5},
    {"max_samples": 0.3, "bootstrap": False, "max_features": 3},
    {"bootstrap_features": True, "max_features": 4},
]


# --- agreement ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "member"), [(kind, m) for kind, members in MEMBERS.items() for m in members]
)
@pytest.mark.parametrize("draws", DRAWS, ids=str)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
@pytest.mark.filterwarnings("ignore:When fitting Bagging:UserWarning")
def test_the_same_members_as_scikit_learns(kind, member, draws, weight):
    Ours, Theirs, y = PAIRS[kind]
    ours = Ours(member, n_estimators=6, random_state=3, **draws).fit(X, y, weight)
    theirs = Theirs(member, n_estimators=6, random_state=3, **draws).fit(X, y, weight)
    assert_array_equal(ours.estimators_samples_, theirs.estimators_samples_)
    assert_array_equal(ours.estimators_features_, theirs.estimators_features_)
    if kind == "numbers":
        assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)
        return
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-12)
    with np.errstate(divide="ignore"):
        assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), atol=1e-10)
    assert hasattr(ours, "decision_function") == hasattr(theirs, "decision_function")
    if hasattr(ours, "decision_function"):
        assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-10)


@pytest.mark.parametrize("kind", PAIRS)
def test_the_same_out_of_bag_score(kind):
    Ours, Theirs, y = PAIRS[kind]
    options = {"n_estimators": 30, "oob_score": True, "random_state": 0, "max_features": 0.5}
    member = MEMBERS[kind][0]
    ours, theirs = Ours(member, **options).fit(X, y), Theirs(member, **options).fit(X, y)
    assert_allclose(ours.oob_score_, theirs.oob_score_, rtol=1e-12)
    name = "oob_decision_function_" if kind == "classes" else "oob_prediction_"
    assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12)


def test_every_random_part_of_a_member_is_seeded_as_by_scikit_learn():
    parts = [("z", DecisionTreeClassifier()), ("a", DecisionTreeClassifier())]
    member = VotingClassifier(parts)
    ours = BaggingClassifier(member, n_estimators=3, random_state=0).fit(X, LABELS)
    theirs = reference.BaggingClassifier(member, n_estimators=3, random_state=0).fit(X, LABELS)
    for a, b in zip(ours, theirs, strict=True):
        for name in ("a__random_state", "z__random_state"):
            assert a.get_params()[name] == b.get_params()[name]


# --- what must be true --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PAIRS)
def test_the_ensemble_is_the_mean_of_what_is_fitted_by_hand(kind):
    Model, _, y = PAIRS[kind]
    codes = np.unique(y, return_inverse=True)[1] if kind == "classes" else y
    model = Model(n_estimators=5, max_features=0.7, random_state=0).fit(X, y)
    total = 0
    members = zip(model, model.estimators_samples_, model.estimators_features_, strict=True)
    for member, samples, features in members:
        counts = np.bincount(samples, minlength=N)
        again = clone(member).fit(X[:, features], codes, counts)
        method = "predict_proba" if kind == "classes" else "predict"
        total = total + getattr(again, method)(X[:, features])
    found = model.predict_proba(X) if kind == "classes" else model.predict(X)
    assert_allclose(found, total / 5, rtol=1e-12)


def test_out_of_bag_answers_come_from_members_that_did_not_see_the_row():
    model = BaggingRegressor(n_estimators=40, oob_score=True, random_state=0).fit(X, NUMBERS)
    for n in range(0, N, 10):
        unseen = [m for m, s in zip(model, model.estimators_samples_, strict=True) if n not in s]
        mean = np.mean([member.predict(X[[n]])[0] for member in unseen])
        assert_allclose(model.oob_prediction_[n], mean, rtol=1e-12)


@pytest.mark.parametrize("kind", PAIRS)
def test_jobs_do_not_change_the_answer(kind):
    Model, _, y = PAIRS[kind]
    options = {"n_estimators": 7, "max_features": 0.5, "random_state": 0}
    one, two = Model(**options).fit(X, y), Model(n_jobs=2, **options).fit(X, y)
    assert_array_equal(one.predict(X), two.predict(X))
    if kind == "classes":
        assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_weights_are_the_chances_of_being_drawn():
    weight = np.zeros(N)
    weight[[4, 5]] = 1, 3
    model = BaggingRegressor(n_estimators=40, max_samples=100, random_state=0)
    model.fit(X, NUMBERS, weight)
    counts = np.bincount(np.concatenate(model.estimators_samples_), minlength=N)
    assert counts[4] + counts[5] == 4000
    deviation = np.sqrt(4000 * 0.25 * 0.75)
    assert abs(counts[4] - 1000) < 5 * deviation


def test_warm_start_adds_members():
    cold = BaggingClassifier(n_estimators=8, random_state=0).fit(X, LABELS)
    warm = BaggingClassifier(n_estimators=5, warm_start=True, random_state=0).fit(X, LABELS)
    first = list(warm)
    warm.set_params(n_estimators=8).fit(X, LABELS)
    assert list(warm)[:5] == first
    assert_array_equal(warm.predict_proba(X), cold.predict_proba(X))
    assert_array_equal(warm.estimators_samples_, cold.estimators_samples_)
    with pytest.warns(UserWarning, match="does not fit new trees"):
        warm.fit(X, LABELS)
    with pytest.raises(ValueError, match="must be larger or equal"):
        warm.set_params(n_estimators=3).fit(X, LABELS)


def test_a_class_that_a_sample_lacks_has_no_share_there():
    y = np.where(np.arange(N) == 7, "an exception", "the rule")
    model = BaggingClassifier(
        make_pipeline(StandardScaler(), DecisionTreeClassifier()),  # takes no weights
        n_estimators=20, max_samples=20, random_state=0,
    ).fit(X, y)  # fmt: skip
    assert min(len(member.classes_) for member in model) == 1
    assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    seen = np.mean([7 in samples for samples in model.estimators_samples_])
    assert_allclose(model.predict_proba(X[[7]])[0], [seen, 1 - seen])


def test_several_outputs():
    Y = np.column_stack([NUMBERS, X[:, 3]])
    model = BaggingRegressor(n_estimators=10, oob_score=True, random_state=0)
    with pytest.warns(UserWarning, match="do not have OOB scores"):
        model.fit(X, Y)
    assert model.predict(X).shape == (N, 2) == model.oob_prediction_.shape
    single = BaggingRegressor(n_estimators=10, random_state=0).fit(X, NUMBERS)
    assert_array_equal(single.estimators_samples_, model.estimators_samples_)


@pytest.mark.parametrize("kind", PAIRS)
def test_the_mean_is_a_sum_of_trees(kind):
    Model, _, y = PAIRS[kind]
    model = Model(n_estimators=6, random_state=0).fit(X, y)
    trees, scale, offset = model._sum_of_trees()
    leaves = [tree.value[tree.apply(X)].reshape(N, -1) for tree in trees]
    raw = offset + scale * sum(leaves)
    found = model.predict_proba(X) if kind == "classes" else model.predict(X)[:, None]
    assert_allclose(found, raw, rtol=1e-12)
    model.set_params(max_features=0.5).fit(X, y)
    with pytest.raises(TypeError, match="over all, ordered, columns"):
        model._sum_of_trees()


# --- tables of other kinds ----------------------------------------------------------------------


@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csc_array])
@pytest.mark.parametrize("kind", PAIRS)
def test_sparse_tables(kind, container):
    table = np.where(X > 0.3, X, 0)
    Model, _, y = PAIRS[kind]
    if kind == "numbers":
        y = np.round(y)  # whose sums are exact: the sum of the zeros is what the others leave
    model = Model(n_estimators=5, max_features=0.7, oob_score=False, random_state=0)
    dense = clone(model).fit(table, y)
    assert_array_equal(
        model.fit(container(table), y).predict(container(table)), dense.predict(table)
    )


def test_missing_values_go_to_the_members():
    holed = np.where(RNG.random_sample(X.shape) < 0.1, np.nan, X)
    model = BaggingClassifier(n_estimators=5, random_state=0).fit(holed, LABELS)
    assert len(model.predict(holed)) == N
    with pytest.raises(ValueError, match="contains NaN"):
        BaggingClassifier(LogisticRegression()).fit(holed, LABELS)


def test_frames_and_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcde"))
    model = BaggingRegressor(n_estimators=3, random_state=0).fit(frame, NUMBERS)
    assert list(model.feature_names_in_) == list("abcde")
    plain = BaggingRegressor(n_estimators=3, random_state=0).fit(X, NUMBERS)
    assert_array_equal(model.predict(frame), plain.predict(X))


def test_files(tmp_path):
    model = BaggingClassifier(LogisticRegression(), n_estimators=3, random_state=0).fit(X, LABELS)
    pellucid.save(model, tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert_array_equal(loaded.estimators_samples_, model.estimators_samples_)
    loaded.set_params(warm_start=True, n_estimators=5).fit(X, LABELS)
    cold = BaggingClassifier(LogisticRegression(), n_estimators=5, random_state=0).fit(X, LABELS)
    assert_array_equal(loaded.predict_proba(X), cold.predict_proba(X))


# --- bad and extreme input ----------------------------------------------------------------------


def test_little_data():
    one = BaggingClassifier(random_state=0).fit([[1.0]], ["a"])
    assert_array_equal(one.predict_proba([[2.0]]), [[1]])
    assert BaggingRegressor(random_state=0).fit([[1.0]], [3.0]).predict([[2.0]]) == [3]
    assert_array_equal(BaggingRegressor().fit(np.ones((9, 2)), np.ones(9)).predict(X[:, :2]), 1)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_units_do_not_matter(scale):
    plain = BaggingClassifier(random_state=0).fit(X, LABELS)
    scaled = BaggingClassifier(random_state=0).fit(X * scale, LABELS)
    assert_array_equal(scaled.predict_proba(X * scale), plain.predict_proba(X))
    heavy = BaggingClassifier(random_state=0).fit(X, LABELS, np.full(N, scale))
    equal = BaggingClassifier(random_state=0).fit(X, LABELS, np.ones(N))
    assert_array_equal(heavy.predict_proba(X), equal.predict_proba(X))


def test_few_members_leave_rows_out_of_no_bag():
    model = BaggingClassifier(n_estimators=2, oob_score=True, random_state=0)
    with pytest.warns(UserWarning, match="do not have OOB scores"):
        model.fit(X, LABELS)
    seen = np.isin(np.arange(N), model.estimators_samples_[0])
    seen &= np.isin(np.arange(N), model.estimators_samples_[1])
    assert_array_equal(np.isnan(model.oob_decision_function_).all(axis=1), seen)


def test_bad_input():
    few = {"match": "results in a low number"}
    with pytest.warns(UserWarning, **few):
        BaggingClassifier(max_samples=0.01).fit(X, LABELS)
    with pytest.warns(UserWarning, **few):
        BaggingClassifier(max_samples=1.0).fit(X, LABELS, np.full(N, 0.01))
    with pytest.warns(UserWarning, match="recommended to use bootstrap=True"):
        BaggingClassifier(bootstrap=False).fit(X, LABELS, np.ones(N))
    for options, words in (
        ({"max_samples": N + 1, "bootstrap": False}, "to sample without replacement"),
        ({"max_features": D + 1}, "max_features must be"),
        ({"oob_score": True, "bootstrap": False}, "only available if bootstrap=True"),
        ({"oob_score": True, "warm_start": True}, "only available if warm_start=False"),
        ({"max_samples": 0}, "'max_samples' parameter"),
        ({"estimator": 3}, "'estimator' parameter"),
    ):
        with pytest.raises(ValueError, match=words):
            BaggingClassifier(**options).fit(X, LABELS)
    with (
        pytest.raises(ValueError, match="must be <= n_samples=1 "),
        pytest.warns(UserWarning, match="recommended to use bootstrap=True"),
    ):
        BaggingClassifier(max_samples=2, bootstrap=False).fit(X, LABELS, np.arange(N) == 0)
    with pytest.raises(ValueError, match="Negative values in data"):
        BaggingClassifier().fit(X, LABELS, -np.ones(N))
    with pytest.raises(ValueError, match="Unknown label type"):
        BaggingClassifier().fit(X, NUMBERS)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        BaggingClassifier().predict(X)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        _ = BaggingRegressor().estimators_samples_
    with pytest.raises(AttributeError, match="decision_function"):
        BaggingClassifier().fit(X, LABELS).decision_function(X)
    with pytest.raises(ValueError, match="0 feature"):
        BaggingRegressor().fit(np.empty((5, 0)), np.ones(5))
