"""Machine learning you can read: hand-derived in NumPy, proven equal to the usual libraries.

Importing this module imports the standard library alone; a family is loaded when first named.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid import (
        base,
        callbacks,
        cluster,
        conformance,
        decomposition,
        discriminant_analysis,
        dummy,
        emissions,
        ensemble,
        feature_extraction,
        hmm,
        impute,
        language_model,
        linear_model,
        losses,
        mixture,
        naive_bayes,
        neighbors,
        persistence,
        plotting,
        preprocessing,
        reduction,
        tree,
    )
    from pellucid.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "base",
    "callbacks",
    "cluster",
    "conformance",
    "decomposition",
    "discriminant_analysis",
    "dummy",
    "emissions",
    "ensemble",
    "feature_extraction",
    "hmm",
    "impute",
    "language_model",
    "linear_model",
    "load",
    "losses",
    "mixture",
    "naive_bayes",
    "neighbors",
    "persistence",
    "plotting",
    "preprocessing",
    "reduction",
    "save",
    "tree",
]

_FUNCTIONS = {"load": "pellucid.persistence", "save": "pellucid.persistence"}


def __getattr__(name):
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(_FUNCTIONS[name]), name)
    if name in __all__:
        return importlib.import_module(f"pellucid.{name}")
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__():
    return __all__
