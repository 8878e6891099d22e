"""Tensors and Modules: numbers, names and plain attributes; the code stays in the program."""

import importlib
import sys

from pellucid.persistence.codec import Kind, below

__all__: list[str] = []

HOMES = ("_parameters", "_buffers", "_modules")


def _loaded(module, name):
    """A class, if the program has come to import its module; nothing is an instance of ()."""
    return getattr(sys.modules.get(module), name, ())


class Tensors(Kind, name="tensor"):
    """The array of a tensor; of what is on the tape, the numbers alone."""

    shared = True

    @staticmethod
    def holds(value):
        return isinstance(value, _loaded("pellucid.autograd.tensor", "Tensor"))

    @staticmethod
    def encode(value, path, encoder):
        parameter = isinstance(value, _loaded("pellucid.nn.parameter", "Parameter"))
        return {
            "data": encoder(value.detach().cpu()._array, below(path, "data")),
            "requires_grad": value.requires_grad and value.is_leaf,
            "class": "Parameter" if parameter else "Tensor",
        }

    @staticmethod
    def decode(node, path, decoder):
        family = {"Parameter": "pellucid.nn.parameter", "Tensor": "pellucid.autograd"}
        cls = getattr(importlib.import_module(family[node["class"]]), node["class"])
        array = decoder(node["data"], below(path, "data"))
        if type(array).__name__ != "ndarray" or array.dtype.kind not in "biufc":
            raise ValueError(f"{path} is no tensor of numbers")
        value = cls.__new__(cls)
        value._set(array)
        value.requires_grad = node["requires_grad"]
        return value


class Modules(Kind, name="module"):
    """A Module's attributes, tensors and modules; its class is found among those defined already.

    ``__init__`` is not run.
    """

    shared = True

    @staticmethod
    def holds(value):
        return isinstance(value, _loaded("pellucid.nn.modules.module", "Module"))

    @staticmethod
    def encode(value, path, encoder):
        state = dict(vars(value))
        if any(state.pop("_hooks").values()):  # a file has no place for code
            encoder.refuse(path, "it has hooks, which are code; remove them first")
        return {
            "class": _name(type(value)),
            "state": {name: encoder(part, below(path, name)) for name, part in state.items()},
        }

    @staticmethod
    def decode(node, path, decoder):
        base = importlib.import_module("pellucid.nn").Module
        known = {_name(cls): cls for cls in _subclasses(base)}
        if node["class"] not in known:
            raise ValueError(
                f"no Module {node['class']} is known here; define its class before loading"
            )
        cls = known[node["class"]]
        value = cls.__new__(cls)
        vars(value)["_hooks"] = {}
        for name, part in node["state"].items():
            if not name.isidentifier() or callable(getattr(cls, name, None)):
                raise ValueError(f"{name!r} is not an attribute of a {cls.__name__}")
            vars(value)[name] = decoder(part, below(path, name))
        _check(value, path)
        return value


def _name(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


def _subclasses(cls):
    yield cls
    for inner in cls.__subclasses__():
        yield from _subclasses(inner)


def _check(module, path):
    """What a Module holds under its names is what belongs there."""
    nn, tensor = (importlib.import_module(f"pellucid.{name}") for name in ("nn", "autograd"))
    for home, kind in zip(HOMES, (nn.Parameter, tensor.Tensor, nn.Module), strict=True):
        held = vars(module).get(home)
        if type(held) is not dict or not all(
            x is None or isinstance(x, kind) for x in held.values()
        ):
            raise ValueError(f"{path or 'the module'} has no sound {home}")
