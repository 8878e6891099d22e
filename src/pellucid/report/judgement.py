"""The winner on the rows that no choice has seen: its scores, and the pictures of its task."""

import numpy as np

from pellucid.plotting import plot_predicted_against_true, plot_residuals
from pellucid.report.classes import confusions, curves, per_class
from pellucid.report.html import count, join, section, table, tag
from pellucid.report.svg import gallery
from pellucid.report.verdict import Metric

__all__ = ["judgement"]

_DOTS = 2000  # more of them hide each other


def judgement(experiment):
    """How well it does on rows that had no part in it, in every metric and picture there is."""
    pictures = _classification if experiment.task == "classification" else _regression
    return section(
        "unseen",
        "On rows it had never seen",
        tag(
            "p",
            f"{count(len(experiment.y_holdout), 'row')}, a fifth of the table, stood aside while "
            "the models were compared, and were used once: for the numbers below.",
        ),
        pictures(experiment),
    )


def _classification(experiment):
    blocks = _scores(experiment), confusions(experiment), per_class(experiment)
    return join(tag("div", blocks, class_="blocks"), curves(experiment))


def _regression(experiment):
    y, prediction = (np.asarray(a, float) for a in (experiment.y_holdout, experiment.prediction))
    rows = np.linspace(0, len(y) - 1, min(len(y), _DOTS)).astype(int)
    only = f" {len(rows):,} of the rows are drawn." if len(rows) < len(y) else ""
    plots = (
        (plot_predicted_against_true, "Predicted against true", "On the dotted line it was right."),
        (plot_residuals, "Residuals", "A bend or a funnel is what the model has missed."),
    )
    pictures = (
        (title, hint + only, lambda ax, plot=plot: plot(y[rows], prediction[rows], ax=ax))
        for plot, title, hint in plots
    )
    return join(_scores(experiment), gallery(pictures))


def _scores(experiment):
    """Every metric of the winner beside the baseline's."""
    rows = (
        (
            Metric(key).words,
            tag("strong", Metric(key).show(value)),
            Metric(key).show(experiment.baseline_scores.get(key, np.nan)),
        )
        for key, value in experiment.holdout_scores.items()
    )
    return tag("div", tag("h3", "Scores"), table(("score", "winner", "baseline"), rows))
