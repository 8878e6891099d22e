"""Naive Bayes classifiers: what must be true of them, known answers, and bad and extreme input."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid.emissions.gaussian_moments import Moments
from pellucid.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from pellucid.naive_bayes.categorical_nb import _add_up, _count_categories
from pellucid.naive_bayes.gaussian_nb import _class_moments, _log_densities

COUNTS = [MultinomialNB, ComplementNB, BernoulliNB]
ALL = [*COUNTS, CategoricalNB, GaussianNB]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.poisson([1, 2, 5, 0.5, 1], (60, 5))
    return X, np.array(["a", "b", "c"])[(X[:, 0] + rng.poisson(1, 60)).clip(max=2)]


# --- known answers ------------------------------------------------------------------------------

# Manning, Raghavan & Schütze (2008), chapter 13: Beijing Chinese Japan Macao Shanghai Tokyo
CHINA = np.array([[1, 2, 0, 0, 0, 0], [0, 2, 0, 0, 1, 0], [0, 1, 0, 1, 0, 0], [0, 1, 1, 0, 0, 1]])
IN_CHINA = np.array(["yes", "yes", "yes", "no"])
TEST = np.array([[0, 3, 1, 0, 0, 1]])


def test_multinomial_example_of_the_book():
    model = MultinomialNB().fit(CHINA, IN_CHINA)
    joint = np.exp(model.predict_joint_log_proba(TEST))
    np.testing.assert_allclose(
        joint, [[1 / 4 * (2 / 9) ** 3 * 2 / 9 * 2 / 9, 3 / 4 * (3 / 7) ** 3 * 1 / 14 * 1 / 14]]
    )
    assert joint.round(4).tolist() == [[0.0001, 0.0003]]  # as printed
    assert model.predict(TEST) == ["yes"]


def test_bernoulli_example_of_the_book():
    model = BernoulliNB().fit(CHINA, IN_CHINA)
    joint = np.exp(model.predict_joint_log_proba(TEST))
    assert joint.round(3).tolist() == [[0.022, 0.005]]  # as printed
    assert model.predict(TEST) == ["no"]


# --- what must be true --------------------------------------------------------------------------


@pytest.mark.parametrize("build", ALL)
def test_probabilities_sum_to_one(build, data):
    X, y = data
    model = build().fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))
    assert (model.predict(X) == model.classes_[model.predict_proba(X).argmax(axis=1)]).all()


@pytest.mark.parametrize("build", ALL)
def test_a_weight_of_two_is_the_row_twice(build, data):
    X, y = data
    weights = 1 + np.arange(len(X)) % 2
    weighted = build().fit(X, y, sample_weight=weights)
    repeated = build().fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    for method in ("predict_joint_log_proba", "predict_proba"):
        np.testing.assert_allclose(
            getattr(weighted, method)(X), getattr(repeated, method)(X), rtol=1e-12
        )


def test_batches_are_smoothed_as_all_rows_are(data):
    X, y = data
    whole = GaussianNB(var_smoothing=0.5).fit(X, y)
    parts = GaussianNB(var_smoothing=0.5)
    for rows in (slice(7), slice(7, 8), slice(8, None)):
        parts.partial_fit(X[rows], y[rows], classes=["a", "b", "c"])
    np.testing.assert_allclose(parts.epsilon_, 0.5 * X.var(axis=0).max(), rtol=1e-13)
    np.testing.assert_allclose(parts.var_, whole.var_, rtol=1e-13)


@pytest.mark.parametrize("build", COUNTS)
@pytest.mark.parametrize(
    "container", [sp.csr_matrix, sp.csr_array, sp.csc_array, pd.DataFrame, pl.DataFrame]
)
def test_containers(build, container, data):
    X, y = data
    expected = build().fit(X, y).predict_proba(X)
    Z = container(X) if container is not pl.DataFrame else pl.DataFrame(X, schema=list("abcde"))
    Z = Z.rename(columns=str) if container is pd.DataFrame else Z
    np.testing.assert_allclose(build().fit(Z, y).predict_proba(Z), expected, rtol=1e-13)
    if sp.issparse(Z) and Z.format == "csr":
        Z.indices, Z.indptr = Z.indices.astype(np.int64), Z.indptr.astype(np.int64)
        np.testing.assert_allclose(build().fit(Z, y).predict_proba(Z), expected, rtol=1e-13)


@pytest.mark.parametrize("build", ALL)
def test_saved(build, data, tmp_path):
    X, y = data
    model = build().fit(X, y)
    pellucid.save(model, tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    more = loaded.partial_fit(X, y), model.partial_fit(X, y)
    np.testing.assert_array_equal(*(m.predict_proba(X) for m in more))


def test_a_damaged_state_is_refused(data, tmp_path):
    X, y = data
    gaussian, categorical = GaussianNB().fit(X, y), CategoricalNB().fit(X, y)
    gaussian.theta_ = gaussian.theta_[:, 1:]
    categorical.feature_log_prob_ = categorical.feature_log_prob_[:1]
    for model in (gaussian, categorical):
        pellucid.save(model, tmp_path / "model")
        with pytest.raises(ValueError, match="classes"):
            pellucid.load(tmp_path / "model")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_of_gaussian_attributes(dtype, data):
    X, y = data
    model = GaussianNB().fit(X.astype(dtype), y).partial_fit(X.astype(dtype), y)
    for name in ("theta_", "var_", "class_count_", "class_prior_"):
        assert getattr(model, name).dtype == dtype
    assert model.predict_proba(X.astype(dtype)).dtype == dtype


def test_blocks_of_rows_do_not_matter_to_the_moments():
    X = np.random.default_rng(0).normal(1e8, 1, (70_000, 5))  # more than one block
    y = np.arange(len(X)) % 3
    model = GaussianNB(var_smoothing=0).fit(X, y)
    for k in range(3):
        exact = X[y == k].astype(np.longdouble)
        np.testing.assert_allclose(model.theta_[k], exact.mean(axis=0), rtol=1e-15)
        np.testing.assert_allclose(model.var_[k], exact.var(axis=0), rtol=1e-9)


finite = st.floats(-1e6, 1e6)


@given(
    arrays(float, (9, 2), elements=finite),
    arrays(int, 9, elements=st.integers(0, 2)),
    arrays(float, 9, elements=st.floats(0, 10)),
    st.integers(0, 9),
)
@settings(deadline=None)
def test_moments_merge_and_equal_their_definition(X, labels, weights, cut):
    parts = [
        Moments("diag", *_class_moments(X[part], labels[part], weights[part], 3))
        for part in (slice(cut), slice(cut, None))
    ]
    merged = parts[0] + parts[1]
    for k in range(3):
        w = weights[labels == k]
        np.testing.assert_allclose(merged.weight[k], w.sum(), rtol=1e-12)
        if w.sum() > 1e-100:
            mean = w @ X[labels == k] / w.sum()
            np.testing.assert_allclose(merged.mean[k], mean, rtol=1e-9, atol=1e-6)
            scatter = w @ (X[labels == k] - mean) ** 2
            np.testing.assert_allclose(merged.scatter[k], scatter, rtol=1e-6, atol=1e-4)


def test_kernels_equal_their_numpy_twins():
    rng = np.random.default_rng(0)
    X, mean, precision, peak = rng.normal(size=(50, 4)), *rng.random((2, 3, 4)), rng.random(3)
    out = np.empty((50, 3))
    _log_densities(X, mean, precision, peak, out)
    twin = peak - ((X[:, None] - mean) ** 2 * precision).sum(axis=2) / 2
    np.testing.assert_allclose(out, twin, rtol=1e-13)

    Z, labels, weights = rng.integers(0, 3, (50, 4)), rng.integers(0, 2, 50), rng.random(50)
    starts = np.arange(4) * 3
    counts, twin = np.zeros((2, 2, 12))
    _count_categories(Z, labels, weights, starts, counts)
    np.add.at(twin, (labels[:, None], starts + Z), weights[:, None])
    np.testing.assert_allclose(counts, twin, rtol=1e-13)

    table, scores = rng.normal(size=(12, 3)), np.ones((50, 3))
    _add_up(Z, table, starts, scores)
    np.testing.assert_allclose(scores, 1 + table[starts + Z].sum(axis=1), rtol=1e-13)


# --- bad and extreme input ----------------------------------------------------------------------


@pytest.mark.parametrize("build", ALL)
def test_what_is_refused(build, data):
    X, y = data
    with pytest.raises(NotFittedError):
        build().predict(X)
    with pytest.raises(ValueError, match="NaN"):
        build().fit(np.where(X == 5, np.nan, X), y)
    with pytest.raises(ValueError, match="infinity"):
        build().fit(np.where(X == 5, np.inf, X), y)
    with pytest.raises(ValueError, match="features"):
        build().fit(X, y).predict(X[:, 1:])
    with pytest.raises(ValueError, match="inconsistent"):
        build().fit(X, y[1:])
    with pytest.raises(ValueError, match="minimum of 1"):
        build().fit(X[:0], y[:0])
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        build().fit(X, y, sample_weight=-np.ones(len(X)))
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        build().partial_fit(X, y)
    model = build().partial_fit(X, y, classes=["a", "b", "c"])
    with pytest.raises(ValueError, match="is not the same as on last call"):
        model.partial_fit(X, y, classes=["a", "b"])
    with pytest.raises(ValueError, match=r"The target label\(s\) \['d'\] in y do not exist"):
        model.partial_fit(X[:1], ["d"])


@pytest.mark.parametrize("build", [MultinomialNB, ComplementNB, CategoricalNB])
def test_negative_counts_are_refused(build):
    with pytest.raises(ValueError, match=f"Negative values in data passed to {build.__name__}"):
        build().fit([[-1, 0]], [0])


@pytest.mark.parametrize("build", ALL)
def test_one_class_and_one_row(build):
    model = build().fit([[1, 2]], ["only"])
    assert model.predict([[3, 4]] if build is not CategoricalNB else [[0, 1]]) == ["only"]


@pytest.mark.parametrize("build", [MultinomialNB, BernoulliNB, CategoricalNB, ComplementNB])
def test_without_smoothing_what_was_never_seen_rules_a_class_out(build):
    X, y = np.array([[1, 0, 1], [0, 1, 1]]), np.array([0, 1])
    model = build(alpha=0).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), np.eye(2), atol=1e-300)


def test_a_class_without_rows_has_no_probability():
    model = MultinomialNB().partial_fit([[1, 0], [0, 1]], [0, 1], classes=[0, 1, 2])
    np.testing.assert_array_equal(model.predict_proba([[1, 1]]), [[0.5, 0.5, 0]])
    model = GaussianNB().partial_fit([[1.0, 0], [0, 1]], [0, 1], classes=[0, 1, 2])
    assert model.predict_proba([[1, 1]])[0, 2] == 0


def test_no_variance_at_all():
    X, y = np.ones((4, 2)), [0, 0, 0, 1]
    np.testing.assert_allclose(GaussianNB().fit(X, y).predict_proba(X[:1]), [[0.75, 0.25]])


@pytest.mark.parametrize("scale", [1e-140, 1e-8, 1, 1e8, 1e150])
def test_scale_does_not_matter(scale, data):
    X, y = data[0] + np.linspace(0, 1, 5), data[1]
    expected = GaussianNB().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(
        GaussianNB().fit(X * scale, y).predict_proba(X * scale), expected, rtol=1e-10
    )


def test_an_unknown_category_is_named():
    model = CategoricalNB().fit([[0, 1], [1, 0]], [0, 1])
    with pytest.raises(IndexError, match="feature 1 has 2 categories"):
        model.predict([[0, 2]])
    with pytest.raises(ValueError, match="should have shape"):
        CategoricalNB(min_categories=[2, 3, 4]).fit([[0, 1], [1, 0]], [0, 1])
    with pytest.raises(ValueError, match="integral type"):
        CategoricalNB(min_categories=[2.5, 3]).fit([[0, 1], [1, 0]], [0, 1])


def test_read_only_input(data):
    X, y = data[0].astype(float), data[1]
    X.setflags(write=False)
    for build in ALL:
        build().fit(X, y).predict(X)
