"""The encoders of categories: scikit-learn's tables, the definitions, and values of every kind."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import preprocessing as reference
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import KFold, StratifiedKFold

from pellucid.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder, TargetEncoder

RNG = np.random.RandomState(0)
WORDS = np.array(["ant", "bee", "cat", "dog", "emu"], dtype=object)
N = 200
TABLE = np.column_stack(
    [
        WORDS[RNG.choice(5, N, p=[0.4, 0.3, 0.15, 0.1, 0.05])],
        RNG.randint(0, 4, N).astype(object),
        np.where(RNG.random_sample(N) < 0.2, None, WORDS[RNG.randint(0, 2, N)]),
    ]
)
NUMBERS = RNG.randint(-3, 4, (N, 2)).astype(float)
HOLED = np.where(RNG.random_sample(NUMBERS.shape) < 0.1, np.nan, NUMBERS)
KINDS = {
    "objects": TABLE,
    "numbers": NUMBERS,
    "nan": HOLED,
    "fixed-width strings": TABLE[:, :1].astype(str),
    "bytes": TABLE[:, :1].astype("S"),
    "integers": NUMBERS.astype(int),
    "booleans": NUMBERS > 0,
}
SETTINGS = [
    {},
    {"drop": "first"},
    {"drop": "if_binary"},
    {"min_frequency": 30},
    {"min_frequency": 0.2, "handle_unknown": "infrequent_if_exist"},
    {"max_categories": 3, "drop": "first"},
    {"max_categories": 1},
    {"handle_unknown": "ignore"},
]


def same(ours, theirs):
    """Equal; and nan is nan, None is None, also in arrays of objects."""
    ours, theirs = (a.toarray() if sp.issparse(a) else np.asarray(a) for a in (ours, theirs))
    assert ours.shape == theirs.shape
    for a, b in zip(ours.flat, theirs.flat, strict=True):
        assert a == b or (a != a and b != b), (a, b)


@pytest.mark.parametrize("options", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_indicators_are_scikit_learns(kind, options):
    X = KINDS[kind]
    ours, theirs = OneHotEncoder(**options).fit(X), reference.OneHotEncoder(**options).fit(X)
    Z = theirs.transform(X)
    same(ours.transform(X), Z)
    same(ours.inverse_transform(Z), theirs.inverse_transform(Z))
    same(ours.get_feature_names_out(), theirs.get_feature_names_out())
    for a, b in zip(ours.categories_, theirs.categories_, strict=True):
        same(a, b)
        assert a.dtype == b.dtype


@pytest.mark.parametrize("options", [o for o in SETTINGS if "drop" not in o], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_codes_are_scikit_learns(kind, options):
    X = KINDS[kind]
    options = dict(options)
    if options.pop("handle_unknown", None):
        options |= {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    ours, theirs = OrdinalEncoder(**options).fit(X), reference.OrdinalEncoder(**options).fit(X)
    Z = theirs.transform(X)
    same(ours.transform(X), Z)
    if kind == "nan" and any(rare is not None for rare in _rare(theirs)):
        # scikit-learn 1.9 has an IndexError for these; ours gives back what is not rare
        back, rare = ours.inverse_transform(Z), _rare(ours)
        for d in range(X.shape[1]):
            hidden = np.isin(X[:, d], [] if rare[d] is None else rare[d])
            same(back[~hidden, d], X[~hidden, d])
            assert set(back[hidden, d]) <= {"infrequent_sklearn"}
    else:
        same(ours.inverse_transform(Z), theirs.inverse_transform(Z))


def _rare(encoder):
    return getattr(encoder, "infrequent_categories_", [])


def test_the_definition():
    Z = OneHotEncoder(sparse_output=False).fit_transform(TABLE)
    assert set(np.unique(Z)) == {0, 1}
    assert_array_equal(Z.sum(axis=1), TABLE.shape[1])
    encoder = OneHotEncoder().fit(TABLE)
    columns = itertools.chain.from_iterable(
        (TABLE[:, d] == c for c in known) for d, known in enumerate(encoder.categories_)
    )
    assert_array_equal(Z, np.column_stack(list(columns)))
    codes = OrdinalEncoder().fit(TABLE).transform(TABLE)
    for d, known in enumerate(encoder.categories_):
        assert_array_equal(known[codes[:, d].astype(int)], TABLE[:, d])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_of_columns_of_their_own_kinds(frame):
    columns = {"animal": ["ant", "bee", "ant"], "legs": [6, 6, 4], "flies": [False, True, False]}
    Z = OneHotEncoder(sparse_output=False).fit(frame(columns))
    names = ["animal_ant", "animal_bee", "legs_4", "legs_6", "flies_False", "flies_True"]
    assert_array_equal(Z.get_feature_names_out(), names)
    assert_array_equal(Z.transform(frame(columns))[:, 2:4], [[0, 1], [0, 1], [1, 0]])
    with pytest.raises(ValueError, match="feature names"):
        Z.transform(frame({"beast": ["ant"], "legs": [6], "flies": [True]}))


def test_pandas_categories():
    column = pd.DataFrame({"c": pd.Categorical(["b", "a", None, "b"])})
    ours, theirs = OneHotEncoder().fit(column), reference.OneHotEncoder().fit(column)
    same(ours.transform(column), theirs.transform(column))
    same(ours.inverse_transform(np.eye(3)), theirs.inverse_transform(np.eye(3)))


def test_what_was_never_seen():
    new = np.array([["zebra", 9, None]], dtype=object)
    with pytest.raises(ValueError, match=r"Found unknown categories \['zebra'\] in column 0"):
        OneHotEncoder().fit(TABLE).transform(new)
    with pytest.raises(ValueError, match=r"Found unknown categories \['zebra'\] in column 0"):
        OrdinalEncoder().fit(TABLE).transform(new)
    Z = OneHotEncoder(handle_unknown="ignore").fit(TABLE).transform(new).toarray()
    assert Z.sum() == 1  # None was there
    with pytest.warns(UserWarning, match=r"columns \[0, 1\]"):
        OneHotEncoder(handle_unknown="warn").fit(TABLE).transform(new)
    coded = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-7).fit(TABLE)
    assert_array_equal(coded.transform(new), [[-7, -7, 2]])
    assert_array_equal(coded.inverse_transform([[-7, -7, 2]]), [[None, None, None]])


def test_settings_that_contradict_each_other():
    X = np.array([["a"], ["b"], [np.nan]], dtype=object)
    for options, error in (
        ({"handle_unknown": "use_encoded_value"}, "unknown_value should be an integer"),
        ({"unknown_value": 3}, "should only be set when"),
    ):
        with pytest.raises(TypeError, match=error):
            OrdinalEncoder(**options).fit(X)
    use = {"handle_unknown": "use_encoded_value"}
    for options, error in (
        ({**use, "unknown_value": 1}, "is one of the values"),
        ({**use, "unknown_value": np.nan, "dtype": int}, "should be a float dtype"),
        ({"encoded_missing_value": 1}, "already used to encode a known category"),
        ({"dtype": int}, "set encoded_missing_value"),
    ):
        with pytest.raises(ValueError, match=error):
            OrdinalEncoder(**options).fit(X)
    for categories, error in (
        ([["b", "a"], ["c"]], "has to be of shape"),
        ([["a", np.nan, "b"]], "Nan should be the last"),
        ([["a", "a", "b", np.nan]], "duplicate"),
        ([["a", np.nan]], "Found unknown categories"),
    ):
        with pytest.raises(ValueError, match=error):
            OneHotEncoder(categories=categories).fit(X)
    with pytest.raises(ValueError, match="Unsorted"):
        OneHotEncoder(categories=[[2, 1]]).fit([[1], [2]])
    with pytest.raises(ValueError, match="to be dropped, but were not found"):
        OneHotEncoder(drop=["z"]).fit(X)
    with pytest.raises(ValueError, match="because it is infrequent"):
        OneHotEncoder(drop=["a"], min_frequency=2).fit([["a"], ["b"], ["b"]])
    with pytest.raises(TypeError, match="uniformly strings or numbers"):
        OneHotEncoder().fit(np.array([["a"], [1]], dtype=object))


def test_labels():
    for y in (["b", "a", "b"], [2, 1, 2], [True, False, True], np.array([b"y", b"x", b"y"])):
        ours, theirs = LabelEncoder().fit(y), reference.LabelEncoder().fit(y)
        assert_array_equal(ours.classes_, theirs.classes_)
        assert_array_equal(ours.transform(y), [1, 0, 1])
        assert_array_equal(ours.inverse_transform([1, 0, 1]), y)
    encoder = LabelEncoder().fit(["a", "b"])
    for call in (lambda: encoder.transform(["c"]), lambda: encoder.inverse_transform([2])):
        with pytest.raises(ValueError, match="previously unseen labels"):
            call()


Y = {
    "continuous": RNG.standard_normal(N) + (TABLE[:, 0] == "ant"),
    "binary": np.where(RNG.random_sample(N) < 0.5, "no", "yes"),
    "multiclass": RNG.randint(0, 3, N),
}


@pytest.mark.parametrize("smooth", ["auto", 0.0, 10.0])
@pytest.mark.parametrize("target", Y)
def test_means_of_the_target_are_scikit_learns(target, smooth):
    X, y = TABLE[:, :2], Y[target]
    folds = (KFold if target == "continuous" else StratifiedKFold)(5, shuffle=True, random_state=0)
    ours, theirs = (
        TargetEncoder(smooth=smooth, cv=folds),
        reference.TargetEncoder(smooth=smooth, cv=folds),
    )
    assert_allclose(ours.fit_transform(X, y), theirs.fit_transform(X, y), rtol=1e-12)
    assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-12)
    new = np.array([["zebra", 0]], dtype=object)
    assert_allclose(ours.transform(new), theirs.transform(new), rtol=1e-12)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


def test_no_row_sees_its_own_target():
    X = np.arange(40).astype(object)[:, None]  # every category once: there is nothing to learn
    y = RNG.standard_normal(40)
    encoder = TargetEncoder(smooth=0.0, random_state=0)
    assert_allclose(encoder.fit(X, y).transform(X).ravel(), y)
    folds = encoder.fit_transform(X, y).ravel()
    assert len(np.unique(folds.round(12))) == 5  # each fold gets the mean of the others
    assert abs(np.corrcoef(folds, y)[0, 1]) < 0.9
    with pytest.raises(ValueError, match="exactly once"):
        TargetEncoder(cv=[(np.arange(30), np.arange(35))]).fit_transform(X, y)


def test_values_outside_the_given_categories_teach_the_mean_alone():
    X, y = np.array([[0], [1], [1], [9], [0], [9], [1], [0]]), np.arange(8.0) ** 2 + 0.5
    folds = KFold(4)
    encoder = TargetEncoder(categories=[[0, 1]], smooth=3.0, cv=folds)
    codes = X[:, 0]
    expected = [
        (y[codes == k].sum() + 3 * y.mean()) / (np.sum(codes == k) + 3) for k in (0, 1)
    ]  # scikit-learn counts the strangers as the first category
    assert_allclose(encoder.fit(X, y).encodings_, [expected], rtol=1e-15)
    encoded = encoder.fit_transform(X, y)
    for learn, apply in folds.split(X):
        strangers = apply[codes[apply] == 9]
        assert_allclose(encoded[strangers, 0], y[learn].mean(), rtol=1e-15)


def test_the_books_shirts():
    """Raschka, Liu & Mirjalili (2022), chapter 4: sizes ordered, colours as indicators."""
    shirts = pd.DataFrame(
        [
            ["green", "M", 10.1, "class2"],
            ["red", "L", 13.5, "class1"],
            ["blue", "XL", 15.3, "class2"],
        ],
        columns=["color", "size", "price", "classlabel"],
    )
    assert_array_equal(LabelEncoder().fit_transform(shirts["classlabel"]), [1, 0, 1])
    shirts["size"] = shirts["size"].map({"XL": 3, "L": 2, "M": 1})
    X = shirts[["color", "size", "price"]].to_numpy()
    indicators = OneHotEncoder().fit_transform(X[:, :1]).toarray()
    assert_array_equal(indicators, [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    transformer = ColumnTransformer(
        [("onehot", OneHotEncoder(categories="auto", drop="first"), [0]),
         ("nothing", "passthrough", [1, 2])]
    )  # fmt: skip
    expected = [[1, 0, 1, 10.1], [0, 1, 2, 13.5], [0, 0, 3, 15.3]]
    assert_array_equal(transformer.fit_transform(X).astype(float), expected)


def test_many_categories():
    words = np.array([f"w{i}" for i in RNG.randint(0, 50_000, 200_000)], dtype=object)[:, None]
    encoder = OrdinalEncoder().fit(words)
    codes = encoder.transform(words)[:, 0].astype(int)
    assert_array_equal(encoder.categories_[0][codes], words[:, 0])
    Z = OneHotEncoder().fit_transform(words)
    assert Z.nnz == len(words)
    assert_array_equal(Z.indices, codes)
