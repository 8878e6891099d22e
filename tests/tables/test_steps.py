"""The steps between a table and a matrix."""

import datetime

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.base import clone

from pellucid.tables import (
    DateParts,
    HashedText,
    TableReader,
    infer_schema,
    make_features,
    read_target,
    to_array,
)
from pellucid.tables.features import MOST_LEVELS


def test_date_parts_are_those_of_the_calendar():
    moments = [datetime.datetime(2024, 2, 29, 13, 30), None, datetime.datetime(1969, 12, 31)]
    step = DateParts().fit(pl.DataFrame({"d": moments}))
    days, *parts = step.transform(pl.DataFrame({"d": moments})).T
    assert [p[0] for p in parts] == [2024, 2, 29, 4, 13]  # a Thursday
    assert days[0] == pytest.approx(19782 + 13.5 / 24)
    assert days[2] == -1
    assert np.isnan(days[1])
    assert step.get_feature_names_out()[:2].tolist() == ["d_days", "d_year"]


def test_hashed_text_weighs_each_column_by_itself():
    frame = pl.DataFrame({"a": ["xx yy", "xx", "", "xx zz"], "b": ["pp", "qq", "pp", ""]})
    step = HashedText(n_features=64).fit(frame)
    both = step.transform(frame)
    assert sp.issparse(both)
    assert both.shape == (4, 128) == (4, len(step.get_feature_names_out()))
    for k, name in enumerate("ab"):
        alone = HashedText(n_features=64).fit_transform(frame.select(name))
        np.testing.assert_array_equal(both[:, 64 * k : 64 * k + 64].toarray(), alone.toarray())
    np.testing.assert_allclose(np.linalg.norm(both[:, :64].toarray(), axis=1), [1, 1, 0, 1])


def _table(n=120):
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "x": rng.normal(size=n),
            "color": rng.choice(["red", "green", ""], n),
            "city": [f"city {i}" for i in rng.integers(0, MOST_LEVELS + 30, n)],
            "day": [f"2024-01-{d:02d}" for d in rng.integers(1, 28, n)],
            "y": ["a", "b"] * (n // 2),
        }
    )


def test_each_kind_has_its_branch_and_every_feature_a_name():
    frame = _table()
    _, column, values, _ = read_target(frame["y"])
    schema = infer_schema(frame, column)
    table = TableReader(schema).transform(frame)
    features = make_features(schema, "classification")
    X = features.fit_transform(table, to_array(values))
    names = features.get_feature_names_out()
    assert X.shape == (len(frame), len(names))
    assert np.isfinite(X).all()
    assert {name.partition("__")[0] for name in names} == {
        "number",
        "category",
        "many_levels",
        "date",
    }
    assert "category__color_(missing)" in names
    unseen = table.with_columns(color=pl.lit("mauve"), city=pl.lit("Atlantis"))
    row = features.transform(unseen)[0]
    assert np.all(row[[name.startswith("category__") for name in names]] == 0)


def test_a_wide_table_has_no_more_branches_than_a_narrow_one():
    frame = pl.DataFrame({f"x{i}": np.arange(5.0) + i for i in range(300)})
    schema = infer_schema(frame, read_target(frame["x0"], "regression")[1])
    assert len(make_features(schema, "regression").transformers) == 1


def test_steps_are_cloned_like_any_estimator():
    frame = _table()
    schema = infer_schema(frame, read_target(frame["y"])[1])
    copy = clone(TableReader(schema))
    assert copy.transform(frame).equals(TableReader(schema).transform(frame), null_equal=True)
    assert clone(HashedText(8)).n_features == 8
