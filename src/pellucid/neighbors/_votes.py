"""What neighbours say of a target: classes are read, votes counted."""

import warnings

import numpy as np
import scipy.sparse as sp
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets

from pellucid.base import validate_parameters

__all__ = ["NeighborsClassifierMixin", "NeighborsRegressorMixin", "weigh"]


def weigh(weights, far, row):
    """The weight of each neighbour: none for equal ones, 1/d, or a function of distances.

    An example at distance zero outweighs all that are not.  ``row`` says whose neighbour it is.
    """
    if weights in (None, "uniform"):
        return np.ones(far.shape)
    if callable(weights):
        return np.asarray(weights(far), dtype=np.float64)
    same = far == 0
    met = np.bincount(row[same], minlength=row.max(initial=-1) + 1) > 0
    with np.errstate(divide="ignore"):
        return np.where(met[row], same, 1 / far)


class NeighborsRegressorMixin(MultiOutputMixin, RegressorMixin):
    """Numbers for one output or several."""

    @validate_parameters
    def fit(self, X, y):
        """Keep the rows of X (N, D), or a tree of them, and their targets y (N,) or (N, O)."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        self._y = self._keep(X, y)
        return self


class NeighborsClassifierMixin(ClassifierMixin):
    """Classes for one output or several, and the votes of neighbours for them."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @validate_parameters
    def fit(self, X, y):
        """Keep the rows of X (N, D), or a tree of them, and their classes y (N,) or (N, O)."""
        if sp.issparse(y):
            raise TypeError("Sparse data was passed for y, but dense data is required.")
        self._learn_classes(self._keep(X, y))
        return self

    def _learn_classes(self, y):
        """Write ``classes_``, and in ``_y`` the place of each label among them."""
        check_classification_targets(y)
        self.outputs_2d_ = y.ndim == 2 and y.shape[1] > 1
        if y.ndim == 2 and not self.outputs_2d_:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected. Please change the "
                "shape of y to (n_samples,), for example using ravel().",
                DataConversionWarning,
                stacklevel=4,
            )
            y = y.ravel()
        found = [np.unique(column, return_inverse=True) for column in y.reshape(len(y), -1).T]
        classes = [c for c, _ in found]
        self._y = np.column_stack([place for _, place in found])  # (N, O)
        self.classes_ = classes if self.outputs_2d_ else classes[0]
        if not self.outputs_2d_:
            self._y = self._y[:, 0]

    def _votes(self, rows, row, who, w):
        """The weight of the neighbours of each class, for each output: (rows, K) each."""
        for labels, classes in zip(
            self._outputs(self._y.T), self._outputs(self.classes_), strict=True
        ):
            K = len(classes)
            yield np.bincount(row * K + labels[who], w, rows * K).reshape(rows, K)

    def _outputs(self, what):
        """``what`` of each output, be there one or several."""
        return what if self.outputs_2d_ else [what]

    def _joined(self, columns):
        """The labels of all outputs: (N,) of one, (N, O) of several."""
        return np.column_stack(columns) if self.outputs_2d_ else columns[0]

    def _check_state(self):
        """Every label is one of the classes."""
        super()._check_state()
        if not hasattr(self, "_y"):
            return
        pairs = zip(self._outputs(self._y.T), self._outputs(self.classes_), strict=True)
        if any(y.dtype.kind != "i" or y.min() < 0 or y.max() >= len(c) for y, c in pairs):
            raise ValueError("a label is not among the classes")
