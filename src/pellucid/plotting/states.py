"""Hidden states over the series that they were found in."""

import numpy as np
from sklearn.utils.validation import check_consistent_length

from pellucid.plotting._axes import axes_or_new, label_axes, show_legend

__all__ = ["plot_state_path"]


def plot_state_path(series, states, at=None, names=None, means=None, ax=None):
    """Draw a series, and behind it a band in each state's colour for as long as it lasts.

    ``series`` (T,) or (T, D) stands at 0 ... T - 1, or where ``at`` (T,) says.  ``names`` (K,) name
    the states; ``means`` (K,), what each expects of the series, are drawn as steps.
    """
    series, states = np.asarray(series), np.asarray(states)
    at = np.arange(len(series)) if at is None else np.asarray(at)
    check_consistent_length(series, states, at)
    ax = axes_or_new(ax)
    ax.plot(at, series, color="0.25", linewidth=1)
    starts = np.flatnonzero(np.diff(states, prepend=-1))
    edges = np.concatenate([at[:1], (at[1:] + at[:-1]) / 2, at[-1:]])  # half-way to the next
    bands = {}
    for start, stop in zip(starts, [*starts[1:], len(states)], strict=True):
        k = int(states[start])
        bands[k] = ax.axvspan(edges[start], edges[stop], color=f"C{k}", alpha=0.25, linewidth=0)
        if means is not None:
            ax.plot(edges[[start, stop]], [means[k]] * 2, color=f"C{k}", linewidth=2)
    shown = sorted(bands)
    labels = [f"state {k}" if names is None else str(names[k]) for k in shown]
    show_legend(ax, [bands[k] for k in shown], labels)
    ax.margins(x=0)
    return label_axes(ax, "", "")
