"""What a classifier takes for what, class by class, and the curves of its probabilities."""

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)

from pellucid.plotting import plot_calibration, plot_precision_recall, plot_roc
from pellucid.report.html import count, name, score, table, tag
from pellucid.report.svg import SERIES, gallery

__all__ = ["confusions", "curves", "per_class"]

_LEGIBLE = 12  # classes of a confusion matrix, rows of a table
_LETTERS = 24  # of a class's name


def confusions(experiment):
    """The confusion matrix; of very many classes the pairs most often confused."""
    classes = experiment.classes
    counts = confusion_matrix(experiment.y_holdout, experiment.prediction, labels=classes)  # (K, K)
    draw = _matrix if len(classes) <= _LEGIBLE else _most_confused
    return tag("div", tag("h3", "What it takes for what"), draw(counts, classes))


def per_class(experiment):
    """Precision, recall and areas; the swatches are the legend of the curves below."""
    y, classes, p = experiment.y_holdout, experiment.classes, experiment.probability
    precision, recall, f1, rows = precision_recall_fscore_support(
        y, experiment.prediction, labels=classes, zero_division=0
    )
    colors = {int(k): color for color, k in enumerate(_drawn(experiment))}

    def line(k):
        positive = y == classes[k]
        swatch, areas = None, (np.nan, np.nan)
        if p is not None and positive.any() and not positive.all():
            areas = roc_auc_score(positive, p[:, k]), average_precision_score(positive, p[:, k])
            swatch = tag("i", class_=f"swatch s{colors[k]}") if k in colors else None
        numbers = (precision[k], recall[k], f1[k], *areas)
        return (swatch, name(classes[k], _LETTERS)), f"{rows[k]:,}", *map(score, numbers)

    shown = np.sort(np.argsort(-rows, kind="stable")[:_LEGIBLE])
    more = len(classes) - len(shown)
    heads = ("class", "rows", "precision", "recall", "F1", "ROC AUC", "average precision")
    return tag(
        "div",
        tag("h3", "Class by class"),
        table(heads, map(line, shown)),
        tag("p", f"… and {count(more, 'rarer class')}.", class_="soft") if more > 0 else None,
    )


def curves(experiment):
    """ROC, precision and recall, calibration: a curve for each of the commonest classes."""
    y, classes, p = experiment.y_holdout, experiment.classes, experiment.probability
    if p is None:
        return tag("p", "This model gives no probabilities, so there are no curves to draw.")
    if len(classes) > 2:
        p, classes = p[:, _drawn(experiment)], classes[_drawn(experiment)]
    plots = (
        (plot_roc, "ROC", "Further up and left is better."),
        (plot_precision_recall, "Precision and recall", "Further up and right is better."),
        (plot_calibration, "Calibration", "On the dotted line, 70 % means seven in ten."),
    )
    return gallery(
        (title, hint, lambda ax, plot=plot: plot(y, p, classes, ax=ax))
        for plot, title, hint in plots
    )


def _drawn(experiment):
    """The classes that have curves; of two the second."""
    classes = experiment.classes
    if len(classes) == 2:
        return np.array([1])
    rows = np.array([np.sum(experiment.y_holdout == c) for c in classes])
    return np.sort(np.argsort(-rows, kind="stable")[:SERIES])


def _matrix(counts, classes):
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

    def cell(i, j):
        kind = "right" if i == j else "wrong" if counts[i, j] else None
        return tag("td", f"{counts[i, j]:,}", class_=kind, style=f"--share:{share[i, j]:.3f}")

    names = [name(c, _LETTERS) for c in classes]
    rows = ((names[i], *(cell(i, j) for j in range(len(classes)))) for i in range(len(classes)))
    return (
        tag("p", "Each column is a class that was predicted.", class_="soft"),
        table(("true class", *names), rows, class_="cells"),
    )


def _most_confused(counts, classes):
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_LEGIBLE]
    pairs = [divmod(int(k), len(classes)) for k in order if wrong.flat[k]]
    if not pairs:
        return tag("p", f"None of the {count(len(classes), 'class')} was taken for another.")
    rows = (
        (
            name(classes[i], _LETTERS),
            name(classes[j], _LETTERS),
            f"{wrong[i, j]:,}",
            f"{wrong[i, j] / counts[i].sum():.0%}",
        )
        for i, j in pairs
    )
    return (
        tag("p", f"The most confused pairs of {count(len(classes), 'class')}.", class_="soft"),
        table(("true class", "taken for", "rows", "of the class"), rows),
    )
