"""A tree in words and as a picture."""

from textwrap import fill

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted

from pellucid.tree._tree import LEAF

__all__ = ["export_text", "plot_tree"]


def export_text(
    decision_tree,
    *,
    feature_names=None,
    class_names=None,
    max_depth=10,
    spacing=3,
    decimals=2,
    show_weights=False,
):
    """The questions of a tree, one a line, each below the answer that leads to it.

    Parameters
    ----------
    decision_tree : DecisionTreeClassifier or DecisionTreeRegressor
    feature_names, class_names : array-like of str, default=None
        None takes the names seen in ``fit``, else ``feature_0``, ...; and ``classes_``.
    max_depth : int, default=10
        Branches deeper than this are cut, and the cut says how deep they go.
    spacing : int, default=3
        The width of a step to the right.
    decimals : int, default=2
        Of thresholds and values.
    show_weights : bool, default=False
        Show the weights of the classes in a leaf.

    Returns
    -------
    str
    """
    check_is_fitted(decision_tree)
    tree = decision_tree.tree_
    names = _feature_names(decision_tree, feature_names)
    classes = _class_names(decision_tree, class_names)
    bar = "|" + " " * spacing
    lines, heights = [], _heights(tree)

    def leaf(node, indent):
        values = tree.value[node]
        if classes is None:
            shown = ", ".join(f"{v:.{decimals}f}" for v in values[:, 0])
            lines.append(f"{indent}value: [{shown}]")
            return
        weights = ""
        if show_weights:
            counts = values[0] * tree.weighted_n_node_samples[node]
            weights = f"weights: [{', '.join(f'{n:.{decimals}f}' for n in counts)}] "
        lines.append(f"{indent}{weights}class: {classes[np.argmax(values[0])]}")

    def tell(node, depth):
        indent = bar * depth + "|" + "-" * spacing + " "
        if tree.children_left[node] == LEAF:
            leaf(node, indent)
        elif depth > max_depth:
            lines.append(f"{indent}truncated branch of depth {heights[node]}")
        else:
            for says, child in zip(
                _answers(decision_tree, node, names, decimals),
                (tree.children_left[node], tree.children_right[node]),
                strict=True,
            ):
                lines.append(f"{indent}{says}")
                tell(child, depth + 1)

    tell(0, 0)
    return "\n".join(lines) + "\n"


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
    names = _feature_names(decision_tree, feature_names)
    classes = None if class_names is None else _class_names(decision_tree, class_names)
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
        lines.append(fill(_answers(model, node, names, precision)[0], 32, break_long_words=False))
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


def _answers(model, node, names, decimals):
    """The question of an inner node, answered by yes (left) and by no (right)."""
    tree = model.tree_
    f = tree.feature[node]
    if tree.categories[f]:
        known = model._categories[int(f)]
        bits = tree.category_bits[node]
        inside = [
            v for c, v in enumerate(known) if bits[c >> 6] >> np.uint64(c & 63) & np.uint64(1)
        ]
        subset = "{" + ", ".join(f"{v:g}" for v in inside) + "}"
        return f"{names[f]} in {subset}", f"{names[f]} not in {subset}"
    threshold = f"{tree.threshold[node]:.{decimals}f}"
    return f"{names[f]} <= {threshold}", f"{names[f]} >  {threshold}"


def _heights(tree):
    """How many nodes lie on the longest way down from each node, itself included (M,)."""
    heights = np.ones(tree.node_count, np.int64)
    for node in np.flatnonzero(tree.children_left != LEAF)[::-1]:  # children before parents
        children = [tree.children_left[node], tree.children_right[node]]
        heights[node] += heights[children].max()
    return heights


def _feature_names(model, given):
    D = model.n_features_in_
    if given is None:
        return getattr(model, "feature_names_in_", [f"feature_{d}" for d in range(D)])
    given = check_array(given, ensure_2d=False, dtype=None, ensure_min_samples=0)
    if len(given) != D:
        raise ValueError(f"feature_names must contain {D} elements, got {len(given)}")
    return given


def _class_names(model, given):
    if not hasattr(model, "classes_"):
        return None
    classes = model.classes_[0] if model.n_outputs_ > 1 else model.classes_
    if given is None or given is True:
        return classes
    given = check_array(given, ensure_2d=False, dtype=None, ensure_min_samples=0)
    if len(given) != len(classes):
        raise ValueError(
            f"When `class_names` is an array, it should contain as many items as "
            f"`decision_tree.classes_`. Got {len(given)} while the tree was fitted with "
            f"{len(classes)} classes."
        )
    return given
