"""SimpleImputer, MissingIndicator: scikit-learn's tables, the definitions, gaps of every kind."""

from io import StringIO

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import impute as reference

from pellucid.impute import MissingIndicator, SimpleImputer

RNG = np.random.RandomState(0)
X = RNG.randint(0, 5, (60, 4)).astype(float)
X[RNG.random_sample(X.shape) < 0.2] = np.nan
X[:, 3] = np.nan  # a column of nothing
WORDS = np.where(RNG.random_sample((60, 2)) < 0.2, None, RNG.choice(["ant", "bee"], (60, 2)))
NOTHING = "ignore:Skipping features without any observed:UserWarning"


@pytest.mark.filterwarnings(NOTHING)
@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant", np.max])
@pytest.mark.parametrize("options", [{}, {"add_indicator": True}, {"keep_empty_features": True}])
@pytest.mark.parametrize("container", [np.array, sp.csr_matrix, sp.csc_array, np.float32])
def test_scikit_learns_table(strategy, options, container):
    data = container(X[:, :3] if sp.issparse(container([[1.0]])) or strategy is np.max else X)
    options = {"strategy": strategy, **options}
    ours = SimpleImputer(**options).fit(data)
    theirs = reference.SimpleImputer(**options).fit(data)
    assert_allclose(ours.statistics_.astype(float), theirs.statistics_.astype(float), rtol=1e-6)
    Z, expected = ours.transform(data), theirs.transform(data)
    assert Z.dtype == expected.dtype
    assert sp.issparse(Z) == sp.issparse(expected)
    assert_allclose(*(z.toarray() if sp.issparse(z) else z for z in (Z, expected)), rtol=1e-6)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


@pytest.mark.parametrize("gap", [np.nan, -1, None, "", "?"])
def test_any_value_can_mean_missing(gap):
    words = np.where(np.equal(WORDS, None), gap, WORDS)
    numbers = np.where(np.isnan(X[:, :3]), -1, X[:, :3])
    for strategy in ("most_frequent", "constant"):
        options = {"strategy": strategy, "missing_values": gap}
        data = numbers if gap == -1 else words
        ours = SimpleImputer(**options).fit_transform(data)
        assert_array_equal(ours, reference.SimpleImputer(**options).fit_transform(data))


def test_the_definition():
    filled = SimpleImputer(strategy="median").fit_transform(X[:, :3])
    holes = np.isnan(X[:, :3])
    assert_array_equal(filled[~holes], X[:, :3][~holes])
    assert_array_equal(filled[holes], np.nanmedian(X[:, :3], axis=0)[np.nonzero(holes)[1]])
    tie = [[2.0], [1.0], [np.nan]]
    assert SimpleImputer(strategy="most_frequent").fit(tie).statistics_ == [1]  # the smallest


def test_what_was_filled_can_be_taken_out_again():
    imputer = SimpleImputer(add_indicator=True)
    table = X[:, :3]
    assert_array_equal(imputer.inverse_transform(imputer.fit_transform(table)), table)
    with pytest.raises(ValueError, match="add_indicator=False"):
        SimpleImputer().fit(table).inverse_transform(table)


def test_x_is_left_as_it_was():
    before = X.copy()
    for strategy in ("mean", "constant"):
        SimpleImputer(strategy=strategy, keep_empty_features=True).fit_transform(X)
    S = sp.csc_matrix(X[:, :3])
    data, indices = S.data.copy(), S.indices.copy()
    SimpleImputer(add_indicator=True).fit_transform(S)
    MissingIndicator().fit_transform(S)
    assert_array_equal(X, before)
    assert_array_equal(S.data, data)
    assert_array_equal(S.indices, indices)


def test_frames():
    table = {"legs": [6.0, None, 4.0], "name": ["ant", None, "cat"]}
    for frame in (pd.DataFrame(table), pl.DataFrame(table)):
        numbers = SimpleImputer().fit(frame[["legs"]])
        assert_allclose(numbers.transform(frame[["legs"]]).ravel(), [6, 5, 4])
        assert numbers.get_feature_names_out() == ["legs"]
    na = pd.DataFrame({"n": pd.array([1, None, 3], dtype="Int64")})
    assert_allclose(SimpleImputer(missing_values=pd.NA).fit_transform(na).ravel(), [1, 2, 3])
    words = pd.DataFrame({"w": pd.array(["a", None, "a"], dtype="string")})
    filled = SimpleImputer(missing_values=pd.NA, strategy="most_frequent").fit_transform(words)
    assert_array_equal(filled.ravel(), ["a", "a", "a"])


@pytest.mark.parametrize("features", ["missing-only", "all"])
@pytest.mark.parametrize("sparse", [True, False, "auto"])
@pytest.mark.parametrize("container", [np.array, sp.csr_matrix, sp.csc_array])
def test_marks_are_scikit_learns(features, sparse, container):
    options = {"features": features, "sparse": sparse}
    data = container(X)
    ours = MissingIndicator(**options).fit(data)
    theirs = reference.MissingIndicator(**options).fit(data)
    assert_array_equal(ours.features_, theirs.features_)
    Z, expected = ours.transform(data), theirs.transform(data)
    assert sp.issparse(Z) == sp.issparse(expected)
    assert Z.dtype == bool
    assert_array_equal(*(z.toarray() if sp.issparse(z) else z for z in (Z, expected)))
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


def test_bad_input():
    with pytest.raises(ValueError, match="Cannot use mean strategy with non-numeric data"):
        SimpleImputer().fit([["ant"], ["bee"]])
    with pytest.raises(ValueError, match="cannot be cast"):
        SimpleImputer(strategy="constant", fill_value="x").fit(X)
    with pytest.raises(ValueError, match="Provide a dense array"):
        SimpleImputer(missing_values=0).fit(sp.csr_matrix(np.eye(3)))
    with pytest.raises(ValueError, match="infinity"):
        SimpleImputer().fit([[np.inf], [1.0]])
    with pytest.raises(ValueError, match="both numerical"):
        SimpleImputer(missing_values="?").fit([[1.0]])
    with pytest.raises(ValueError, match=r"features .* have missing values in transform"):
        MissingIndicator().fit([[1.0, np.nan]]).transform([[np.nan, 1.0]])
    with pytest.warns(UserWarning, match=r"Skipping features without any observed values: \[0\]"):
        assert SimpleImputer().fit([[np.nan, 1.0]]).transform([[3.0, np.nan]]).tolist() == [[1]]


def test_the_books_table():
    """Raschka, Liu & Mirjalili (2022), chapter 4: the mean of 3 and 12 is 7.5, of 4 and 8 is 6."""
    table = pd.read_csv(StringIO("A,B,C,D\n1.0,2.0,3.0,4.0\n5.0,6.0,,8.0\n10.0,11.0,12.0,"))
    imputer = SimpleImputer(missing_values=np.nan, strategy="mean").fit(table.values)
    expected = [[1, 2, 3, 4], [5, 6, 7.5, 8], [10, 11, 12, 6]]
    assert_array_equal(imputer.transform(table.values), expected)
