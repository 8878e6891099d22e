"""The codec: a value becomes a tree of JSON and arrays with names, and comes back equal.

None, True, a string, 3 and 0.5 stand for themselves, and so does a list.  Any other value is a node
``{"$": kind, ...}``.  Each kind is written once, as a class whose ``decode`` stands beneath its
``encode``.  An array is named by its path in the value (``steps[0][1].mean_``), and so is the first
place of a value that is met again (``{"$": "same", "as": path}``).
"""

import math
from typing import ClassVar

import numpy as np

__all__ = ["Decoder", "Encoder", "Kind", "below", "pack", "unpack"]

MAX_DEPTH = 100  # nodes within nodes: a file must not exhaust the stack
EXACT = 2**53  # integers up to here are the same number to every reader of JSON
LONG = 64  # from here on, strings alone or numbers alone are written as an array


class Kind:
    """One kind of value: which values it holds, the node of one, and the value of a node."""

    kinds: ClassVar[dict[str, type["Kind"]]] = {}
    name: ClassVar[str]
    shared: ClassVar[bool] = False  # values that can change: two references to one stay two to one

    def __init_subclass__(cls, name):
        cls.name = name
        Kind.kinds[name] = cls

    @staticmethod
    def holds(value) -> bool:
        raise NotImplementedError

    @staticmethod
    def encode(value, path, encoder) -> dict | list:
        raise NotImplementedError

    @staticmethod
    def decode(node, path, decoder):
        raise NotImplementedError


class Encoder:
    """``node = encoder(value, path)``; ``encoder.arrays`` has the arrays by name."""

    def __init__(self, root: str):
        self.arrays: dict[str, np.ndarray] = {}
        self._root = root
        self._seen: dict[int, tuple] = {}  # id -> path, and the value itself to keep its id taken
        self._open: list[int] = []

    def __call__(self, value, path):
        if type(value) is str:
            self._check_characters(value, path)
        if _is_plain(value):
            return value
        kind = next((kind for kind in Kind.kinds.values() if kind.holds(value)), None)
        if kind is None:
            self.refuse(path, _why_not(value))
        if id(value) in self._open:
            self.refuse(path, "it contains itself")
        if len(self._open) == MAX_DEPTH:
            self.refuse(path, f"it lies more than {MAX_DEPTH} levels deep")
        if kind.shared:
            if id(value) in self._seen:
                return {"$": "same", "as": self._seen[id(value)][0]}
            self._seen[id(value)] = path, value
        self._open.append(id(value))
        node = kind.encode(value, path, self)
        self._open.pop()
        return node if type(node) is list else {"$": kind.name, **node}

    def put(self, path, array):
        """Keep an array, in C order, under its path."""
        self.arrays[path or "value"] = np.asarray(array, order="C")

    def refuse(self, path, why):
        raise TypeError(f"cannot save {below(self._root, path)}: {why}")

    def _check_characters(self, string, path):
        try:
            string.encode()
        except UnicodeEncodeError:
            self.refuse(path, f"{string!a} holds half of a surrogate pair, which is no character")


class Decoder:
    """``value = decoder(node, path)``, with the arrays of the file."""

    def __init__(self, arrays):
        self._arrays = dict(arrays)
        self._seen: dict[str, object] = {}
        self._depth = 0

    def __call__(self, node, path):
        if _is_plain(node):
            return node
        name = "list" if type(node) is list else node["$"]
        if name == "same":
            return self._seen[node["as"]]
        if self._depth == MAX_DEPTH:
            raise ValueError(f"{path} lies more than {MAX_DEPTH} levels deep")
        self._depth += 1
        value = Kind.kinds[name].decode(node, path, self)
        self._depth -= 1
        if Kind.kinds[name].shared:
            self._seen[path] = value
        return value

    def take(self, path):
        """The array of this path; each is used once."""
        return self._arrays.pop(path or "value")

    def check_all_taken(self):
        if self._arrays:
            raise ValueError(f"nothing refers to the arrays {sorted(self._arrays)[:3]}")


def below(path, name):
    """The path of ``name``, an attribute or ``[an item]``, of the value at ``path``."""
    return f"{path}.{name}" if path and name and not name.startswith("[") else path + name


def pack(values, path, encoder, keys=None):
    """The nodes of a list of values; or their array, if they are many strings or numbers alone.

    The values of a dict are named by their ``keys``, where those are short.
    """
    types = set(map(type, values)) if len(values) >= LONG else set()
    if types == {str}:
        utf8 = [encoder(value, path).encode() for value in values]
        encoder.put(below(path, "utf8"), np.frombuffer(b"".join(utf8), np.uint8))
        encoder.put(below(path, "ends"), np.cumsum([len(s) for s in utf8], dtype=np.int64))
        return {"of": "strings"}
    if types in ({bool}, {float}) or (types == {int} and max(map(abs, values)) < 2**63):
        encoder.put(below(path, "values"), np.array(values))
        return {"of": "numbers"}
    places = _places(path, len(values) if keys is None else keys)
    return [encoder(value, place) for value, place in zip(values, places, strict=True)]


def unpack(packed, path, decoder, keys=None):
    """The list of values again."""
    if type(packed) is list:
        places = _places(path, len(packed) if keys is None else keys)
        return [decoder(node, place) for node, place in zip(packed, places, strict=True)]
    if packed["of"] == "numbers":
        values = decoder.take(below(path, "values")).tolist()
        return [math.nan if value != value else value for value in values]  # one nan, as in NumPy
    utf8 = decoder.take(below(path, "utf8")).tobytes()
    ends = decoder.take(below(path, "ends")).tolist()
    if sorted(ends) != ends or ends[0] < 0 or ends[-1] != len(utf8):
        raise ValueError(f"the strings of {path} overlap")
    return [utf8[i:j].decode() for i, j in zip([0, *ends], ends, strict=False)]


def _places(path, keys):
    for i, key in enumerate(range(keys) if type(keys) is int else keys):
        short = type(key) is int or (type(key) is str and len(key) < 100)
        yield below(path, f"[{key!a}]" if short else f"[#{i}]")


def _is_plain(value):
    """Whether JSON has the value as it is."""
    if type(value) is int:
        return abs(value) <= EXACT
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, str)


def _why_not(value):
    if callable(value):
        return f"{value!r} is code, and a file that is safe to load holds none"
    return (
        f"a {type(value).__module__}.{type(value).__qualname__} has no place in a file; Python's "
        "own values, NumPy's arrays, SciPy's CSR and CSC, pellucid's estimators, subclasses of "
        "pellucid.base.Estimator, and scikit-learn's pipelines of these have"
    )
