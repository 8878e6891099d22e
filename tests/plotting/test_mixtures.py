"""A mixture drawn is the mixture given, read back from the axes."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.mixture import BayesianGaussianMixture, GaussianMixture
from pellucid.plotting import plot_mixture

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 2)) + 6 * RNG.integers(0, 2, (80, 1))


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_rows_are_where_they_are_in_the_colours_of_their_responsibilities(kind):
    model = GaussianMixture(2, covariance_type=kind, random_state=0).fit(X)
    ax = plot_mixture(model, X, names=["length", "width"])
    (dots,) = ax.collections
    assert_array_equal(dots.get_offsets(), X)
    mixed = model.predict_proba(X) @ [to_rgb("C0"), to_rgb("C1")]
    assert_allclose(dots.get_facecolors()[:, :3], mixed, atol=1e-12)
    assert_allclose([line.get_xydata()[0] for line in ax.lines], model.means_)
    assert len(ax.patches) == 4
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length", "width")


def test_the_longer_axis_points_along_the_longer_spread():
    rows = np.c_[np.linspace(0, 10, 50), np.linspace(0, 10, 50) + RNG.normal(size=50) / 5]
    ellipse = plot_mixture(GaussianMixture().fit(rows), rows).patches[0]
    assert ellipse.width > 10 * ellipse.height
    assert abs(ellipse.angle % 180 - 45) < 3


def test_components_that_have_emptied_are_not_drawn():
    model = BayesianGaussianMixture(
        n_components=6, weight_concentration_prior=1e-5, max_iter=500, random_state=0
    ).fit(X)
    drawn = (model.weights_ * len(X) >= 1).sum()
    assert drawn < 6
    assert len(plot_mixture(model, X).lines) == drawn


def test_more_than_two_features_are_refused():
    rows = np.c_[X, X]
    with pytest.raises(ValueError, match="two features"):
        plot_mixture(GaussianMixture().fit(rows), rows)
