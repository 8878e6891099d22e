"""Boosting on histograms at the ends of what a table can hold."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble as reference

from pellucid.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

RNG = np.random.default_rng(0)
N = 1200
X = RNG.normal(size=(N, 9))
Y = X[:, 0] + X[:, 5] ** 2 + X[:, 8] + 0.3 * RNG.normal(size=N)


def _agrees(X, y, weight=None, new=None, **options):
    options = {"max_iter": 8, **options}
    ours = HistGradientBoostingRegressor(**options).fit(X, y, weight)
    theirs = reference.HistGradientBoostingRegressor(**options).fit(X, y, weight)
    new = X if new is None else new
    assert_allclose(ours.predict(new), theirs.predict(new), rtol=1e-5, atol=1e-5)
    return ours


@pytest.mark.parametrize("D", range(1, 10))
def test_any_number_of_columns(D):
    """Four are in a word; the rest is summed one by one."""
    _agrees(X[:, -D:], Y)
    _agrees(X[:, -D:], Y, weight=RNG.uniform(size=N))


@pytest.mark.parametrize("distinct", [1, 2, 254, 255, 256, 257])
@pytest.mark.parametrize("missing", [False, True])
def test_any_number_of_values(distinct, missing):
    x = (np.arange(N) % distinct).astype(float)
    if missing:
        x[RNG.random(N) < 0.1] = np.nan
    _agrees(x[:, None], np.nan_to_num(x, nan=70.0) + 0.1 * Y)


def test_a_column_without_any_value_changes_nothing():
    gaps = np.insert(X, 3, np.nan, axis=1)
    alone = _agrees(X, Y).predict(X)
    assert_array_equal(HistGradientBoostingRegressor(max_iter=8).fit(gaps, Y).predict(gaps), alone)
    gaps[:, 3] = 5.0  # nor what is there all at once
    assert_array_equal(HistGradientBoostingRegressor(max_iter=8).fit(gaps, Y).predict(gaps), alone)


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300])
def test_only_the_order_of_values_counts(scale):
    expected = HistGradientBoostingRegressor(max_iter=8).fit(X, Y).predict(X)
    model = HistGradientBoostingRegressor(max_iter=8).fit(scale * X, Y)
    assert_allclose(model.predict(scale * X), expected, rtol=1e-12)


def test_infinities_are_values_at_the_ends():
    ends = X.round(1)  # each value a bin
    ends[::7, 0], ends[3::7, 0], ends[5::7, 0] = np.inf, -np.inf, np.nan
    y = np.where(np.isposinf(ends[:, 0]), 4.0, np.where(np.isneginf(ends[:, 0]), -4.0, Y))
    far = np.clip(ends, -1e6, 1e6)
    model, expected = HistGradientBoostingRegressor(max_iter=8).fit(ends, y), _agrees(far, y)
    assert_allclose(model.predict(ends), expected.predict(far), rtol=1e-12)


def test_rows_of_no_weight_are_not_there_but_for_the_count():
    weight = (np.arange(N) % 3 > 0).astype(float)
    model = HistGradientBoostingRegressor(max_iter=8, min_samples_leaf=1)
    wild = np.where(weight == 0, 1e6, Y)
    left = model.fit(X, wild, weight).predict(X)
    assert_allclose(left, model.fit(X[weight > 0], Y[weight > 0]).predict(X), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.bool_, np.float32, np.int64])
def test_tables_of_any_kind(dtype):
    table = (10 * np.abs(X)).astype(dtype)
    expected = HistGradientBoostingRegressor(max_iter=8).fit(table.astype(float), Y)
    model = HistGradientBoostingRegressor(max_iter=8).fit(table, Y)
    assert_array_equal(model.predict(table), expected.predict(table.astype(float)))
    assert_array_equal(model.predict(np.asfortranarray(table)), model.predict(table))


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_categories_that_were_not_there_are_missing(frame):
    names = np.array(["red", "green", "blue"])[np.arange(N) % 3]
    y = Y + 3.0 * (names == "red")

    def table(names):
        x = X[: len(names), 0]
        if frame == "pandas":
            return pd.DataFrame({"x": x, "kind": pd.Categorical(names)})
        return pl.DataFrame({"x": x, "kind": pl.Series(names, dtype=pl.Categorical)})

    model = HistGradientBoostingRegressor(max_iter=8).fit(table(names), y)
    new = model.predict(table(["violet", "ultra"]))
    assert_array_equal(new, model.predict(table([None, None])))
    assert not np.allclose(model.predict(table(["red", "red"])), model.predict(table(["blue"] * 2)))


def test_missing_categories_are_a_category():
    kind = RNG.integers(0, 6, N).astype(float)
    kind[::5] = np.nan
    table = np.column_stack([X[:, :3], kind])
    model = _agrees(table, Y + 3 * np.isnan(kind), categorical_features=[3])
    assert model.predict(table[::5]).mean() > model.predict(table[1::5]).mean() + 1


def test_too_many_categories_say_so():
    names = np.arange(100_000.0)[:, None]
    with pytest.raises(ValueError, match="cardinality <= 255 but actually has a cardinality of 10"):
        HistGradientBoostingRegressor(categorical_features=[0]).fit(names, names[:, 0])


@pytest.mark.parametrize("y", [0.0, 1e300, -1e-300])
def test_a_constant_target_is_what_is_predicted(y):
    model = HistGradientBoostingRegressor(max_iter=3).fit(X, np.full(N, y))
    assert_allclose(model.predict(X), y, rtol=1e-12)


def test_one_row_and_one_class():
    assert_allclose(HistGradientBoostingRegressor().fit(X[:1], Y[:1]).predict(X[:2]), Y[0])
    model = HistGradientBoostingClassifier().fit(X[:1], ["one"])
    assert_array_equal(model.predict(X[:2]), ["one", "one"])


def test_none_among_targets_is_missing_and_is_refused():
    with pytest.raises(ValueError, match="Input y contains NaN"):
        HistGradientBoostingRegressor().fit([[0.0], [1.0]], np.array([None, 1.0], object))
