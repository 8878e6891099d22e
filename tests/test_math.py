"""The careful functions against SciPy and exact arithmetic, at the ends of the range."""

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pellucid._math import (
    expit,
    exponentials,
    log1pexp,
    log_softmax,
    log_sum_exp,
    softmax,
    uniform,
    weighted_median,
)

INF, NAN = np.inf, np.nan
POINTS = [0.0, -0.0, 1e-320, 1e-17, 0.5, -0.5, 1, -1, 20, -20, 36.7, -37, 88, -88, 709, -745]
POINTS += [1e4, -1e4, 1e308, -1e308, INF, -INF, NAN]
ROWS = [
    [0.0, 0.0],
    [1e4, 1e4 - 1],
    [-1e4, -1e4 - 1],
    [8e307, -8e307],
    [-INF, 0.0],
    [INF, 0.0],
    [-745.0, -746.0],
    [709.0, 710.0],
    [3.5, -INF],
    [NAN, 1.0],
]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def _tolerance(dtype):
    return {"rtol": 4 * np.finfo(dtype).eps, "atol": np.finfo(dtype).tiny}


@DTYPES
@pytest.mark.parametrize("a", POINTS)
def test_expit(a, dtype):
    with np.errstate(over="ignore"):
        a = dtype(a)
    assert expit(np.array([a])).dtype == dtype
    with np.errstate(over="ignore", under="ignore"):
        expected = scipy.special.expit(a)
    np.testing.assert_allclose(expit(a), expected, **_tolerance(dtype))
    if np.isfinite(a):
        assert 0 <= expit(a) <= 1
        np.testing.assert_allclose(expit(a) + expit(-a), 1, **_tolerance(dtype))


def test_expit_keeps_the_precision_of_small_results():
    for a in (-30.0, -100.0, -700.0):
        exact = math.exp(a) / (1 + math.exp(a))
        assert abs(float(expit(a)) - exact) <= 4e-16 * exact


@DTYPES
@pytest.mark.parametrize("a", POINTS)
def test_log1pexp(a, dtype):
    with np.errstate(over="ignore"):
        a = dtype(a)
    assert log1pexp(np.array([a])).dtype == dtype
    with np.errstate(invalid="ignore"):  # NumPy warns of a nan that was there already
        expected = np.logaddexp(dtype(0), a)
    np.testing.assert_allclose(log1pexp(a), expected, **_tolerance(dtype))


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@DTYPES
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_sums_of_exponentials(row, dtype):
    with np.errstate(over="ignore"):
        a = np.array([row, row[::-1]], dtype)
    expected = scipy.special.logsumexp(a, axis=1)
    np.testing.assert_allclose(log_sum_exp(a), expected, **_tolerance(dtype))
    assert log_sum_exp(a).dtype == softmax(a).dtype == log_softmax(a).dtype == dtype
    if not np.isposinf(a).any():  # of two infinities there is no ratio
        np.testing.assert_allclose(
            softmax(a), scipy.special.softmax(a, axis=1), **_tolerance(dtype)
        )
        np.testing.assert_allclose(
            log_softmax(a), scipy.special.log_softmax(a, axis=1), **_tolerance(dtype)
        )


def test_axes_and_shapes():
    a = np.random.RandomState(0).standard_normal((2, 3, 4))
    for axis in (0, 1, 2, -1, (0, 2)):
        for keepdims in (False, True):
            ours = log_sum_exp(a, axis=axis, keepdims=keepdims)
            expected = scipy.special.logsumexp(a, axis=axis, keepdims=keepdims)
            np.testing.assert_allclose(ours, expected, rtol=1e-14)
    np.testing.assert_allclose(softmax(a, axis=0).sum(axis=0), 1, rtol=1e-15)
    np.testing.assert_allclose(np.exp(log_softmax(a, axis=1)), softmax(a, axis=1), rtol=1e-14)
    assert np.ndim(log_sum_exp([1.0, 2.0])) == 0


def test_the_sum_of_nothing():
    assert np.array_equal(log_sum_exp(np.zeros((3, 0))), np.full(3, -INF))
    assert log_sum_exp(np.zeros((0, 3))).shape == (0,)
    assert np.array_equal(log_sum_exp(np.full((2, 3), -INF)), [-INF, -INF])
    assert log_sum_exp(np.array([INF, INF])) == INF


@given(hnp.arrays(float, st.integers(1, 6), elements=st.floats(-300, 300)), st.floats(-1e4, 1e4))
def test_a_shift_of_all_shifts_the_log_sum_and_not_the_softmax(a, shift):
    # a + shift is itself rounded, by up to eps |a + shift|
    slack = 4e-16 * (300 + abs(shift))
    np.testing.assert_allclose(
        log_sum_exp(a + shift), log_sum_exp(a) + shift, rtol=0, atol=4 * slack
    )
    np.testing.assert_allclose(softmax(a + shift), softmax(a), rtol=4 * slack, atol=1e-300)


def _median_by_definition(a, weights):
    """The middle of all m with as much weight on either side, in exact arithmetic."""
    pairs = sorted((x, Fraction(float(w))) for x, w in zip(a, weights, strict=True) if w > 0)
    total = sum(w for _, w in pairs)
    ok = [
        x
        for x, _ in pairs
        if 2 * sum(w for y, w in pairs if y < x) <= total
        and 2 * sum(w for y, w in pairs if y > x) <= total
    ]
    return (min(ok) + max(ok)) / 2


@given(
    st.lists(
        st.tuples(st.integers(-5, 5), st.sampled_from([0, 1, 2, 0.5, 3])), min_size=1, max_size=9
    ).filter(lambda pairs: any(w for _, w in pairs))
)
def test_weighted_median(pairs):
    a, weights = np.array(pairs, float).T
    assert weighted_median(a, weights) == _median_by_definition(a, weights)


def test_weighting_a_row_twice_equals_repeating_it():
    a = np.array([3.0, 1.0, 2.0, 7.0])
    assert weighted_median(a) == np.median(a)
    assert weighted_median(a, np.ones(4)) == np.median(a)
    repeated = np.median([3.0, 3.0, 1.0, 2.0, 7.0, 7.0])
    assert weighted_median(a, [2, 1, 1, 2]) == repeated
    assert weighted_median(np.array([5.0]), np.array([0.25])) == 5


def test_the_exponential_equals_numpys():
    x = np.concatenate([np.linspace(-690, 0, 100_001), [0.0, -1e-300, -1e-17]])
    out = x.copy()
    exponentials(out, 0.0, np.empty_like(x))
    np.testing.assert_allclose(out, np.exp(x), rtol=5e-16)
    far = np.array([-701.0, -1e5, -np.inf])
    exponentials(far, 0.0, np.empty(3))
    assert (far < 1e-303).all()
    shifted = x + 123.0
    exponentials(shifted, 123.0, np.empty_like(x))
    np.testing.assert_allclose(shifted, np.exp((x + 123.0) - 123.0), rtol=5e-16)


def test_the_generator_is_splitmix64():
    """Its published first numbers from 1234567."""
    state = np.array([1234567], np.uint64)
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [uniform(state) for _ in known] == [(n >> 11) / 2**53 for n in known]
