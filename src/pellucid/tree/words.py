"""A tree in words."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from pellucid.tree._names import answers, class_names_of, feature_names_of
from pellucid.tree._tree import LEAF

__all__ = ["export_text"]


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
    names = feature_names_of(decision_tree, feature_names)
    classes = class_names_of(decision_tree, class_names)
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
                answers(decision_tree, node, names, f"{{:.{decimals}f}}".format),
                (tree.children_left[node], tree.children_right[node]),
                strict=True,
            ):
                lines.append(f"{indent}{says}")
                tell(child, depth + 1)

    tell(0, 0)
    return "\n".join(lines) + "\n"


def _heights(tree):
    """How many nodes lie on the longest way down from each node, itself included (M,)."""
    heights = np.ones(tree.node_count, np.int64)
    for node in np.flatnonzero(tree.children_left != LEAF)[::-1]:  # children before parents
        children = [tree.children_left[node], tree.children_right[node]]
        heights[node] += heights[children].max()
    return heights
