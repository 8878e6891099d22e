"""KBinsDiscretizer and PolynomialFeatures: scikit-learn's numbers, the definitions, bad input."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import preprocessing as reference

from pellucid.preprocessing import KBinsDiscretizer, PolynomialFeatures

RNG = np.random.RandomState(0)
X = np.column_stack([RNG.standard_normal(300), RNG.gamma(1.0, size=300), np.arange(300.0)])


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
@pytest.mark.parametrize("encode", ["onehot", "onehot-dense", "ordinal"])
@pytest.mark.parametrize("weighted", [False, True])
def test_bins_are_scikit_learns(strategy, encode, weighted):
    weight = RNG.randint(0, 4, len(X)).astype(float) if weighted else None
    options = {"n_bins": [3, 5, 7], "encode": encode, "strategy": strategy}
    ours = KBinsDiscretizer(**options).fit(X, sample_weight=weight)
    theirs = reference.KBinsDiscretizer(**options).fit(X, sample_weight=weight)
    for a, b in zip(ours.bin_edges_, theirs.bin_edges_, strict=True):
        assert_allclose(a, b, rtol=1e-10)
    Z, expected = ours.transform(X), theirs.transform(X)
    assert type(Z) is type(expected)
    assert_array_equal(*(z.toarray() if sp.issparse(z) else z for z in (Z, expected)))
    assert_allclose(ours.inverse_transform(Z), theirs.inverse_transform(expected), rtol=1e-10)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


def test_what_each_strategy_promises():
    Z = KBinsDiscretizer(4, encode="ordinal").fit_transform(X)
    assert_array_equal(np.apply_along_axis(np.bincount, 0, Z.astype(int)), 75)  # equal counts
    for edges in KBinsDiscretizer(4, strategy="uniform").fit(X).bin_edges_:
        assert_allclose(np.diff(edges, 2), 0, atol=1e-12)  # equal widths
    model = KBinsDiscretizer(4, encode="ordinal", strategy="kmeans", subsample=None)
    bins = model.fit_transform(X).astype(int)
    for x, own, edges in zip(X.T, bins.T, model.bin_edges_, strict=True):
        centres = np.bincount(own, x) / np.bincount(own)
        assert_allclose(edges[1:-1], (centres[1:] + centres[:-1]) / 2, atol=0.05)  # Lloyd has ended


def test_a_weight_of_two_is_a_row_twice():
    weight = np.r_[np.full(100, 2.0), np.ones(200)]
    for strategy in ("quantile", "kmeans"):
        ours = KBinsDiscretizer(4, strategy=strategy).fit(X, sample_weight=weight)
        twice = KBinsDiscretizer(4, strategy=strategy).fit(np.r_[X, X[:100]])
        for a, b in zip(ours.bin_edges_, twice.bin_edges_, strict=True):
            assert_allclose(a, b, rtol=1e-9)


def test_columns_that_are_no_fun():
    with pytest.warns(UserWarning, match="Feature 0 is constant"):
        assert KBinsDiscretizer(3).fit([[1.0], [1.0]]).n_bins_ == [1]
    with pytest.warns(UserWarning, match="too small"):
        assert KBinsDiscretizer(4).fit(np.r_[np.zeros(90), np.arange(10)][:, None]).n_bins_ == [1]
    for bins, error in (([2, 3], "scalar or array of shape"), ([2, 2, 1], "at indices 2")):
        with pytest.raises(ValueError, match=error):
            KBinsDiscretizer(bins).fit(X)
    with pytest.raises(ValueError, match="NaN"):
        KBinsDiscretizer().fit([[np.nan], [1.0]])
    outside = KBinsDiscretizer(3, encode="ordinal").fit(X).transform([[-1e9, -1e9, 1e9]])
    assert_array_equal(outside, [[0, 0, 2]])


@pytest.mark.parametrize("degree", [0, 1, 2, 3, (2, 3), (0, 1)])
@pytest.mark.parametrize("interaction_only", [False, True])
@pytest.mark.parametrize("include_bias", [False, True])
@pytest.mark.parametrize("kind", ["dense", "csr", "csc", "float32"])
def test_powers_are_scikit_learns(degree, interaction_only, include_bias, kind):
    data = RNG.randint(-2, 4, (20, 4)).astype(float)
    data = {"csr": sp.csr_matrix, "csc": sp.csc_matrix, "float32": np.float32}.get(kind, np.array)(
        data
    )
    options = {"interaction_only": interaction_only, "include_bias": include_bias}
    nothing = max(np.atleast_1d(degree)) == 0 and not include_bias
    if nothing:
        with pytest.raises(ValueError, match="degree to zero and include_bias to False"):
            PolynomialFeatures(degree, **options).fit(data)
        return
    ours = PolynomialFeatures(degree, **options).fit(data)
    theirs = reference.PolynomialFeatures(degree, **options).fit(data)
    Z, expected = ours.transform(data), theirs.transform(data)
    assert Z.dtype == expected.dtype
    assert_allclose(*(z.toarray() if sp.issparse(z) else z for z in (Z, expected)), rtol=1e-6)
    assert_array_equal(ours.powers_, theirs.powers_)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


def test_powers_are_the_products_of_the_definition():
    Z = PolynomialFeatures(3).fit_transform(X)
    products = [
        np.prod(X[:, list(c)], axis=1)
        for d in range(4)
        for c in itertools.combinations_with_replacement(range(3), d)
    ]
    assert_allclose(Z, np.column_stack(products), rtol=1e-12)


def test_degrees_that_are_none():
    for degree in (-1, (2, 1), (1, 2, 3)):
        with pytest.raises(ValueError, match="degree"):
            PolynomialFeatures(degree).fit(X)
