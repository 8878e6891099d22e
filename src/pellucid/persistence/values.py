"""The kinds of value that are Python's own, beside those that JSON has."""

import math
from collections import Counter, OrderedDict

from pellucid.persistence.codec import Kind, below, pack, unpack

__all__: list[str] = []

TYPES = {cls.__name__: cls for cls in (set, frozenset, slice, range)}


class List(Kind, name="list"):
    shared = True

    @staticmethod
    def holds(value):
        return type(value) is list

    @staticmethod
    def encode(value, path, encoder):
        return pack(value, path, encoder)

    @staticmethod
    def decode(node, path, decoder):
        return unpack(node, path, decoder)


class Tuple(Kind, name="tuple"):
    @staticmethod
    def holds(value):
        return type(value) is tuple

    @staticmethod
    def encode(value, path, encoder):
        return {"items": pack(value, path, encoder)}

    @staticmethod
    def decode(node, path, decoder):
        return tuple(unpack(node["items"], path, decoder))


class Dict(Kind, name="dict"):
    """Keys of any kind, in their order."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) is dict

    @staticmethod
    def encode(value, path, encoder):
        keys = list(value)
        return {
            "keys": pack(keys, below(path, "keys"), encoder),
            "values": pack(list(value.values()), path, encoder, keys),
        }

    @staticmethod
    def decode(node, path, decoder):
        keys = unpack(node["keys"], below(path, "keys"), decoder)
        return dict(zip(keys, unpack(node["values"], path, decoder, keys), strict=True))


class Ordered(Dict, name="OrderedDict"):
    """A dictionary of the kind that a state_dict is, with the notes on its versions."""

    @staticmethod
    def holds(value):
        return type(value) is OrderedDict

    @staticmethod
    def encode(value, path, encoder):
        notes = getattr(value, "_metadata", None)
        return {**Dict.encode(value, path, encoder), "notes": encoder(notes, below(path, "notes"))}

    @staticmethod
    def decode(node, path, decoder):
        value = OrderedDict(Dict.decode(node, path, decoder))
        if (notes := decoder(node["notes"], below(path, "notes"))) is not None:
            value._metadata = notes
        return value


class Counts(Dict, name="Counter"):
    """A dictionary that counts."""

    @staticmethod
    def holds(value):
        return type(value) is Counter

    @staticmethod
    def decode(node, path, decoder):
        return Counter(Dict.decode(node, path, decoder))


class Set(Kind, name="set"):
    """Its members in one order, so that equal sets give equal files."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) in (set, frozenset)

    @staticmethod
    def encode(value, path, encoder):
        return {
            "type": type(value).__name__,
            "items": pack(sorted(value, key=repr), path, encoder),
        }

    @staticmethod
    def decode(node, path, decoder):
        return TYPES[node["type"]](unpack(node["items"], path, decoder))


class Slice(Kind, name="slice"):
    @staticmethod
    def holds(value):
        return type(value) in (slice, range)

    @staticmethod
    def encode(value, path, encoder):
        parts = (value.start, value.stop, value.step)
        return {"type": type(value).__name__, "parts": pack(parts, path, encoder)}

    @staticmethod
    def decode(node, path, decoder):
        return TYPES[node["type"]](*unpack(node["parts"], path, decoder))


class Float(Kind, name="float"):
    """inf, -inf and nan, which JSON has not."""

    @staticmethod
    def holds(value):
        return type(value) is float

    @staticmethod
    def encode(value, path, encoder):
        return {"value": repr(value)}

    @staticmethod
    def decode(node, path, decoder):
        return {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}[node["value"]]


class Int(Kind, name="int"):
    """An integer beyond what every reader of JSON keeps; hexadecimal is read in linear time."""

    @staticmethod
    def holds(value):
        return type(value) is int

    @staticmethod
    def encode(value, path, encoder):
        return {"hex": f"{value:x}"}

    @staticmethod
    def decode(node, path, decoder):
        return int(node["hex"], 16)


class Complex(Kind, name="complex"):
    @staticmethod
    def holds(value):
        return type(value) is complex

    @staticmethod
    def encode(value, path, encoder):
        return {"parts": pack((value.real, value.imag), path, encoder)}

    @staticmethod
    def decode(node, path, decoder):
        return complex(*unpack(node["parts"], path, decoder))


class Bytes(Kind, name="bytes"):
    @staticmethod
    def holds(value):
        return type(value) is bytes

    @staticmethod
    def encode(value, path, encoder):
        return {"hex": value.hex()}

    @staticmethod
    def decode(node, path, decoder):
        return bytes.fromhex(node["hex"])
