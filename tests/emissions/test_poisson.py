"""Counts at a steady rate."""

import numpy as np
import pytest

from pellucid.emissions import Poisson


def test_a_rate_of_zero_emits_zeros_alone():
    still = Poisson(rate=np.array([[0.0, 2.0]]))
    np.testing.assert_allclose(still.log_density([[0, 0]]), [[-2.0]])
    assert still.log_density([[1, 0]]) == -np.inf


def test_large_counts_keep_their_digits():
    """Near its mean a Poisson of rate λ has the height 1 / sqrt(2πλ)."""
    for rate in (1e4, 1e8, 1e12):
        found = Poisson(rate=np.array([[rate]])).log_density([[rate]])[0, 0]
        assert found == pytest.approx(-np.log(2 * np.pi * rate) / 2, abs=1e-15 * rate * 40 + 1e-4)


def test_negative_counts_are_an_error():
    for ask in (Poisson(rate=np.ones((1, 1))).log_density, lambda X: Poisson().statistics(X, X)):
        with pytest.raises(ValueError, match="0 or more"):
            ask(np.array([[-1.0]]))


def test_a_prior_is_events_seen_before():
    total = Poisson().statistics(np.array([[4.0], [6.0]]), np.ones((2, 1)))
    assert Poisson(5.0, 3.0).m_step(total).rate == pytest.approx(15 / 5)
