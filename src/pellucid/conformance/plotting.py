"""The pictures: what is drawn, read back from the axes, is what the metrics say."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds
from pellucid.plotting import (
    plot_calibration,
    plot_confusion_matrix,
    plot_decision_regions,
    plot_importance,
    plot_learning_curve,
    plot_precision_recall,
    plot_predicted_against_true,
    plot_residuals,
    plot_roc,
)

CLASSES = np.array(["hen", "owl", "wren"])


def _judged(n_rows=200):
    """Labels (N,) and probabilities (N, 3) that often, and not always, favour them."""
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=n_rows)
    scores = np.exp(2 * rng.normal(size=(n_rows, 3)) + 2 * np.eye(3)[truth])
    return CLASSES[truth], scores / scores.sum(axis=1, keepdims=True)


def _drawn(ax, name):
    """What the line labelled ``name``, or ``name (number)``, goes through: (2, points)."""
    lines = (line for line in ax.lines if line.get_label().startswith(name))
    return np.array(next(lines).get_data(), dtype=np.float64)


@agrees("plotting.plot_roc", library="sklearn", rtol=1e-15)
def roc_curves():
    from sklearn.metrics import roc_curve

    y, probability = _judged()
    ax = plot_roc(y, probability, CLASSES)
    for k, name in enumerate(CLASSES):
        yield (
            f"class {name}",
            _drawn(ax, name),
            np.array(roc_curve(y == name, probability[:, k])[:2]),
        )


@agrees("plotting.plot_precision_recall", library="sklearn", rtol=1e-15)
def precision_recall_curves():
    from sklearn.metrics import precision_recall_curve

    y, probability = _judged()
    ax = plot_precision_recall(y, probability, CLASSES)
    for k, name in enumerate(CLASSES):
        precision, recall, _ = precision_recall_curve(
            y == name, probability[:, k], drop_intermediate=True
        )
        yield f"class {name}", _drawn(ax, name), np.array([recall, precision])


@agrees("plotting.plot_calibration", library="sklearn", rtol=1e-14)
def calibration_curves():
    from sklearn.calibration import calibration_curve

    y, probability = _judged()
    for n_bins in (5, 10):
        ax = plot_calibration(y, probability, CLASSES, n_bins=n_bins)
        for k, name in enumerate(CLASSES):
            true, said = calibration_curve(y == name, probability[:, k], n_bins=n_bins)
            yield f"class {name}, {n_bins} bins", _drawn(ax, name), np.array([said, true])


@equals("plotting.plot_confusion_matrix", definition="pairs counted one by one", rtol=0)
def confusion_counts():
    y, probability = _judged()
    prediction = CLASSES[np.argmax(probability, axis=1)]
    ax = plot_confusion_matrix(y, prediction, CLASSES)
    expected = np.array([[np.sum((y == a) & (prediction == b)) for b in CLASSES] for a in CLASSES])
    yield "counts", np.array([float(text.get_text()) for text in ax.texts]), expected.ravel()
    share = np.array(ax.images[0].get_array())
    yield "shares of the true class", share, expected / expected.sum(axis=1, keepdims=True)


@holds("plotting.plot_decision_regions", that="a point's colour is the class predicted there")
def regions():
    class AboveTheDiagonal:
        def predict(self, X):
            return CLASSES[(X[:, 1] > X[:, 0]).astype(int)]

    X = np.random.default_rng(0).normal(size=(50, 2))
    ax = plot_decision_regions(AboveTheDiagonal(), X, AboveTheDiagonal().predict(X), resolution=40)
    image = ax.images[0]
    left, right, bottom, top = image.get_extent()
    x1, x2 = np.meshgrid(np.linspace(left, right, 40), np.linspace(bottom, top, 40))
    yield "regions", np.array(image.get_array()), (x2 > x1).astype(int)


@equals(
    "plotting.plot_predicted_against_true",
    "plotting.plot_residuals",
    definition="the arrays given, and their difference",
    rtol=0,
)
def residual_dots():
    rng = np.random.default_rng(0)
    y, prediction = rng.normal(size=(2, 50))
    for plot, expected in (
        (plot_predicted_against_true, [y, prediction]),
        (plot_residuals, [prediction, y - prediction]),
    ):
        yield plot.__name__, np.array(plot(y, prediction).lines[0].get_data()), np.array(expected)


@equals("plotting.plot_learning_curve", definition="means over the folds that count", rtol=1e-15)
def learning_means():
    sizes = np.array([10, 20, 40])
    train, validation = np.random.default_rng(0).random((2, 3, 5))
    validation[1, 2] = np.nan  # a fold that failed
    ax = plot_learning_curve(sizes, train, validation)
    for line, scores in zip(ax.lines, (train, validation), strict=True):
        yield line.get_label(), np.array(line.get_ydata()), np.nanmean(scores, axis=1)


@equals("plotting.plot_importance", definition="the numbers given, sorted by size", rtol=0)
def importance_bars():
    ax = plot_importance(["a", "b", "c"], [0.5, -2.0, 1.0], std=[0.1, 0.2, 0.3])
    yield "bars", np.array([bar.get_width() for bar in ax.patches]), np.array([0.5, 1.0, -2.0])
    yield "names", np.array([t.get_text() for t in ax.get_yticklabels()]), np.array(["a", "c", "b"])
