"""PyTorch's names for NumPy's types, and its rules of what comes out when they meet."""

import math

import numpy as np

__all__ = [
    "as_dtype",
    "can_hold",
    "dtype",
    "finfo",
    "get_default_dtype",
    "held",
    "iinfo",
    "promoted",
    "result_type",
    "set_default_dtype",
]


class dtype:
    """The type of a tensor's numbers: ``numpy.dtype(torch.float32)`` is NumPy's."""

    def __init__(self, name, kind):
        self.name, self.dtype = name, np.dtype(kind)

    def __repr__(self):
        return f"torch.{self.name}"

    def __reduce__(self):
        return as_dtype, (self.dtype.str,)

    @property
    def is_floating_point(self) -> bool:
        return self.dtype.kind == "f"

    @property
    def is_complex(self) -> bool:
        return self.dtype.kind == "c"

    @property
    def is_signed(self) -> bool:
        return self.dtype.kind in "ifc"

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    def to_real(self):
        """The type of the parts of its numbers."""
        return as_dtype(np.zeros(0, self.dtype).real.dtype)

    def to_complex(self):
        """The type of complex numbers whose parts have this one."""
        return as_dtype(np.result_type(self.dtype, np.complex64))


KINDS = {
    "float16": "f2",
    "float32": "f4",
    "float64": "f8",
    "complex64": "c8",
    "complex128": "c16",
    "uint8": "u1",
    "int8": "i1",
    "int16": "i2",
    "int32": "i4",
    "int64": "i8",
    "bool": "?",
}
DTYPES = {name: dtype(name, kind) for name, kind in KINDS.items()}
ALIASES = {"half": "float16", "float": "float32", "double": "float64"}
ALIASES |= {"short": "int16", "int": "int32", "long": "int64", "cfloat": "complex64"}
WORDS = {"float16": "Half", "float32": "Float", "float64": "Double", "bool": "Bool"}
WORDS |= {"uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long"}
WORDS |= {"complex64": "ComplexFloat", "complex128": "ComplexDouble"}
_BY_NUMPY = {one.dtype: one for one in DTYPES.values()}
_default = [np.dtype(np.float32)]


def as_dtype(thing) -> dtype:
    """The dtype that is, or is called, or is in NumPy, ``thing``."""
    if isinstance(thing, dtype):
        return thing
    if isinstance(thing, type) and isinstance(named := getattr(thing, "dtype", None), dtype):
        return named  # of FloatTensor
    try:  # NumPy knows Python's types as PyTorch does: float is float64
        return _BY_NUMPY[np.dtype(thing)]
    except (KeyError, TypeError):
        raise TypeError(f"no tensor has the type {thing!r}; it may be {list(DTYPES)}") from None


def get_default_dtype() -> dtype:
    """The type of floating-point tensors for which none is said."""
    return _BY_NUMPY[_default[0]]


def set_default_dtype(d) -> None:
    """Make ``d`` the type of floating-point tensors for which none is said."""
    if not as_dtype(d).is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, not {d}")
    _default[0] = as_dtype(d).dtype


class finfo:
    """The limits of a type of numbers with a point: ``eps``, ``tiny``, ``max`` ..."""

    def __init__(self, type=None):
        kind = get_default_dtype() if type is None else as_dtype(type)
        if kind.dtype.kind not in "fc":
            raise TypeError(f"finfo is of a floating point type: of {kind}, take iinfo")
        limits = np.finfo(kind.dtype)
        self.dtype, self.bits = kind.name, limits.bits
        self.min, self.max, self.eps = float(limits.min), float(limits.max), float(limits.eps)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = float(limits.resolution)

    def __repr__(self):
        names = "resolution", "min", "max", "eps", "smallest_normal", "tiny"
        said = [f"{name}={getattr(self, name):g}" for name in names]
        return f"finfo({', '.join(said)}, dtype={self.dtype})"


class iinfo:
    """The limits of a type of whole numbers: ``bits``, ``min``, ``max``."""

    def __init__(self, type):
        kind = as_dtype(type)
        if kind.dtype.kind not in "iu":
            raise TypeError(f"iinfo is of a type of whole numbers, not of {kind}")
        limits = np.iinfo(kind.dtype)
        self.dtype, self.bits, self.min, self.max = kind.name, limits.bits, limits.min, limits.max

    def __repr__(self):
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


_RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def promoted(*operands):
    """The NumPy dtype that an operation on these has: arrays, or Python's numbers.

    The highest kind wins (bool, integer, float, complex), and within it arrays with dimensions
    before arrays without, and these before Python's numbers.
    """
    levels: list[list] = [[], [], []]
    for x in operands:
        if hasattr(x, "dtype"):
            levels[0 if x.ndim else 1].append(np.dtype(x.dtype))
        else:
            levels[2].append(_of_python(type(x)))
    out = None
    for level in levels:
        if not level:
            continue
        here = np.result_type(*level)
        if pointed := [d for d in level if d.kind in "fc"]:
            # NumPy widens int64 + float32 to float64; here the float alone decides
            here = np.result_type(*pointed)
        if out is None or _RANK[here.kind] > _RANK[out.kind]:
            out = here if out is None or out.kind != "f" or here.kind != "c" else _complex(out)
    return out


def _of_python(number):
    if number in (bool, int):
        return np.dtype(number)
    return _default[0] if number is float else _complex(_default[0])


def result_type(tensor1, tensor2) -> dtype:
    """The type that an operation on two tensors, or a tensor and a number, has."""
    return as_dtype(promoted(*[getattr(x, "_array", x) for x in (tensor1, tensor2)]))


def can_hold(kind, other) -> bool:
    """Whether numbers of NumPy's dtype ``other`` may be written into memory of ``kind``."""
    return _RANK[other.kind] <= _RANK[kind.kind]


def held(value, kind):
    """A number as memory of ``kind`` holds it: below zero an unsigned one comes round.

    Raises
    ------
    RuntimeError
        For a number that none of the type is near: a whole one larger than any, infinity, 1j.
    """
    if isinstance(value, complex) and kind.kind not in "c?":
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
    if isinstance(value, float) and kind.kind in "iu":
        if not math.isfinite(value):
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
        value = int(value)
    if type(value) is int and kind.kind in "iu":
        limits = np.iinfo(kind)
        lowest = -limits.max if kind.kind == "u" else limits.min
        if not lowest <= value <= limits.max:
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
        return value % (limits.max + 1) if kind.kind == "u" else value
    return value


def _complex(real):
    return np.result_type(real, np.complex64)
