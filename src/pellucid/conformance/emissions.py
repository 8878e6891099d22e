"""Conformance of the emissions."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt

exempt("emissions.Emission", reason="what an emission is; it computes nothing itself")

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")


def _weighted_rows(N=60, D=3, K=4):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) + 10 * rng.normal(size=D)
    return X, rng.random((N, K))


@equals("emissions.Gaussian", definition="weighted means and covariances, by loops", rtol=1e-10)
def gaussian_m_step():
    from pellucid.emissions import Gaussian

    X, weight = _weighted_rows()
    N, K = weight.shape
    share = weight / weight.sum(axis=0)
    mean = np.array([sum(share[n, k] * X[n] for n in range(N)) for k in range(K)])
    full = np.zeros((K, 3, 3))
    for k in range(K):
        for n in range(N):
            full[k] += share[n, k] * np.outer(X[n] - mean[k], X[n] - mean[k])
    tied = np.tensordot(weight.sum(axis=0) / weight.sum(), full, axes=1)
    diag = np.array([np.diag(S) for S in full])
    expected = {"full": full, "tied": tied, "diag": diag, "spherical": diag.mean(axis=1)}
    for kind in COVARIANCE_TYPES:
        emission = Gaussian(kind, reg_covar=0.0)
        halves = (emission.statistics(X[b], weight[b]) for b in (slice(20), slice(20, N)))
        learned = emission.m_step(sum(halves, start=next(halves)))
        yield f"means, {kind}", learned.mean, mean
        yield f"covariances, {kind}", learned.covariance, expected[kind]


@agrees("emissions.Gaussian", library="scipy", rtol=1e-10)
def gaussian_log_density():
    from scipy.stats import multivariate_normal

    from pellucid.emissions import Gaussian

    X, weight = _weighted_rows()
    for kind in COVARIANCE_TYPES:
        emission = Gaussian(kind)
        emission = emission.m_step(emission.statistics(X, weight))
        C = emission.covariance
        matrices = {
            "full": lambda k, C=C: C[k],
            "tied": lambda k, C=C: C,
            "diag": lambda k, C=C: np.diag(C[k]),
            "spherical": lambda k, C=C: C[k] * np.eye(3),
        }[kind]
        expected = [
            multivariate_normal(mean, matrices(k)).logpdf(X) for k, mean in enumerate(emission.mean)
        ]
        yield kind, emission.log_density(X), np.transpose(expected)
