"""What pellucid offers: its families, their public names, and the estimators among them."""

import importlib
import inspect

__all__ = ["FAMILIES", "estimators", "needs_arguments", "public_names"]

FAMILIES = (
    "preprocessing",
    "impute",
    "feature_extraction.text",
    "dummy",
    "linear_model",
    "naive_bayes",
    "discriminant_analysis",
    "tree",
    "ensemble",
    "neighbors",
    "cluster",
    "mixture",
    "hmm",
    "decomposition",
    "language_model",
    "emissions",
    "losses",
    "autograd",
    "linalg",
    "special",
    "nn",
    "nn.functional",
    "nn.init",
    "utils.data",
    "distributions",
    "nn.utils",
    "optim",
    "optim.lr_scheduler",
    "optim.swa_utils",
    "training",
    "models",
    "base",
    "callbacks",
    "persistence",
    "plotting",
    "reduction",
)


def public_names() -> dict[str, object]:
    """``{"linear_model.Ridge": Ridge, ...}``: every public name of every family."""
    return {
        f"{family}.{name}": getattr(module, name)
        for family in FAMILIES
        for module in [importlib.import_module(f"pellucid.{family}")]
        for name in module.__all__
    }


def estimators() -> dict[str, type]:
    """The public names that are estimators one can construct and fit."""
    from pellucid.base import Estimator

    return {
        name: thing
        for name, thing in public_names().items()
        if inspect.isclass(thing) and issubclass(thing, Estimator) and hasattr(thing, "fit")
    }


def needs_arguments(cls) -> bool:
    """Whether an estimator cannot be made without arguments, as a vote without its voters."""
    parameters = inspect.signature(cls).parameters.values()
    return any(parameter.default is parameter.empty for parameter in parameters)
