"""A tree as a picture."""

from textwrap import fill

import numpy as np
from sklearn.utils.validation import check_is_fitted

from pellucid.tree._names import answers, class_names_of, feature_names_of
from pellucid.tree._tree import LEAF

__all__ = ["plot_tree"]


def plot_tree(
    decision_tree,
    *,
    max_depth=None,
    feature_names=None,
    class_names=None,
    label="all",
    filled=False,
    impurity=True,
    node_ids=False,
    proportion=False,
    rounded=False,
    precision=3,
    ax=None,
    fontsize=None,
):
    """Draw a tree with matplotlib: its questions, and what its leaves hold.

    Parameters
    ----------
    decision_tree : DecisionTreeClassifier or DecisionTreeRegressor
    max_depth : int, default=None
        Draw no deeper.
    feature_names, class_names : array-like of str, default=None
        As in ``export_text``; without ``class_names`` no class is written.
    label : {'all', 'root', 'none'}, default='all'
        Where to write what the numbers are.
    filled, rounded : bool, default=False
        Colour the boxes by their class, or value; round them.
    impurity, node_ids, proportion : bool
        Show the impurity (the default), the number of the node, shares for counts.
    precision : int, default=3
    ax : matplotlib Axes, default=None
        None takes the current one.
    fontsize : int, default=None
        None fits it to the figure.

    Returns
    -------
    list of matplotlib Annotation
        One for each node, in the order of their drawing.
    """
    import matplotlib.pyplot as plt

    check_is_fitted(decision_tree)
    tree = decision_tree.tree_
    names = feature_names_of(decision_tree, feature_names, spare=True)
    classes = None if class_names is None else class_names_of(decision_tree, class_names)
    ax = plt.gca() if ax is None else ax
    ax.clear()
    ax.set_axis_off()
    deepest = tree.max_depth if max_depth is None else min(max_depth, tree.max_depth)
    x, y, shown = _places(tree, deepest)
    order = [node for node in np.argsort(y, kind="stable") if shown[node]]
    order.sort(key=lambda node: (y[node], x[node]))
    width = max(x[shown].max(), 1e-9) + 1
    parents = {
        int(c): n
        for n in order
        for c in (tree.children_left[n], tree.children_right[n])
        if c != LEAF
    }
    boxes = []
    for node in order:
        text = _describe(
            decision_tree, node, names, classes, label, impurity, node_ids, proportion, precision
        )
        at = (x[node] + 0.5) / width, 1 - (y[node] + 0.5) / (deepest + 1)
        style = {
            "boxstyle": "round" if rounded else "square",
            "fc": _colour(decision_tree, node) if filled else ax.get_facecolor(),
            "ec": "0.3",
        }
        from_ = parents.get(int(node))
        if from_ is None:
            box = ax.annotate(
                text, at, ha="center", va="center", bbox=style, xycoords="axes fraction"
            )
        else:
            start = (x[from_] + 0.5) / width, 1 - (y[from_] + 0.5) / (deepest + 1)
            box = ax.annotate(
                text,
                start,
                at,
                ha="center",
                va="center",
                bbox=style,
                xycoords="axes fraction",
                textcoords="axes fraction",
                arrowprops={"arrowstyle": "<-", "color": "0.3", "shrinkB": 0},
                zorder=-y[node],
            )
        boxes.append(box)
    _fit_font(ax, boxes, fontsize)
    return boxes


def _places(tree, deepest):
    """Leaves side by side, parents above the middle of their children: x, y and which are shown."""
    depth = tree.depths
    x, shown = np.zeros(tree.node_count), depth <= deepest
    ends = shown & ((tree.children_left == LEAF) | (depth == deepest))
    stack, seen = [0], 0
    while stack:
        node = stack.pop()
        if ends[node]:
            x[node], seen = seen, seen + 1
        elif shown[node]:
            stack += [tree.children_right[node], tree.children_left[node]]
    for node in np.flatnonzero(shown & ~ends)[::-1]:  # children before parents
        x[node] = (x[tree.children_left[node]] + x[tree.children_right[node]]) / 2
    return x, depth, shown


def _fit_font(ax, boxes, fontsize):
    """The largest letters, up to 14, with which no box touches another or leaves the picture."""
    if fontsize is None:
        ax.figure.draw_without_rendering()
        area = ax.get_window_extent()
        extents = [box.get_bbox_patch().get_window_extent() for box in boxes]
        rows = {}
        for box, extent in zip(boxes, extents, strict=True):
            rows.setdefault(round(box.xyann[1], 6), []).append((box.xyann[0], extent.width))
        tight = max(extent.height for extent in extents) * 1.3 * len(rows) / area.height
        for row in rows.values():
            centres, widths = np.transpose(sorted(row))
            centres = np.concatenate([[-centres[0]], centres, [2 - centres[-1]]])  # mirrored there
            widths = np.concatenate([widths[:1], widths, widths[-1:]])
            room = np.diff(centres) * area.width
            tight = max(tight, np.max(1.05 * (widths[1:] + widths[:-1]) / 2 / room))
        fontsize = min(boxes[0].get_fontsize() / tight, 14)
    for box in boxes:
        box.set_fontsize(fontsize)


def _describe(model, node, names, classes, label, impurity, node_ids, proportion, precision):
    tree = model.tree_
    says = (
        (lambda what: f"{what} = ")
        if label == "all" or (label == "root" and node == 0)
        else (lambda what: "")
    )
    lines = [f"node #{node}"] if node_ids else []
    if tree.children_left[node] != LEAF:
        question, _ = answers(model, node, names, lambda x: str(round(float(x), precision)))
        lines.append(fill(question, 32, break_long_words=False))
    if impurity:
        criterion = model.criterion if isinstance(model.criterion, str) else repr(model.criterion)
        lines.append(f"{says(criterion)}{round(float(tree.impurity[node]), precision)}")
    samples = tree.n_node_samples[node]
    share = f"{round(100 * samples / tree.n_node_samples[0], 1)}%"
    lines.append(f"{says('samples')}{share if proportion else samples}")
    value = tree.value[node]
    if hasattr(model, "classes_") and not proportion:
        value = value * tree.weighted_n_node_samples[node]
    value = value[0] if hasattr(model, "classes_") else value[:, 0]
    shown = [f"{round(float(v), precision):g}" for v in value]
    lines.append(f"{says('value')}{shown[0] if len(shown) == 1 else '[' + ', '.join(shown) + ']'}")
    if classes is not None:
        lines.append(f"{says('class')}{classes[np.argmax(tree.value[node][0])]}")
    return "\n".join(lines)


def _colour(model, node):
    """The class's hue, the stronger the purer; or how large the value is.  Edges stay behind it."""
    from matplotlib import colormaps, colors

    value = model.tree_.value
    if hasattr(model, "classes_"):
        shares = value[node, 0]
        second, first = np.sort(shares)[-2:]
        hue = colormaps["tab10"](int(np.argmax(shares)) % 10)
        strength = 0.75 * ((first - second) / (1 - second) if second < 1 else 1)
    else:
        low, high = value[:, 0, 0].min(), value[:, 0, 0].max()
        share = (value[node, 0, 0] - low) / (high - low) if high > low else 0.5
        hue, strength = colors.to_rgba("#e58139"), 0.9 * share + 0.05
    return tuple(1 - strength * (1 - np.array(hue[:3])))  # mixed with white
