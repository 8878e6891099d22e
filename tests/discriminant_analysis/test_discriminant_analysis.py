"""Discriminants: what must be true of them, known answers, and bad and extreme input."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import linalg
from sklearn.covariance import OAS, LedoitWolf, ledoit_wolf_shrinkage
from sklearn.datasets import load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as Theirs
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import train_test_split

import pellucid
from pellucid._math import log_softmax
from pellucid.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from pellucid.discriminant_analysis._covariance import (
    class_means,
    covariances,
    principal_axes,
    scatters,
    triangle,
)
from pellucid.emissions import Gaussian
from pellucid.reduction import Rows

BOTH = [LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 200)
    X = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4)) + rng.normal(size=(3, 4))[y]
    return X, np.array(["a", "b", "c"])[y]


# --- known answers ------------------------------------------------------------------------------


def test_eigenvalues_of_the_book():
    """Raschka, Liu & Mirjalili (2022), chapter 5: scatter of the standardised wines by hand."""
    X, y = load_wine(return_X_y=True)
    X, _, y, _ = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    count = np.bincount(y)
    assert count.tolist() == [41, 50, 33]
    model = QuadraticDiscriminantAnalysis(store_covariance=True).fit(X, y)
    within = sum(S * n / (n - 1) for S, n in zip(model.covariance_, count, strict=True))
    between = (model.means_ * count[:, None]).T @ model.means_  # about a mean of zero
    eigenvalues = np.sort(linalg.eigvals(linalg.solve(within, between)).real)[::-1]
    assert eigenvalues[:2].round(3).tolist() == [349.618, 172.762]
    np.testing.assert_allclose(eigenvalues[2:], 0, atol=1e-10)


# --- what must be true --------------------------------------------------------------------------


@pytest.mark.parametrize("build", BOTH)
def test_probabilities_sum_to_one(build, data):
    X, y = data
    for rows in (y != "c", y != "d"):
        model = build().fit(X[rows], y[rows])
        p = model.predict_proba(X)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
        np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), p, rtol=1e-10)
        assert (model.predict(X) == model.classes_[p.argmax(axis=1)]).all()
        assert np.isfinite(model.predict_log_proba(1e6 * X)).all()


def test_solvers_agree(data):
    X, y = data
    models = [LinearDiscriminantAnalysis(solver).fit(X, y) for solver in ("svd", "lsqr", "eigen")]
    for model in models[1:]:
        scores = models[0].decision_function(X)
        np.testing.assert_allclose(
            model.decision_function(X) - model.decision_function(X)[:, :1],
            scores - scores[:, :1],
            rtol=1e-8,
            atol=1e-8,
        )


@pytest.mark.parametrize("build", BOTH)
def test_an_affine_map_of_the_data_changes_nothing(build, data):
    X, y = data
    A = np.random.default_rng(1).normal(size=(4, 4))
    moved = X @ A + 100
    np.testing.assert_allclose(
        build().fit(moved, y).predict_proba(moved), build().fit(X, y).predict_proba(X), rtol=1e-7
    )


def test_a_copied_or_constant_column_changes_nothing(data):
    X, y = data
    more = np.column_stack([X, X[:, 0], np.full(len(X), 0.1), 3 * X[:, 1] - X[:, 2]])
    model = LinearDiscriminantAnalysis().fit(more, y)
    expected = LinearDiscriminantAnalysis().fit(X, y)
    np.testing.assert_allclose(model.predict_proba(more), expected.predict_proba(X), rtol=1e-7)
    np.testing.assert_allclose(np.abs(model.transform(more)), np.abs(expected.transform(X)))
    assert model.coef_[:, 5].tolist() == [0, 0, 0]


@pytest.mark.parametrize("scale", [1e-4, 1e-6])
def test_nearly_collinear_columns_take_the_rows_themselves(scale):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    X = rng.normal(size=(300, 3))
    X[:, 2] = X[:, 0] + scale * (X[:, 2] + y)
    ours, theirs = (cls(tol=1e-8).fit(X, y) for cls in (LinearDiscriminantAnalysis, Theirs))
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)


def test_principal_axes_are_singular_vectors():
    Z = np.random.default_rng(0).normal(size=(20, 4))
    for column in (1.0, 1e-5):  # the second is too thin for the square of its condition
        Z[:, 3] *= column
        s, V = principal_axes(Z.T @ Z, lambda: Z, len(Z), 1e-12)
        _, expected, Vt = linalg.svd(Z, full_matrices=False)
        np.testing.assert_allclose(s, expected, rtol=1e-12)
        np.testing.assert_allclose(np.abs(V), np.abs(Vt.T), atol=1e-9)


@pytest.mark.parametrize("kind", ["tied", "full"])
def test_they_are_the_m_step_of_normal_densities_whose_rows_are_known(kind, data):
    """Weighted by the classes, the Gaussian emission has their means, covariances and scores."""
    X, y = data
    classes, counts = np.unique(y, return_counts=True)
    gaussian = Gaussian(kind, reg_covar=0.0)
    of_class = (y[:, None] == classes).astype(float)  # (N, K)
    gaussian = gaussian.m_step(gaussian.statistics(X, of_class))
    make = LinearDiscriminantAnalysis if kind == "tied" else QuadraticDiscriminantAnalysis
    model = make(store_covariance=True).fit(X, y)
    np.testing.assert_allclose(model.means_, gaussian.mean, rtol=1e-12)
    np.testing.assert_allclose(model.covariance_, gaussian.covariance, rtol=1e-9, atol=1e-13)
    joint = gaussian.log_density(X) + np.log(counts / len(X))
    np.testing.assert_allclose(model.predict_log_proba(X), log_softmax(joint), rtol=1e-7, atol=1e-9)


def test_means_and_scatters_far_from_zero_and_by_blocks():
    X = np.random.default_rng(0).normal(1e8, 1, (40_000, 9))
    labels = np.arange(len(X)) % 2
    rows = Rows(X, labels, block_bytes=1 << 16)
    counts, means = class_means(rows, 2)
    np.testing.assert_array_equal(counts, [20_000, 20_000])
    for k, S in enumerate(scatters(rows, means)):
        exact = X[labels == k].astype(np.longdouble)
        np.testing.assert_allclose(means[k], exact.mean(axis=0), rtol=1e-15)
        Z = (exact - exact.mean(axis=0)).astype(float)
        np.testing.assert_allclose(S, Z.T @ Z, rtol=1e-9, atol=1e-4)
        R = triangle(rows, means, 2.0, [k])
        np.testing.assert_allclose(4 * R.T @ R, S, rtol=1e-9, atol=1e-4)


def test_the_classes_of_a_wide_table_are_scattered_a_few_at_a_time():
    """What is made in one pass stays within eight megabytes."""
    X = np.random.default_rng(0).normal(size=(90, 600))
    labels = np.arange(len(X)) % 9
    rows = Rows(X, labels)
    _, means = class_means(rows, 9)
    for k, S in enumerate(scatters(rows, means)):
        Z = X[labels == k] - X[labels == k].mean(axis=0)
        np.testing.assert_allclose(S, Z.T @ Z, atol=1e-11)
    assert k == 8


def test_ledoit_and_wolfs_shrinkage():
    Z = np.random.default_rng(0).normal(size=(30, 7)) * np.arange(1, 8)
    Z -= Z.mean(axis=0)
    unit = Z / Z.std(axis=0)
    for one, shrinkage in ((Z, ledoit_wolf_shrinkage(unit)), (Z[:, :1], 0), (np.ones((5, 3)), 0)):
        rows = Rows(one, np.zeros(len(one), int))
        (S,) = covariances(rows, *class_means(rows, 1), "auto")
        plain = np.atleast_2d(np.cov(one.T, bias=True))
        expected = (1 - shrinkage) * plain + shrinkage * np.diag(np.diag(plain))
        np.testing.assert_allclose(S, expected, atol=1e-12)


def test_covariance_estimators_are_not_changed(data):
    X, y = data
    for build, solver in [(BOTH[0], "lsqr"), (BOTH[0], "eigen"), (BOTH[1], "eigen")]:
        estimator = OAS()
        model = build(solver=solver, covariance_estimator=estimator, store_covariance=True)
        model.fit(X, y)
        assert not hasattr(estimator, "covariance_")
        parts = [OAS().fit(X[y == k]).covariance_ for k in model.classes_]
        expected = parts if build is BOTH[1] else np.einsum("k,kde->de", model.priors_, parts)
        np.testing.assert_allclose(model.covariance_, expected, rtol=1e-10)


@pytest.mark.parametrize("build", BOTH)
def test_containers_and_types(build, data):
    X, y = data
    expected = build().fit(X, y).predict_proba(X)
    for frame in (pd.DataFrame(X, columns=list("abcd")), pl.DataFrame(X, schema=list("abcd"))):
        model = build().fit(frame, y)
        assert model.feature_names_in_.tolist() == list("abcd")
        np.testing.assert_array_equal(model.predict_proba(frame), expected)
    X.setflags(write=False)
    np.testing.assert_array_equal(build().fit(X, y).predict_proba(X), expected)
    small = build().fit(X.astype(np.float32), y)
    np.testing.assert_allclose(small.predict_proba(X.astype(np.float32)), expected, atol=1e-4)
    assert small.means_.dtype == np.float32


def test_types_of_linear_attributes(data):
    X, y = data[0].astype(np.float32), data[1]
    for solver in ("svd", "lsqr", "eigen"):
        model = LinearDiscriminantAnalysis(solver).fit(X, y)
        assert model.coef_.dtype == model.intercept_.dtype == np.float32
        assert model.predict_proba(X).dtype == np.float32


def test_set_output_names_the_axes(data):
    model = LinearDiscriminantAnalysis().set_output(transform="pandas").fit(*data)
    names = ["lineardiscriminantanalysis0", "lineardiscriminantanalysis1"]
    assert list(model.transform(data[0]).columns) == names


@pytest.mark.parametrize("build", BOTH)
def test_saved(build, data, tmp_path):
    X, y = data
    model = build().fit(X, y)
    pellucid.save(model, tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e8, 1e100])
def test_scale_does_not_matter_to_the_linear_one(scale, data):
    X, y = data
    expected = LinearDiscriminantAnalysis().fit(X, y).predict_proba(X)
    got = LinearDiscriminantAnalysis().fit(scale * X, y).predict_proba(scale * X)
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_more_columns_than_rows():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 50)), np.arange(20) % 3
    ours, theirs = (cls().fit(X, y) for cls in (LinearDiscriminantAnalysis, Theirs))
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8)


# --- bad and extreme input ----------------------------------------------------------------------


@pytest.mark.parametrize("build", BOTH)
def test_what_is_refused(build, data):
    X, y = data
    with pytest.raises(NotFittedError):
        build().predict(X)
    with pytest.raises(ValueError, match="NaN"):
        build().fit(np.where(X > 1, np.nan, X), y)
    with pytest.raises(ValueError, match="infinity"):
        build().fit(np.where(X > 1, np.inf, X), y)
    with pytest.raises(ValueError, match="features"):
        build().fit(X, y).predict(X[:, 1:])
    with pytest.raises(ValueError, match="number of classes has to be greater than one"):
        build().fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="minimum of 2"):
        build().fit(X[:1], y[:1])
    with pytest.raises(ValueError, match="priors must hold one number for each of the 3 classes"):
        build(priors=[0.5, 0.5]).fit(X, y)
    with pytest.raises(ValueError, match="priors must be non-negative"):
        build(priors=[0.5, 0.7, -0.2]).fit(X, y)
    with pytest.warns(UserWarning, match="priors do not sum to 1"):
        assert build(priors=[1, 1, 2]).fit(X, y).priors_.tolist() == [0.25, 0.25, 0.5]
    with pytest.raises(NotImplementedError, match="shrinkage not supported"):
        build(shrinkage=0.1).fit(X, y)
    with pytest.raises(ValueError, match="supported with"):
        build(covariance_estimator=LedoitWolf()).fit(X, y)
    with pytest.raises(ValueError, match="Only one of the two"):
        build(solver="eigen", shrinkage=0.1, covariance_estimator=LedoitWolf()).fit(X, y)


def test_a_prior_of_zero_rules_a_class_out(data):
    X, y = data
    for build in BOTH:
        model = build(priors=[0.5, 0.5, 0]).fit(X, y)
        assert (model.predict_proba(X)[:, 2] == 0).all()


def test_singular_covariances(data):
    X, y = data
    X[:, 1] = 1
    with pytest.raises(linalg.LinAlgError, match=r"class a is not full rank. Increase .*reg_param"):
        QuadraticDiscriminantAnalysis().fit(X, y)
    with pytest.raises(linalg.LinAlgError, match=r"class a is not full rank. Increase .*shrinkage"):
        QuadraticDiscriminantAnalysis(solver="eigen").fit(X, y)
    with pytest.raises(linalg.LinAlgError, match="not positive definite: shrink it"):
        LinearDiscriminantAnalysis(solver="eigen").fit(X, y)
    with pytest.raises(linalg.LinAlgError, match="No feature varies within the classes"):
        LinearDiscriminantAnalysis().fit([[0.0], [0], [1], [1]], [0, 0, 1, 1])
    QuadraticDiscriminantAnalysis(reg_param=0.1).fit(X, y).predict(X)


def test_equal_means_leave_the_priors():
    X, y = np.array([[1.0], [-1], [1], [-1], [1], [-1]]), [0, 0, 1, 1, 1, 1]
    for solver in ("svd", "lsqr", "eigen"):
        p = LinearDiscriminantAnalysis(solver).fit(X, y).predict_proba(X)
        np.testing.assert_allclose(p, [[1 / 3, 2 / 3]] * 6)
