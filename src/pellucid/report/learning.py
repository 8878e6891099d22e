"""The score against the number of rows, and whether more of them would help."""

import numpy as np

from pellucid.plotting import plot_learning_curve
from pellucid.report.html import section, tag
from pellucid.report.svg import picture
from pellucid.report.verdict import Metric

__all__ = ["learning"]


def learning(experiment):
    """The learning curve, and its last step in words."""
    curve = experiment.learning_curve
    if curve is None:
        return None
    metric, sizes = Metric(experiment.metric), curve["sizes"]

    def draw(ax):
        train, validation = metric.sign * curve["train"], metric.sign * curve["validation"]
        plot_learning_curve(sizes, train, validation, ax=ax).set_ylabel(metric.words)
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes])

    return section(
        "learning",
        "Would more rows help?",
        tag(
            "div",
            tag("p", _last_step(sizes, curve["validation"])),
            tag("figure", picture(draw, "Learning curve")),
            class_="beside",
        ),
    )


def _last_step(sizes, validation):
    """Is the last step up larger than the uncertainty of its mean over the folds?"""
    steps = np.diff(validation[-2:], axis=0).ravel()  # (folds,)
    steps = steps[np.isfinite(steps)]
    if len(steps) < 2:
        return "The score as rows are added, on the rows learned from and on rows kept aside."
    gain, doubt = steps.mean(), steps.std(ddof=1) / np.sqrt(len(steps))
    advice = (
        "more than chance does by itself: more rows would probably help."
        if gain > 2 * doubt
        else "no more than chance does by itself: more rows of the same kind may help little."
    )
    return (
        f"From {sizes[-2]:,} to {sizes[-1]:,} rows the score on unseen rows became "
        f"{abs(gain):.2g} {'better' if gain >= 0 else 'worse'} (± {doubt:.2g}), {advice}"
    )
