"""AdaBoost: scikit-learn's numbers, the theorems about it, and unpleasant tables."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble as reference
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid.callbacks import listen
from pellucid.dummy import DummyClassifier
from pellucid.ensemble import AdaBoostClassifier, AdaBoostRegressor
from pellucid.linear_model import LinearRegression, LogisticRegression, Perceptron
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.RandomState(0)
N = 200
X = RNG.standard_normal((N, 4)).astype(np.float32).astype(float)  # as scikit-learn's trees see it
SCORES = X[:, 0] + X[:, 1] ** 2 + 0.5 * RNG.standard_normal(N)
NUMBERS = np.round(2.0**16 * SCORES)  # whose sums are exact: equal splits are equal
LABELS = {
    2: np.where(SCORES > 0.5, "yes", "no"),
    3: np.array(["a", "b", "c"])[np.digitize(SCORES, [0, 1])],
}
WEIGHT = RNG.randint(0, 4, N).astype(float)
STUMP = DecisionTreeClassifier(max_depth=1)


# --- agreement ----------------------------------------------------------------------------------


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize(
    "options", [{}, {"learning_rate": 0.3}, {"estimator": LogisticRegression()}]
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # scikit-learn's, of weight 0
def test_samme_is_scikit_learns(K, options, weight):
    options = {"n_estimators": 15, "random_state": 1, **options}
    ours = AdaBoostClassifier(**options).fit(X, LABELS[K], weight)
    theirs = reference.AdaBoostClassifier(**options).fit(X, LABELS[K], weight)
    assert len(ours) == len(theirs)
    for name in ("estimator_weights_", "estimator_errors_"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-10, err_msg=name)
    if "estimator" not in options:
        assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-12)
        assert [m.random_state for m in ours] == [m.random_state for m in theirs]
    for name in ("decision_function", "predict_proba", "predict_log_proba"):
        assert_allclose(getattr(ours, name)(X), getattr(theirs, name)(X), atol=1e-10)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    for name in ("staged_decision_function", "staged_predict_proba"):
        pairs = zip(getattr(ours, name)(X), getattr(theirs, name)(X), strict=True)
        for a, b in pairs:
            assert_allclose(a, b, atol=1e-10)
    for a, b in zip(ours.staged_predict(X), theirs.staged_predict(X), strict=True):
        assert_array_equal(a, b)
    scores = list(ours.staged_score(X, LABELS[K], weight))
    assert scores == list(theirs.staged_score(X, LABELS[K], weight))


@pytest.mark.parametrize("loss", ["linear", "square", "exponential"])
@pytest.mark.parametrize("options", [{}, {"learning_rate": 0.3}, {"estimator": LinearRegression()}])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
def test_r2_is_scikit_learns(loss, options, weight):
    options = {"n_estimators": 10, "random_state": 1, "loss": loss, **options}
    ours = AdaBoostRegressor(**options).fit(X, NUMBERS, weight)
    theirs = reference.AdaBoostRegressor(**options).fit(X, NUMBERS, weight)
    for name in ("estimator_weights_", "estimator_errors_"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-8, err_msg=name)
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-10)
    for a, b in zip(ours.staged_predict(X), theirs.staged_predict(X), strict=True):
        assert_allclose(a, b, rtol=1e-10)
    assert_allclose(
        list(ours.staged_score(X, NUMBERS)), list(theirs.staged_score(X, NUMBERS)), rtol=1e-9
    )
    if "estimator" not in options:
        assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-10)


# --- what must be true --------------------------------------------------------------------------


class Noted(ClassifierMixin, BaseEstimator):
    """A stump that keeps the weights by which it was fitted."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        self.weight_ = np.array(sample_weight)
        self.stump_ = DecisionTreeClassifier(max_depth=1, random_state=self.random_state)
        self.stump_.fit(X, y, sample_weight)
        self.classes_ = self.stump_.classes_
        return self

    def predict(self, X):
        return self.stump_.predict(X)

    def predict_proba(self, X):
        return self.stump_.predict_proba(X)


@pytest.mark.parametrize("K", [2, 3])
def test_after_its_round_a_member_is_as_good_as_chance(K):
    """SAMME gives those it got wrong (K - 1)/K of the weight: nothing is left to learn from it."""
    model = AdaBoostClassifier(Noted(), n_estimators=10, random_state=0).fit(X, LABELS[K])
    for member, after in itertools.pairwise(model):
        wrong = member.predict(X) != LABELS[K]
        assert_allclose(after.weight_[wrong].sum(), (K - 1) / K, rtol=1e-10)
        assert_allclose(after.weight_.sum(), 1, rtol=1e-12)


def test_training_error_is_below_freund_and_schapires_bound():
    """Theorem 6 of 1997: the share of errors is at most Π 2 sqrt(ε (1 - ε))."""
    model = AdaBoostClassifier(n_estimators=30, random_state=0).fit(X, LABELS[2])
    errors = model.estimator_errors_
    bound = np.cumprod(2 * np.sqrt(errors * (1 - errors)))
    wrong = 1 - np.array(list(model.staged_score(X, LABELS[2])))
    assert np.all(wrong <= bound + 1e-12)


def test_two_classes_are_freund_and_schapires_adaboost():
    """Written as in the paper, with y of ±1 and α of half the size."""
    y = np.where(LABELS[2] == "yes", 1, -1)
    w, total = np.full(N, 1 / N), np.zeros(N)
    model = AdaBoostClassifier(n_estimators=10, random_state=0).fit(X, y)
    for member in model:
        h = (
            DecisionTreeClassifier(max_depth=1, random_state=member.random_state)
            .fit(X, y, w)
            .predict(X)
        )
        error = w[h != y].sum()
        alpha = np.log((1 - error) / error) / 2
        total += alpha * h
        w = w * np.exp(-alpha * y * h)
        w /= w.sum()
    assert_array_equal(model.predict(X), np.sign(total))


@pytest.mark.parametrize("algorithm", ["SAMME", "SAMME.R"])
def test_scores_of_the_classes_sum_to_zero(algorithm):
    model = AdaBoostClassifier(algorithm=algorithm, n_estimators=7, random_state=0).fit(
        X, LABELS[3]
    )
    assert_allclose(model.decision_function(X).sum(axis=1), 0, atol=1e-12)
    assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    *_, last = model.staged_decision_function(X)
    assert_allclose(last, model.decision_function(X), rtol=1e-12)
    best = model.predict_proba(X).argmax(axis=1)
    assert_array_equal(model.classes_[best], model.predict(X))


def test_no_weight_falls_so_low_that_it_cannot_rise_again():
    tiny = np.where(WEIGHT > 1, 1, 1e-200)
    options = {"n_estimators": 15, "random_state": 1}
    model = AdaBoostClassifier(Noted(), **options).fit(X, LABELS[2], tiny)
    assert min(member.weight_.min() for member in model) == np.finfo(float).eps
    theirs = reference.AdaBoostClassifier(Noted(), **options).fit(X, LABELS[2], tiny)
    assert_allclose(model.estimator_errors_, theirs.estimator_errors_, rtol=1e-10)


def test_samme_r_raises_the_weight_of_what_was_thought_unlikely():
    model = AdaBoostClassifier(Noted(), algorithm="SAMME.R", n_estimators=8, random_state=0)
    model.fit(X, LABELS[2])
    second = LABELS[2] == "yes"
    for member, after in itertools.pairwise(model):
        p = np.maximum(member.predict_proba(X), np.finfo(float).eps)
        likely = np.where(second, p[:, 1] / p[:, 0], p[:, 0] / p[:, 1])
        expected = member.weight_ / np.sqrt(likely)  # exp(-1/2 log p(y) / p(not y))
        assert_allclose(after.weight_, expected / expected.sum(), rtol=1e-9)
    assert_array_equal(model.estimator_weights_, 1)


@pytest.mark.parametrize("Model", [AdaBoostClassifier, AdaBoostRegressor])
def test_a_weight_of_zero_is_no_row(Model):
    y = LABELS[2] if Model is AdaBoostClassifier else NUMBERS
    kept = WEIGHT > 0
    if Model is AdaBoostClassifier:  # what is drawn depends on the number of rows
        whole = Model(n_estimators=5, random_state=0).fit(X, y, kept)
        part = Model(n_estimators=5, random_state=0).fit(X[kept], y[kept])
        assert_allclose(whole.decision_function(X), part.decision_function(X), atol=1e-10)
    marked = np.where(kept[:, None], X, 1e6)
    model = Model(n_estimators=5, random_state=0).fit(marked, y, kept)
    plain = Model(n_estimators=5, random_state=0).fit(X, y, kept)
    assert_array_equal(model.predict(X), plain.predict(X))


def test_the_median_is_the_papers():
    model = AdaBoostRegressor(n_estimators=7, random_state=0).fit(X, NUMBERS)
    weights = model.estimator_weights_[: len(model)]
    for row, found in zip(X[:40], model.predict(X[:40]), strict=True):
        answers = [member.predict([row])[0] for member in model]
        enough = [
            a for a in answers
            if weights[np.array(answers) <= a].sum() >= weights.sum() / 2
        ]  # fmt: skip
        assert found == min(enough)

    model.estimator_weights_[:2] = 1
    assert_array_equal(model._median(np.array([[3.0, 5.0]])), 3)  # of two the smaller


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("algorithm", ["SAMME", "SAMME.R"])
def test_the_scores_are_a_sum_of_trees(K, algorithm):
    """Over leaves, as over votes: what explains or exports sums of trees stands on this."""
    model = AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=2), algorithm=algorithm, n_estimators=6, random_state=0
    ).fit(X, LABELS[K])
    trees, scale, offset = model._sum_of_trees()
    raw = offset + scale * sum(tree.value[tree.apply(X), :, 0] for tree in trees)
    decision = model.decision_function(X)
    assert_allclose(raw[:, 0] if K == 2 else raw, decision, atol=1e-12)
    stand_ins = AdaBoostClassifier(Noted(), algorithm=algorithm, n_estimators=6, random_state=0)
    stumps = AdaBoostClassifier(algorithm=algorithm, n_estimators=6, random_state=0)
    by_votes = stand_ins.fit(X, LABELS[K]).decision_function(X)
    assert_allclose(stumps.fit(X, LABELS[K]).decision_function(X), by_votes, atol=1e-12)
    with pytest.raises(TypeError, match="ordered columns"):
        stand_ins._sum_of_trees()


def test_between_stages_the_configuration_is_the_callers():
    model = AdaBoostClassifier(n_estimators=3).fit(X, LABELS[3])
    for _ in model.staged_predict(X):
        assert not get_config()["assume_finite"]


def test_steps_can_be_watched():
    told = []
    with listen(told.append):
        AdaBoostClassifier(n_estimators=4).fit(X, LABELS[2])
    assert [step.done for step in told if isinstance(step.estimator, AdaBoostClassifier)][-1] == 4


# --- tables of other kinds ----------------------------------------------------------------------


@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csc_array])
def test_sparse_tables(container):
    table = np.where(X > 0.3, X, 0)
    for Model, y in ((AdaBoostClassifier, LABELS[3]), (AdaBoostRegressor, NUMBERS)):
        dense = Model(n_estimators=5, random_state=0).fit(table, y)
        sparse = Model(n_estimators=5, random_state=0).fit(container(table), y)
        assert_array_equal(sparse.predict(container(table)), dense.predict(table))


def test_missing_values_where_the_members_take_them():
    holed = np.where(RNG.random_sample(X.shape) < 0.1, np.nan, X)
    for Model, y in ((AdaBoostClassifier, LABELS[2]), (AdaBoostRegressor, NUMBERS)):
        model = Model(n_estimators=5, random_state=0).fit(holed, y)
        assert len(model.predict(holed)) == N
    with pytest.raises(ValueError, match="contains NaN"):
        AdaBoostClassifier(LogisticRegression()).fit(holed, LABELS[2])


def test_frames_and_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = AdaBoostClassifier(n_estimators=3, random_state=0).fit(frame, LABELS[2])
    assert list(model.feature_names_in_) == list("abcd")
    plain = AdaBoostClassifier(n_estimators=3, random_state=0).fit(X, LABELS[2])
    assert_array_equal(model.predict(frame), plain.predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[list("bacd")])


def test_members_of_every_kind_come_back_from_a_file(tmp_path):
    for model, y in (
        (AdaBoostClassifier(LogisticRegression(), algorithm="SAMME.R", n_estimators=3), LABELS[3]),
        (AdaBoostRegressor(LinearRegression(), n_estimators=3, random_state=0), NUMBERS),
    ):
        model.fit(X, y)
        pellucid.save(model, tmp_path / "model")
        loaded = pellucid.load(tmp_path / "model")
        assert_array_equal(loaded.predict(X), model.predict(X))
        assert len(loaded) == len(model)


@pytest.mark.parametrize("Model", [AdaBoostClassifier, AdaBoostRegressor])
def test_members_that_know_categories_are_asked_one_by_one(Model):
    """A member that has not drawn a category does not know it: it codes the others its own way."""
    coloured = np.column_stack([X, RNG.randint(0, 30, N)])
    y = LABELS[2] if Model is AdaBoostClassifier else NUMBERS
    Tree = DecisionTreeClassifier if Model is AdaBoostClassifier else DecisionTreeRegressor
    model = Model(Tree(max_depth=3, categorical_features=[4]), n_estimators=5, random_state=0)
    model.fit(coloured, y)
    said = [member.predict(coloured) for member in model]
    if Model is AdaBoostRegressor:
        assert_array_equal(model._median(np.column_stack(said)), model.predict(coloured))
    else:
        votes = np.array([np.where(each == "yes", 1, -1) for each in said])
        assert_allclose(
            model.decision_function(coloured),
            2 * np.average(votes, axis=0, weights=model._alphas()),
        )
        with pytest.raises(TypeError, match="ordered columns"):
            model._sum_of_trees()


def test_a_tampered_file_reaches_no_kernel():
    model = AdaBoostClassifier(n_estimators=3, random_state=0).fit(X, LABELS[2])
    model._check_state()
    last = model.estimators_[-1].tree_
    for categories in ([0, 0, 0, 70], [0, 0, 0], [0, 0, 0, 0, 0]):
        kept, last.categories = last.categories, np.array(categories)
        with pytest.raises(ValueError, match="not of one form"):
            model._check_state()
        last.categories = kept
    model.estimators_[0].n_features_in_ = 3
    with pytest.raises(ValueError, match="not of one form"):
        model._check_state()


# --- bad and extreme input ----------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["SAMME", "SAMME.R"])
def test_one_class(algorithm):
    model = AdaBoostClassifier(algorithm=algorithm).fit(X, np.full(N, "only"))
    assert set(model.predict(X)) == {"only"}
    assert_array_equal(model.predict_proba(X), np.ones((N, 1)))
    assert_array_equal(model.decision_function(X), np.zeros(N))


def test_a_perfect_member_ends_the_fit():
    perfect = AdaBoostClassifier(DecisionTreeClassifier()).fit(X, LABELS[3])
    assert len(perfect) == 1
    assert_array_equal(perfect.estimator_errors_[:2], [0, 1])
    assert_array_equal(perfect.estimator_weights_[:2], [1, 0])
    constant = AdaBoostRegressor(random_state=0).fit(X, np.full(N, 7.0))
    assert len(constant) == 1
    assert_array_equal(constant.predict(X), 7)


def test_members_no_better_than_chance():
    y = np.arange(N) % 2
    with pytest.raises(ValueError, match="worse than random"):
        AdaBoostClassifier(STUMP).fit(np.ones((N, 2)), y)
    hopeless = AdaBoostRegressor(random_state=0).fit(np.ones((N, 2)), np.where(y, 1.0, -1.0))
    assert len(hopeless) == 1  # kept, as there must be one
    assert np.isfinite(hopeless.predict(np.ones((1, 2)))).all()


def test_weights_that_overflow_end_the_fit():
    iris = load_iris()
    with pytest.warns(UserWarning, match="reached infinite values"):
        model = AdaBoostClassifier(n_estimators=30, learning_rate=23.0).fit(iris.data, iris.target)
    assert np.isfinite(model.decision_function(iris.data)).all()


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_units_do_not_matter(scale):
    plain = AdaBoostClassifier(n_estimators=5, random_state=0).fit(X, LABELS[3])
    scaled = AdaBoostClassifier(n_estimators=5, random_state=0).fit(X * scale, LABELS[3])
    assert_array_equal(scaled.predict(X * scale), plain.predict(X))
    weighted = AdaBoostClassifier(n_estimators=5, random_state=0)
    weighted.fit(X, LABELS[3], np.full(N, scale))
    assert_allclose(weighted.decision_function(X), plain.decision_function(X), rtol=1e-9)


def test_little_data():
    assert AdaBoostClassifier().fit([[1.0]], ["a"]).predict([[2.0]]) == ["a"]
    assert AdaBoostRegressor().fit([[1.0]], [3.0]).predict([[2.0]]) == [3.0]
    rows = AdaBoostClassifier().fit([[0.0], [1.0]], [0, 1])
    assert_array_equal(rows.predict([[0.0], [1.0]]), [0, 1])


def test_bad_input():
    for model, error, words in (
        (AdaBoostClassifier(Perceptron(), algorithm="SAMME.R"), TypeError, "predict_proba method"),
        (AdaBoostClassifier(algorithm="SAMME.X"), ValueError, "'algorithm' parameter"),
        (AdaBoostClassifier(n_estimators=0), ValueError, "'n_estimators' parameter"),
        (AdaBoostClassifier(learning_rate=0), ValueError, "'learning_rate' parameter"),
        (AdaBoostClassifier(estimator=3), ValueError, "'estimator' parameter"),
    ):
        with pytest.raises(error, match=words):
            model.fit(X, LABELS[2])
    with pytest.raises(ValueError, match="'loss' parameter"):
        AdaBoostRegressor(loss="absolute").fit(X, NUMBERS)
    with pytest.raises(ValueError, match="Unknown label type"):
        AdaBoostClassifier().fit(X, NUMBERS + 0.5)
    with pytest.raises(ValueError, match="Negative values in data"):
        AdaBoostClassifier().fit(X, LABELS[2], -np.ones(N))
    for Model in (AdaBoostClassifier, AdaBoostRegressor):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            Model().predict(X)
        with pytest.raises(NotFittedError, match="not fitted yet"):
            _ = Model().feature_importances_
    model = AdaBoostClassifier(DummyClassifier(), algorithm="SAMME.R", n_estimators=2)
    model.fit(X, LABELS[2])
    with pytest.raises(AttributeError, match="Unable to compute feature importances"):
        _ = model.feature_importances_
    with pytest.raises(ValueError, match="0 feature"):
        AdaBoostRegressor(DecisionTreeRegressor()).fit(np.empty((5, 0)), np.ones(5))
