"""The kinds of value that are scikit-learn's: what combines estimators, and random generators."""

import importlib

import numpy as np

from pellucid.persistence.codec import Kind, below

__all__: list[str] = []

CONTAINERS = {
    "FeatureUnion": "sklearn.pipeline",
    "FunctionTransformer": "sklearn.preprocessing",
    "Pipeline": "sklearn.pipeline",
}


class Container(Kind, name="sklearn"):
    shared = True

    @staticmethod
    def holds(value):
        cls = type(value)
        return _class_of(cls.__name__) is cls

    @staticmethod
    def encode(value, path, encoder):
        state = {n: encoder(attribute, below(path, n)) for n, attribute in vars(value).items()}
        return {"class": type(value).__name__, "state": state}

    @staticmethod
    def decode(node, path, decoder):
        cls = _class_of(node["class"])
        value = cls.__new__(cls)
        for name, attribute in node["state"].items():
            vars(value)[name] = decoder(attribute, below(path, name))
        return value


def _class_of(name):
    return getattr(importlib.import_module(CONTAINERS[name]), name) if name in CONTAINERS else None


class Random(Kind, name="random"):
    """A random generator of NumPy, by the state of its bits."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) in (np.random.RandomState, np.random.Generator)

    @staticmethod
    def encode(value, path, encoder):
        bits = value._bit_generator if type(value) is np.random.RandomState else value.bit_generator
        state = (
            value.get_state(legacy=False) if type(value) is np.random.RandomState else bits.state
        )
        return {"class": type(value).__name__, "state": encoder(state, path)}

    @staticmethod
    def decode(node, path, decoder):
        state = decoder(node["state"], path)
        bits = BITS[state["bit_generator"]](0)
        if state["bit_generator"] == "MT19937" and not 0 <= state["state"]["pos"] <= 624:
            raise ValueError(f"the position of {path} is not in its key")
        if not 0 <= state.get("buffer_pos", 0) <= 4:  # Philox
            raise ValueError(f"the position of {path} is not in its buffer")
        if node["class"] == "RandomState":
            value = np.random.RandomState(bits)
            value.set_state(state)
            return value
        bits.state = state
        return np.random.Generator(bits)


BITS = {
    name: getattr(np.random, name) for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
}
