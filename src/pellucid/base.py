"""The contract of every pellucid estimator, over scikit-learn's own classes.

An estimator stores its arguments in ``__init__`` and nothing else, validates them and its data at
the start of ``fit``, and leaves what it learned in attributes that end in an underscore.  Beyond
scikit-learn it promises two things: it can be saved without pickling (``pellucid.persistence``),
and its long loops can be watched (``pellucid.callbacks``).
"""

import numpy as np
import scipy.sparse as sp
from sklearn import get_config
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import assert_all_finite

__all__ = [
    "Estimator",
    "Part",
    "finite_targets",
    "registered_classes",
    "registered_parts",
    "sparse_as_configured",
    "validate_parameters",
    "validate_parameters_only",
]

# Before ``fit`` runs: check the arguments against the class's ``_parameter_constraints``.  The
# second form is for estimators that hold others, whose own arguments must be checked as well.
validate_parameters = _fit_context(prefer_skip_nested_validation=True)
validate_parameters_only = _fit_context(prefer_skip_nested_validation=False)

_registered: dict[str, type] = {}
_registered_parts: dict[str, type] = {}


def registered_classes() -> dict[str, type]:
    """The estimator classes defined so far in this program, by ``module.ClassName``.

    A saved file names a class; only a class found here is ever instantiated from it.
    """
    return dict(_registered)


def registered_parts() -> dict[str, type]:
    """As ``registered_classes``, of the subclasses of ``Part``."""
    return dict(_registered_parts)


def sparse_as_configured(X):
    """A CSR or CSC matrix as the one of SciPy's two kinds that scikit-learn's user has chosen.

    ``sklearn.set_config(sparse_interface="sparray")`` asks for arrays; before scikit-learn 1.9
    there was no choice, and X stays what it is.
    """
    kind = {"spmatrix": "matrix", "sparray": "array"}.get(get_config().get("sparse_interface"))
    return X if kind is None else getattr(sp, f"{X.format}_{kind}")(X)


def finite_targets(y):
    """y as float64, all finite: scikit-learn's checks let pass None among objects, which is NaN."""
    y = np.asarray(y, np.float64)
    assert_all_finite(y, input_name="y")
    return y


class Estimator(BaseEstimator):
    """Base of all pellucid's estimators, and of any that should be saved in a pellucid file."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _registered[f"{cls.__module__}.{cls.__qualname__}"] = cls

    def _check_state(self):
        """Prove a state that came from a file sound; raise ``ValueError`` where it is not.

        Called after decoding and before any method.  A class whose kernels index by what it has
        learned (children of nodes, vocabularies, sparse arrays) proves those indices in range here.
        """


class Part:
    """Base of what estimators are made of and saved with: frozen dataclasses, by their fields."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _registered_parts[f"{cls.__module__}.{cls.__qualname__}"] = cls

    def _check_state(self):
        """Prove fields that came from a file sound; raise ``ValueError`` where they are not."""
