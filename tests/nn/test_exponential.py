"""exp, σ and tanh in single precision against NumPy's in double."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from pellucid._compile import kernel
from pellucid.nn.functional import _exponential as E


@kernel(borrows=True, error_model="numpy")
def _each_exp(x, y):
    for i in range(len(x)):
        y[i] = E.exp(x[i])


def _exp(x):
    y = np.empty_like(x)
    _each_exp(x, y)
    return y


def _in_place(function):
    def call(x):
        y = x.copy()
        function(y)
        return y

    return call


FUNCTIONS = {
    "exp": (_exp, np.exp, 2),
    "sigmoid": (_in_place(E.sigmoids), lambda x: 1 / (1 + np.exp(-x)), 3),
    "tanh": (_in_place(E.tanhs), np.tanh, 3),
}


def _ulps(found, exact):
    """How many of float32's steps lie between a number and the exact one."""
    return np.abs(found.astype(float) - exact) / np.spacing(np.abs(exact).astype(np.float32))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_within_a_few_units_in_the_last_place(name):
    ours, exactly, most = FUNCTIONS[name]
    x = np.concatenate([np.linspace(-87, 88, 200_001), np.logspace(-30, 1, 50_000)])
    x = np.concatenate([x, -x[-50_000:]]).astype(np.float32)
    found = ours(x)
    assert found.dtype == np.float32
    assert _ulps(found, exactly(x.astype(float))).max() <= most


@pytest.mark.parametrize(
    ("name", "at_ends"),
    [("exp", [0, 0, 1, 1, np.inf]), ("sigmoid", [0, 0, 0.5, 0.5, 1]), ("tanh", [-1, -1, 0, 0, 1])],
)
def test_the_ends_of_the_range(name, at_ends):
    ends = np.array([-np.inf, -1e30, -0.0, 0.0, np.inf], np.float32)
    assert_array_equal(FUNCTIONS[name][0](ends), np.array(at_ends, np.float32))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nan_stays(name):
    x = np.array([1, np.nan, -1] * 11, np.float32)
    assert_array_equal(np.isnan(FUNCTIONS[name][0](x)), np.isnan(x))


def test_what_is_odd_is_odd_and_what_rises_rises():
    x = np.linspace(-12, 12, 100_001).astype(np.float32)
    tanh = FUNCTIONS["tanh"][0]
    assert_array_equal(tanh(-x), -tanh(x))
    assert_array_equal(np.sign(tanh(x)), np.sign(x))
    assert (np.diff(_exp(np.linspace(-80, 80, 10_001).astype(np.float32))) > 0).all()
