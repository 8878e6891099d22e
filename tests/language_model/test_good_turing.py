"""Simple Good-Turing, which in numpy-ml cannot be trained: it unpacks a (1, 2) array in two."""

import numpy as np
import pytest

from pellucid.language_model import SimpleGoodTuring, simple_good_turing


def test_the_probabilities_of_all_types_sum_to_one():
    r, n_r = [1, 2, 3, 5, 9, 40], [70, 22, 9, 4, 1, 1]
    p, p0 = simple_good_turing(r, n_r)
    assert p0 == 70 / np.dot(r, n_r)
    assert p @ n_r + p0 == pytest.approx(1, abs=1e-14)
    assert np.all(np.diff(p) > 0)


def test_once_the_line_is_taken_it_is_taken():
    """By hand: at r = 3 there is no N₄, so that all from 3 on are r (1 + 1/r)^(b + 1)."""
    r, n_r = np.array([1, 2, 3, 6, 9]), np.array([900, 250, 90, 40, 5])
    z = n_r / np.array([1, 1, 2, 3, 0.5 * (12 - 6)])
    x, y = np.log(r), np.log(z)
    b = np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2)
    line = r * (1 + 1 / r) ** (b + 1)
    turing = 2 * 250 / 900, 3 * 90 / 250
    sd = 2 * np.sqrt(250 / 900**2 * (1 + 250 / 900)), 3 * np.sqrt(90 / 250**2 * (1 + 90 / 250))
    star, on_line = line.copy(), False
    for i in range(2):
        on_line = on_line or abs(turing[i] - line[i]) <= 1.65 * sd[i]
        star[i] = line[i] if on_line else turing[i]
    p, p0 = simple_good_turing(r, n_r)
    np.testing.assert_allclose(p, (1 - p0) * star / (n_r @ star), rtol=1e-12)


def test_one_frequency_alone():
    assert simple_good_turing([1], [4]) == (pytest.approx([0]), 1)
    assert simple_good_turing([3], [4]) == (pytest.approx([0.25]), 0)


@pytest.mark.parametrize("text", ["a", "a b c", "a a a a", "a b a b", " ".join("abc" * 30)])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_texts_too_small_for_a_line(text, order):
    model = SimpleGoodTuring(order).fit([text])
    for context in [(), ("a",), ("b", "a"), ("never",)]:
        p = model.scores([(*context, word) for word in model.vocab])
        assert np.all(p >= 0) and p.sum() == pytest.approx(1)
    assert np.isfinite(model.perplexity([text]))
