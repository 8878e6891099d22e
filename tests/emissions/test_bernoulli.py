"""Coins."""

import numpy as np
import pytest

from pellucid.emissions import Bernoulli


def test_a_sure_coin():
    sure = Bernoulli(np.array([[1.0, 0.0, 0.5]]))
    np.testing.assert_allclose(sure.log_density([[1, 0, 1]]), [[np.log(0.5)]])
    assert sure.log_density([[0, 0, 1]]) == -np.inf
    assert sure.log_density([[1, 1, 1]]) == -np.inf


def test_neither_zero_nor_one_is_an_error():
    for ask in (
        Bernoulli(np.full((1, 1), 0.5)).log_density,
        lambda X: Bernoulli().statistics(X, X),
    ):
        with pytest.raises(ValueError, match="0 or 1"):
            ask(np.array([[0.5]]))


def test_a_share_is_never_above_one():
    weight = np.random.default_rng(0).random((1001, 5))
    assert (
        Bernoulli().m_step(Bernoulli().statistics(np.ones((1001, 3)), weight)).probability.max()
        <= 1
    )
