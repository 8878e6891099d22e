"""Symbols, and what holds of counts and coins as well."""

import numpy as np
import pytest

from pellucid.emissions import Bernoulli, Categorical, Poisson

RNG = np.random.default_rng(0)
CASES = [
    (Categorical(4), RNG.integers(4, size=(60, 2)).astype(float), "probability"),
    (Poisson(), RNG.poisson(3, size=(60, 2)).astype(float), "rate"),
    (Bernoulli(), RNG.integers(2, size=(60, 2)).astype(float), "probability"),
]
IDS = ["categorical", "poisson", "bernoulli"]
WEIGHT = RNG.random((60, 3))


def learn(emission, X, weight):
    return emission.m_step(emission.statistics(X, weight))


@pytest.mark.parametrize(("emission", "X", "name"), CASES, ids=IDS)
def test_m_step_is_the_highest_point(emission, X, name):
    """No parameters nearby make Σ w log p(x) larger."""
    learned = learn(emission, X, WEIGHT)
    best = np.sum(WEIGHT * learned.log_density(X))
    for seed in range(20):
        other = learn(emission, X, WEIGHT * np.random.default_rng(seed).uniform(0.8, 1.2, (60, 3)))
        assert np.sum(WEIGHT * other.log_density(X)) < best


@pytest.mark.parametrize(("emission", "X", "name"), CASES, ids=IDS)
def test_weights_are_repetitions_and_zeros_absences(emission, X, name):
    twice = np.concatenate([X, X[:20]])
    weight = np.ones((60, 2))
    weight[:20] = 2
    a, b = learn(emission, X, weight), learn(emission, twice, np.ones((80, 2)))
    np.testing.assert_allclose(getattr(a, name), getattr(b, name))
    weight[20:] = 0
    a, b = learn(emission, X, weight), learn(emission, X[:20], np.ones((20, 2)))
    np.testing.assert_allclose(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize(("emission", "X", "name"), CASES, ids=IDS)
def test_what_is_missing_says_nothing(emission, X, name):
    learned, gaps = learn(emission, X, WEIGHT), X.copy()
    gaps[:30, 0] = np.nan
    np.testing.assert_array_equal(learned.log_density(np.full((2, 2), np.nan)), 0)
    apart = learn(emission, X[:, 1:], WEIGHT).log_density(gaps[:30, 1:])
    np.testing.assert_allclose(learned.log_density(gaps)[:30], apart)
    found = getattr(learn(emission, gaps, WEIGHT), name)
    np.testing.assert_allclose(found[:, 1], getattr(learned, name)[:, 1])
    np.testing.assert_allclose(
        found[:, 0], getattr(learn(emission, X[30:], WEIGHT[30:]), name)[:, 0]
    )


@pytest.mark.parametrize(("emission", "X", "name"), CASES, ids=IDS)
def test_a_density_without_weight_stays_as_it_was(emission, X, name):
    learned, weight = learn(emission, X, WEIGHT), WEIGHT.copy()
    weight[:, 1] = 0
    again = learn(learned, X, weight)
    np.testing.assert_array_equal(getattr(again, name)[1], getattr(learned, name)[1])
    assert np.isfinite(getattr(learn(emission, X, weight), name)).all()


@pytest.mark.parametrize(("emission", "X", "name"), CASES, ids=IDS)
def test_samples_have_the_parameters_they_were_drawn_by(emission, X, name):
    learned = learn(emission, X, WEIGHT)
    k = np.repeat(np.arange(3), 20_000)
    drawn = learned.sample(k, 0)
    again = learn(emission, drawn, np.eye(3)[k])
    np.testing.assert_allclose(getattr(again, name), getattr(learned, name), atol=0.05)
    assert learned.n_parameters == getattr(learned, name).size - (
        6 if name == "probability" and isinstance(emission, Categorical) else 0
    )


def test_impossible_symbols_are_minus_infinity_and_strange_ones_an_error():
    learned = learn(Categorical(3), np.array([[0], [1], [1]]), np.ones((3, 1)))
    np.testing.assert_allclose(learned.log_density([[0], [1], [2]])[:2, 0], np.log([1 / 3, 2 / 3]))
    assert learned.log_density([[2]]) == -np.inf
    for bad in ([[3]], [[-2]], [[0.5]]):
        with pytest.raises(ValueError, match="from 0 to 2"):
            learned.log_density(bad)
        with pytest.raises(ValueError, match="from 0 to 2"):
            learned.statistics(bad, np.ones((1, 1)))


def test_a_prior_counts_what_was_not_seen():
    learned = learn(Categorical(3, prior=2.0), np.array([[0], [1], [1]]), np.ones((3, 1)))
    np.testing.assert_allclose(learned.probability, [[[2 / 6, 3 / 6, 1 / 6]]])
