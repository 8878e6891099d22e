"""How good a classifier's labels and probabilities are.

The curves take the true labels y (N,), the probabilities (N, K) and the classes (K,) that name
their columns; with two classes they draw one curve, that of the second.  A class that y lacks, or
that alone makes up y, has no curve.
"""

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_consistent_length

from pellucid.plotting._axes import (
    MUTED,
    axes_or_new,
    label_axes,
    show_legend,
    show_unit_square,
)

__all__ = ["plot_calibration", "plot_confusion_matrix", "plot_precision_recall", "plot_roc"]


def plot_roc(y, probability, classes, ax=None):
    """Draw the share of positives found against the share of negatives taken for them.

    The label of a curve ends in the area under it: the chance that a random positive gets a
    higher probability than a random negative.
    """
    ax = axes_or_new(ax)
    lines, labels = [], []
    for name, positive, p in _one_against_rest(y, probability, classes):
        false_rate, true_rate, _ = roc_curve(positive, p)
        lines += ax.plot(false_rate, true_rate)
        labels.append(f"{name} ({roc_auc_score(positive, p):.3f})")
    ax.plot([0, 1], [0, 1], color=MUTED, linestyle=":")  # a coin
    show_unit_square(ax)
    show_legend(ax, lines, labels)
    return label_axes(ax, "false positive rate", "true positive rate")


def plot_precision_recall(y, probability, classes, ax=None):
    """Draw the share of the found that are positive against the share of positives found.

    The label of a curve ends in its average precision, the area under its steps.
    """
    ax = axes_or_new(ax)
    lines, labels = [], []
    for name, positive, p in _one_against_rest(y, probability, classes):
        precision, recall, _ = precision_recall_curve(positive, p, drop_intermediate=True)
        lines += ax.plot(recall, precision, drawstyle="steps-post")
        labels.append(f"{name} ({average_precision_score(positive, p):.3f})")
    show_unit_square(ax)
    show_legend(ax, lines, labels)
    return label_axes(ax, "recall", "precision")


def plot_calibration(y, probability, classes, n_bins=10, ax=None):
    """Draw how often a class is true against how probable it was said to be.

    The rows are binned by probability; a dot is a bin's mean probability and its share of
    positives.  On the diagonal, of the rows given 70 % seven in ten are positive.
    """
    ax = axes_or_new(ax)
    lines, labels = [], []
    inner_edges = np.linspace(0, 1, n_bins + 1)[1:-1]
    for name, positive, p in _one_against_rest(y, probability, classes):
        which = np.searchsorted(inner_edges, p)
        rows = np.bincount(which, minlength=n_bins)
        said = np.bincount(which, p, n_bins)[rows > 0] / rows[rows > 0]
        true = np.bincount(which, positive, n_bins)[rows > 0] / rows[rows > 0]
        lines += ax.plot(said, true, marker="o")
        labels.append(str(name))
    ax.plot([0, 1], [0, 1], color=MUTED, linestyle=":")  # probabilities that mean what they say
    show_unit_square(ax)
    show_legend(ax, lines, labels)
    return label_axes(ax, "predicted probability", "share that is true")


def plot_confusion_matrix(y, prediction, classes=None, ax=None):
    """Draw how many rows of each true class (down) were given each class (across).

    A cell is as dark as its share of its true class.
    """
    ax = axes_or_new(ax)
    names = unique_labels(y, prediction) if classes is None else classes
    counts = confusion_matrix(y, prediction, labels=names)  # (K, K)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(counts):
        ink = "white" if share[i, j] > 0.5 else "black"
        ax.text(j, i, count, ha="center", va="center", color=ink)
    ax.set_xticks(range(len(names)), names, parse_math=False)
    ax.set_yticks(range(len(names)), names, parse_math=False)
    return label_axes(ax, "predicted", "true")


def _one_against_rest(y, probability, classes):
    """(class, is y that class?, its probability), for each class with a curve."""
    y, probability = np.asarray(y), np.asarray(probability, dtype=np.float64)
    check_consistent_length(y, probability)
    if probability.ndim != 2 or probability.shape[1] != len(classes):
        raise ValueError(
            f"probability must have one column a class, shape (n_rows, {len(classes)}); "
            f"got {probability.shape}"
        )
    for k in range(1 if len(classes) == 2 else 0, len(classes)):
        positive = y == classes[k]  # (N,)
        if positive.any() and not positive.all():
            yield classes[k], positive, probability[:, k]
