"""What columns are taken for."""

import datetime
import math
import re

import numpy as np
import polars as pl
import pytest

from pellucid.tables.kinds import describe, histogram

N = 60
NAMES = [f"{i} Main Street, apartment {i % 7}" for i in range(N)]


def _column(s):
    return describe(s.to_frame())[0]


def _read(s):
    return s.to_frame().select(_column(s).expression(s.dtype)).to_series()


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("x", ["1", "2.5", "-3e2", ""], "number"),
        ("x", ["1", " 2 ", "NA", "nan"], "number"),
        ("x", [1, 2, None], "number"),
        ("x", [0.5, math.nan, math.inf], "number"),
        ("x", ["yes", "no"], "category"),
        ("x", [True, False], "category"),
        ("x", [*"abc"] * 10, "category"),
        ("zip", ["02134", "02135"] * 30, "category"),
        ("store_id", [str(i % 7) for i in range(N)], "category"),
        ("storeId", [str(i % 7) for i in range(N)], "category"),
        ("x", ["1", "2", "red"] * 20, "category"),
        ("x", ["2020-01-31", "2021-02-28", ""], "date"),
        ("x", ["2020-01-31 10:00:00", "2021-02-28 23:59:59.5"], "date"),
        ("x", ["2020-01-31T10:00:00Z", "2021-02-28T10:00:00+02:00"], "date"),
        ("x", ["31.12.2020", "01.01.2021"], "date"),
        ("x", [datetime.date(2020, 1, 1), None, datetime.date(2021, 1, 1)], "date"),
        ("x", NAMES, "text"),
        ("x", ["字" * 50 + str(i) for i in range(N)], "text"),
        ("passenger_id", [str(7 * i) for i in range(N)], "identifier"),
        ("PassengerId", [7 * i for i in range(N)], "identifier"),
        ("x", [str(i + 1) for i in range(N)], "identifier"),
        ("x", [f"A{i}" for i in range(N)], "identifier"),
        ("x", ["$5", "€6", "$7", "€8"], "category"),
        ("x", ["12% off", "7% off", "9% off"], "category"),
        ("x", ["40, 120", "51, 200"], "category"),
        ("x", ["555 1234", "123 4567"], "category"),
        ("x", ["10.0.0.1", "10.0.0.2"], "category"),
        ("user_id", [str(i) for i in range(N)] + ["0"], "identifier"),
        ("user_id", [str(i % 5) for i in range(N)], "category"),
        ("year", [str(1900 + i) for i in range(N)], "number"),
        ("x", ["a"] * 5, "constant"),
        ("x", [3.0] * 5, "constant"),
        ("x", [None, None], "constant"),
        ("x", ["a", None], "category"),
        ("x", [[1], [2]], "unread"),
    ],
)
def test_kind(name, values, kind):
    assert _column(pl.Series(name, values, strict=False)).kind == kind


@pytest.mark.parametrize(
    ("values", "numbers", "says"),
    [
        (["1,5", "-2,25", "3"], [1.5, -2.25, 3], "decimal comma"),
        (["1.234,5", "2,25"], [1234.5, 2.25], "decimal comma"),
        (["1,234", "2,345,678.5"], [1234, 2345678.5], "thousands comma"),
        (["1.234.567,5", "1 234,5", "-2"], [1234567.5, 1234.5, -2], "decimal comma"),
        (["1 234 567.5", "1'234", "2"], [1234567.5, 1234, 2], "thousands gap: 1 234 is 1234"),
        (["$1,234.50", "$ 7", "-$2"], [1234.5, 7, -2], "thousands comma: .*; in \\$"),
        (["1.234,50 €", "7 €", "-2€"], [1234.5, 7, -2], "decimal comma: .*; in €"),
        (["12%", "7.5 %", "-1%"], [12, 7.5, -1], "in %"),
        ([*["1", "2"] * 20, "?"], [*[1, 2] * 20, None], "1 like '\\?'"),
    ],
)
def test_numbers_that_could_be_misread_are_read_and_noted(values, numbers, says):
    s = pl.Series("x", values)
    column = _column(s)
    assert _read(s).to_list() == numbers
    assert re.search(says, column.note)


def test_days_before_months_where_a_day_is_past_the_twelfth():
    s = pl.Series("x", ["31/12/2020", "01/02/2021"])
    assert _read(s).dt.month().to_list() == [12, 2]
    s = pl.Series("x", ["03/04/2020", "01/02/2021"])
    column = _column(s)
    assert _read(s).dt.month().to_list() == [3, 1]
    assert "may be day/month" in column.note


def test_counts_are_those_of_the_values():
    column = _column(pl.Series("x", [*"aab", None]))
    assert (column.top, column.counts, column.missing) == (["a", "b"], [2, 1], 1)
    assert column.levels.tolist() == ["a", "b"]
    x = np.random.default_rng(0).normal(size=100)
    column = _column(pl.Series("x", x))
    assert column.counts == np.histogram(x, bins=20)[0].tolist()


@pytest.mark.parametrize("x", [[1e308, -1e308], [1.0, 1.0 + 2e-16], [5.0], [5e-324, 0.0]])
def test_histogram_of_extreme_values(x):
    edges, counts = histogram(np.array(x))
    assert sum(counts) == len(x)
    assert len(edges) == len(counts) + 1
    assert edges == sorted(edges)
