"""Conformance of kernels of a distance, nearest centroids and local outlier factors."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds

KERNELS = ("gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine")


def _data(n=150, d=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, np.sin(2 * X[:, 0]) + rng.normal(scale=0.2, size=n), rng.random(n)


def _weights(kernel, u):
    """k(u), as it stands in the books."""
    inside = u < 1
    return {
        "gaussian": lambda: np.exp(-(u**2) / 2),
        "exponential": lambda: np.exp(-u),
        "tophat": lambda: inside * 1.0,
        "epanechnikov": lambda: inside * (1 - u**2),
        "linear": lambda: inside * (1 - u),
        "cosine": lambda: inside * np.cos(np.pi / 2 * u),
    }[kernel]()


@agrees("neighbors.KernelRegression", library="statsmodels", rtol=1e-9)
def nadaraya_watson():
    from statsmodels.nonparametric.kernel_regression import KernelReg

    from pellucid.neighbors import KernelRegression

    X, y, _ = _data()
    T = _data(40, seed=1)[0]
    for h in (0.2, 1.0):
        model = KernelRegression(bandwidth=h).fit(X, y)
        bandwidths = {"reg_type": "lc", "bw": [h, h], "rng": np.random.default_rng(0)}
        reference = KernelReg(y, X, "cc", **bandwidths)
        yield f"ŷ, h = {h}", model.predict(T), reference.fit(T)[0]
        error = reference.cv_loo(np.array([h, h]), reference.est["lc"])
        yield f"leave-one-out error, h = {h}", model._leave_one_out_error(h), error.item()


@equals("neighbors.KernelRegression", definition="Σ s k y / Σ s k by the whole matrix", rtol=1e-9)
def averages():
    from pellucid.neighbors import KernelRegression

    X, y, s = _data()
    d = np.linalg.norm(X[:, None] - X, axis=2)
    for kernel in KERNELS:
        w = s * _weights(kernel, d / 0.4)
        model = KernelRegression(kernel, bandwidth=0.4).fit(X, y, sample_weight=s)
        yield kernel, model.predict(X), w @ y / w.sum(axis=1)


@holds("neighbors.KernelRegression", that="what is left out is a fit without that row", rtol=1e-9)
def left_out():
    from pellucid.neighbors import KernelRegression

    X, y, _ = _data(40)
    for kernel in ("gaussian", "epanechnikov"):
        model = KernelRegression(kernel, bandwidth="leave-one-out").fit(X, y)
        h, n = model.bandwidth_, np.arange(40)
        without = [
            KernelRegression(kernel, bandwidth=h).fit(X[n != i], y[n != i]).predict(X[[i]])[0]
            for i in n
        ]
        yield kernel, model.leave_one_out_error_, np.mean((y - without) ** 2)


@agrees("neighbors.KernelDensity", library="sklearn", rtol=1e-8)
def densities():
    from sklearn.neighbors import KernelDensity as Reference

    from pellucid.neighbors import KernelDensity

    for d in (1, 3):
        X, _, s = _data(d=d)
        for kernel in KERNELS:
            for options in ({}, {"bandwidth": "scott"}, {"metric": "manhattan", "rtol": 1e-9}):
                a, b = (c(kernel=kernel, **options).fit(X, sample_weight=s + 0.1)
                        for c in (KernelDensity, Reference))  # fmt: skip
                what = f"log p, {kernel}, {d} dimensions, {options}"
                yield what, a.score_samples(X * 0.9), b.score_samples(X * 0.9)
        a, b = (c().fit(X, sample_weight=s).sample(9, random_state=3)
                for c in (KernelDensity, Reference))  # fmt: skip
        yield f"draws, {d} dimensions", a, b


@equals("neighbors.KernelDensity", definition="log Σ s k by the whole matrix", rtol=1e-12)
def log_sums():
    from scipy.special import logsumexp

    from pellucid.neighbors import KernelDensity

    X, _, s = _data()
    T = _data(40, seed=1)[0] * 20  # 100 bandwidths away
    u2 = np.sum((T[:, None] - X) ** 2, axis=2) / 0.25**2
    expected = logsumexp(-u2 / 2, b=s, axis=1) - np.log(s.sum() * 2 * np.pi * 0.25**2)
    for algorithm in ("kd_tree", "ball_tree"):
        model = KernelDensity(bandwidth=0.25, algorithm=algorithm).fit(X, sample_weight=s)
        yield algorithm, model.score_samples(T), expected


@holds("neighbors.KernelDensity", that="the density integrates to one", rtol=5e-3)
def whole():
    from pellucid.neighbors import KernelDensity

    middles = np.arange(-1, 1, 0.02) + 0.01
    plane = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    for kernel in KERNELS:
        h = 1.0 if kernel not in ("gaussian", "exponential") else 0.1
        for grid in (middles[:, None], plane):
            model = KernelDensity(kernel=kernel, bandwidth=h).fit(grid[:1] * 0)
            p = np.exp(model.score_samples(grid))
            yield f"{kernel}, {grid.shape[1]} dimensions", p.sum() * 0.02 ** grid.shape[1], 1.0


@agrees("neighbors.NearestCentroid", library="sklearn", rtol=1e-9, atol=1e-11)
def centroids():
    from sklearn.neighbors import NearestCentroid as Reference

    from pellucid.neighbors import NearestCentroid

    X, y, _ = _data(d=4)
    classes = np.digitize(y, [-0.5, 0.5])
    for metric in ("euclidean", "manhattan"):
        for options in ({}, {"shrink_threshold": 0.5}, {"priors": "empirical"}):
            a, b = (c(metric, **options).fit(X, classes) for c in (NearestCentroid, Reference))
            for name in ("centroids_", "deviations_", "within_class_std_dev_", "class_prior_"):
                yield f"{name}, {metric}, {options}", getattr(a, name), getattr(b, name)
            yield f"classes, {metric}, {options}", a.predict(X), b.predict(X)
            if metric == "euclidean":
                yield f"p, {options}", a.predict_proba(X), b.predict_proba(X)


@agrees("neighbors.LocalOutlierFactor", library="sklearn", rtol=1e-6)
def outliers():
    from sklearn.neighbors import LocalOutlierFactor as Reference

    from pellucid.neighbors import LocalOutlierFactor

    X, T = _data(d=3)[0], _data(40, 3, seed=1)[0]
    for options in ({}, {"n_neighbors": 5, "contamination": 0.1}, {"metric": "manhattan"}):
        a, b = (c(novelty=True, **options).fit(X) for c in (LocalOutlierFactor, Reference))
        yield f"LOF, {options}", a.negative_outlier_factor_, b.negative_outlier_factor_
        yield f"offset, {options}", a.offset_, b.offset_
        yield f"LOF of new points, {options}", a.score_samples(T), b.score_samples(T)
        yield f"labels, {options}", a.predict(T), b.predict(T)


@equals("neighbors.LocalOutlierFactor", definition="the paper's, by sorting each row", rtol=1e-9)
def reachabilities():
    from pellucid.neighbors import LocalOutlierFactor

    X, k = _data(d=3)[0], 7
    D = np.linalg.norm(X[:, None] - X, axis=2) + np.diag(np.full(len(X), np.inf))
    who = np.argsort(D, axis=1)[:, :k]
    far = np.take_along_axis(D, who, axis=1)
    density = 1 / np.maximum(far[who, -1], far).mean(axis=1)
    factors = density[who].mean(axis=1) / density
    yield "LOF", -LocalOutlierFactor(k).fit(X).negative_outlier_factor_, factors
