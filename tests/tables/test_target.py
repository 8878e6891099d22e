"""Classes or numbers."""

import polars as pl
import pytest

from pellucid.tables import InputError, read_target, to_array


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 5, "classification"),
        ([True, False] * 5, "classification"),
        ([0, 1] * 5, "classification"),
        (["1", "2", "3"] * 5, "classification"),
        ([0.5, 1.0] * 5, "regression"),
        (list(range(20)), "regression"),
        (["1,5", "2,5"] * 5, "regression"),
    ],
)
def test_task(values, task):
    found, column, read, notices = read_target(pl.Series("y", values))
    assert found == task
    assert read.null_count() == 0
    assert column.kind == ("category" if task == "classification" else "number")
    whole = task == "classification" and str(values[0]).isdigit()
    assert bool(notices) == whole, "a choice between two readings is said"


def test_the_user_decides():
    s = pl.Series("y", ["1", "2"] * 5)
    assert read_target(s, "regression")[2].dtype == pl.Float64
    assert to_array(read_target(s, "classification")[2]).dtype == int
    halves = pl.Series("y", [0.5, 1.0] * 5)
    assert to_array(read_target(halves, "classification")[2]).tolist()[:2] == ["0.5", "1.0"]


def test_rows_without_a_target_are_null_and_counted():
    _, column, values, notices = read_target(pl.Series("y", [*"abab", "", "NA", *"ab"]))
    assert values.is_null().to_list() == [False] * 4 + [True] * 2 + [False] * 2
    assert column.missing == 2
    assert notices == ["2 rows without a target were left out"]


def test_rare_classes_are_left_out():
    _, _, values, notices = read_target(pl.Series("y", [*"aaabbbc"]))
    assert values.to_list() == [*"aaabbb", None]
    assert "fewer than 3 rows were left out: 'c'" in notices[0]


@pytest.mark.parametrize(
    ("values", "task", "says"),
    [
        (["", None, "NA"], "auto", "missing in every row"),
        (["a"] * 9, "auto", "one class"),
        ([1.5] * 9, "auto", "one value"),
        ([f"name {i}" for i in range(30)], "auto", "a value of its own"),
        (["a", "b"] * 5, "regression", "holds words"),
        ([[1]] * 9, "auto", "holds List"),
    ],
)
def test_targets_that_cannot_be_learned(values, task, says):
    with pytest.raises(InputError, match=says):
        read_target(pl.Series("y", values), task)
