"""RANSAC: the same seed, the same inliers as scikit-learn."""

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from pellucid.linear_model import HuberRegressor, LinearRegression, RANSACRegressor, Ridge
from pellucid.persistence import load, save

COUNTS = (
    "n_trials_",
    "n_skips_no_inliers_",
    "n_skips_invalid_data_",
    "n_skips_invalid_model_",
)


def data(N=100, D=2, K=None, spoilt=0.3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D))
    y = X @ rng.normal(size=(D,) if K is None else (D, K)) + 0.1 * rng.normal(
        size=(N, K) if K else N
    )
    outliers = rng.random(N) < spoilt
    y[outliers] += 10 * rng.normal(size=y[outliers].shape) + 5
    return X, y, outliers


# --- agreement ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"min_samples": 0.2},
        {"min_samples": 7},
        {"min_samples": 5, "loss": "squared_error", "residual_threshold": 0.3},
        {"residual_threshold": 0.5, "max_trials": 5},
        {"residual_threshold": 0.5, "stop_probability": 1},
        {"residual_threshold": 0.5, "stop_probability": 0},
        {"residual_threshold": 0.2, "stop_n_inliers": 40},
        {"residual_threshold": 0.2, "stop_score": 0.95},
        {"residual_threshold": 0.2, "is_data_valid": lambda X, y: y.mean() > 0},
        {"residual_threshold": 0.2, "is_model_valid": lambda m, X, y: m.coef_.ravel()[0] < 1},
        {"residual_threshold": 1, "loss": lambda y, p: np.abs(y - p).reshape(len(y), -1).max(1)},
    ],
)
@pytest.mark.parametrize("targets", [None, 2])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")  # of one inlier
def test_equals_scikit_learn(options, targets, weighted):
    for seed in range(4):
        X, y, _ = data(K=targets, seed=seed)
        s = np.random.default_rng(9).uniform(0.1, 2, len(y)) if weighted else None
        ours = RANSACRegressor(**options, random_state=seed).fit(X, y, s)
        theirs = sklearn.linear_model.RANSACRegressor(**options, random_state=seed).fit(X, y, s)
        assert_array_equal(ours.inlier_mask_, theirs.inlier_mask_)
        for count in COUNTS:
            assert getattr(ours, count) == getattr(theirs, count), count
        assert_allclose(ours.estimator_.coef_, theirs.estimator_.coef_, rtol=1e-9)
        assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)
        assert_allclose(ours.score(X, y), theirs.score(X, y), rtol=1e-9)


def test_sparse_is_dense():
    X, y, _ = data()
    dense = RANSACRegressor(residual_threshold=0.5, random_state=0).fit(X, y)
    inner = LinearRegression(tol=1e-14)
    sparse = RANSACRegressor(inner, residual_threshold=0.5, random_state=0).fit(sp.csr_array(X), y)
    assert_array_equal(sparse.inlier_mask_, dense.inlier_mask_)


# --- what must be true ----------------------------------------------------------------------------


def test_is_least_squares_of_the_inliers():
    X, y, outliers = data()
    model = RANSACRegressor(residual_threshold=0.5, random_state=0).fit(X, y)
    assert (model.inlier_mask_ & ~outliers).sum() >= (~outliers).sum() - 1
    inliers = LinearRegression().fit(X[model.inlier_mask_], y[model.inlier_mask_])
    assert_array_equal(model.estimator_.coef_, inliers.coef_)


def test_other_estimators_can_be_inside():
    X, y, _ = data()
    for inner in (Ridge(0.1), HuberRegressor()):
        model = RANSACRegressor(inner, min_samples=10, residual_threshold=0.5, random_state=0)
        assert type(model.fit(X, y).estimator_) is type(inner)
        assert not hasattr(inner, "coef_")


def test_no_threshold_is_the_median_absolute_deviation():
    X, y, _ = data()
    deviation = np.median(np.abs(y - np.median(y)))
    default = RANSACRegressor(random_state=0).fit(X, y)
    given = RANSACRegressor(residual_threshold=deviation, random_state=0).fit(X, y)
    assert_array_equal(default.inlier_mask_, given.inlier_mask_)


@pytest.mark.parametrize(
    ("ratio", "m", "trials"), [(0.5, 2, 17), (0.5, 8, 1177), (0.95, 2, 2), (0.6, 6, 97)]
)
def test_trials_needed(ratio, m, trials):
    """Hartley & Zisserman (2004), table 4.3, for p = 0.99."""
    assert RANSACRegressor()._trials_needed(ratio, m) == trials


# --- bad and extreme input ------------------------------------------------------------------------


def test_missing_values_are_for_the_inner_estimator_to_refuse():
    X, y, _ = data()
    X[0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        RANSACRegressor().fit(X, y)


def test_errors_say_what_to_do():
    X, y, _ = data()
    with pytest.raises(ValueError, match="`min_samples` may not be larger"):
        RANSACRegressor(min_samples=101).fit(X, y)
    with pytest.raises(ValueError, match="`min_samples` needs to be explicitly set"):
        RANSACRegressor(Ridge()).fit(X, y)
    with pytest.raises(ValueError, match=r"could not find a valid consensus set.*skipped"):
        RANSACRegressor(is_data_valid=lambda X, y: False).fit(X, y)
    with pytest.raises(ValueError, match=r"skipped more iterations than `max_skips`"):
        RANSACRegressor(is_data_valid=lambda X, y: False, max_skips=3).fit(X, y)
    with pytest.raises(ValueError, match="could not find"):
        RANSACRegressor(max_trials=0).fit(X, y)
    with pytest.raises(ValueError, match="KNeighborsRegressor does not support sample_weight"):
        from sklearn.neighbors import KNeighborsRegressor

        RANSACRegressor(KNeighborsRegressor(), min_samples=5).fit(X, y, np.ones(100))
    with pytest.raises(NotFittedError):
        RANSACRegressor().predict(X)
    valid = iter([True] + [False] * 99)
    with pytest.warns(ConvergenceWarning, match="exited early"):
        RANSACRegressor(
            is_data_valid=lambda X, y: next(valid), max_skips=3, stop_probability=1
        ).fit(X, y)


def test_constant_target():
    X, _, _ = data()
    model = RANSACRegressor(random_state=0).fit(X, np.full(100, 3.0))
    assert_allclose(model.predict(X), 3)


def test_survives_a_file(tmp_path):
    X, y, _ = data()
    model = RANSACRegressor(random_state=0).fit(X, y)
    save(model, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert_array_equal(loaded.predict(X), model.predict(X))
    assert_array_equal(loaded.inlier_mask_, model.inlier_mask_)
