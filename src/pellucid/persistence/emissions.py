"""Emissions, by their fields: pellucid's own, and those that the program has defined."""

import dataclasses
import importlib

from pellucid.persistence.codec import Kind, below

__all__: list[str] = []

EMISSIONS = "pellucid.emissions"


class Density(Kind, name="emission"):
    """A frozen dataclass; it is made anew of its fields, so that what follows from them is so."""

    shared = True

    @staticmethod
    def holds(value):
        return any(_name(cls) == f"{EMISSIONS}.base.Emission" for cls in type(value).__mro__)

    @staticmethod
    def encode(value, path, encoder):
        fields = {
            f.name: encoder(getattr(value, f.name), below(path, f.name))
            for f in dataclasses.fields(value)
        }
        return {"class": _name(type(value)), "fields": fields}

    @staticmethod
    def decode(node, path, decoder):
        cls = _known().get(node["class"])
        if cls is None:
            raise ValueError(
                f"no emission {node['class']} is known here; import the module that defines it "
                "before loading"
            )
        if set(node["fields"]) != {f.name for f in dataclasses.fields(cls)}:
            raise ValueError(f"these are not the fields of a {cls.__name__}")
        return cls(**{k: decoder(part, below(path, k)) for k, part in node["fields"].items()})


def _name(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


def _known():
    """{name: class} of the emissions defined so far; a file has no say in what is imported."""
    found, left = {}, [importlib.import_module(EMISSIONS).Emission]
    while left:
        for cls in left.pop().__subclasses__():
            found[_name(cls)] = cls
            left.append(cls)
    return {name: cls for name, cls in found.items() if dataclasses.is_dataclass(cls)}
