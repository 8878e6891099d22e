"""Conformance of the emissions of symbols, counts and coins."""

import numpy as np

from pellucid.conformance.rows import agrees, equals


def _learned(emission, X, K=3, seed=0):
    """The emission after an M-step with random weights, in two blocks; and those weights."""
    weight = np.random.default_rng(seed).random((len(X), K))
    a, b = (emission.statistics(X[s], weight[s]) for s in (slice(10), slice(10, None)))
    return emission.m_step(tuple(x + y for x, y in zip(a, b, strict=True))), weight


@agrees("emissions.Poisson", library="scipy", rtol=1e-10)
def poisson():
    from scipy.stats import poisson as reference

    from pellucid.emissions import Poisson

    X = np.random.default_rng(0).poisson(4, size=(40, 3)).astype(float)
    learned, weight = _learned(Poisson(), X)
    yield "rates", learned.rate, weight.T @ X / weight.sum(axis=0)[:, None]
    expected = reference.logpmf(X[:, None], learned.rate).sum(axis=2)
    yield "log density", learned.log_density(X), expected
    prior, _ = _learned(Poisson(3.0, 2.0), X)
    yield "under a prior", prior.rate, (3 + weight.T @ X) / (2 + weight.sum(axis=0)[:, None])


@agrees("emissions.Bernoulli", library="scipy", rtol=1e-10)
def bernoulli():
    from scipy.stats import bernoulli as reference

    from pellucid.emissions import Bernoulli

    X = np.random.default_rng(0).integers(2, size=(40, 3)).astype(float)
    learned, weight = _learned(Bernoulli(), X)
    yield "probabilities", learned.probability, weight.T @ X / weight.sum(axis=0)[:, None]
    expected = reference.logpmf(X[:, None], learned.probability).sum(axis=2)
    yield "log density", learned.log_density(X), expected


@equals("emissions.Categorical", definition="counts and logarithms, by loops", rtol=1e-10)
def categorical():
    from pellucid.emissions import Categorical

    X = np.random.default_rng(0).integers(4, size=(40, 2))
    learned, weight = _learned(Categorical(4, prior=2.0), X)
    counts = np.ones((3, 2, 4))  # a prior of 2 counts each symbol once
    for n, row in enumerate(X):
        for d, f in enumerate(row):
            counts[:, d, f] += weight[n]
    p = counts / counts.sum(axis=2, keepdims=True)
    yield "probabilities", learned.probability, p
    expected = [[sum(np.log(p[k, d, f]) for d, f in enumerate(row)) for k in range(3)] for row in X]
    yield "log density", learned.log_density(X), expected
