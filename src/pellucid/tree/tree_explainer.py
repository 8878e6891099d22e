"""TreeSHAP: what each feature adds to a prediction of trees."""

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.tree._base import DecisionTree
from pellucid.tree._shap import along_paths, lay_out
from pellucid.tree._shap_background import against_background

__all__ = ["TreeExplainer", "sum_of_trees"]


class TreeExplainer:
    """Shapley values: the sum in which each feature gets its share of a prediction of trees.

        raw(x) = φ_0 + Σ_j φ_j(x),
        φ_j = Σ_{S ∌ j} |S|! (D - |S| - 1)! / D!  [v(S ∪ {j}) - v(S)]

    A feature's share is what it adds to v, in the mean over all orders in which the D features can
    become known; v(S) is what is expected of raw(x) if those of S are, and φ_0 = v(∅).  There are
    two ways to expect it:

    - by path: where a feature outside S is asked for, v goes both ways, by their shares of the
      examples in ``fit``.  Exact in O(nodes x depth) per row;
    - against a background: v(S) is the mean of raw over its rows, with the values of x for the
      features of S.  Exact in O(background x nodes) per row, few of which are visited.

    The model may be any that is a sum of trees, and raw is that sum, before any link: the
    probabilities of a classification tree or forest, the margin of a boosted one.  The values do
    not depend on the number of threads.

    Parameters
    ----------
    model : fitted estimator
        A decision tree, a forest, a boosted sum of trees.
    data : array-like of shape (B, D), default=None
        The background.
    feature_perturbation : {'auto', 'interventional', 'tree_path_dependent'}, default='auto'
        Against the background, or by path; 'auto' is the former if there is a background.

    Attributes
    ----------
    expected_value : float, or ndarray of shape (R,) for R > 1 outputs
        φ_0.

    References
    ----------
    Lundberg, S. M., et al. (2020). From local explanations to global understanding with explainable
    AI for trees. Nature Machine Intelligence 2, 56-67.
    Owen, G. (1972). Multilinear extensions of games. Management Science 18, 64-79.
    Fujimoto, K., Kojadinovic, I., & Marichal, J.-L. (2006). Axiomatic characterizations of
    probabilistic and cardinal-probabilistic interaction indices. Games and Economic Behavior 55.
    """

    def __init__(self, model, data=None, *, feature_perturbation="auto"):
        if feature_perturbation not in ("auto", "interventional", "tree_path_dependent"):
            raise ValueError(
                "feature_perturbation must be 'auto', 'interventional' or 'tree_path_dependent', "
                f"got {feature_perturbation!r}"
            )
        if feature_perturbation == "interventional" and data is None:
            raise ValueError("'interventional' values want a background: give data")
        if feature_perturbation == "tree_path_dependent" and data is not None:
            raise ValueError("'tree_path_dependent' values want no background: leave data out")
        trees, scale, offset = sum_of_trees(model)
        self.model = model
        self._forest = lay_out(trees, scale)
        self._background = None if data is None else _table(model, data)
        mean = self._forest.mean if data is None else _mean(trees, scale, self._background)
        expected = offset + mean  # (R,)
        self.expected_value = float(expected[0]) if len(expected) == 1 else expected

    def shap_values(self, X):
        """φ_j of each row of X: (N, D), or (N, D, R) for R > 1 outputs."""
        phi, _ = self._explain(X, False)
        return phi[:, :, 0] if phi.shape[2] == 1 else phi

    def shap_interaction_values(self, X):
        """φ_j parted among pairs: (N, D, D), or (N, D, D, R) for R > 1 outputs.

            Φ_ij = Σ_{S ∌ i, j} |S|! (D - |S| - 2)! / (2 (D - 1)!)
                   [v(S ∪ {i, j}) - v(S ∪ {i}) - v(S ∪ {j}) + v(S)],
            Φ_ii = φ_i - Σ_{j ≠ i} Φ_ij

        so that the sum over a row of Φ is φ_i, and that of the diagonal is what the features do
        alone.
        """
        phi, pairs = self._explain(X, True)
        pairs += pairs.swapaxes(1, 2)  # of Φ_ij and Φ_ji one was filled in
        i = np.arange(phi.shape[1])
        pairs[:, i, i] = phi - pairs.sum(axis=2)
        return pairs[..., 0] if phi.shape[2] == 1 else pairs

    def _explain(self, X, with_pairs):
        X = _table(self.model, X)
        (N, D), R = X.shape, self._forest.value.shape[1]
        phi, pairs = np.zeros((N, D, R)), np.zeros((N, D, D, R) if with_pairs else (N, 0, 0, 0))
        if self._background is None:
            along_paths(X, self._forest, phi, pairs)
        else:
            against_background(X, self._background, self._forest, phi, pairs)
        return phi, pairs


def sum_of_trees(model):
    """The trees of a fitted model, their scale (one or one each) and its offset (R,).

        raw(x) = offset + Σ_t scale_t value_t(leaf of x in tree t)

    From ``model._sum_of_trees()``; a decision tree is a sum of one.
    """
    if hasattr(model, "_sum_of_trees"):
        check_is_fitted(model)
        return model._sum_of_trees()
    if isinstance(model, DecisionTree):
        check_is_fitted(model)
        return [model.tree_], 1.0, np.zeros(model.tree_.value[0].size)
    raise TypeError(f"{type(model).__name__} is not made of pellucid's trees")


def _table(model, X):
    """The rows of X as the model's trees read them, categories as codes: (N, D)."""
    if hasattr(model, "_table"):
        X = model._table(X)
    else:
        finite = True if sp.issparse(X) else "allow-nan"
        X = validate_data(
            model, X, reset=False, accept_sparse="csr", dtype=np.float64, ensure_all_finite=finite
        )
    return np.require(X.toarray() if sp.issparse(X) else X, np.float64, "CW")


def _mean(trees, scale, X):
    """The mean of the sum over the rows of X (R,)."""
    scales = np.broadcast_to(scale, len(trees))
    sums = (
        s * tree.value.reshape(tree.node_count, -1)[tree.apply(X)].mean(axis=0)
        for tree, s in zip(trees, scales, strict=True)
    )
    return sum(sums)
