"""Bins of columns: scikit-learn's thresholds, and the definition of a bin."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper

from pellucid.ensemble._bins import ROWS_ASKED, learn_bins

ORDERED = np.zeros(3, int)


def _unpacked(words, D):
    """The bins of D columns, of which four are in a word: (D, N)."""
    return np.array([words[d // 4] >> (8 * (d % 4)) & 255 for d in range(D)])


def _table(n, seed=0):
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=n), rng.integers(0, 300, n), rng.exponential(size=n)])
    X[rng.random(n) < 0.1, 2] = np.nan
    return X


@pytest.mark.parametrize("n", [5, 254, 256, 777, 5000])
@pytest.mark.parametrize("max_bins", [2, 5, 64, 255])
@pytest.mark.parametrize("weights", [None, "whole", "real"])
def test_thresholds_and_bins_are_scikit_learns(n, max_bins, weights):
    X, rng = _table(n), np.random.default_rng(1)
    weight = {"whole": rng.integers(0, 4, n).astype(float), "real": rng.uniform(size=n)}.get(
        weights
    )
    theirs = _BinMapper(n_bins=max_bins + 1, random_state=0).fit(X, sample_weight=weight)
    ours = learn_bins(X, ORDERED, max_bins, weight, 0)
    for d, thresholds in enumerate(theirs.bin_thresholds_):
        assert_allclose(ours.thresholds[d, : ours.counts[d] - 1], thresholds, rtol=1e-15)
    expected = np.where(np.isnan(X.T), ours.counts[:, None], theirs.transform(X).T)
    assert_array_equal(_unpacked(ours.of(X), 3), expected)


def test_more_rows_than_are_asked_are_drawn_as_scikit_learn_draws_them():
    X = np.random.default_rng(0).normal(size=(ROWS_ASKED + 1, 1))
    theirs = _BinMapper(random_state=3).fit(X)
    ours = learn_bins(X, ORDERED[:1], 255, None, 3)
    assert_array_equal(ours.thresholds[0, :254], theirs.bin_thresholds_[0])


def test_a_bin_is_the_first_whose_threshold_is_not_below():
    X = _table(3000)
    bins = learn_bins(X, ORDERED, 100, None, 0)
    table = _unpacked(bins.of(X), 3)
    for d in range(3):
        x = X[:, d]
        expected = np.searchsorted(bins.thresholds[d, : bins.counts[d] - 1], x)
        assert_array_equal(table[d], np.where(np.isnan(x), bins.counts[d], expected))


@pytest.mark.parametrize(
    ("x", "thresholds"),
    [
        ([-np.inf, 0, 1, np.inf], [-np.inf, 0.5, np.finfo(float).max]),
        ([1.7e308, -1.7e308, 0.0], [-8.5e307, 8.5e307]),
        ([3.0, 3.0, 3.0], []),
        ([np.nan, np.nan], []),
        ([1.0, np.nextafter(1.0, 2)], [1.0]),
        ([1e-320, 0.0], [5e-321]),
    ],
)
def test_extreme_columns(x, thresholds):
    bins = learn_bins(np.array(x)[:, None], ORDERED[:1], 255, None, 0)
    assert bins.counts[0] == len(thresholds) + 1
    assert_array_equal(bins.thresholds[0, : len(thresholds)], thresholds)
    assert bins.of(np.array(x)[:, None]).max() <= bins.counts[0]


def test_categories_are_their_codes():
    x = np.array([[3.0], [0.0], [np.nan], [1.0]])
    bins = learn_bins(x, np.array([4]), 255, None, 0)
    assert_array_equal(bins.of(x)[0], [3, 0, 4, 1])
