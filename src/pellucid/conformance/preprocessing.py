"""Conformance of preprocessing: scikit-learn's numbers, and the definitions."""

import numpy as np

from pellucid.conformance.rows import agrees


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
