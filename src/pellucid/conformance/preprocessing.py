"""Conformance of preprocessing: scikit-learn's numbers, and the definitions."""

import numpy as np
import scipy.sparse as sp

from pellucid.conformance.rows import agrees, equals


@agrees("preprocessing.StandardScaler", library="sklearn", rtol=1e-12)
def moments_and_scaled_columns():
    from sklearn.preprocessing import StandardScaler as Reference

    from pellucid.preprocessing import StandardScaler

    rng = np.random.RandomState(0)
    X = rng.standard_normal((500, 4)) * [1, 5, 0, 1e-3] + [0, 3, 2, 1]
    X[rng.random_sample(X.shape) < 0.1] = np.nan
    s = rng.random_sample(500)
    ours, theirs = StandardScaler().fit(X, None, s), Reference().fit(X, None, s)
    yield "mean_", ours.mean_, theirs.mean_
    yield "var_", ours.var_, theirs.var_
    yield "scale_", ours.scale_, theirs.scale_
    yield "transform", ours.transform(X), theirs.transform(X)


def _strings_and_numbers(n=400):
    rng = np.random.RandomState(0)
    words = np.array(["bee", "ant", "cat", "dog", None], dtype=object)
    X = np.empty((n, 2), dtype=object)
    X[:, 0] = words[rng.choice(5, n, p=[0.4, 0.3, 0.2, 0.04, 0.06])]
    X[:, 1] = rng.randint(0, 7, n)
    return X


@agrees("preprocessing.OneHotEncoder", library="sklearn", rtol=0)
def indicators_and_back():
    from sklearn.preprocessing import OneHotEncoder as Reference

    from pellucid.preprocessing import OneHotEncoder

    X = _strings_and_numbers()
    for options in ({}, {"drop": "first"}, {"min_frequency": 0.1, "drop": "if_binary"}):
        ours, theirs = OneHotEncoder(**options).fit(X), Reference(**options).fit(X)
        Z = theirs.transform(X)
        yield f"transform {options}", ours.transform(X), Z
        yield f"inverse {options}", ours.inverse_transform(Z), theirs.inverse_transform(Z)
        yield f"names {options}", ours.get_feature_names_out(), theirs.get_feature_names_out()


@agrees("preprocessing.OrdinalEncoder", library="sklearn", rtol=0)
def codes_and_back():
    from sklearn.preprocessing import OrdinalEncoder as Reference

    from pellucid.preprocessing import OrdinalEncoder

    X = _strings_and_numbers()
    for options in ({}, {"max_categories": 3, "dtype": np.int32}):
        ours, theirs = OrdinalEncoder(**options).fit(X), Reference(**options).fit(X)
        Z = theirs.transform(X)
        yield f"transform {options}", ours.transform(X), Z
        yield f"inverse {options}", ours.inverse_transform(Z), theirs.inverse_transform(Z)


def _holes():
    rng = np.random.RandomState(1)
    X = rng.standard_normal((300, 4)) * [1, 5, 0, 1e-3] + [0, 3, 2, 1]
    X[rng.random_sample(X.shape) < 0.1] = np.nan
    return X


@agrees("preprocessing.MinMaxScaler", library="sklearn", rtol=1e-12)
def extremes_and_scaled_columns():
    from sklearn.preprocessing import MinMaxScaler as Reference

    from pellucid.preprocessing import MinMaxScaler

    X = _holes()
    ours, theirs = MinMaxScaler((-1, 2)).fit(X), Reference((-1, 2)).fit(X)
    yield "scale_", ours.scale_, theirs.scale_
    yield "min_", ours.min_, theirs.min_
    yield "transform", ours.transform(2 * X), theirs.transform(2 * X)
    yield "inverse_transform", ours.inverse_transform(X), theirs.inverse_transform(X)


@agrees("preprocessing.RobustScaler", library="sklearn", rtol=1e-12)
def quantiles_and_scaled_columns():
    from sklearn.preprocessing import RobustScaler as Reference

    from pellucid.preprocessing import RobustScaler

    X, options = _holes(), {"quantile_range": (10, 80), "unit_variance": True}
    ours, theirs = RobustScaler(**options).fit(X), Reference(**options).fit(X)
    yield "center_", ours.center_, theirs.center_
    yield "scale_", ours.scale_, theirs.scale_
    yield "transform", ours.transform(X), theirs.transform(X)


@equals(
    "preprocessing.PolynomialFeatures",
    definition="the product of each row's features to their powers",
    rtol=1e-12,
)
def monomials():
    from itertools import combinations, combinations_with_replacement

    from pellucid.preprocessing import PolynomialFeatures

    X = np.random.RandomState(0).standard_normal((20, 4))
    X[X < 0.3] = 0
    for distinct, tuples in ((False, combinations_with_replacement), (True, combinations)):
        expected = [
            X[:, chosen].prod(axis=1) for k in (2, 3) for chosen in map(list, tuples(range(4), k))
        ]
        model = PolynomialFeatures((2, 3), interaction_only=distinct, include_bias=False).fit(X)
        yield f"dense, distinct={distinct}", model.transform(X), np.stack(expected, axis=1)
        sparse = model.transform(sp.csr_array(X))
        yield f"sparse, distinct={distinct}", sparse, np.stack(expected, axis=1)
        powers = (X[:, None] ** model.powers_).prod(axis=2)
        yield f"powers_, distinct={distinct}", model.transform(X), powers


@agrees("preprocessing.KBinsDiscretizer", library="sklearn", rtol=1e-12)
def bins_and_their_middles():
    from sklearn.preprocessing import KBinsDiscretizer as Reference

    from pellucid.preprocessing import KBinsDiscretizer

    rng = np.random.RandomState(0)
    X = np.column_stack([rng.standard_normal(300), rng.gamma(1.0, size=300)])
    s = rng.random_sample(300)
    for strategy in ("uniform", "quantile", "kmeans"):
        for weight in (None, s):
            options = {"n_bins": [4, 6], "encode": "ordinal", "strategy": strategy}
            ours = KBinsDiscretizer(**options).fit(X, sample_weight=weight)
            theirs = Reference(**options).fit(X, sample_weight=weight)
            what = f"{strategy}, weighted" if weight is s else strategy
            yield f"edges, {what}", np.hstack(ours.bin_edges_), np.hstack(theirs.bin_edges_)
            Z = theirs.transform(X)
            yield f"transform, {what}", ours.transform(X), Z
            yield f"inverse, {what}", ours.inverse_transform(Z), theirs.inverse_transform(Z)
    ours = KBinsDiscretizer().fit(X)
    yield "indicators", ours.transform(X), Reference().fit(X).transform(X)
