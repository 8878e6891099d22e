"""Lasso and elastic net along a falling penalty."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import linear_model as reference
from sklearn.exceptions import ConvergenceWarning

from pellucid.callbacks import listen
from pellucid.linear_model import ElasticNet, Lasso, enet_path, lasso_path


@pytest.fixture(scope="module", params=[(80, 10), (40, 700)], ids=str)
def data(request):
    rng = np.random.default_rng(0)
    X = rng.normal(size=request.param) * (rng.random(request.param) < 0.5)
    y = X[:, :4] @ [3.0, -2.0, 1.0, 0.5] + rng.normal(size=len(X))
    return X, y


@pytest.mark.parametrize("container", [np.ascontiguousarray, np.asfortranarray, sp.csc_array])
@pytest.mark.parametrize("precompute", ["auto", True, False])
def test_they_are_scikit_learns(data, container, precompute):
    X, y = data
    options = {"alphas": 12, "eps": 0.1, "tol": 1e-11, "max_iter": 100_000}
    for ours, theirs, more in (
        (lasso_path, reference.lasso_path, {}),
        (lasso_path, reference.lasso_path, {"positive": True}),
        (enet_path, reference.enet_path, {"l1_ratio": 0.6}),
        (enet_path, reference.enet_path, {"l1_ratio": 0.6, "selection": "random"}),
    ):
        alphas, coefs, gaps = ours(container(X), y, precompute=precompute, **options | more)
        expected = theirs(X, y, **options | more)
        np.testing.assert_allclose(alphas, expected[0], rtol=1e-10)
        np.testing.assert_allclose(coefs, expected[1], atol=2e-5)
        assert coefs.shape == (X.shape[1], 12) and gaps.shape == (12,)
        assert np.all(gaps <= 1e-11 * y @ y / len(y))


def test_the_path_begins_where_all_are_zero_and_each_point_is_its_fit(data):
    X, y = data
    alphas, coefs, _, n_iters = lasso_path(
        X, y, alphas=5, eps=0.2, tol=1e-12, max_iter=10**5, return_n_iter=True
    )
    assert not coefs[:, 0].any() and coefs[:, 1].any() and n_iters[0] == 0
    np.testing.assert_allclose(alphas[0], np.abs(X.T @ y).max() / len(y))
    np.testing.assert_allclose(alphas[-1], 0.2 * alphas[0])
    for k, alpha in enumerate(alphas):
        options = {"fit_intercept": False, "tol": 1e-12, "max_iter": 10**5}
        alone = Lasso(alpha, **options).fit(X, y)
        np.testing.assert_allclose(coefs[:, k], alone.coef_, atol=1e-5)


def test_penalties_of_ones_own_are_taken_from_the_largest(data):
    X, y = data
    alphas, coefs, _ = enet_path(X, y, alphas=[0.1, 0.5, 0.3], tol=1e-10)
    np.testing.assert_array_equal(alphas, [0.5, 0.3, 0.1])
    alone = ElasticNet(0.1, fit_intercept=False, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(coefs[:, -1], alone.coef_, atol=1e-4)
    start = alone.coef_
    *_, n_iters = enet_path(X, y, alphas=[0.1], coef_init=start, return_n_iter=True)
    assert n_iters == [0]


def test_orthonormal_columns_are_thresholded():
    """Known answer: w(α) is the least squares w, drawn towards zero by α as far as zero."""
    rng = np.random.default_rng(1)
    Q = np.linalg.qr(rng.normal(size=(50, 6)))[0] * np.sqrt(50)
    y = rng.normal(size=50) * 3
    alphas, coefs, _ = lasso_path(Q, y, tol=1e-14)
    w = Q.T @ y / 50
    expected = np.sign(w)[:, None] * np.maximum(np.abs(w)[:, None] - alphas, 0)
    np.testing.assert_allclose(coefs, expected, atol=1e-9)


def test_float32_and_watching(data):
    X, y = data
    seen = []
    with listen(seen.append):
        alphas, coefs, _ = lasso_path(X.astype(np.float32), y, alphas=4, eps=0.3)
    assert coefs.dtype == alphas.dtype == np.float32
    assert [step.total for step in seen] == [4] * 5


def test_what_cannot_be_is_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="not supported for l1_ratio=0"):
        enet_path(X, y, l1_ratio=0)
    with pytest.raises(ValueError, match="'eps' parameter"):
        lasso_path(X, y, eps=2)
    with pytest.raises(ValueError, match="1d array"):
        lasso_path(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="NaN"):
        lasso_path(X * np.nan, y)
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        lasso_path(X, y, alphas=[1e-6], max_iter=1, tol=1e-12)
    alphas, coefs, _ = lasso_path(X, np.zeros(len(y)), alphas=3)
    assert not coefs.any() and len(alphas) == 3
