"""A table is read, and refused, by the schema it was learned with."""

import datetime
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid.tables import InputError, TableReader, as_polars, infer_schema, read_target

FRAME = pl.DataFrame(
    {
        "age": ["1", "2", "", "x"] + [str(i) for i in range(96)],
        "city": ["Rome", " Paris ", "NA", "Rome"] * 25,
        "day": ["2020-01-02", "", "2020-01-03", "2020-02-01"] * 25,
        "id": [f"k{i}" for i in range(100)],
        "review": [f"a long sentence number {i} of words" for i in range(100)],
        "y": ["a", "b"] * 50,
    }
)


@pytest.fixture
def schema():
    return infer_schema(FRAME, read_target(FRAME["y"])[1])


def test_values_are_read_by_kind(schema):
    table = schema.read(FRAME)
    assert table.columns == ["age", "city", "day", "review"]
    np.testing.assert_array_equal(table["age"].to_numpy()[:5], [1, 2, np.nan, np.nan, 0])
    assert table["city"].to_list()[:3] == ["Rome", "Paris", "(missing)"]
    assert table["day"].to_list()[:2] == [datetime.datetime(2020, 1, 2), None]


def test_a_table_that_is_read_already_is_read_as_itself(schema):
    table = schema.read(FRAME)
    assert schema.check(table) == []
    assert schema.read(table).equals(table, null_equal=True)


def test_pandas_polars_and_text_give_the_same(schema):
    table = schema.read(FRAME)
    typed = pl.DataFrame(
        [FRAME["age"].cast(pl.Float64, strict=False), *FRAME.select("city", "review")]
    ).with_columns(table["day"].dt.date())
    by_hand = {name: typed[name].to_list() for name in typed.columns}
    for frame in (typed, pd.DataFrame(by_hand), pd.DataFrame(by_hand).convert_dtypes(), by_hand):
        assert TableReader(schema).transform(frame).equals(table, null_equal=True)


def test_whole_numbers_as_categories_have_one_spelling():
    frame = pl.DataFrame({"shop_id": ["1", "2", "3"] * 10, "y": ["a", "b"] * 15})
    schema = infer_schema(frame, read_target(frame["y"])[1])
    assert schema["shop_id"].kind == "category"
    for values in ([1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"]):
        assert schema.read(pl.DataFrame({"shop_id": values}))["shop_id"].to_list() == [*"123"]
    missing = schema.read(pl.DataFrame({"shop_id": [1.0, float("nan")]}))
    assert missing["shop_id"].to_list() == ["1", "(missing)"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.drop("age"), "column 'age' is missing"),
        (lambda f: f.with_columns(new=1), "column 'new' was not there"),
        (lambda f: f.with_columns(age=pl.lit("old")), "'age' was of kind number.*'old'"),
        (lambda f: f.with_columns(age=pl.lit(True)), "'age' was of kind number"),
        (lambda f: f.with_columns(day=pl.lit("soon")), "'day' was of kind date"),
        (lambda f: f.with_columns(day=pl.lit(3)), "'day' was of kind date"),
        (lambda f: f.with_columns(city=pl.lit("7")), "'city' was of kind category"),
        (lambda f: f.with_columns(city=pl.lit(7)), "'city' was of kind category"),
        (lambda f: f.with_columns(review=pl.lit(7)), "'review' was of kind text"),
    ],
)
def test_what_does_not_fit_is_named(schema, change, says):
    frame = change(FRAME)
    (problem,) = schema.check(frame)
    assert re.search(says, problem)
    with pytest.raises(InputError, match=says):
        TableReader(schema).transform(frame)


def test_what_is_not_learned_from_may_be_absent(schema):
    assert schema.check(FRAME.drop("id", "y")) == []


def test_an_all_missing_column_still_fits(schema):
    nothing = FRAME.with_columns(age=pl.lit(None), city=pl.lit(""), day=pl.lit(None))
    assert schema.check(nothing) == []
    assert schema.read(nothing)["age"].is_nan().all()


def test_many_problems_are_one_short_line(schema):
    with pytest.raises(InputError, match="and 8 more"):
        TableReader(schema).transform(pl.DataFrame({f"c{i}": [1] for i in range(8)}))


def test_strange_values_are_found(schema):
    frame = FRAME.head(4).with_columns(city=pl.Series(["Rome", "Oslo", "", "Oslo"]))
    found = {name: values.to_list() for name, values in schema.strange(frame).items()}
    assert found == {"age": ["x"], "city": ["Oslo", "Oslo"]}


def test_schema_is_saved_with_the_reader(schema, tmp_path):
    pellucid.save(TableReader(schema), tmp_path / "reader")
    again = pellucid.load(tmp_path / "reader")
    assert again.transform(FRAME).equals(schema.read(FRAME), null_equal=True)
    assert [vars(c) | {"levels": None} for c in again.schema.columns] == [
        vars(c) | {"levels": None} for c in schema.columns
    ]


def test_only_tables_are_tables():
    with pytest.raises(TypeError, match="a table is wanted"):
        as_polars(np.zeros((2, 2)))
