"""Filling and marking missing values, against scikit-learn."""

import numpy as np
import scipy.sparse as sp

from pellucid.conformance.rows import agrees


def _numbers():
    X = np.random.default_rng(0).integers(0, 6, size=(50, 5)).astype(float)
    X[np.random.default_rng(1).random(X.shape) < 0.2] = np.nan
    return X


@agrees("impute.SimpleImputer", library="sklearn", rtol=1e-12)
def filled_numbers():
    from sklearn.impute import SimpleImputer as Theirs

    from pellucid.impute import SimpleImputer

    X = _numbers()
    for strategy in ("mean", "median", "most_frequent", "constant"):
        arguments = {"strategy": strategy, "fill_value": -1.0, "add_indicator": True}
        ours, theirs = SimpleImputer(**arguments).fit(X), Theirs(**arguments).fit(X)
        yield f"{strategy}: filled", ours.transform(X), theirs.transform(X)
        yield f"{strategy}: statistics_", ours.statistics_, theirs.statistics_
        S = sp.csc_array(X)
        yield f"{strategy}: sparse", ours.fit(S).transform(S), theirs.fit(S).transform(S)


@agrees("impute.SimpleImputer", library="sklearn", rtol=0)
def filled_strings():
    from sklearn.impute import SimpleImputer as Theirs

    from pellucid.impute import SimpleImputer

    X = np.array([["a", np.nan], ["b", "x"], [np.nan, "y"], ["b", "y"]], dtype=object)
    for strategy in ("most_frequent", "constant"):
        ours = SimpleImputer(strategy=strategy).fit_transform(X)
        yield strategy, ours, Theirs(strategy=strategy).fit_transform(X)


@agrees("impute.MissingIndicator", library="sklearn", rtol=0)
def marks():
    from sklearn.impute import MissingIndicator as Theirs

    from pellucid.impute import MissingIndicator

    X = _numbers()
    X[:, 2] = 1
    for features in ("missing-only", "all"):
        ours = MissingIndicator(features=features).fit(X)
        theirs = Theirs(features=features).fit(X)
        yield f"{features}: mask", ours.transform(X), theirs.transform(X)
        yield f"{features}: features_", ours.features_, theirs.features_
