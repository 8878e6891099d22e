"""Normal densities at rows of which some coordinates were not seen.

Rows with gaps in the same places go together.  With o the coordinates seen and m those missing,

    p(x_o) = N(x_o; μ_o, Σ_oo),    E[x_m | x_o] = μ_m + G (x_o - μ_o),    G = Σ_mo Σ_oo⁻¹
    Cov[x_m | x_o] = Σ_mm - G Σ_om

(Ghahramani & Jordan, Supervised learning from incomplete data via an EM approach, 1994).
"""

from dataclasses import replace
from functools import reduce

import numpy as np

from pellucid.emissions.gaussian_moments import Moments, moments

__all__ = ["log_density", "statistics"]


def log_density(emission, X):
    """log N(x_no; μ_ko, Σ_koo), zero for a row of which nothing was seen                (N, K)"""
    out = np.zeros((len(X), len(emission.mean)), order="F")
    for rows, seen in _patterns(X):
        if seen.any():
            out[rows] = _restricted(emission, seen).log_density(X[np.ix_(rows, seen)])
    return out


def statistics(emission, X, weight):
    """``Moments`` with the expected value of what is missing, and its covariance added."""
    if emission.mean is None:
        raise ValueError("without parameters there is no expectation of what is missing; fill it")
    parts = [_completed(emission, X[rows], weight[rows], seen) for rows, seen in _patterns(X)]
    return reduce(lambda a, b: a + b, parts)


def _completed(emission, X, weight, seen):
    """``Moments`` of rows that were all seen in the same coordinates."""
    form, D = emission.form, X.shape[1]
    each = []
    for k, mean in enumerate(emission.mean):
        cov = form.matrix(emission.covariance, k, D)
        gain = np.linalg.solve(cov[np.ix_(seen, seen)], cov[np.ix_(seen, ~seen)]).T
        filled = X.copy()
        filled[:, ~seen] = mean[~seen] + (X[:, seen] - mean[seen]) @ gain.T
        left = np.zeros((D, D))
        left[np.ix_(~seen, ~seen)] = cov[np.ix_(~seen, ~seen)] - gain @ cov[np.ix_(seen, ~seen)]
        w = weight[:, k : k + 1]
        m = moments(filled, w, emission.covariance_type, emission.reg_covar)
        each.append((m.weight, m.mean, m.scatter + w.sum() * form.packed(left)))
    total, mean, scatters = zip(*each, strict=True)
    return Moments(
        emission.covariance_type,
        np.concatenate(total),
        np.concatenate(mean),
        form.join(scatters),
    )


def _restricted(emission, seen):
    """The same densities of some of the coordinates alone."""
    if seen.all():
        return emission
    covariance = emission.form.restrict(emission.covariance, seen)
    return replace(
        emission, mean=emission.mean[:, seen], covariance=covariance, precision_root=None
    )


def _patterns(X):
    """(the rows, which coordinates they have) for each pattern of gaps."""
    seen = ~np.isnan(X)
    codes, which = np.unique(np.packbits(seen, axis=1), axis=0, return_inverse=True)
    for j in range(len(codes)):
        rows = np.flatnonzero(which.ravel() == j)
        yield rows, seen[rows[0]]
