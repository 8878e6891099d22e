"""Stacks: scikit-learn's, one built by hand, and members that are fitted, dropped or mute."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble as reference
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold

import pellucid
from pellucid.dummy import DummyRegressor
from pellucid.ensemble import StackingClassifier, StackingRegressor
from pellucid.ensemble._leave_one_out import leave_one_out_ridge
from pellucid.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from pellucid.naive_bayes import GaussianNB
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.RandomState(0)
N = 150
X = RNG.standard_normal((N, 4))
NUMBERS = X[:, 0] + X[:, 1] ** 2 + 0.5 * RNG.standard_normal(N)
LABELS = {
    2: np.where(NUMBERS > 0.5, "yes", "no"),
    3: np.array(["a", "b", "c"])[np.digitize(NUMBERS, [0, 1])],
}
WEIGHT = RNG.randint(1, 4, N).astype(float)
MODELS = [
    ("line", RidgeClassifier()),
    ("tree", DecisionTreeClassifier(max_depth=3, random_state=0)),
    ("bayes", GaussianNB()),
]
REGRESSORS = [
    ("line", LinearRegression()),
    ("tree", DecisionTreeRegressor(max_depth=3, random_state=0)),
]
JUDGE = LogisticRegression()


def weights(sample_weight):
    return {} if sample_weight is None else {"sample_weight": sample_weight}


# --- agreement ----------------------------------------------------------------------------------


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize(
    "options", [{}, {"passthrough": True}, {"stack_method": "predict", "cv": 3}]
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
def test_classifier_is_scikit_learns(K, options, weight):
    ours = StackingClassifier(MODELS, JUDGE, **options).fit(X, LABELS[K], **weights(weight))
    theirs = reference.StackingClassifier(MODELS, JUDGE, **options)
    theirs.fit(X, LABELS[K], **weights(weight))
    assert ours.stack_method_ == theirs.stack_method_
    assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-12)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())
    assert_allclose(ours.final_estimator_.coef_, theirs.final_estimator_.coef_, rtol=1e-12)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-12)
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-12)
    assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("passthrough", [False, True])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
def test_regressor_is_scikit_learns_with_its_default_judge(passthrough, weight):
    options = {"passthrough": passthrough, "cv": KFold(4, shuffle=True, random_state=0)}
    ours = StackingRegressor(REGRESSORS, **options).fit(X, NUMBERS, **weights(weight))
    theirs = reference.StackingRegressor(REGRESSORS, **options)
    theirs.fit(X, NUMBERS, **weights(weight))
    assert ours.final_estimator_.alpha == theirs.final_estimator_.alpha_
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


@pytest.mark.parametrize("shape", [(40, 3), (10, 30), (40, 1)])
@pytest.mark.parametrize("noise", [0.01, 1, 30])
def test_the_default_price_is_ridge_cvs(shape, noise):
    A = RNG.standard_normal(shape)
    b = A[:, 0] + noise * RNG.standard_normal(len(A)) + 5
    for weight in (None, RNG.randint(0, 3, len(A)).astype(float)):
        expected = RidgeCV().fit(A, b, weight).alpha_
        assert leave_one_out_ridge(A, b, weight).alpha == expected
    assert leave_one_out_ridge(sp.csr_matrix(A), b).alpha == leave_one_out_ridge(A, b).alpha


def test_rows_left_out_are_left_out():
    """The shortcut for all N fits against those fits."""
    A, b = X[:20], NUMBERS[:20] * 3

    def error(alpha):
        rest = [np.delete(np.arange(20), n) for n in range(20)]
        fits = [Ridge(alpha=alpha).fit(A[seen], b[seen]) for seen in rest]
        return sum((b[n] - fit.predict(A[[n]])[0]) ** 2 for n, fit in enumerate(fits))

    assert leave_one_out_ridge(A, b).alpha == min((0.1, 1.0, 10.0), key=error)


# --- what must be true --------------------------------------------------------------------------


def test_the_judge_learns_from_answers_out_of_fold():
    folds = KFold(3)
    model = StackingRegressor(REGRESSORS, LinearRegression(), cv=folds).fit(X, NUMBERS)
    Z = np.empty((N, 2))
    for seen, left_out in folds.split(X):
        for t, (_, member) in enumerate(REGRESSORS):
            Z[left_out, t] = member.fit(X[seen], NUMBERS[seen]).predict(X[left_out])
    judge = LinearRegression().fit(Z, NUMBERS)
    assert_allclose(model.final_estimator_.coef_, judge.coef_, rtol=1e-10)
    answers = [member.fit(X, NUMBERS).predict(X) for _, member in REGRESSORS]
    assert_allclose(model.predict(X), judge.predict(np.column_stack(answers)), rtol=1e-10)


def test_a_model_that_only_remembers_wins_no_trust():
    """Whole trees are right on all they saw; out of fold they are worse than a line."""
    y = X @ [1.0, 2, 0, 0] + 0.1 * RNG.standard_normal(N)
    members = [("line", LinearRegression()), ("tree", DecisionTreeRegressor(random_state=0))]
    trust = StackingRegressor(members, LinearRegression()).fit(X, y).final_estimator_.coef_
    assert trust[0] > 10 * abs(trust[1])


def test_members_that_come_fitted_are_taken_as_they_are():
    fitted = [(name, member.fit(X[:80], NUMBERS[:80])) for name, member in REGRESSORS]
    model = StackingRegressor(fitted, LinearRegression(), cv="prefit").fit(X[80:], NUMBERS[80:])
    assert model.estimators_ == [member for _, member in fitted]
    Z = np.column_stack([member.predict(X[80:]) for _, member in fitted])
    assert_allclose(model.final_estimator_.coef_, LinearRegression().fit(Z, NUMBERS[80:]).coef_)
    with pytest.raises(NotFittedError):
        StackingRegressor([("new", LinearRegression())], cv="prefit").fit(X, NUMBERS)


def test_folds_are_the_same_for_every_model():
    folds = {"cv": KFold(3, shuffle=True, random_state=np.random.RandomState(0))}
    twins = [("a", REGRESSORS[1][1]), ("b", REGRESSORS[1][1])]
    model = StackingRegressor(twins, LinearRegression(), **folds).fit(X, NUMBERS)
    assert_allclose(*model.final_estimator_.coef_)  # equal columns, so equal weights


def test_a_model_that_is_dropped_is_not_there():
    with_drop = StackingClassifier(MODELS).set_params(tree="drop").fit(X, LABELS[3])
    without = StackingClassifier([MODELS[0], MODELS[2]]).fit(X, LABELS[3])
    assert_array_equal(with_drop.predict_proba(X), without.predict_proba(X))
    assert_array_equal(with_drop.get_feature_names_out(), without.get_feature_names_out())


def test_jobs_do_not_change_the_answer():
    one = StackingClassifier(MODELS).fit(X, LABELS[3])
    two = StackingClassifier(MODELS, n_jobs=2).fit(X, LABELS[3])
    assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_several_labels():
    Y = np.column_stack([X[:, 0] > 0, X[:, 1] + X[:, 2] > 0]).astype(int)
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    model = StackingClassifier([("tree", tree)], tree).fit(X, Y)
    assert model.transform(X).shape == (N, 2)  # the probability of each label
    assert model.predict(X).shape == Y.shape
    assert_array_equal(model.classes_, [[0, 1]] * 2)


# --- tables of other kinds ----------------------------------------------------------------------


@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csc_array])
def test_sparse_tables_pass_through_as_they_are(container):
    table = container(np.where(X > 0.5, X, 0))
    model = StackingRegressor([("line", Ridge())], passthrough=True).fit(table, NUMBERS)
    Z = model.transform(table)
    assert sp.issparse(Z)
    assert Z.format == table.format
    assert_array_equal(Z.toarray()[:, 1:], table.toarray())
    assert len(model.predict(table)) == N


def test_frames_and_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = StackingClassifier(MODELS, passthrough=True).set_output(transform="pandas")
    model.fit(frame, LABELS[2])
    names = [f"stackingclassifier_{name}" for name, _ in MODELS]
    assert list(model.transform(frame).columns) == [*names, *"abcd"]
    assert list(model.feature_names_in_) == list("abcd")


def test_files(tmp_path):
    for model, y in (
        (StackingClassifier(MODELS), LABELS[3]),
        (StackingRegressor(REGRESSORS), NUMBERS),
    ):
        model.fit(X, y)
        pellucid.save(model, tmp_path / "model")
        loaded = pellucid.load(tmp_path / "model")
        assert_array_equal(loaded.predict(X), model.predict(X))
        assert_array_equal(loaded.get_feature_names_out(), model.get_feature_names_out())


# --- bad and extreme input ----------------------------------------------------------------------


class Unweighted(RegressorMixin, BaseEstimator):
    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.ones(len(X))


def test_arguments_go_to_the_judge():
    model = StackingRegressor(REGRESSORS, DummyRegressor()).fit(X, NUMBERS)
    mean, deviation = model.predict(X, return_std=True)
    assert_allclose(mean, NUMBERS.mean())
    assert_array_equal(deviation, 0)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_units_of_x_do_not_matter_to_trees(scale):
    tree = DecisionTreeRegressor(max_depth=3, random_state=0)
    plain = StackingRegressor([("tree", tree)]).fit(X, NUMBERS)
    scaled = StackingRegressor([("tree", tree)]).fit(X * scale, NUMBERS)
    assert_array_equal(scaled.predict(X * scale), plain.predict(X))


def test_constant_answers():
    model = StackingRegressor([("mean", DummyRegressor())]).fit(X, np.full(N, 7.0))
    assert_allclose(model.predict(X), 7)


def test_bad_input():
    for estimators, words in (
        ([], "non-empty list"),
        ([("a", "drop")], "All estimators are dropped"),
        ([("a", DecisionTreeClassifier())], "DecisionTreeClassifier should be a regressor"),
        ([("passthrough", LinearRegression())], "conflict with constructor"),
    ):
        with pytest.raises(ValueError, match=words):
            StackingRegressor(estimators).fit(X, NUMBERS)
    with pytest.raises(ValueError, match="a does not implement the method predict_proba"):
        StackingClassifier([("a", RidgeClassifier())], stack_method="predict_proba").fit(
            X, LABELS[2]
        )
    with pytest.raises(ValueError, match="should be a classifier"):
        StackingClassifier(MODELS, LinearRegression()).fit(X, LABELS[2])
    with pytest.raises(ValueError, match="should be a regressor"):
        StackingRegressor(REGRESSORS, JUDGE).fit(X, NUMBERS)
    with pytest.raises(TypeError, match="Unweighted does not support sample weights"):
        StackingRegressor([("a", Unweighted())]).fit(X, NUMBERS, sample_weight=WEIGHT)
    with pytest.raises(TypeError, match="Unweighted does not support sample weights"):
        StackingRegressor(REGRESSORS, Unweighted()).fit(X, NUMBERS, sample_weight=WEIGHT)
    with pytest.raises(ValueError, match="Unknown label type"):
        StackingClassifier(MODELS).fit(X, NUMBERS)
    with pytest.raises(ValueError, match="one class alone"):
        StackingClassifier(MODELS).fit(X, np.zeros(N, int))
    with pytest.raises(NotFittedError, match="not fitted yet"):
        StackingClassifier(MODELS).predict(X)
    with pytest.raises(AttributeError, match="has no attribute 'decision_function'"):
        StackingClassifier(MODELS, DecisionTreeClassifier()).decision_function(X)
    with pytest.raises(ValueError, match="'cv' parameter"):
        StackingClassifier(MODELS, cv="all").fit(X, LABELS[2])
