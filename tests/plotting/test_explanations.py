"""Shapley values drawn are Shapley values given, read back from the axes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.plotting import plot_shap, plot_waterfall

RNG = np.random.RandomState(0)
X = RNG.standard_normal((60, 4))
PHI = X * [0.1, -3, 1, 0]


def names_of(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def dots(ax):
    """The dots of each line: (values, heights, shades)."""
    drawn = [c for c in ax.collections if c.get_array() is not None]
    return [(*np.array(c.get_offsets()).T, np.array(c.get_array())) for c in drawn]


def test_the_features_stand_in_the_order_of_their_mean_size():
    ax = plot_shap(PHI, X)
    assert names_of(ax) == ["feature_1", "feature_2", "feature_0", "feature_3"]
    sizes = np.abs(PHI).mean(axis=0)
    assert_allclose([bar.get_width() for bar in ax.patches], np.sort(sizes)[::-1])
    for line, ((values, heights, shades), j) in enumerate(zip(dots(ax), [1, 2, 0, 3], strict=True)):
        assert_array_equal(values, PHI[:, j])
        assert np.abs(heights - line).max() <= 0.4
        assert_allclose(shades, X[:, j].argsort().argsort() / 59)
    assert names_of(plot_shap(PHI, X, names="abcd", max_display=2)) == ["b", "c"]


def test_dots_in_one_place_lie_apart():
    ((values, heights, _),) = dots(plot_shap(np.zeros((5, 1)), X[:5, :1]))
    assert_array_equal(values, 0)
    assert_allclose(np.sort(heights), [-0.16, -0.08, 0, 0.08, 0.16])


def test_words_and_missing_values_have_no_shade():
    table = np.array([[1.0, "a"], [np.nan, "b"], [3.0, None]], dtype=object)
    words, (values, _, shades) = dots(plot_shap([[1.0, 3], [2, 4], [3, 5]], table))
    assert_array_equal(values, [1, 3])
    assert_array_equal(shades, [0, 1])
    assert not words[0].size


def test_a_waterfall_ends_at_the_prediction():
    phi = np.array([0.5, -2.0, 0.1, 1.0])
    ax = plot_waterfall(phi, 10.0, [7, 8, np.nan, "x"], ["a", "b", "c", "d"])
    assert names_of(ax) == ["b = 8", "d = x", "a = 7", "c = nan"]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert_allclose(ends[-1][0], 10)
    assert_allclose([end for end, _ in ends[:-1]], [end for _, end in ends[1:]])
    assert_allclose(ends[0][1], 10 + phi.sum())
    assert [t.get_text() for t in ax.texts][-2:] == ["expected 10", "predicted 9.6"]


def test_a_waterfall_takes_the_small_ones_together():
    ax = plot_waterfall(np.array([0.5, -2.0, 0.1, 1.0]), 0.0, max_display=3)
    assert names_of(ax) == ["feature_1", "feature_3", "2 others"]
    assert_allclose([bar.get_width() for bar in ax.patches], [-2, 1, 0.6])


@pytest.mark.parametrize(
    "draw", [lambda v, x: plot_shap([v, v], [x, x]), lambda v, x: plot_waterfall(v, 1.0, x)]
)
def test_nothing_to_tell_is_drawn_as_well(draw, tmp_path):
    draw(np.zeros(3), np.ones(3)).figure.savefig(tmp_path / "zero.png")
    draw(np.array([1.0]), np.array([np.nan])).figure.savefig(tmp_path / "one.png")


def test_names_are_drawn_as_they_are(tmp_path):
    names = ["$x^2$", "_hidden", "a\nb", "$"]
    for ax in (plot_shap(PHI, X, names), plot_waterfall(PHI[0], 0.0, X[0], names)):
        ax.figure.savefig(tmp_path / "picture.svg")


def test_bad_input():
    with pytest.raises(ValueError, match=r"choose one, values\[:, :, k\]"):
        plot_shap(np.zeros((5, 4, 3)), X[:5])
    with pytest.raises(ValueError, match="4 features have values, but there are 3 columns"):
        plot_shap(PHI, X[:, :3])
    with pytest.raises(ValueError, match="but there are 2 names"):
        plot_waterfall(PHI[0], 0.0, names=["a", "b"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        plot_shap(PHI, X[:5])
