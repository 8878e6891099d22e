"""The components of a mixture, and which of them is responsible for what."""

import numpy as np

from pellucid.plotting._axes import axes_or_new, label_axes

__all__ = ["plot_mixture"]

_DEVIATIONS = (1, 2)  # standard deviations, of which an ellipse is the edge


def plot_mixture(model, X, names=None, ax=None):
    """Draw the rows, coloured by responsibility, and the normals of a mixture as ellipses.

    A row has the mix of the components' colours in which they are responsible for it.  The ellipses
    are one and two standard deviations about a component's mean, the fainter the less its weight;
    one that has emptied, to less than a row, has none.  ``model`` is a GaussianMixture, or has its
    attributes; X is (N, 2), and ``names`` are of its two columns.
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Ellipse

    if np.ndim(X) != 2 or np.shape(X)[1] != 2:
        raise ValueError(f"a mixture is drawn over two features; X has shape {np.shape(X)}")
    if names is None:
        names = list(getattr(X, "columns", ["", ""]))
    resp = model.predict_proba(X)  # (N, K)
    ax = axes_or_new(ax)
    colours = np.array([to_rgb(f"C{k}") for k in range(resp.shape[1])])  # (K, 3)
    mixed = np.clip(resp @ colours, 0, 1)
    ax.scatter(*np.asarray(X).T, c=mixed, s=14, linewidths=0, alpha=0.8)
    heaviest = model.weights_.max()
    for mean, covariance, weight, colour in zip(
        model.means_, _matrices(model), model.weights_, colours, strict=True
    ):
        if weight * len(X) < 1:
            continue
        variance, axes = np.linalg.eigh(covariance)
        angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1]))  # of the longer axis
        alpha = 0.15 + 0.85 * weight / heaviest
        for deviations in _DEVIATIONS:
            short, long = 2 * deviations * np.sqrt(variance)
            edge = Ellipse(mean, long, short, angle=angle, fill=False, color=colour, alpha=alpha)
            ax.add_patch(edge)
        ax.plot(*mean, "+", color=colour, markersize=10, markeredgewidth=2, alpha=alpha)
    ax.autoscale_view()
    return label_axes(ax, *names)


def _matrices(model):
    """Σ_k of any kind of covariance                                                  (K, 2, 2)"""
    covariance = np.asarray(model.covariances_)
    if model.covariance_type == "tied":
        covariance = np.broadcast_to(covariance, (len(model.means_), 2, 2))
    if model.covariance_type in ("diag", "spherical"):
        covariance = np.eye(2) * covariance.reshape(len(covariance), -1, 1)
    return covariance
