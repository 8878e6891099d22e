"""How a model learns as rows are added, and which columns it learned from."""

import numpy as np
from sklearn.utils.validation import check_consistent_length

from pellucid.plotting._axes import MUTED, axes_or_new, label_axes, show_legend

__all__ = ["plot_importance", "plot_learning_curve"]


def plot_learning_curve(sizes, train, validation, ax=None):
    """Draw the mean score over the folds against the rows learned from, one deviation each side.

    ``train`` and ``validation`` are (sizes, folds), as ``sklearn.model_selection.learning_curve``
    returns them; a fold that failed is NaN.
    """
    check_consistent_length(sizes, train, validation)
    ax = axes_or_new(ax)
    lines = []
    for scores in (train, validation):
        scores = np.ma.masked_invalid(np.asarray(scores, dtype=np.float64))
        mean, std = scores.mean(axis=1), scores.std(axis=1)  # (sizes,)
        lines += ax.plot(sizes, mean, marker="o")
        ax.fill_between(
            sizes, mean - std, mean + std, color=lines[-1].get_color(), alpha=0.15, linewidth=0
        )
    show_legend(ax, lines, ["on the rows learned from", "on unseen rows"])
    return label_axes(ax, "rows learned from", "score")


def plot_importance(names, importance, std=None, ax=None):
    """Draw a bar for each name, the largest on top, with ``std`` to each side where given.

    The numbers may be importances or signed coefficients; the order is that of their size.
    """
    importance = np.asarray(importance, dtype=np.float64)
    check_consistent_length(names, importance)
    ax = axes_or_new(ax)
    order = np.argsort(np.abs(importance), kind="stable")  # the first bar is at the bottom
    spread = None if std is None else np.asarray(std)[order]
    ax.barh(np.arange(len(order)), importance[order], xerr=spread, ecolor=MUTED)
    ax.set_yticks(np.arange(len(order)), [names[i] for i in order], parse_math=False)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    return label_axes(ax, "importance", "")
