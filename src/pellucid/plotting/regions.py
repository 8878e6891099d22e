"""Where on a plane a classifier says what."""

import numpy as np
from sklearn.utils.validation import check_consistent_length

from pellucid.plotting._axes import axes_or_new, show_legend

__all__ = ["plot_decision_regions"]

_MARKERS = "os^vD<>pPX"


def plot_decision_regions(model, X, y, resolution=300, ax=None):
    """Colour the plane of two features by what ``model`` predicts there, and draw the examples.

    X is (N, 2); the plane is asked at ``resolution`` points each way, a tenth beyond the examples.
    """
    from matplotlib.colors import ListedColormap

    X, y = np.asarray(X), np.asarray(y)
    check_consistent_length(X, y)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"decision regions are drawn over two features; X has shape {X.shape}")
    ax = axes_or_new(ax)
    low, high = X.min(axis=0), X.max(axis=0)
    margin = np.where(high > low, (high - low) / 10, 1)
    x1, x2 = np.linspace(low - margin, high + margin, resolution).T  # (resolution,) each
    plane = np.stack(np.meshgrid(x1, x2), axis=-1)  # (resolution, resolution, 2)
    prediction = model.predict(plane.reshape(-1, 2))
    classes = np.unique(np.concatenate([y, prediction]))
    region = np.searchsorted(classes, prediction).reshape(resolution, resolution)

    lines = []
    for k, name in enumerate(classes):
        marker = _MARKERS[k % len(_MARKERS)]
        lines += ax.plot(*X[y == name].T, marker, color=f"C{k}", markeredgecolor="white")
    colors = [line.get_color() for line in lines]
    ax.imshow(
        region,
        cmap=ListedColormap(colors),
        vmin=-0.5,
        vmax=len(classes) - 0.5,
        extent=(x1[0], x1[-1], x2[0], x2[-1]),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        alpha=0.25,
    )
    show_legend(ax, lines, [str(name) for name in classes])
    return ax
