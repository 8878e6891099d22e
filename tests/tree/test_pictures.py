"""Trees drawn: no box on another, none outside, and nothing shines through."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor, export_text, plot_tree

RNG = np.random.RandomState(0)
X = RNG.standard_normal((300, 3))
X[:, 0] = RNG.randint(0, 30, 300)
X[RNG.random_sample(X.shape) < 0.1] = np.nan
Y = 100 * np.sin(np.nan_to_num(X[:, 0])) + np.nan_to_num(X[:, 1], nan=3)


def drawn(model, **options):
    ax = Figure(figsize=(9, 5)).subplots()
    boxes = plot_tree(model, ax=ax, filled=True, **options)
    ax.figure.draw_without_rendering()
    boxes = [box for box in boxes if box.get_bbox_patch()]
    return ax, boxes, [box.get_bbox_patch().get_window_extent() for box in boxes]


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_boxes_lie_apart_and_inside(kind, depth):
    options = {"max_depth": depth, "categorical_features": [0], "random_state": 0}
    if kind == "numbers":
        model = DecisionTreeRegressor(**options).fit(X, Y)
    else:
        model = DecisionTreeClassifier(**options).fit(X, np.digitize(Y, [-50, 0, 50]))
    ax, _, extents = drawn(model, rounded=True)
    area = ax.get_window_extent()
    for a, b in itertools.combinations(extents, 2):
        assert not a.overlaps(b)
    for box in extents:
        assert box.x0 >= area.x0 - 1 and box.x1 <= area.x1 + 1


def test_the_answers_of_the_root_lead_to_its_children():
    model = DecisionTreeClassifier().fit([[0], [1], [2], [3]], [0, 0, 1, 1])
    texts = [text.get_text() for text in plot_tree(model, ax=Figure().subplots())]
    assert texts == [
        "x[0] <= 1.5\ngini = 0.5\nsamples = 4\nvalue = [2, 2]",
        "gini = 0.0\nsamples = 2\nvalue = [2, 0]",
        "True  ",
        "gini = 0.0\nsamples = 2\nvalue = [0, 2]",
        "  False",
    ]


def test_edges_do_not_shine_through():
    """In a box of no colour, that of a node of equal classes, as well."""
    model = DecisionTreeClassifier(max_depth=2).fit([[0], [1], [2], [3]], [0, 1, 0, 1])
    for box in drawn(model)[1]:
        assert box.get_bbox_patch().get_facecolor()[3] == 1


def test_many_categories_go_on_several_lines():
    model = DecisionTreeRegressor(max_depth=1, categorical_features=[0]).fit(X[:, :1], Y)
    question = drawn(model)[1][0].get_text().split("squared_error")[0]
    assert question.startswith("x[0] in {") and question.count("\n") > 1
    assert max(len(line) for line in question.split("\n")) <= 32


def test_the_text_of_a_tree_that_is_one_long_branch():
    """Deeper than Python calls itself: of labels that alternate, one is parted at a time."""
    model = DecisionTreeClassifier().fit(np.arange(2500)[:, None], np.arange(2500) % 2)
    assert model.get_depth() == 2499
    assert "truncated branch of depth 2498" in export_text(model, max_depth=1)
