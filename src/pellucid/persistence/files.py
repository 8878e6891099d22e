"""``save`` and ``load``: the codec's tree and arrays in one safetensors file.

The tree is a tensor of UTF-8 bytes, because safetensors refuses large headers.  The header says
what the file is and carries a SHA-256 of everything else: of names, dtypes and shapes too, since a
damaged header can turn float64 into int64 without touching an array.  It is there against damage;
that loading is safe does not rest on it.
"""

import contextlib
import hashlib
import json
import os
import secrets

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

import pellucid
from pellucid.persistence.codec import Decoder, Encoder

__all__ = ["LoadError", "load", "save"]

FORMAT = 1
TREE = "(tree)"  # no path of an array has this name


class LoadError(ValueError):
    """This file cannot be loaded; the message says why."""


def save(obj, path):
    """Write a model, or any tree of models, arrays and plain values, to one file.

    The file is whole or absent: it is written under another name beside ``path``, then renamed.
    """
    encoder = Encoder(type(obj).__name__)
    tree = json.dumps(encoder(obj, ""), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    tensors = {TREE: np.frombuffer(tree.encode(), np.uint8), **encoder.arrays}
    header = {
        "format": "pellucid",
        "format_version": str(FORMAT),
        "pellucid_version": pellucid.__version__,
        "class": type(obj).__name__,
    }
    header["sha256"] = _digest(header, tensors)
    path = os.fspath(path)
    temporary = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        save_file(tensors, temporary, header)
        _flush(temporary)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)


def load(path):
    """Read what ``save`` wrote.  No code of the file's is run: it holds none.

    ``LoadError`` if the file is not pellucid's, damaged, or newer than this pellucid.
    """
    header, tensors = _read(os.fspath(path))
    if header.get("format") != "pellucid":
        raise LoadError(f"{path} is a safetensors file, but not one that pellucid.save wrote")
    if header.get("format_version") != str(FORMAT):
        raise LoadError(
            f"{path} was written by pellucid {header.get('pellucid_version')}, in a newer format; "
            "upgrade pellucid to load it"
        )
    if header.pop("sha256", None) != _digest(header, tensors):
        raise LoadError(f"{path} is damaged: its checksum does not fit; get another copy of it")
    try:
        decoder = Decoder(tensors)
        value = decoder(json.loads(decoder.take(TREE).tobytes()), "")
        decoder.check_all_taken()
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise LoadError(f"{path} cannot be loaded: {error}") from error
    return value


def _read(path):
    open(path, "rb").close()  # the operating system's own error, for a file that cannot be read
    try:
        with safe_open(path, "numpy") as file:
            names = file.keys()
            return file.metadata() or {}, {name: file.get_tensor(name) for name in names}
    except (SafetensorError, KeyError, TypeError) as error:
        raise LoadError(
            f"{path} is not a safetensors file, or not the whole of one ({error}); "
            "get another copy of it, or save the model again"
        ) from error


def _digest(header, tensors):
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, tensor.dtype.str, tensor.shape]).encode())
        digest.update(tensor.data)
    return digest.hexdigest()


def _flush(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
