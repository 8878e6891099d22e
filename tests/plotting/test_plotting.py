"""Pictures are read back from their axes, never compared as pixels."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from matplotlib.figure import Figure

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

CURVES = [plot_roc, plot_precision_recall, plot_calibration]
Y = np.array(["a", "b", "a", "b", "b"])
P = np.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
AB = np.array(["a", "b"])


class Nearest:
    """Says the label of the nearest example."""

    def __init__(self, X, y):
        self.X, self.y = np.asarray(X), np.asarray(y)

    def predict(self, X):
        return self.y[np.argmin(((X[:, None] - self.X) ** 2).sum(-1), axis=1)]


def curves(ax):
    """The labelled lines; the line they are compared with has no label of ours."""
    return [line for line in ax.lines if not line.get_label().startswith("_child")]


def test_roc_by_hand():
    """Thresholds .8, .6, .4, .3, .1 take in b, b, a, b, a."""
    (line,) = curves(plot_roc(Y, P, AB))
    steps = {(0, 0), (0, 1 / 3), (0, 2 / 3), (0.5, 2 / 3), (0.5, 1), (1, 1)}
    assert set(zip(*line.get_data(), strict=True)) <= steps
    assert line.get_label() == "b (0.833)"  # 5 of the 6 pairs are in order


def test_precision_recall_by_hand():
    (line,) = curves(plot_precision_recall(Y, P, AB))
    assert line.get_label() == f"b ({1 / 3 + 1 / 3 + 1 / 3 * 3 / 4:.3f})"
    assert line.get_drawstyle() == "steps-post"


def test_calibration_by_hand():
    """Two bins: b was said to be .1, .4, .3 likely (and was once), and .6, .8 (and was twice)."""
    (line,) = curves(plot_calibration(Y, P, AB, n_bins=2))
    np.testing.assert_allclose(line.get_data(), [[0.8 / 3, 0.7], [1 / 3, 1]])


@pytest.mark.parametrize("plot", CURVES)
def test_one_curve_a_class_and_one_for_two_classes(plot):
    rng = np.random.default_rng(0)
    classes = np.arange(4)
    y, p = rng.integers(4, size=60), rng.dirichlet(np.ones(4), size=60)
    assert len(curves(plot(y, p, classes))) == 4
    assert [line.get_label()[0] for line in curves(plot(Y, P, AB))] == ["b"]


@pytest.mark.parametrize("plot", CURVES)
def test_a_class_that_is_absent_or_alone_has_no_curve(plot):
    p = np.full((3, 3), 1 / 3)
    assert [line.get_label()[0] for line in curves(plot([0, 1, 1], p, [0, 1, 2]))] == ["0", "1"]
    assert curves(plot(["a", "a"], P[:2], AB)) == []


@pytest.mark.parametrize("plot", CURVES)
def test_curves_refuse_what_does_not_fit(plot):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        plot(Y[:3], P, AB)
    with pytest.raises(ValueError, match=r"one column a class, shape \(n_rows, 2\)"):
        plot(Y, P[:, 0], AB)
    with pytest.raises(ValueError, match="one column a class"):
        plot(Y, np.hstack([P, P]), AB)


def test_confusion_counts_and_classes_that_never_occur():
    ax = plot_confusion_matrix(Y, ["a", "b", "b", "a", "b"], classes=["a", "b", "c"])
    counts = np.array([int(t.get_text()) for t in ax.texts]).reshape(3, 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [1, 2, 0], [0, 0, 0]])
    np.testing.assert_allclose(ax.images[0].get_array()[1], [1 / 3, 2 / 3, 0])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "c"]


def test_residuals_and_predictions():
    ax = plot_residuals([3.0, 5.0], [4.0, 4.5])
    np.testing.assert_allclose(ax.lines[0].get_data(), [[4.0, 4.5], [-1.0, 0.5]])
    ax = plot_predicted_against_true([3.0, 5.0], [4.0, 4.5])
    np.testing.assert_allclose(ax.lines[0].get_data(), [[3.0, 5.0], [4.0, 4.5]])
    np.testing.assert_allclose(ax.lines[1].get_data(), [[3.0, 5.0], [3.0, 5.0]])  # y = x
    with pytest.raises(ValueError, match="inconsistent"):
        plot_residuals([1.0], [1.0, 2.0])


def test_learning_curve_leaves_failed_folds_out():
    nan = np.nan
    ax = plot_learning_curve([5, 10], [[1, 0.5], [nan, nan]], [[0.2, nan], [0.4, 0.8]])
    train, validation = (line.get_ydata() for line in ax.lines)
    np.testing.assert_allclose(train.filled(nan), [0.75, nan])
    np.testing.assert_allclose(validation, [0.2, 0.6])
    band = ax.collections[1].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(0.2)
    assert band[:, 1].max() == pytest.approx(0.8)  # 0.6 + its deviation 0.2


def test_importance_without_deviations():
    ax = plot_importance(["x"], [3])
    assert [bar.get_width() for bar in ax.patches] == [3]
    with pytest.raises(ValueError, match="inconsistent"):
        plot_importance(["x", "y"], [3])


def test_decision_regions_ask_the_model_beyond_the_examples():
    X, y = [[0.0, 0.0], [10.0, 4.0]], ["left", "right"]
    ax = plot_decision_regions(Nearest(X, y), X, y, resolution=30)
    assert ax.images[0].get_extent() == pytest.approx([-1, 11, -0.4, 4.4])
    region = ax.images[0].get_array()
    assert (region[0, 0], region[-1, -1]) == (0, 1)
    assert [line.get_label() for line in ax.lines] == ["left", "right"]
    assert [line.get_color() for line in ax.lines] == [
        *map(ax.images[0].cmap.colors.__getitem__, (0, 1))
    ]


def test_decision_regions_of_one_point_and_of_the_wrong_shape():
    ax = plot_decision_regions(Nearest([[1, 2]], [7]), [[1, 2]], [7], resolution=5)
    assert ax.images[0].get_extent() == pytest.approx([0, 2, 1, 3])
    with pytest.raises(ValueError, match=r"two features; X has shape \(1, 3\)"):
        plot_decision_regions(Nearest([[1, 2, 3]], [7]), [[1, 2, 3]], [7])


@pytest.mark.parametrize("name", ["_hidden", "$x^2$", "$", "<script>", "a\nb"])
def test_names_are_drawn_as_they_are(name, tmp_path):
    classes = np.array([name, "zz"])
    y = classes[[0, 1, 0, 1, 1]]
    roc = plot_roc(y, np.hstack([P, np.zeros((5, 1))]), [name, "zz", "never seen"])
    assert roc.get_legend().get_texts()[0].get_text().startswith(name)
    for ax in (
        roc,
        plot_confusion_matrix(y, y),
        plot_importance(classes, [1, 2]),
        plot_decision_regions(Nearest(P, y), P, y, resolution=5),
    ):
        ax.figure.savefig(tmp_path / "picture.svg")


def test_pictures_go_where_they_are_asked_to():
    first, second = Figure().subplots(1, 2)
    assert plot_roc(Y, P, AB, ax=second) is second
    assert not first.lines
    assert plot_roc(Y, P, AB) is not plot_roc(Y, P, AB)


def test_threads_draw_the_same_pictures():
    drawn = []
    threads = [
        threading.Thread(target=lambda: drawn.append(plot_roc(Y, P, AB).lines[0].get_xydata()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 8
    assert all(np.array_equal(d, drawn[0]) for d in drawn)


def test_pyplot_is_left_alone():
    """No window, no current figure, no backend: matplotlib itself waits for the first picture."""
    code = (
        "import sys, pellucid.plotting as p; assert 'matplotlib' not in sys.modules\n"
        "p.plot_roc([0, 1], [[1, 0], [0, 1]], [0, 1])\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
