"""The kinds of value that are NumPy's: arrays, scalars, dtypes, types and functions by name."""

import re

import numpy as np

from pellucid.persistence.codec import Kind, pack, unpack

__all__: list[str] = []


class Array(Kind, name="array"):
    """Numbers as they are, complex ones as pairs, dates as int64, strings as code points.

    The order of a Fortran array is kept, because a matrix product depends on it in the last bit.
    """

    shared = True

    @staticmethod
    def holds(value):
        return type(value) in (np.ndarray, np.memmap) and value.dtype.kind not in "OV"

    @staticmethod
    def encode(value, path, encoder):
        if why := _why_not(value.dtype):
            encoder.refuse(path, why)
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        value = value.T if order == "F" else value
        little = np.asarray(value, value.dtype.newbyteorder("<"), order="C")
        stored, per_element = _stored(value.dtype)
        encoder.put(path, little[..., None].view(stored) if per_element else little.view(stored))
        return {"dtype": value.dtype.str, "order": order}

    @staticmethod
    def decode(node, path, decoder):
        raw, dtype = decoder.take(path), _dtype(node["dtype"])
        stored, per_element = _stored(dtype)
        if raw.dtype != stored or (per_element and raw.shape[-1:] != (per_element,)):
            raise ValueError(f"{path} is not stored as an array of {dtype} is")
        if dtype.kind == "b" and raw.view(np.uint8).max(initial=0) > 1:
            raise ValueError(f"{path} holds a byte that is neither True nor False")
        if dtype.kind == "U" and raw.max(initial=0) > 0x10FFFF:
            raise ValueError(f"{path} holds a number that is no character")
        value = raw.view(dtype.newbyteorder("<"))
        value = (value[..., 0] if per_element else value).astype(dtype, copy=False)
        return value.T if node["order"] == "F" else value


def _stored(dtype):
    """The dtype an array is stored as, and how many of these make one element if not one."""
    if dtype.kind == "c":
        return np.dtype(f"<f{dtype.itemsize // 2}"), 2
    if dtype.kind == "U":
        return np.dtype("<u4"), dtype.itemsize // 4
    if dtype.kind == "S":
        return np.dtype("u1"), dtype.itemsize
    return np.dtype("<i8") if dtype.kind in "mM" else dtype.newbyteorder("<"), None


def _why_not(dtype):
    if dtype.kind not in "biufcmMSU" or dtype.itemsize == 0:
        return f"{dtype!r} has no place in a file"
    if dtype.kind in "fc" and dtype.itemsize > {"f": 8, "c": 16}[dtype.kind]:
        return f"{dtype} is not the same number on every machine; convert it to double precision"
    return None


def _dtype(name):
    """The dtype of a name that a file holds."""
    if not re.fullmatch(r"[<>|][a-zA-Z]\d+(\[\d*\w+\])?", name):
        raise ValueError(f"{name!r} names no dtype")
    dtype = np.dtype(name)
    if why := _why_not(dtype):
        raise ValueError(why)
    return dtype


class Objects(Kind, name="objects"):
    """An array of Python objects."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) is np.ndarray and value.dtype.kind == "O"

    @staticmethod
    def encode(value, path, encoder):
        return {"shape": list(value.shape), "items": pack(list(value.flat), path, encoder)}

    @staticmethod
    def decode(node, path, decoder):
        items = unpack(node["items"], path, decoder)
        return np.fromiter(items, object, len(items)).reshape(node["shape"])


class Records(Kind, name="records"):
    """A structured array, column by column."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) is np.ndarray and bool(value.dtype.names)

    @staticmethod
    def encode(value, path, encoder):
        names, align = list(value.dtype.names), value.dtype.isalignedstruct
        columns = [value[name] for name in names]
        if _record_dtype(names, columns, value.ndim, align) != value.dtype:
            encoder.refuse(path, f"{value.dtype} has gaps; np.lib.recfunctions.repack_fields helps")
        packed = pack(columns, path, encoder)
        return {"names": names, "columns": packed, "ndim": value.ndim, "align": align}

    @staticmethod
    def decode(node, path, decoder):
        names, columns, ndim = node["names"], unpack(node["columns"], path, decoder), node["ndim"]
        dtype = _record_dtype(names, columns, ndim, node["align"])
        value = np.empty(columns[0].shape[:ndim], dtype)
        for name, column in zip(names, columns, strict=True):
            if column.shape[:ndim] != value.shape:
                raise ValueError(f"the columns of {path} differ in length")
            value[name] = column
        return value


def _record_dtype(names, columns, ndim, align):
    fields = zip(names, columns, strict=True)
    return np.dtype([(name, c.dtype, c.shape[ndim:]) for name, c in fields], align=align)


class Masked(Kind, name="masked"):
    """A masked array, such as the table of a search."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) is np.ma.MaskedArray

    @staticmethod
    def encode(value, path, encoder):
        parts = (value.data, np.ma.getmaskarray(value), value.fill_value)
        return {"parts": pack(parts, path, encoder)}

    @staticmethod
    def decode(node, path, decoder):
        data, mask, fill_value = unpack(node["parts"], path, decoder)
        return np.ma.MaskedArray(data, mask, fill_value=fill_value)


class Scalar(Kind, name="scalar"):
    @staticmethod
    def holds(value):
        return isinstance(value, np.generic) and not isinstance(value, np.void)

    @staticmethod
    def encode(value, path, encoder):
        kind = value.dtype.kind
        if kind in "US":
            return {"dtype": kind, "value": encoder(value.item(), path)}
        if why := _why_not(value.dtype):
            encoder.refuse(path, why)
        number = value.view(np.int64) if kind in "mM" else value
        return {"dtype": value.dtype.str, "value": encoder(number.item(), path)}

    @staticmethod
    def decode(node, path, decoder):
        value = decoder(node["value"], path)
        if node["dtype"] in ("U", "S"):
            expected, cls = {"U": (str, np.str_), "S": (bytes, np.bytes_)}[node["dtype"]]
            return cls(_expect(value, expected, path))
        dtype = _dtype(node["dtype"])
        _expect(value, {"b": bool, "f": float, "c": complex}.get(dtype.kind, int), path)
        return np.int64(value).view(dtype) if dtype.kind in "mM" else dtype.type(value)


def _expect(value, cls, path):
    if type(value) is not cls:
        raise ValueError(f"{path} is not a {cls.__name__}")
    return value


class Dtype(Kind, name="dtype"):
    @staticmethod
    def holds(value):
        return isinstance(value, np.dtype)

    @staticmethod
    def encode(value, path, encoder):
        if value.str != "|O" and (why := _why_not(value)):
            encoder.refuse(path, why)
        return {"name": value.str}

    @staticmethod
    def decode(node, path, decoder):
        return np.dtype(object) if node["name"] == "|O" else _dtype(node["name"])


# The only functions that a file can name.  All they do is arithmetic.
REDUCTIONS = ("amax", "amin", "max", "mean", "median", "min", "prod", "ptp", "std", "sum", "var")
NAMED = {cls.__name__: cls for cls in (bool, int, float, complex, str, bytes, object)} | {
    f"numpy.{name}": thing
    for name, thing in sorted(vars(np).items())
    if isinstance(thing, np.ufunc)
    or (isinstance(thing, type) and issubclass(thing, np.generic))
    or name in REDUCTIONS
}
NAMES = {id(thing): name for name, thing in NAMED.items()}


class Named(Kind, name="named"):
    """A type of numbers or strings, a ufunc or a reduction of NumPy."""

    @staticmethod
    def holds(value):
        return id(value) in NAMES

    @staticmethod
    def encode(value, path, encoder):
        return {"name": NAMES[id(value)]}

    @staticmethod
    def decode(node, path, decoder):
        return NAMED[node["name"]]
