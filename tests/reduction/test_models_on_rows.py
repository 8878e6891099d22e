"""A model learns the same from its rows wherever they are."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from pellucid.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from pellucid.linear_model import (
    BayesianLinearRegression,
    GammaRegressor,
    GeneralizedLinearRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from pellucid.naive_bayes import (
    BernoulliNB,
    CategoricalNB,
    ComplementNB,
    GaussianNB,
    MultinomialNB,
)
from pellucid.preprocessing import MinMaxScaler, StandardScaler
from pellucid.reduction import threads

N, D = 3000, 5

MODELS = [
    (LinearRegression(), "number"),
    (LinearRegression(positive=True), "number"),
    (Ridge(alpha=2.0), "number"),
    (Ridge(alpha=2.0, solver="svd"), "number"),
    (BayesianLinearRegression(), "number"),
    (LogisticRegression(tol=1e-8), "class"),
    (LogisticRegression(tol=1e-8, C=0.1, class_weight="balanced"), "two"),
    (LogisticRegression(tol=1e-8, solver="liblinear"), "class"),
    (LogisticRegression(tol=1e-8, solver="saga", l1_ratio=0.5, C=0.1), "two"),
    (PoissonRegressor(tol=1e-8), "amount"),
    (GammaRegressor(tol=1e-8), "amount"),
    (TweedieRegressor(tol=1e-8, power=1.5), "amount"),
    (GeneralizedLinearRegressor("poisson", tol=1e-8), "amount"),
    (GaussianNB(), "class"),
    (MultinomialNB(), "class"),
    (ComplementNB(), "class"),
    (BernoulliNB(binarize=1.0), "class"),
    (CategoricalNB(), "class"),
    (StandardScaler(), None),
    (MinMaxScaler(), None),
    (LinearDiscriminantAnalysis(), "class"),
    (LinearDiscriminantAnalysis("lsqr", shrinkage="auto"), "class"),
    (LinearDiscriminantAnalysis("eigen", shrinkage=0.3), "two"),
    (QuadraticDiscriminantAnalysis(store_covariance=True), "class"),
    (QuadraticDiscriminantAnalysis(solver="eigen", shrinkage="auto"), "class"),
]
AXES = {"rotations_", "scalings_"}  # of the discriminants


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.poisson(2.0, size=(N, D)).astype(float)
    eta = 0.2 * X @ [1, -1, 0.5, 0, 0.2]
    return X, {
        "number": eta + rng.normal(size=N),
        "amount": rng.poisson(np.exp(eta)) + 0.5,
        "two": np.where(eta + rng.logistic(size=N) > 0, "yes", "no"),
        "class": np.digitize(eta + 0.5 * rng.normal(size=N), [0.0, 0.4]),
        "weight": rng.uniform(0.5, 2, N),
    }


class Blocks:
    def __init__(self, *arrays, step=700):
        self.arrays, self.step = arrays, step

    def __iter__(self):
        for start in range(0, N, self.step):
            block = tuple(a[start : start + self.step] for a in self.arrays)
            yield block if len(block) > 1 else block[0]


def learned(model):
    """All that ``fit`` has left."""
    state = {
        n: v for n, v in vars(model).items() if n.endswith("_") and not n.endswith("names_in_")
    }
    assert state
    return state


def assert_same(ours, expected, rtol):
    assert ours.keys() == expected.keys()
    for name, value in expected.items():
        values = (
            zip(ours[name], value, strict=True)
            if isinstance(value, list)
            else [(ours[name], value)]
        )
        for mine, theirs in values:
            mine, theirs = np.asarray(mine), np.asarray(theirs)
            if name in AXES and rtol:
                mine, theirs = _signed(mine), _signed(theirs)
            assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape), name
            if theirs.dtype.kind == "f" and rtol:
                scale = np.abs(theirs).max(initial=1e-300)
                np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol * scale, err_msg=name)
            elif name != "n_iter_" or not rtol:
                np.testing.assert_array_equal(mine, theirs, err_msg=name)


def _signed(axes):
    """Axes that have no sign of their own, with the largest number of each above zero."""
    top = axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])] if axes.ndim == 2 else 1
    return axes * np.sign(top)


def fitted(model, X, y, weight):
    from sklearn.base import clone

    model = clone(model)
    weighted = "sample_weight" in type(model).fit.__code__.co_varnames
    return learned(model.fit(X, y, weight) if weighted else model.fit(X, y))


def ids(case):
    return repr(case[0])


@pytest.fixture(params=MODELS, ids=ids)
def case(request, table, monkeypatch):
    monkeypatch.setattr(threads, "BLOCK_BYTES", 1 << 14)
    (model, target), (X, columns) = request.param, table
    weighted = "sample_weight" in type(model).fit.__code__.co_varnames
    y, weight = columns.get(target), columns["weight"] if weighted else None
    return model, X, y, weight, fitted(model, X, y, weight)


@pytest.mark.parametrize("kind", ["memory map", "npy", "parquet"])
def test_a_fit_to_a_file_is_the_fit_to_the_array_to_the_last_bit(kind, case, tmp_path):
    model, X, y, weight, expected = case
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "w.npy", weight if weight is not None else 0)
    names = [f"c{d}" for d in range(D)]
    if kind == "memory map":
        given = np.load(tmp_path / "X.npy", mmap_mode="r"), y, weight
    elif kind == "npy":
        given = tmp_path / "X.npy", y, None if weight is None else tmp_path / "w.npy"
    else:
        frame = pl.DataFrame(X, schema=names)
        for name, column in (("y", y), ("w", weight)):
            frame = frame if column is None else frame.with_columns(pl.Series(name, column))
        frame.write_parquet(tmp_path / "x.parquet")
        given = tmp_path / "x.parquet", None if y is None else "y", None if weight is None else "w"
    assert_same(fitted(model, *given), expected, rtol=0)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_fit_to_blocks_is_the_fit_to_the_array_to_rounding(sparse, case):
    model, X, y, weight, expected = case
    if sparse and not model.__sklearn_tags__().input_tags.sparse:
        pytest.skip("this model takes dense rows alone")
    X = sp.csr_array(X) if sparse else X
    parts = [a for a in (X, y, weight) if a is not None]
    assert_same(fitted(model, Blocks(*parts), None, None), expected, rtol=1e-7)


def test_a_fit_to_dask_is_the_fit_to_the_array_to_rounding(case):
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    model, X, y, weight, expected = case
    given = [None if a is None else da.from_array(a, chunks=700) for a in (X, y, weight)]
    assert_same(fitted(model, *given), expected, rtol=1e-7)


def test_names_of_columns_are_learned_and_held_to(table, tmp_path):
    X, columns = table
    names = [f"c{d}" for d in range(D)]
    frame = pl.DataFrame(X, schema=names).with_columns(y=pl.Series(columns["number"]))
    frame.write_parquet(tmp_path / "x.parquet")
    model = LinearRegression().fit(tmp_path / "x.parquet", "y")
    assert list(model.feature_names_in_) == names
    model.predict(pd.DataFrame(X, columns=names))
    scaler = StandardScaler().fit([frame[names]])
    with pytest.raises(ValueError, match="feature names should match"):
        scaler.partial_fit([frame[names[::-1]]])


@pytest.mark.parametrize("model", [LinearRegression(), GaussianNB(), LogisticRegression()])
def test_no_more_rows_than_columns_come_into_memory(model):
    X = np.random.default_rng(0).normal(size=(4, 6))
    y = np.array([0, 1, 0, 1])
    expected, ours = (
        fitted(model, X, y, None),
        fitted(model, [(X[:3], y[:3]), (X[3:], y[3:])], None, None),
    )
    assert_same(ours, expected, rtol=1e-7)


BAD = {
    "NaN": (lambda X: np.where(np.arange(len(X))[:, None] == 2500, np.nan, X), "contains NaN"),
    "infinity": (lambda X: np.where(np.arange(len(X))[:, None] == 2500, np.inf, X), "infinity"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("model", [LinearRegression(), GaussianNB(), LogisticRegression()])
def test_one_bad_number_in_one_block_is_refused_as_in_an_array(model, bad, table, tmp_path):
    X, columns = table
    spoil, message = BAD[bad]
    np.save(tmp_path / "X.npy", spoil(X))
    for given in (
        (tmp_path / "X.npy", columns["class"]),
        (Blocks(spoil(X), columns["class"]), None),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(*given)
    model.fit(X, columns["class"])


def test_blocks_that_do_not_fit_together_are_refused(table):
    X, columns = table
    y = columns["number"]
    with pytest.raises(ValueError, match="A block of X has 4 features, but Ridge is expecting 5"):
        Ridge().fit([(X, y), (X[:, :4], y)])
    with pytest.raises(ValueError, match="requires y to be passed"):
        Ridge().fit([X])
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        Ridge().fit([(X, y, columns["weight"]), (X, y, -columns["weight"])])
    with pytest.raises(ValueError, match=r"sample_weight.shape"):
        Ridge().fit([(X, y, columns["weight"][:, None])])
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        GaussianNB().fit([(X, y)])
    with pytest.raises(ValueError, match="Negative values in data passed to MultinomialNB"):
        MultinomialNB().fit([(X, columns["class"]), (-X, columns["class"])])
    with pytest.raises(ValueError, match="contains only one class"):
        LogisticRegression().fit([(X, np.ones(N))])
    with pytest.raises(ValueError, match="an offset is for rows in memory"):
        PoissonRegressor().fit([(X, columns["amount"])], offset=np.zeros(N))
    with pytest.raises(ValueError, match="can be walked once"):
        Ridge().fit((X, y) for _ in range(2))


def test_blocks_and_partitions_without_rows_change_nothing(table):
    X, columns = table
    y, none = columns["class"], slice(0, 0)
    for model in (
        LinearRegression(),
        GaussianNB(),
        LogisticRegression(),
        LinearDiscriminantAnalysis(),
    ):
        blocks = [(X[none], y[none]), (X[:900], y[:900]), (X[none], y[none]), (X[900:], y[900:])]
        expected = fitted(model, X, y, None)
        assert_same(fitted(model, blocks, None, None), expected, rtol=1e-7)


def test_dtypes_may_differ_from_block_to_block(table):
    X, columns = table
    y = columns["number"]
    mixed = [(X[:1000].astype(int), y[:1000]), (X[1000:].astype(np.float32), y[1000:])]
    assert_same(
        learned(LinearRegression().fit(mixed)), learned(LinearRegression().fit(X, y)), rtol=1e-6
    )
