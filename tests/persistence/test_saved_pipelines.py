"""scikit-learn's containers of our models, on this version of it and between two."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

import pellucid
from pellucid.feature_extraction.text import TfidfVectorizer
from pellucid.linear_model import LogisticRegression, Ridge
from pellucid.preprocessing import StandardScaler

# Folders with another scikit-learn, for the test between two versions: paths, separated as in PATH.
OTHERS = [folder for folder in os.environ.get("PELLUCID_SKLEARN", "").split(os.pathsep) if folder]

N = 30
RNG = np.random.RandomState(0)
TABLE = pd.DataFrame(
    {
        "age": RNG.standard_normal(N),
        "size": RNG.standard_normal(N) + 5,
        "text": ["the rose is red", "the violet is blue", "ῥόδον"] * 10,
        "count": RNG.poisson(3, N),
        "rest": RNG.standard_normal(N),
    }
)
X = TABLE[["age", "size", "count", "rest"]].to_numpy()
Y = TABLE["age"].to_numpy() + 2 * TABLE["rest"].to_numpy()
LABELS = np.where(Y > 0, "up", "down")


@pytest.fixture
def trip(tmp_path):
    def trip(value):
        pellucid.save(value, tmp_path / "value.pellucid")
        return pellucid.load(tmp_path / "value.pellucid")

    return trip


def _same(a, b):
    if hasattr(a, "toarray"):
        a, b = a.toarray(), b.toarray()
    assert type(a) is type(b)
    if isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    else:
        assert np.array_equal(np.asarray(a), np.asarray(b))


def test_a_pipeline(trip):
    pipe = make_pipeline(StandardScaler(), "passthrough", LogisticRegression(C=3.0))
    assert repr(trip(pipe)) == repr(pipe)
    loaded = trip(pipe.fit(TABLE[["age", "rest"]], LABELS))
    _same(loaded.predict_proba(TABLE[["age", "rest"]]), pipe.predict_proba(TABLE[["age", "rest"]]))
    assert list(loaded.feature_names_in_) == ["age", "rest"]
    assert list(loaded[:-1].get_feature_names_out()) == ["age", "rest"]
    assert repr(clone(loaded)) == repr(clone(pipe))
    assert loaded.set_params(logisticregression__C=1.0).fit(X, LABELS).score(X, LABELS) > 0


def test_a_union(trip):
    steps = [("a", StandardScaler()), ("b", "passthrough"), ("c", "drop")]
    union = FeatureUnion(steps, transformer_weights={"a": 2.0})
    assert repr(trip(union)) == repr(union)
    loaded = trip(union.fit(TABLE[["age", "rest"]]))
    _same(loaded.transform(TABLE[["age", "rest"]]), union.transform(TABLE[["age", "rest"]]))
    assert list(loaded.get_feature_names_out()) == list(union.get_feature_names_out())


def _column_transformers():
    scaler = StandardScaler
    yield "names", [("a", scaler(), ["age", "size"]), ("t", TfidfVectorizer(), "text")], {}
    yield (
        "remainder",
        [("a", scaler(), ["age"]), ("z", "drop", ["text"])],
        {"remainder": "passthrough"},
    )
    yield "remainder fitted", [("t", TfidfVectorizer(), "text")], {"remainder": scaler()}
    numbers = make_column_selector(dtype_include=np.number)
    yield "selector", [("a", scaler(), numbers), ("d", "drop", [])], {"sparse_threshold": 0.0}
    yield "pattern", [("a", scaler(), make_column_selector("^a|^r")), ("p", "passthrough", [3])], {}
    yield "slice", [("a", scaler(), slice("age", "size")), ("b", scaler(), slice(3, 5))], {}
    mask = [True, False, False, False, True]
    yield "mask", [("a", scaler(), mask), ("b", scaler(), np.array([3]))], {"n_jobs": 1}
    yield "short names", [("a", scaler(), ["age"])], {"verbose_feature_names_out": False}


COLUMN_TRANSFORMERS = {name: (steps, options) for name, steps, options in _column_transformers()}


@pytest.mark.parametrize("name", COLUMN_TRANSFORMERS)
def test_a_column_transformer(name, trip):
    steps, options = COLUMN_TRANSFORMERS[name]
    model = ColumnTransformer(steps, **options)
    assert repr(trip(model).get_params().keys()) == repr(model.get_params().keys())
    loaded = trip(model.fit(TABLE))
    shuffled = TABLE[list(TABLE.columns[::-1])] if name in {"names", "remainder"} else TABLE
    _same(loaded.transform(shuffled), model.transform(shuffled))
    assert list(loaded.get_feature_names_out()) == list(model.get_feature_names_out())
    assert loaded.output_indices_ == model.output_indices_
    assert list(loaded.named_transformers_) == list(model.named_transformers_)
    again = loaded.fit(TABLE.iloc[:20])
    _same(again.transform(TABLE), clone(model).fit(TABLE.iloc[:20]).transform(TABLE))


@pytest.mark.parametrize("output", ["pandas", "polars", "default"])
def test_the_chosen_output_is_kept(output, trip):
    model = make_column_transformer(
        (make_pipeline(StandardScaler(), FunctionTransformer()), ["age", "size"]),
        remainder="drop",
    ).set_output(transform=output)
    table = pl.DataFrame(TABLE.to_dict("list")) if output == "polars" else TABLE
    loaded, expected = trip(model.fit(table)).transform(table), model.transform(table)
    assert type(loaded) is type(expected)
    assert np.array_equal(np.asarray(loaded), np.asarray(expected))
    scaler = StandardScaler().set_output(transform=output).fit(table[["age"]])
    assert type(trip(scaler).transform(table[["age"]])) is type(scaler.transform(table[["age"]]))


def test_a_function_is_saved_if_it_is_one_of_numpys(trip):
    for function in (None, np.log1p, np.sqrt):
        model = FunctionTransformer(function).fit(np.abs(X))
        _same(trip(model).transform(np.abs(X)), model.transform(np.abs(X)))
    pipe = make_pipeline(FunctionTransformer(lambda X: X), Ridge()).fit(X, Y)
    with pytest.raises(TypeError, match=r"cannot save Pipeline\.steps\[0\]\[1\]\.func: <function"):
        trip(pipe)


@pytest.mark.parametrize("y", [np.exp(Y), np.exp(np.c_[Y, Y])], ids=["one", "two"])
def test_a_transformed_target(y, trip):
    model = TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp).fit(X, y)
    _same(trip(model).predict(X), model.predict(X))
    model = TransformedTargetRegressor(Ridge(), transformer=StandardScaler()).fit(X, y)
    _same(trip(model).predict(X), model.predict(X))


@pytest.mark.parametrize("scoring", [None, "r2", ["r2", "neg_mean_squared_error"]])
@pytest.mark.parametrize("cv", [3, KFold(3, shuffle=True, random_state=0)])
def test_a_search(scoring, cv, trip):
    refit = "r2" if isinstance(scoring, list) else True
    model = GridSearchCV(Ridge(), {"alpha": [0.1, 10.0]}, scoring=scoring, cv=cv, refit=refit)
    assert trip(model).get_params().keys() == model.get_params().keys()
    loaded = trip(model.fit(X, Y))
    _same(loaded.predict(X), model.predict(X))
    assert loaded.score(X, Y) == model.score(X, Y)
    assert loaded.best_params_ == model.best_params_
    assert repr(loaded.cv_results_) == repr(model.cv_results_)
    loaded.fit(X, Y)


def test_a_search_that_keeps_no_model(trip):
    model = RandomizedSearchCV(
        Ridge(), {"alpha": [0.1, 10.0]}, n_iter=1, refit=False, random_state=0
    )
    assert trip(model.fit(X, Y)).best_params_ == model.best_params_


@pytest.mark.parametrize(
    "splitter",
    [KFold(4), StratifiedKFold(2, shuffle=True, random_state=1), TimeSeriesSplit(2, gap=1)]
    + [ShuffleSplit(2, test_size=0.3, random_state=np.random.RandomState(0))],
    ids=lambda splitter: type(splitter).__name__,  # the address of a RandomState is never the same
)
def test_a_splitter(splitter, trip):
    loaded = trip(splitter)
    for ours, theirs in zip(loaded.split(X, LABELS), splitter.split(X, LABELS), strict=True):
        assert np.array_equal(ours[0], theirs[0]) and np.array_equal(ours[1], theirs[1])


def test_what_scikit_learn_keeps_to_itself_is_refused(trip):
    from sklearn.svm import SVC

    with pytest.raises(TypeError, match=r"Pipeline\.steps\[0\]\[1\]: a sklearn\.svm"):
        trip(make_pipeline(SVC()))
    pipe = make_pipeline(Ridge())
    pipe._secret = 1
    with pytest.raises(TypeError, match=r"cannot save Pipeline\._secret: scikit-learn keeps it"):
        trip(pipe)


def everything():
    """One of each container, for the other version of scikit-learn; and what it says."""
    steps, options = COLUMN_TRANSFORMERS["remainder fitted"]
    columns = ColumnTransformer(steps, **options)
    pipe = Pipeline([("columns", columns), ("search", GridSearchCV(Ridge(), {"alpha": [1, 2]}))])
    scaler = make_column_transformer((StandardScaler(), ["age"]), remainder="passthrough")
    scaler.set_output(transform="pandas")
    union = FeatureUnion(
        [
            ("a", make_pipeline(scaler, FunctionTransformer(np.exp))),
            ("b", FunctionTransformer(np.abs)),
        ]
    )
    target = TransformedTargetRegressor(
        make_pipeline(union, Ridge()), func=np.log, inverse_func=np.exp
    )
    return [
        (pipe.fit(TABLE, Y), pipe.predict(TABLE)),
        (target.fit(TABLE[["age", "size"]], np.exp(Y)), target.predict(TABLE[["age", "size"]])),
    ]


PROGRAM = """
import sys
sys.path[:0] = [{other!r}, {here!r}]
import numpy as np, pellucid
from test_saved_pipelines import TABLE, everything
for (model, said), table in zip(pellucid.load({ours!r}), (TABLE, TABLE[["age", "size"]])):
    np.testing.assert_allclose(model.predict(table), said, rtol=1e-12)
pellucid.save(everything(), {theirs!r})
"""


@pytest.mark.skipif(not OTHERS, reason="PELLUCID_SKLEARN names no folder with another version")
@pytest.mark.parametrize("other", OTHERS)
def test_containers_go_from_one_version_of_scikit_learn_to_another_and_back(other, tmp_path):
    pellucid.save(everything(), tmp_path / "ours")
    here, ours, theirs = (
        str(Path(__file__).parent),
        str(tmp_path / "ours"),
        str(tmp_path / "theirs"),
    )
    program = PROGRAM.format(other=other, here=here, ours=ours, theirs=theirs)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tables = (TABLE, TABLE[["age", "size"]])
    for (model, said), table in zip(pellucid.load(theirs), tables, strict=True):
        np.testing.assert_allclose(model.predict(table), said, rtol=1e-12)
