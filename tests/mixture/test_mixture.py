"""Mixtures of any emission: of normals they are GaussianMixture; of coins; of one's own."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax
from sklearn.base import clone

from pellucid.emissions import Bernoulli, Emission, Gaussian, Poisson
from pellucid.mixture import BernoulliMixture, GaussianMixture, Mixture
from pellucid.mixture._expectation import responsibilities

UNFINISHED = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@dataclass(frozen=True, eq=False)
class Exponential(Emission):
    rate: np.ndarray | None = None

    def log_density(self, X):
        return np.log(self.rate) - self.rate * X

    def statistics(self, X, weight):
        return weight.sum(axis=0), weight.T @ X[:, 0]

    def m_step(self, total):
        rows, sums = total
        return replace(self, rate=rows / sums)


def coins(N=400, seed=0):
    rng = np.random.default_rng(seed)
    p = np.array([[0.9, 0.8, 0.1, 0.2], [0.1, 0.3, 0.7, 0.9]])
    return (rng.random((N, 4)) < p[rng.integers(0, 2, N)]).astype(float)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_a_mixture_of_normals_is_a_gaussian_mixture(kind):
    X = np.random.default_rng(0).normal(size=(200, 2)) + 5 * np.arange(200)[:, None] // 100
    a = Mixture(Gaussian(kind), 2, random_state=0).fit(X)
    b = GaussianMixture(2, covariance_type=kind, random_state=0).fit(X)
    np.testing.assert_array_equal(a.emission_.covariance, b.covariances_)
    np.testing.assert_array_equal(a.predict_proba(X), b.predict_proba(X))
    np.testing.assert_array_equal(a.sample(9)[0], b.sample(9)[0])
    assert a.bic(X) == b.bic(X)
    assert a.lower_bounds_ == b.lower_bounds_


@UNFINISHED
@pytest.mark.parametrize("emission", [Exponential(), Poisson(), Bernoulli(), Gaussian(reg_covar=0)])
@given(seed=st.integers(0, 10**6), K=st.integers(1, 3))
@settings(max_examples=10, deadline=None)
def test_the_likelihood_never_falls(emission, seed, K):
    rng = np.random.default_rng(seed)
    X = rng.poisson(rng.choice([1.0, 9.0], 100))[:, None] + 0.0
    X = np.minimum(X, 1) if isinstance(emission, Bernoulli) else X
    X = X + rng.random(X.shape) if isinstance(emission, Exponential | Gaussian) else X
    model = Mixture(emission, K, tol=0, max_iter=20, init_params="random", random_state=seed).fit(X)
    assert np.diff(model.lower_bounds_).min() > -1e-11


def test_the_family_given_is_left_as_it_was():
    family = Exponential()
    X = np.random.default_rng(0).exponential(size=(50, 1))
    model = Mixture(family, 2, random_state=0)
    clone(model).fit(X)
    model.fit(X)
    assert model.emission is family
    assert family.rate is None
    assert model.emission_.rate.shape == (2,)


def test_planted_rates_are_found():
    rng = np.random.default_rng(0)
    X = rng.exponential(np.where(rng.random(20_000) < 0.3, 10.0, 0.1))[:, None]
    model = Mixture(Exponential(), 2, tol=1e-7, max_iter=500, random_state=0).fit(X)
    order = np.argsort(model.emission_.rate)
    np.testing.assert_allclose(model.emission_.rate[order], [0.1, 10], rtol=0.1)
    np.testing.assert_allclose(model.weights_[order], [0.3, 0.7], atol=0.02)


def test_missing_values_are_for_emissions_that_take_them():
    X = np.random.default_rng(0).exponential(size=(50, 1))
    X[0] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        Mixture(Exponential(), 2).fit(X)
    assert np.isfinite(Mixture(Gaussian(), 2, random_state=0).fit(X).lower_bound_)


def test_what_is_no_emission_is_refused():
    with pytest.raises(ValueError, match="'emission' parameter"):
        Mixture("gaussian").fit(np.eye(3))


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_a_step_with_coins_is_the_definition(gaps):
    X = coins(60)
    X[np.random.default_rng(1).random(X.shape) < gaps] = np.nan
    options = {"binarize": None, "tol": 100, "random_state": 0}  # stops after two steps
    model = BernoulliMixture(2, **options).fit(X)
    resp, log_prob = coin_e_step(X, model.weights_, model.probabilities_)
    np.testing.assert_allclose(model.predict_proba(X), resp, rtol=1e-9)
    np.testing.assert_allclose(model.score_samples(X), log_prob, rtol=1e-9)
    again = BernoulliMixture(2, warm_start=True, **options)
    vars(again).update(vars(model) | {"warm_start": True, "max_iter": 1})
    again.fit(X)
    np.testing.assert_allclose(again.lower_bound_, log_prob.mean(), rtol=1e-9)
    seen = ~np.isnan(X)
    expected = [
        [
            np.sum(resp[seen[:, d], k] * X[seen[:, d], d]) / np.sum(resp[seen[:, d], k])
            for d in range(4)
        ]
        for k in range(2)
    ]
    np.testing.assert_allclose(again.probabilities_, expected, rtol=1e-9)


def coin_e_step(X, weights, p):
    joint = np.tile(weights, (len(X), 1))
    for n, row in enumerate(X):
        for k in range(len(weights)):
            for d, x in enumerate(row):
                joint[n, k] *= 1 if np.isnan(x) else p[k, d] if x else 1 - p[k, d]
    return joint / joint.sum(axis=1, keepdims=True), np.log(joint.sum(axis=1))


def test_planted_coins_are_found():
    model = BernoulliMixture(2, tol=1e-7, max_iter=500, random_state=0).fit(coins(20_000))
    order = np.argsort(-model.probabilities_[:, 0])
    p = [[0.9, 0.8, 0.1, 0.2], [0.1, 0.3, 0.7, 0.9]]
    np.testing.assert_allclose(model.probabilities_[order], p, atol=0.03)
    assert set(np.unique(model.sample(20)[0])) <= {0.0, 1.0}


def test_values_are_cut_at_binarize():
    X = coins()
    a = BernoulliMixture(2, random_state=0).fit(X)
    b = BernoulliMixture(2, binarize=10.0, random_state=0).fit(9.5 + X)
    np.testing.assert_array_equal(a.probabilities_, b.probabilities_)
    with pytest.raises(ValueError, match="0 or 1"):
        BernoulliMixture(2, binarize=None).fit(9.5 + X)


def test_responsibilities_are_shares_of_the_densities():
    """More rows than a tile, shares too small for a number, components of no weight."""
    rng = np.random.default_rng(0)
    log_density = rng.normal(scale=300, size=(700, 5))
    log_density[::7, 1] = -np.inf
    log_density[:9] -= 1e6
    with np.errstate(divide="ignore"):
        log_weights = np.log([0.1, 0.4, 0.0, 0.2, 0.3])
    for table in (log_density, np.asfortranarray(log_density)):
        resp, log_prob = responsibilities(table, log_weights)
        joint = table + log_weights
        np.testing.assert_allclose(log_prob, logsumexp(joint, axis=1), rtol=1e-14)
        np.testing.assert_allclose(resp, softmax(joint, axis=1), rtol=1e-11, atol=1e-300)
        assert (resp[:, 2] == 0).all()
        assert (resp[::7, 1] == 0).all()
        np.testing.assert_array_equal(table, log_density)


@pytest.mark.parametrize(("bad", "where"), [(-np.inf, slice(3)), (np.nan, slice(3)), (np.nan, 1)])
def test_what_has_no_responsibility_is_named(bad, where):
    log_density = np.zeros((600, 3))
    log_density[555, where] = bad
    with pytest.raises(ValueError, match="row 555 of its block"):
        responsibilities(log_density, np.zeros(3))


def test_a_row_that_no_component_can_emit_is_named():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    model = BernoulliMixture(random_state=0).fit(X)
    assert model.score_samples([[1.0, 0.0]])[0] == -np.inf
    with pytest.raises(ValueError, match="density zero under every component, row 0"):
        model.predict_proba([[1.0, 0.0]])


@UNFINISHED
def test_rows_of_no_weight_are_as_absent_though_they_be_impossible():
    """A sign that no row of weight has is sure to be absent: density zero for the rest."""
    X = np.column_stack([coins(), np.arange(400) >= 300])
    options = {"init_params": "random", "random_state": 0, "max_iter": 5, "tol": 0}
    weighted, without = BernoulliMixture(2, **options), BernoulliMixture(2, **options)
    weighted.fit(X, sample_weight=np.arange(400) < 300)
    np.testing.assert_allclose(weighted.lower_bounds_, without.fit(X[:300]).lower_bounds_)
    assert np.all(weighted.probabilities_[:, 4] == 0)
