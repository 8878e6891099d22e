"""The winner on the rows that no choice has seen."""

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)

from pellucid.plotting import (
    plot_calibration,
    plot_learning_curve,
    plot_precision_recall,
    plot_predicted_against_true,
    plot_residuals,
    plot_roc,
)
from pellucid.report.html import count, join, name, score, section, tag
from pellucid.report.svg import SERIES, picture
from pellucid.report.verdict import Metric

__all__ = ["judgement", "learning"]

_CELLS = 12  # classes of a confusion matrix that is still legible
_LISTED = 12
_DOTS = 2000


def judgement(experiment):
    """The scores against the baseline's, then the pictures of the task."""
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


def learning(experiment):
    """The score against the number of rows, and whether more of them would help."""
    curve = experiment.learning_curve
    if curve is None:
        return None
    metric = Metric(experiment.metric)
    sizes = np.asarray(curve["sizes"])
    train, validation = (metric.sign * np.asarray(curve[k]) for k in ("train", "validation"))

    def draw(ax):
        plot_learning_curve(sizes, train, validation, ax=ax).set_ylabel(metric.words)
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes])

    return section(
        "learning",
        "Would more rows help?",
        tag(
            "div",
            tag("p", _more_rows(sizes, metric.sign * validation)),
            tag("figure", picture(draw, "Learning curve")),
            class_="beside",
        ),
    )


def _more_rows(sizes, validation):
    """Is the last step up larger than the uncertainty of its mean?"""
    steps = validation[-1] - validation[-2] if len(sizes) > 1 else np.array([])
    steps = steps[np.isfinite(steps)]
    if len(steps) < 2:
        return "The score as rows are added, on the rows learned from and on rows kept aside."
    gain, doubt = steps.mean(), steps.std(ddof=1) / np.sqrt(len(steps))
    advice = (
        "more than chance does by itself: more rows would probably help."
        if gain > 2 * doubt
        else "no more than chance does by itself: more rows of the same kind may help little."
    )
    way = "improved" if gain > 0 else "fell"
    return (
        f"From {sizes[-2]:,} to {sizes[-1]:,} rows the score on unseen rows {way} by "
        f"{abs(gain):.2g} (± {doubt:.2g}), {advice}"
    )


def _scores(experiment):
    """Every metric of the winner beside the baseline's."""
    head = tag("tr", tag("th", "score"), tag("th", "winner"), tag("th", "baseline"))
    rows = (
        tag(
            "tr",
            tag("th", Metric(key).words, scope="row"),
            tag("td", tag("strong", Metric(key).show(value))),
            tag("td", Metric(key).show(experiment.baseline_scores.get(key, np.nan))),
        )
        for key, value in experiment.holdout_scores.items()
    )
    table = tag("table", tag("thead", head), tag("tbody", rows))
    return tag("div", tag("h3", "Scores"), _scrolling(table, "scores"))


def _classification(experiment):
    y, prediction = experiment.y_holdout, experiment.prediction
    classes = experiment.classes if experiment.classes is not None else np.unique(y)
    counts = confusion_matrix(y, prediction, labels=classes)  # (K, K)
    common = np.argsort(-counts.sum(axis=1), kind="stable")[:SERIES]
    drawn = np.sort(common) if len(classes) > 2 else np.array([1])
    matrix = _matrix if len(classes) <= _CELLS else _most_confused
    blocks = (
        _scores(experiment),
        tag("div", tag("h3", "What it takes for what"), matrix(counts, classes)),
        tag("div", tag("h3", "Class by class"), _class_table(experiment, classes, drawn)),
    )
    return join(tag("div", blocks, class_="blocks"), _curves(experiment, classes, drawn))


def _matrix(counts, classes):
    """The confusion matrix: true classes down, predicted ones across."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    head = tag("tr", tag("td"), (tag("th", name(c, 24), scope="col") for c in classes))
    body = (
        tag(
            "tr",
            tag("th", name(classes[i], 24), scope="row"),
            (
                tag(
                    "td",
                    f"{counts[i, j]:,}",
                    class_="right" if i == j else "wrong" if counts[i, j] else None,
                    style=f"--share:{share[i, j]:.3f}",
                )
                for j in range(len(classes))
            ),
        )
        for i in range(len(classes))
    )
    table = tag("table", tag("thead", head), tag("tbody", body), class_="confusion")
    return join(
        tag("p", "Each row is a true class, each column what was predicted.", class_="soft"),
        _scrolling(table, "confusion matrix"),
    )


def _most_confused(counts, classes):
    """Of very many classes, the pairs that are taken for each other most often."""
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_LISTED]
    pairs = [divmod(int(k), len(classes)) for k in order if wrong.flat[k]]
    if not pairs:
        return tag("p", f"None of the {len(classes):,} classes was taken for another.")
    rows = (
        tag(
            "tr",
            tag("td", name(classes[i], 24)),
            tag("td", name(classes[j], 24)),
            tag("td", f"{wrong[i, j]:,}"),
            tag("td", f"{wrong[i, j] / counts[i].sum():.0%}"),
        )
        for i, j in pairs
    )
    heads = ("true class", "taken for", "rows", "of the class")
    head = tag("tr", (tag("th", text, scope="col") for text in heads))
    return join(
        tag("p", f"The most confused pairs of {len(classes):,} classes.", class_="soft"),
        _scrolling(tag("table", tag("thead", head), tag("tbody", rows)), "confusions"),
    )


def _class_table(experiment, classes, drawn):
    """Precision, recall and areas; its swatches are the legend of the curves below."""
    y, p = experiment.y_holdout, experiment.probability
    precision, recall, f1, rows = precision_recall_fscore_support(
        y, experiment.prediction, labels=classes, zero_division=0
    )
    color = {int(k): i for i, k in enumerate(drawn)} if p is not None else {}
    shown = np.sort(np.argsort(-rows, kind="stable")[:_LISTED])

    def line(k):
        positive = y == classes[k]
        ranked = p is not None and positive.any() and not positive.all()
        areas = (
            (roc_auc_score(positive, p[:, k]), average_precision_score(positive, p[:, k]))
            if ranked
            else (np.nan, np.nan)
        )
        swatch = tag("i", class_=f"swatch s{color[k]}") if k in color and ranked else None
        numbers = (precision[k], recall[k], f1[k], *areas)
        return tag(
            "tr",
            tag("th", swatch, name(classes[k], 24), scope="row"),
            tag("td", f"{rows[k]:,}"),
            (tag("td", score(value)) for value in numbers),
        )

    heads = ("class", "rows", "precision", "recall", "F1", "ROC AUC", "average precision")
    head = tag("tr", (tag("th", text, scope="col") for text in heads))
    more = len(classes) - len(shown)
    return join(
        _scrolling(tag("table", tag("thead", head), tag("tbody", map(line, shown))), "classes"),
        tag("p", f"… and {count(more, 'rarer class').replace('classs', 'classes')}.", class_="soft")
        if more > 0
        else None,
    )


def _curves(experiment, classes, drawn):
    y, p = experiment.y_holdout, experiment.probability
    if p is None:
        return tag("p", "This model gives no probabilities, so there are no curves to draw.")
    if len(classes) > 2:
        p, classes = p[:, drawn], classes[drawn]
    plots = (
        (plot_roc, "ROC", "Further up and left is better."),
        (plot_precision_recall, "Precision and recall", "Further up and right is better."),
        (plot_calibration, "Calibration", "On the dotted line, 70 % means seven in ten."),
    )
    return tag(
        "div",
        (
            tag(
                "figure",
                tag("figcaption", tag("strong", title), " ", hint),
                picture(
                    lambda ax, plot=plot: plot(y, p, classes, ax=ax),
                    f"{title} curves",
                    legend=False,
                ),
            )
            for plot, title, hint in plots
        ),
        class_="pictures",
    )


def _regression(experiment):
    y, prediction = (
        np.asarray(experiment.y_holdout, float),
        np.asarray(experiment.prediction, float),
    )
    if len(y) > _DOTS:
        rows = np.linspace(0, len(y) - 1, _DOTS).astype(int)
        y, prediction = y[rows], prediction[rows]
    plots = (
        (plot_predicted_against_true, "Predicted against true", "On the dotted line it was right."),
        (plot_residuals, "Residuals", "A bend or a funnel is what the model has missed."),
    )
    thinned = f" {len(y):,} rows are drawn." if len(y) < len(experiment.y_holdout) else ""
    figures = tag(
        "div",
        (
            tag(
                "figure",
                tag("figcaption", tag("strong", title), " ", hint, thinned),
                picture(lambda ax, plot=plot: plot(y, prediction, ax=ax), title),
            )
            for plot, title, hint in plots
        ),
        class_="pictures",
    )
    return join(_scores(experiment), figures)


def _scrolling(table, label):
    """A table wider than a phone scrolls in a box of its own, by finger or by keyboard."""
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=label)
