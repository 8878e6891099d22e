"""The kinds of value that are NumPy's and SciPy's."""

import numpy as np
import scipy.sparse

from pellucid.persistence.codec import Kind, below, pack, unpack

__all__: list[str] = []

NATIVE = "biuf"  # dtypes that safetensors has; the others are viewed as one of these


def _as_dtype(name):
    """A dtype that a file may name: of numbers, dates, strings or objects, no structure."""
    dtype = np.dtype(str(name))
    return dtype if _why_not_dtype(dtype) is None else _raise(_why_not_dtype(dtype))


def _raise(why):
    raise ValueError(why)


def _why_not_dtype(dtype):
    if dtype.kind not in "biufcmMSUO" or dtype.itemsize == 0:
        return f"dtype {dtype} has no place in the file"
    if dtype.kind in "fc" and dtype.itemsize > {"f": 8, "c": 16}[dtype.kind]:
        return f"{dtype} is not the same number on every machine; convert it to float64"
    return None


def _stored(dtype):
    """The dtype an array is stored as, and how many of it make one element."""
    if dtype.kind == "c":
        return np.dtype(f"<f{dtype.itemsize // 2}"), 2
    if dtype.kind in "mM":
        return np.dtype("<i8"), 1
    if dtype.kind == "U":
        return np.dtype("<u4"), dtype.itemsize // 4
    if dtype.kind == "S":
        return np.dtype("u1"), dtype.itemsize
    return dtype.newbyteorder("<"), 1


class Array(Kind, name="array"):
    """Numbers as they are; dates as int64, characters as their code points, complex as pairs."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) in (np.ndarray, np.memmap) and value.dtype.kind not in "OV"

    @staticmethod
    def encode(value, path, encoder):
        if why := _why_not_dtype(value.dtype):
            encoder.refuse(path, why)
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        little = np.asarray(
            value.T if order == "F" else value, value.dtype.newbyteorder("<"), order="C"
        )
        stored, count = _stored(value.dtype)
        encoder.put(path, little[..., None].view(stored) if count > 1 else little.view(stored))
        return {"dtype": value.dtype.str, "order": order}

    @staticmethod
    def decode(node, path, decoder):
        raw, dtype = decoder.take(path), _as_dtype(node["dtype"])
        stored, count = _stored(dtype)
        if raw.dtype != stored or (count > 1 and raw.shape[-1:] != (count,)):
            raise ValueError(f"{path} is not stored as {dtype} is")
        if dtype.kind == "b" and raw.view(np.uint8).max(initial=0) > 1:
            raise ValueError(f"{path} holds a byte that is neither True nor False")
        if dtype.kind == "U" and raw.max(initial=0) > 0x10FFFF:
            raise ValueError(f"{path} holds a number that is not a character")
        value = raw.view(dtype.newbyteorder("<"))
        value = value[..., 0] if count > 1 else value
        value = value.astype(dtype, copy=False)
        return value.T if node["order"] == "F" else value


class Objects(Kind, name="objects"):
    """An array of Python objects."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) is np.ndarray and value.dtype.kind == "O"

    @staticmethod
    def encode(value, path, encoder):
        return {"shape": list(value.shape), "items": pack(value.ravel().tolist(), path, encoder)}

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
        names = list(value.dtype.names)
        columns = [value[name] for name in names]
        align = value.dtype.isalignedstruct
        if _record_dtype(names, columns, value.ndim, align) != value.dtype:
            encoder.refuse(path, f"{value.dtype} has gaps; np.lib.recfunctions.repack_fields helps")
        return {
            "names": names,
            "columns": pack(columns, path, encoder),
            "ndim": value.ndim,
            "align": align,
        }

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


class Scalar(Kind, name="scalar"):
    @staticmethod
    def holds(value):
        return isinstance(value, np.generic) and not isinstance(value, np.void)

    @staticmethod
    def encode(value, path, encoder):
        if why := _why_not_dtype(value.dtype):
            encoder.refuse(path, why)
        number = value.view(np.int64) if value.dtype.kind in "mM" else value
        return {"dtype": value.dtype.str, "value": encoder(number.item(), path)}

    @staticmethod
    def decode(node, path, decoder):
        dtype, value = _as_dtype(node["dtype"]), decoder(node["value"], path)
        if type(value) not in (bool, int, float, complex, str, bytes):
            raise ValueError(f"{path} is not a scalar")
        if dtype.kind in "mM":
            return np.int64(value).view(dtype)
        return dtype.type(value)


class Dtype(Kind, name="dtype"):
    @staticmethod
    def holds(value):
        return isinstance(value, np.dtype)

    @staticmethod
    def encode(value, path, encoder):
        if why := _why_not_dtype(value):
            encoder.refuse(path, why)
        return {"name": value.str}

    @staticmethod
    def decode(node, path, decoder):
        return _as_dtype(node["name"])


SCALARS = {
    t.__name__: t for t in vars(np).values() if isinstance(t, type) and issubclass(t, np.generic)
}
TYPES = {t.__name__: t for t in (bool, int, float, complex, str, bytes, object)} | {
    f"numpy.{name}": scalar for name, scalar in SCALARS.items()
}
FUNCTIONS = {
    f"numpy.{name}": f
    for name, f in vars(np).items()
    if isinstance(f, np.ufunc)
    or name in ("amax", "amin", "max", "mean", "median", "min", "prod", "ptp", "std", "sum", "var")
}


class Named(Kind, name="named"):
    """A type of numbers or strings, a ufunc or a reduction of NumPy: they compute, and no more."""

    @staticmethod
    def holds(value):
        return _name_of(value) is not None

    @staticmethod
    def encode(value, path, encoder):
        return {"name": _name_of(value)}

    @staticmethod
    def decode(node, path, decoder):
        return NAMED[node["name"]]


NAMED = TYPES | FUNCTIONS
NAMES = {id(value): name for name, value in NAMED.items()}


def _name_of(value):
    return NAMES.get(id(value))


SPARSE = {"csr_matrix", "csr_array", "csc_matrix", "csc_array"}


class Sparse(Kind, name="sparse"):
    """Rows or columns of the entries that are not zero, proved to lie inside the shape."""

    shared = True

    @staticmethod
    def holds(value):
        return scipy.sparse.issparse(value) and type(value).__name__ in SPARSE

    @staticmethod
    def encode(value, path, encoder):
        parts = ("data", "indices", "indptr")
        arrays = {part: encoder(getattr(value, part), below(path, part)) for part in parts}
        return {"class": type(value).__name__, "shape": [int(n) for n in value.shape], **arrays}

    @staticmethod
    def decode(node, path, decoder):
        parts = ("data", "indices", "indptr")
        data, indices, indptr = (decoder(node[part], below(path, part)) for part in parts)
        rows, columns = node["shape"] if node["class"][:3] == "csr" else node["shape"][::-1]
        if (
            data.ndim != 1
            or indices.shape != data.shape
            or indptr.shape != (rows + 1,)
            or indices.dtype not in (np.int32, np.int64)
            or indptr.dtype not in (np.int32, np.int64)
            or indptr[0] != 0
            or indptr[-1] != len(data)
            or np.any(indptr[1:] < indptr[:-1])
            or indices.min(initial=0) < 0
            or indices.max(initial=-1) >= columns
        ):
            raise ValueError(f"the sparse array {path} is not sound")
        return SPARSE_CLASSES[node["class"]]((data, indices, indptr), shape=tuple(node["shape"]))


SPARSE_CLASSES = {name: getattr(scipy.sparse, name) for name in SPARSE}
