"""What the features add to the predictions of a model: of many rows, and of one.

Both take the Shapley values φ of ``pellucid.tree.TreeExplainer``, for one output.
"""

import numpy as np
from sklearn.utils.validation import check_consistent_length

from pellucid.plotting._axes import MUTED, axes_or_new, label_axes

__all__ = ["plot_shap", "plot_waterfall"]

_BINS = 80  # along the values: dots of one bin are beside each other
_UP, _DOWN = "tab:red", "tab:blue"


def plot_shap(values, X, names=None, max_display=15, ax=None):
    """Draw the Shapley values of many rows: a line a feature, a dot a row, over bars of mean |φ|.

    A dot is as red as the feature's value is high among the rows, as blue as it is low; and grey if
    it is missing, or no number.  ``values`` and ``X`` are (N, D); the features are sorted by mean
    |φ|, and ``max_display`` of them are shown.
    """
    from matplotlib.colors import LinearSegmentedColormap

    values, columns, names = _features(values, X, names)
    size = np.abs(values).mean(axis=0)
    shown = np.argsort(-size, kind="stable")[:max_display]
    ax = axes_or_new(ax)
    colours = LinearSegmentedColormap.from_list("low to high", [_DOWN, "tab:purple", _UP])
    ax.barh(range(len(shown)), size[shown], height=0.8, color="0.9")
    ax.axvline(0, color=MUTED, linewidth=0.8)
    low, high = values[:, shown].min(), values[:, shown].max()
    for line, j in enumerate(shown):
        shade = _shade(columns[j])
        known = ~np.isnan(shade)
        at = line + _swarm(values[:, j], low, high)
        style = {"s": 12, "linewidths": 0, "alpha": 0.8, "zorder": 3}
        ax.scatter(values[~known, j], at[~known], color=MUTED, **style)
        dots = ax.scatter(
            values[known, j], at[known], c=shade[known], cmap=colours, vmin=0, vmax=1, **style
        )
    ax.set_yticks(range(len(shown)), [names[j] for j in shown], parse_math=False)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    scale = ax.figure.colorbar(dots, ax=ax, fraction=0.03, pad=0.02, aspect=40)
    scale.set_ticks([0, 1], labels=["low", "high"])
    scale.set_label("value of the feature", labelpad=-12)
    scale.solids.set_alpha(1)
    scale.outline.set_visible(False)
    return label_axes(ax, "adds to the prediction (bars: mean size)", "")


def plot_waterfall(values, expected_value, x=None, names=None, max_display=10, ax=None):
    """Draw how one row's prediction comes about, from what is expected by a bar for each feature.

    ``values`` and the row ``x`` are (D,); the bars are sorted by size, the smallest ones, beyond
    ``max_display``, taken together.
    """
    values, columns, names = _features([values], None if x is None else [x], names)
    values = values[0]
    order = np.argsort(-np.abs(values), kind="stable")
    kept = order if len(order) <= max_display else order[: max_display - 1]
    steps = values[kept].tolist()
    labels = [names[j] if x is None else f"{names[j]} = {_short(columns[j][0])}" for j in kept]
    if len(kept) < len(order):
        steps.append(values[order[len(kept) :]].sum())
        labels.append(f"{len(order) - len(kept)} others")
    ax = axes_or_new(ax)
    # from the bottom, where nothing is known, to the top, where all is
    lines = np.arange(len(steps))
    ends = expected_value + np.cumsum(steps[::-1])[::-1]
    starts = np.append(ends[1:], expected_value)
    ax.barh(lines, steps, left=starts, height=0.7, color=[_UP if s > 0 else _DOWN for s in steps])
    ax.vlines(starts[:-1], lines[:-1] - 0.35, lines[1:] + 0.35, color=MUTED, linewidth=0.8)
    low, high = min(*ends, expected_value), max(*ends, expected_value)
    room = 0.02 * ((high - low) or 1)
    ax.set_xlim(low - 5 * room, high + 9 * room)  # for the numbers behind the bars
    for line, step, start, end in zip(lines, steps, starts, ends, strict=True):
        ax.text(max(start, end) + room, line, f"{step:+.3g}", va="center", fontsize="small")
    ax.set_yticks(lines, labels, parse_math=False)
    ax.set_ylim(len(steps) - 0.4, -0.6)
    for value, side, text in ((expected_value, 0, "expected"), (ends[0], 1, "predicted")):
        ax.axvline(value, color=MUTED, linestyle=":", zorder=0)
        ax.annotate(
            f"{text} {value:.4g}",
            (value, side),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3 if side else -3),
            textcoords="offset points",
            ha="center",
            va="bottom" if side else "top",
            fontsize="small",
        )
    ax.xaxis.set_tick_params(pad=14)
    return label_axes(ax, "prediction", "")


def _features(values, X, names):
    """φ (N, D), the columns of X, and a name for each."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(
            f"the values of one output have shape (n_rows, n_features); got {values.shape}: choose "
            "one, values[:, :, k]"
        )
    D = values.shape[1]
    if names is None:
        names = getattr(X, "columns", [f"feature_{j}" for j in range(D)])
    columns = np.asarray(X, dtype=object).T if X is not None else [None] * D
    for what, found in (("columns", len(columns)), ("names", len(names))):
        if found != D:
            raise ValueError(f"{D} features have values, but there are {found} {what}")
    if X is not None:
        check_consistent_length(values, columns[0])
    return values, columns, list(names)


def _shade(column):
    """From 0 for the lowest number to 1 for the highest, by rank; nan for no number (N,)."""
    try:
        column = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        return np.full(len(column), np.nan)
    levels = np.unique(column[~np.isnan(column)])
    rank = np.searchsorted(levels, column) / max(len(levels) - 1, 1)
    return np.where(np.isnan(column), np.nan, rank)


def _swarm(values, low, high):
    """Heights about 0 that part dots in one place, in the order 0, 1, -1, 2, -2, ... (N,)."""
    bins = np.floor((values - low) / ((high - low) or 1) * _BINS)
    order = np.argsort(bins, kind="stable")
    starts = np.flatnonzero(np.diff(bins[order], prepend=-1))
    place = np.arange(len(values)) - np.repeat(starts, np.diff(starts, append=len(values)))
    height = np.empty(len(values))
    height[order] = (place + 1) // 2 * np.where(place % 2, 1, -1)
    return height * min(0.08, 0.4 / max(1, np.abs(height).max()))


def _short(value):
    return f"{value:.4g}" if isinstance(value, int | float | np.number) else str(value)
