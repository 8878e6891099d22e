"""Stochastic gradient descent: scikit-learn's very steps, and what must be true of them."""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import linear_model as reference
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedShuffleSplit

import pellucid
from pellucid.callbacks import listen
from pellucid.linear_model import SGDClassifier, SGDRegressor
from pellucid.linear_model._descent import LABEL_LOSSES, RESIDUAL_LOSSES
from pellucid.linear_model._sgd import Penalty, Rows, Walk, epoch
from pellucid.linear_model._sgd_order import Rate, shuffle
from pellucid.losses import LogLoss, Loss, SquaredLoss
from pellucid.losses.compiled import compiled

N, D = 120, 5


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D))
    scores = X @ rng.normal(size=(D, 3)) + rng.gumbel(size=(N, 3))
    return X, np.argmax(scores, axis=1), scores[:, 0], rng.random(N) + 0.5


def same(ours, theirs, rtol=1e-10):
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=rtol, atol=rtol)
    assert ours.n_iter_ == theirs.n_iter_ and ours.t_ == theirs.t_


# Small steps: rounding is not amplified, so that the numbers of both sides can be compared.
STEPS = {
    "constant": {"eta0": 0.01},
    "invscaling": {"eta0": 0.05},
    "adaptive": {"eta0": 0.02},
    "optimal": {"alpha": 0.1},
}


@pytest.mark.parametrize("rate", STEPS)
@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
@pytest.mark.parametrize("sparse", [False, True])
def test_classifier_takes_the_steps_of_scikit_learn(data, rate, penalty, sparse):
    X, y, _, weight = data
    X = sp.csr_array(X * (np.abs(X) > 0.5)) if sparse else X
    options = {"loss": "log_loss", "random_state": 3, "max_iter": 7, "tol": None}
    options |= {"learning_rate": rate, "penalty": penalty} | STEPS[rate]
    for labels in (y, y > 0):  # three classes, two
        ours = SGDClassifier(**options).fit(X, labels, sample_weight=weight)
        same(ours, reference.SGDClassifier(**options).fit(X, labels, sample_weight=weight))


@pytest.mark.parametrize("loss", [*LABEL_LOSSES, *RESIDUAL_LOSSES])
def test_classifier_losses_are_those_of_scikit_learn(data, loss):
    X, y, _, _ = data
    options = {"loss": loss, "alpha": 0.1, "learning_rate": "constant", "eta0": 0.01}
    options |= {"random_state": 0, "tol": 1e-3}
    same(SGDClassifier(**options).fit(X, y), reference.SGDClassifier(**options).fit(X, y))


@pytest.mark.parametrize("loss", RESIDUAL_LOSSES)
@pytest.mark.parametrize("average", [False, True, 200])
def test_regressor_takes_the_steps_of_scikit_learn(data, loss, average):
    X, _, y, weight = data
    options = {"loss": loss, "average": average, "random_state": 1, "tol": 1e-4}
    ours = SGDRegressor(**options).fit(X, y, sample_weight=weight)
    same(ours, reference.SGDRegressor(**options).fit(X, y, sample_weight=weight))


@pytest.mark.parametrize("kind", ["pa1", "pa2"])
def test_passive_aggressive_steps_are_those_of_scikit_learn(data, kind):
    X, labels, y, _ = data
    options = {"learning_rate": kind, "eta0": 0.05, "penalty": None, "random_state": 0}
    same(SGDClassifier(**options).fit(X, labels), reference.SGDClassifier(**options).fit(X, labels))
    options["loss"] = "epsilon_insensitive"
    same(SGDRegressor(**options).fit(X, y), reference.SGDRegressor(**options).fit(X, y))


@pytest.mark.parametrize(
    "options",
    [
        {"class_weight": "balanced"},
        {"class_weight": {0: 2.0, 1: 0.5, 2: 1.0}},
        {"fit_intercept": False},
        {"shuffle": False},
        {"average": True},
        {"tol": 1e-6, "n_iter_no_change": 2},
        {"learning_rate": "adaptive", "eta0": 0.1},
    ],
    ids=str,
)
def test_other_options_are_those_of_scikit_learn(data, options):
    X, y, _, _ = data
    options = {"alpha": 0.05, "learning_rate": "invscaling", "eta0": 0.1} | options
    options["random_state"] = 5
    same(SGDClassifier(**options).fit(X, y), reference.SGDClassifier(**options).fit(X, y))


def test_early_stopping_of_a_regressor_is_that_of_scikit_learn(data):
    X, _, y, weight = data
    options = {"early_stopping": True, "random_state": 2, "validation_fraction": 0.3}
    ours = SGDRegressor(**options).fit(X, y, sample_weight=weight)
    same(ours, reference.SGDRegressor(**options).fit(X, y, sample_weight=weight))


def test_early_stopping_of_a_classifier_goes_by_the_accuracy_held_out(data):
    X, y, _, _ = data
    y = (y > 0).astype(int)
    options = {"loss": "log_loss", "random_state": 0, "alpha": 0.01, "early_stopping": True}
    stopped = SGDClassifier(**options).fit(X, y)
    _, held_out = next(StratifiedShuffleSplit(test_size=0.1, random_state=0).split(X, y))
    best, idle = -np.inf, 0
    for n_iter in range(1, 200):  # the rule as it is documented, on fits of n_iter epochs
        model = SGDClassifier(**options | {"tol": None, "max_iter": n_iter}).fit(X, y)
        accuracy = model.score(X[held_out], y[held_out])
        idle = idle + 1 if accuracy < best + 1e-3 else 0
        best = max(best, accuracy)
        if idle == 5:
            break
    assert stopped.n_iter_ == n_iter
    np.testing.assert_array_equal(stopped.coef_, model.coef_)


def test_partial_fit_and_warm_start_go_on(data):
    X, y, target, _ = data
    options = {"alpha": 0.05, "random_state": 0, "tol": None, "max_iter": 1}
    ours, theirs = SGDClassifier(**options), reference.SGDClassifier(**options)
    chunks = [slice(0, 50), slice(50, 80), slice(80, N)]
    for rows in chunks:
        ours.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
        theirs.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-10)
        assert ours.t_ == theirs.t_
    for average in (False, True, 100):  # the parts of an epoch, one after another, are the epoch
        in_turn = options | {"average": average, "shuffle": False}
        for labels in (y, y > 0):
            parts = SGDClassifier(**in_turn)
            for rows in chunks:
                parts.partial_fit(X[rows], labels[rows], classes=np.unique(labels))
            whole = reference.SGDClassifier(**in_turn).fit(X, labels)
            np.testing.assert_allclose(parts.coef_, whole.coef_, rtol=1e-10)
    ours = SGDRegressor(warm_start=True, **options).fit(X, target).fit(X, target)
    theirs = reference.SGDRegressor(warm_start=True, **options).fit(X, target).fit(X, target)
    same(ours, theirs)
    start = np.arange(D) / 10
    ours = SGDRegressor(**options).fit(X, target, coef_init=start, intercept_init=0.5)
    same(ours, reference.SGDRegressor(**options).fit(X, target, start, 0.5))


def test_probabilities_are_those_of_scikit_learn(data):
    X, y, _, _ = data
    for loss in ("log_loss", "modified_huber"):
        for labels in (y, y > 0):
            options = {"loss": loss, "random_state": 0, "learning_rate": "constant", "eta0": 0.01}
            ours = SGDClassifier(**options).fit(X, labels)
            theirs = reference.SGDClassifier(**options).fit(X, labels)
            far = 3 * X  # so that some have no class at all
            np.testing.assert_allclose(ours.predict_proba(far), theirs.predict_proba(far), 1e-8)
            np.testing.assert_array_equal(ours.predict(far), theirs.predict(far))
    assert not hasattr(SGDClassifier(), "predict_proba")


# --- the compiled loop against its plain definition ----------------------------------------------


def twin(X, y, weight, order, loss, rate, penalty, average_from):
    """The steps without any of the devices: the weights themselves, each of them every time."""
    w, b, t, pull, pulled = np.zeros(X.shape[1]), 0.0, 1, 0.0, np.zeros(X.shape[1])
    iterates, total = [], 0.0
    for i in order:
        s = w @ X[i] + b
        total += loss.value(y[i], s) + penalty.l2 / 2 * w @ w + penalty.l1 * np.abs(w).sum()
        eta = rate.top / (t + rate.delay) ** rate.power
        step = -eta * loss.gradient(y[i], s) * weight[i]
        w = w * (1 - eta * penalty.l2) + step * X[i]
        b += step
        pull += eta * penalty.l1
        seen = X[i] != 0
        shrunk = np.where(
            w > 0, np.maximum(0, w - pull - pulled), np.minimum(0, w + pull - pulled)
        ) * (w != 0)
        pulled[seen] += (shrunk - w)[seen]
        w[seen] = shrunk[seen]
        if 0 < average_from <= t:
            iterates.append([*w, b])
        t += 1
    return w, b, total, np.sum(iterates, axis=0) if iterates else np.zeros(len(w) + 1)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("average_from", [0, 1, 60])
@pytest.mark.parametrize("l2, l1", [(0.0, 0.0), (0.3, 0.0), (0.0, 0.05), (5.0, 0.02)])
def test_the_loop_is_its_plain_definition(data, sparse, average_from, l2, l1):
    X, y, _, weight = data
    X = X * (np.abs(X) > 0.6)
    y, order = (y > 0).astype(float), np.random.default_rng(1).permutation(N)
    rate, penalty = Rate(0.3, 2.0, 0.6), Penalty(l2, l1)
    zeros = np.zeros(D)
    walk = Walk(zeros.copy(), 0.0, 1.0, zeros.copy(), 0.0, zeros.copy(), 0.0, 0.0)
    rows = Rows.of(sp.csr_array(X) if sparse else X)._replace(intercept_rate=1.0)
    walk, total = epoch(
        walk, rows, y, weight, order, LogLoss(), rate, penalty, average_from, True, True
    )
    if not sparse:  # a dense example has all columns, those with a zero too
        X = np.where(X == 0, 1e-300, X)
    w, b, plain_total, summed = twin(X, y, weight, order, LogLoss(), rate, penalty, average_from)
    np.testing.assert_allclose(walk.weights, w, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(walk.intercept, b, rtol=1e-10)
    np.testing.assert_allclose(total, plain_total, rtol=1e-10)
    np.testing.assert_allclose([*walk.summed, walk.summed_intercept], summed, 1e-9, 1e-11)


def test_shuffle_is_a_permutation_and_one_of_two_for_two():
    order = np.arange(1000)
    shuffle(order, 7)
    assert sorted(order) == list(range(1000)) and list(order) != list(range(1000))
    for n in (0, 1):
        order = np.arange(n)
        shuffle(order, 1)
        assert list(order) == list(range(n))


@pytest.mark.parametrize("loss", [cls() for cls in (LABEL_LOSSES | RESIDUAL_LOSSES).values()])
@pytest.mark.parametrize("method", ["value", "gradient"])
def test_a_compiled_loss_is_the_loss(loss, method):
    for y in (-1.0, 0.0, 1.0):
        for raw in (-40.0, -1.0, -0.1, 0.0, 0.3, 1.0, 2.5, 800.0):
            ours = compiled(loss, method).ctypes(y, raw)
            np.testing.assert_allclose(ours, getattr(loss, method)(y, raw), rtol=1e-14)


# --- what must be true ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Pinball(Loss):
    """A user's own: the quantile loss, with ``np.where`` in it."""

    quantile: float = 0.8

    def value(self, y, raw):
        return np.where(raw > y, (1 - self.quantile) * (raw - y), self.quantile * (y - raw))

    def gradient(self, y, raw):
        return np.where(raw > y, 1 - self.quantile, -self.quantile)


def test_a_loss_of_ones_own_is_learned(data):
    X, _, y, _ = data
    options = {"random_state": 0, "eta0": 0.1, "alpha": 1e-6, "max_iter": 400, "tol": None}
    model = SGDRegressor(Pinball(0.8), average=5000, **options).fit(X, y)
    assert abs(np.mean(y < model.predict(X)) - 0.8) < 0.05  # what the loss is for
    named = SGDRegressor("squared_error", random_state=0).fit(X, y)
    given = SGDRegressor(SquaredLoss(), random_state=0).fit(X, y)
    np.testing.assert_array_equal(named.coef_, given.coef_)


def test_classes_side_by_side_are_the_same_as_one_by_one(data):
    X, y, _, _ = data
    two, one = (SGDClassifier(random_state=0, n_jobs=j, alpha=0.01).fit(X, y) for j in (2, 1))
    np.testing.assert_array_equal(two.coef_, one.coef_)
    seeds = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=3)
    for k, seed in enumerate(seeds):
        alone = SGDClassifier(random_state=seed, alpha=0.01).fit(X, y == k)
        np.testing.assert_array_equal(alone.coef_[0], two.coef_[k])


def test_zero_weight_is_absence_but_for_the_clock(data):
    X, _, y, _ = data
    weight = (np.arange(N) < 60).astype(float)
    options = {"shuffle": False, "learning_rate": "constant", "penalty": None, "tol": None}
    part = SGDRegressor(max_iter=3, **options).fit(X[:60], y[:60])
    whole = SGDRegressor(max_iter=3, **options).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(whole.coef_, part.coef_, rtol=1e-12)


def test_float32_in_float32_out_and_sparse_as_dense(data):
    X, y, target, _ = data
    for dtype in (np.float32, np.float64):
        model = SGDClassifier(alpha=0.1, random_state=0).fit(X.astype(dtype), y)
        assert model.coef_.dtype == dtype
    options = {"random_state": 0, "fit_intercept": False}
    dense = SGDRegressor(**options).fit(X, target)
    for container in (sp.csr_array, sp.csr_matrix, sp.csc_array, sp.coo_array):
        sparse = SGDRegressor(**options).fit(container(X), target)
        np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-12)
    wide = sp.csr_array(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    wide.data.flags.writeable = False
    np.testing.assert_allclose(SGDRegressor(**options).fit(wide, target).coef_, dense.coef_, 1e-12)


def test_sparsify_changes_no_prediction_and_learning_goes_on(data):
    X, y, _, _ = data
    model = SGDClassifier(penalty="l1", alpha=0.05, random_state=0).fit(X, y)
    before = model.decision_function(X)
    assert sp.issparse(model.sparsify().coef_)
    np.testing.assert_allclose(model.decision_function(X), before, rtol=1e-12)
    model.partial_fit(X, y)
    assert isinstance(model.densify().coef_, np.ndarray)


def test_epochs_can_be_watched(data):
    X, y, _, _ = data
    seen = []
    with listen(seen.append):
        model = SGDClassifier(random_state=0, alpha=0.1).fit(X, y)
    assert sum(not step.finished for step in seen) == model.n_iter_


def test_saved_and_loaded_it_goes_on_alike(data, tmp_path):
    X, y, _, _ = data
    model = SGDClassifier(random_state=0, alpha=0.05, average=True).fit(X, y)
    pellucid.save(model, tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.partial_fit(X, y).coef_, model.partial_fit(X, y).coef_)
    model.coef_ = model.coef_[:, :2]
    with pytest.raises(ValueError, match="do not agree"):
        model._check_state()


# --- bad and extreme input -----------------------------------------------------------------------


def test_what_cannot_be_is_refused(data):
    X, y, target, _ = data
    with pytest.raises(ValueError, match="number of classes"):
        SGDClassifier().fit(X, np.zeros(N))
    with pytest.raises(ValueError, match="alpha must be > 0"):
        SGDClassifier(alpha=0).fit(X, y)
    with pytest.raises(ValueError, match="l1_ratio must be set"):
        SGDClassifier(penalty="elasticnet", l1_ratio=None).fit(X, y)
    with pytest.raises(ValueError, match="only works with loss 'hinge'"):
        SGDClassifier("log_loss", learning_rate="pa1").fit(X, y)
    with pytest.raises(ValueError, match="early_stopping should be False"):
        SGDRegressor(early_stopping=True).partial_fit(X, target)
    with pytest.raises(ValueError, match="'balanced' is not supported"):
        SGDClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="not in classes"):
        SGDClassifier().partial_fit(X, y, classes=[0, 1])
    for name in ("coef_init", "intercept_init"):
        with pytest.raises(ValueError, match=f"{name} does not match"):
            SGDClassifier().fit(X, y, **{name: np.zeros(7)})
    with pytest.raises(ValueError, match=r"under-/overflow occurred at epoch #1"):
        SGDRegressor().fit(X * 1e150, target)
    with pytest.raises(ValueError, match="validation set are all zero"):
        SGDRegressor(early_stopping=True, random_state=0).fit(X, target, sample_weight=np.eye(N)[0])
    with pytest.warns(ConvergenceWarning, match="Maximum number of iteration"):
        SGDClassifier(max_iter=1).fit(X, y)


def test_extreme_columns_do_no_harm(data):
    X, _, y, _ = data
    X = np.column_stack([X, np.zeros(N), X[:, 0], np.full(N, 1e-150)])
    model = SGDRegressor(random_state=0).fit(X, y)
    assert model.coef_[D] == 0 and model.coef_[D + 1] == model.coef_[0]
    assert np.isfinite(model.predict(X)).all()
    one = SGDRegressor(random_state=0, max_iter=3, tol=None).fit(X[:1], y[:1])
    assert np.isfinite(one.coef_).all()
    model = SGDClassifier(alpha=1e6, learning_rate="constant", random_state=0)
    assert not model.fit(X, y > 0).coef_[0, D] and np.isfinite(model.coef_).all()
