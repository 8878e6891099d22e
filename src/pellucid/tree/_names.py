"""How the questions of a tree, its features and its classes are named, in words and pictures."""

import numpy as np
from sklearn.utils.validation import check_array

__all__ = ["answers", "class_names_of", "feature_names_of"]


def answers(model, node, names, write):
    """An inner node's question, answered by yes (left) and no (right); ``write`` takes numbers."""
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
    threshold = write(tree.threshold[node])
    return f"{names[f]} <= {threshold}", f"{names[f]} >  {threshold}"


def feature_names_of(model, given, spare=False):
    """Names of the features: those given, of which there may be more than features if ``spare``."""
    D = model.n_features_in_
    if given is None:
        return getattr(model, "feature_names_in_", [f"feature_{d}" for d in range(D)])
    given = check_array(given, ensure_2d=False, dtype=None, ensure_min_samples=0)
    if len(given) < D or (len(given) > D and not spare):
        raise ValueError(f"feature_names must contain {D} elements, got {len(given)}")
    return given


def class_names_of(model, given):
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
