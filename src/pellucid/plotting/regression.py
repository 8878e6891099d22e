"""How far a regressor's predictions are from the truth, each row a dot."""

import numpy as np
from sklearn.utils.validation import check_consistent_length

from pellucid.plotting._axes import MUTED, axes_or_new, label_axes

__all__ = ["plot_predicted_against_true", "plot_residuals"]

_DOTS = {"linestyle": "none", "marker": "o", "markersize": 4, "alpha": 0.6, "markeredgewidth": 0}


def plot_predicted_against_true(y, prediction, ax=None):
    """Draw the predictions against the true values; a perfect model's dots are on the diagonal."""
    y, prediction = _columns(y, prediction)
    ax = axes_or_new(ax)
    ax.plot(y, prediction, **_DOTS)
    ends = [min(y.min(), prediction.min()), max(y.max(), prediction.max())]
    ax.plot(ends, ends, color=MUTED, linestyle=":")
    return label_axes(ax, "true value", "predicted value")


def plot_residuals(y, prediction, ax=None):
    """Draw true - predicted against predicted: a funnel or a bend is what the model missed."""
    y, prediction = _columns(y, prediction)
    ax = axes_or_new(ax)
    ax.plot(prediction, y - prediction, **_DOTS)
    ax.plot([prediction.min(), prediction.max()], [0, 0], color=MUTED, linestyle=":")
    return label_axes(ax, "predicted value", "true - predicted")


def _columns(y, prediction):
    check_consistent_length(y, prediction)
    return np.ravel(y).astype(np.float64), np.ravel(prediction).astype(np.float64)
