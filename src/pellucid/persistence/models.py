"""The kinds of value that are pellucid's: estimators, losses, links and deviances.

A file names a class; loading finds it among the public names of pellucid's families, or among the
subclasses of ``Estimator`` that the program has already defined.  No other module is imported.
"""

import dataclasses
import importlib
import inspect

from pellucid.base import Estimator, registered_classes
from pellucid.persistence.codec import Kind, below

__all__ = ["FAMILIES"]

FAMILIES = (
    "pellucid.preprocessing",
    "pellucid.impute",
    "pellucid.feature_extraction.text",
    "pellucid.dummy",
    "pellucid.linear_model",
    "pellucid.naive_bayes",
    "pellucid.discriminant_analysis",
    "pellucid.tree",
    "pellucid.ensemble",
    "pellucid.neighbors",
    "pellucid.hmm",
)
LOSSES = "pellucid.losses"


class Model(Kind, name="estimator"):
    """Its arguments and all it has learned; ``__init__`` is not run, ``_check_state`` is."""

    shared = True

    @staticmethod
    def holds(value):
        return isinstance(value, Estimator)

    @staticmethod
    def encode(value, path, encoder):
        cls = type(value)
        for name in vars(value):
            if not _is_attribute(cls, name):
                encoder.refuse(below(path, name), f"it hides what a {cls.__name__} does")
        state = {name: encoder(part, below(path, name)) for name, part in vars(value).items()}
        return {"class": _name(cls), "state": state}

    @staticmethod
    def decode(node, path, decoder):
        cls, state = _find(node["class"]), node["state"]
        value = cls.__new__(cls)
        vars(value).update(_new_arguments(cls, state))
        for name, part in state.items():
            if not _is_attribute(cls, name):
                raise ValueError(f"{name!r} is not an attribute of a {cls.__name__}")
            vars(value)[name] = decoder(part, below(path, name))
        value._check_state()
        return value


def _new_arguments(cls, state):
    """The arguments that the class has got since the file was written, at their defaults."""
    signature = inspect.signature(cls.__init__).parameters
    missing = {
        name: signature[name].default for name in cls._get_param_names() if name not in state
    }
    if needed := sorted(name for name, d in missing.items() if d is inspect.Parameter.empty):
        raise ValueError(f"{cls.__name__} has arguments that the file lacks: {needed}")
    return missing


def _is_attribute(cls, name):
    """An argument, or a name that the class itself does not use for something it does."""
    return name.isidentifier() and not name.startswith("__") and not hasattr(cls, name)


def _name(cls):
    """``pellucid.linear_model.Ridge`` for a public class, else where the class was defined."""
    for family in FAMILIES:
        if cls.__module__.startswith(f"{family}.") and _public(family, cls.__name__) is cls:
            return f"{family}.{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}"


def _find(name):
    """The class of this name; a file has no say in what is imported."""
    for family in FAMILIES:
        if name.startswith(f"{family}."):
            cls = _public(family, name.removeprefix(f"{family}."))
            if isinstance(cls, type) and issubclass(cls, Estimator):
                return cls
    if name not in registered_classes():
        raise ValueError(
            f"no class {name} is known here; import the module that defines it before loading, "
            "or upgrade pellucid if the class is one of its own"
        )
    return registered_classes()[name]


def _public(module, name):
    module = importlib.import_module(module)
    return getattr(module, name) if name in module.__all__ else None


class Part(Kind, name="part"):
    """A loss, link or deviance, by its fields."""

    @staticmethod
    def holds(value):
        cls = type(value)
        return cls.__module__.startswith(f"{LOSSES}.") and _public(LOSSES, cls.__name__) is cls

    @staticmethod
    def encode(value, path, encoder):
        fields = {name: encoder(part, below(path, name)) for name, part in vars(value).items()}
        return {"class": type(value).__name__, "fields": fields}

    @staticmethod
    def decode(node, path, decoder):
        cls, fields = _public(LOSSES, node["class"]), node["fields"]
        names = (
            {f.name for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()
        )
        values = {name: decoder(part, below(path, name)) for name, part in fields.items()}
        if set(values) != names or any(type(v) not in (int, float, bool) for v in values.values()):
            raise ValueError(f"a {node['class']} is made of the numbers {sorted(names)}")
        return cls(**values)
