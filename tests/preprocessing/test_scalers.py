"""The scalers: scikit-learn's numbers, what must be true of them, and columns that are no fun."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import preprocessing as reference
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

from pellucid import preprocessing
from pellucid.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

RNG = np.random.RandomState(0)
X = RNG.standard_normal((200, 5)) * [1, 1e-3, 1e6, 5, 0] + [0, 1e3, -3, 1e8, 7]
HOLED = np.where(RNG.random_sample(X.shape) < 0.1, np.nan, X)
MILD = (RNG.standard_normal((200, 5)) + 1).astype(np.float32)
SCALERS = [
    ("StandardScaler", {}),
    ("StandardScaler", {"with_mean": False}),
    ("StandardScaler", {"with_std": False}),
    ("MinMaxScaler", {}),
    ("MinMaxScaler", {"feature_range": (-2, 5), "clip": True}),
    ("RobustScaler", {}),
    ("RobustScaler", {"quantile_range": (5.0, 90.0), "unit_variance": True}),
    ("RobustScaler", {"with_centering": False}),
]


@pytest.mark.parametrize(("name", "options"), SCALERS)
@pytest.mark.parametrize(
    "data", [X, HOLED, X[:1], MILD], ids=["whole", "holes", "one row", "float32"]
)
def test_scikit_learns_numbers(name, options, data):
    ours = getattr(preprocessing, name)(**options).fit(data)
    theirs = getattr(reference, name)(**options).fit(data)
    # 1e8 ± 5 is given to eight digits of its deviations
    rtol, atol = (1e-9, 1e-7) if data.dtype == np.float64 else (1e-5, 1e-5)
    learned = {k for k, v in vars(theirs).items() if k.endswith("_") and v is not None}
    for attribute in learned - {"n_samples_seen_"}:
        assert_allclose(getattr(ours, attribute), getattr(theirs, attribute), rtol=rtol, atol=1e-12)
    new = np.r_[data[:1] + 1, data[:10] * 2]
    scaled = theirs.transform(new)
    assert ours.transform(new).dtype == scaled.dtype
    assert_allclose(ours.transform(new), scaled, rtol=rtol, atol=atol)


@pytest.mark.parametrize(("name", "options"), SCALERS)
def test_there_and_back(name, options):
    scaler = getattr(preprocessing, name)(**options).fit(X)
    assert_allclose(scaler.inverse_transform(scaler.transform(X)), X, rtol=1e-12, atol=1e-7)


def test_what_each_promises():
    Z = StandardScaler().fit_transform(X)
    assert_allclose(Z.mean(axis=0), 0, atol=1e-8)  # 1e8 ± 5 holds eight digits of ± 5
    assert_allclose(Z.std(axis=0), [1, 1, 1, 1, 0], rtol=1e-9)
    Z = MinMaxScaler().fit_transform(X)
    assert_array_equal(Z.min(axis=0), 0)
    assert_allclose(Z.max(axis=0), [1, 1, 1, 1, 0])
    Z = RobustScaler().fit_transform(X)
    assert_allclose(np.median(Z, axis=0), 0, atol=1e-8)
    assert_allclose(np.subtract(*np.percentile(Z, [75, 25], axis=0)), [1, 1, 1, 1, 0], rtol=1e-6)


@pytest.mark.parametrize("Scaler", [StandardScaler, MinMaxScaler])
@pytest.mark.parametrize("size", [1, 7, 200])
def test_batches_are_the_whole(Scaler, size):
    whole, parts = Scaler().fit(HOLED), Scaler()
    for start in range(0, len(HOLED), size):
        parts.partial_fit(HOLED[start : start + size])
    assert_allclose(parts.transform(X), whole.transform(X), rtol=1e-9, atol=1e-7)


def test_a_weight_of_two_is_a_row_twice():
    twice = np.r_[X, X[:50]]
    weight = np.r_[np.full(50, 2.0), np.ones(150)]
    ours, repeated = StandardScaler().fit(X, sample_weight=weight), StandardScaler().fit(twice)
    assert_allclose(ours.mean_, repeated.mean_, rtol=1e-12)
    assert_allclose(ours.var_, repeated.var_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csc_matrix, sp.csr_array])
def test_sparse_columns_stay_sparse(container):
    S = sp.random(100, 7, density=0.3, random_state=0, format="csr")
    for scaler in (StandardScaler(with_mean=False), RobustScaler(with_centering=False)):
        dense, sparse = scaler.fit_transform(S.toarray()), scaler.fit_transform(container(S))
        assert sp.issparse(sparse)
        assert_allclose(sparse.toarray(), dense, rtol=1e-12, atol=1e-15)
    with pytest.raises(ValueError, match="Cannot center sparse matrices"):
        StandardScaler().fit(container(S))


def test_numbers_far_from_zero_keep_their_digits():
    x = 1e10 + np.arange(5.0)[:, None]
    assert_allclose(StandardScaler().fit(x).var_, 2)
    assert_allclose(StandardScaler().fit_transform(x).ravel(), (np.arange(5) - 2) / np.sqrt(2))


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_extreme_units(scale):
    for Scaler in (MinMaxScaler, RobustScaler):
        Z, plain = Scaler().fit_transform(X * scale), Scaler().fit_transform(X)
        assert_allclose(Z, plain, rtol=1e-6, atol=1e-6)


def test_bad_input():
    with pytest.raises(ValueError, match="Minimum of desired feature range"):
        MinMaxScaler(feature_range=(1, 1)).fit(X)
    with pytest.raises(ValueError, match="Invalid quantile range"):
        RobustScaler(quantile_range=(90, 10)).fit(X)
    for Scaler in (StandardScaler, MinMaxScaler, RobustScaler):
        with pytest.raises(ValueError, match="infinity"):
            Scaler().fit([[np.inf]])
        with pytest.raises(ValueError, match="5 features"):
            Scaler().fit(X).transform(X[:, :3])


def test_the_books_wine_is_scaled():
    """Raschka, Liu & Mirjalili (2022), chapter 4: 0..5 standardised and normalised by hand."""
    x = np.arange(6.0)[:, None]
    by_hand = [-1.46385011, -0.87831007, -0.29277002, 0.29277002, 0.87831007, 1.46385011]
    assert_allclose(StandardScaler().fit_transform(x).ravel(), by_hand, atol=5e-9)
    assert_allclose(MinMaxScaler().fit_transform(x).ravel(), [0, 0.2, 0.4, 0.6, 0.8, 1])
    wine = load_wine()
    X_train, X_test, *_ = train_test_split(
        wine.data, wine.target, test_size=0.3, random_state=0, stratify=wine.target
    )
    scaler = StandardScaler().fit(X_train)
    assert_allclose(
        scaler.transform(X_test), (X_test - X_train.mean(0)) / X_train.std(0), rtol=1e-10
    )
