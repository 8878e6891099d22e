"""The kinds of value that are pellucid's: estimators, losses, links and deviances.

A file names a class; loading finds it among the public names of pellucid's families, or among the
subclasses of ``Estimator`` that the program has already defined.  No other module is imported.
"""

import dataclasses
import importlib

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
        state = {
            name: encoder(attribute, below(path, name)) for name, attribute in vars(value).items()
        }
        return {"class": class_name(type(value)), "state": state}

    @staticmethod
    def decode(node, path, decoder):
        cls = find_class(node["class"])
        missing = set(cls._get_param_names()) - set(node["state"])
        if missing:
            raise ValueError(f"{cls.__name__} has arguments that the file lacks: {sorted(missing)}")
        value = cls.__new__(cls)
        for name, attribute in node["state"].items():
            if not name.isidentifier() or callable(getattr(cls, name, None)):
                raise ValueError(f"{name!r} is no attribute of a {cls.__name__}")
            vars(value)[name] = decoder(attribute, below(path, name))
        value._check_state()
        return value


def class_name(cls):
    """``pellucid.linear_model.Ridge`` for a public class, else where the class was defined."""
    for family in FAMILIES:
        if cls.__module__.startswith(f"{family}.") and _public(family, cls.__name__) is cls:
            return f"{family}.{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}"


def find_class(name):
    """The class of this name; the file has no say in which module is imported."""
    for family in FAMILIES:
        if name.startswith(f"{family}."):
            cls = _public(family, name.removeprefix(f"{family}."))
            if isinstance(cls, type) and issubclass(cls, Estimator):
                return cls
    if name not in registered_classes():
        raise ValueError(f"{name} is not known; define or import it before loading the file")
    return registered_classes()[name]


def _public(module, name):
    module = importlib.import_module(module)
    return getattr(module, name) if name in module.__all__ else None


class Part(Kind, name="part"):
    """A loss, link or deviance of pellucid, by its fields."""

    @staticmethod
    def holds(value):
        cls = type(value)
        return cls.__module__.startswith(LOSSES) and _public(LOSSES, cls.__name__) is cls

    @staticmethod
    def encode(value, path, encoder):
        fields = {name: encoder(field, below(path, name)) for name, field in vars(value).items()}
        return {"class": type(value).__name__, "fields": fields}

    @staticmethod
    def decode(node, path, decoder):
        cls = _public(LOSSES, node["class"])
        names = (
            {f.name for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()
        )
        if set(node["fields"]) != names:
            raise ValueError(f"the fields of a {node['class']} are {sorted(names)}")
        return cls(**{name: decoder(f, below(path, name)) for name, f in node["fields"].items()})
