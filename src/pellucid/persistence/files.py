"""``save`` and ``load``: the codec's tree and arrays in one safetensors file.

The tree is a tensor of UTF-8 bytes, because safetensors refuses large headers.  The header says
what the file is, and carries a SHA-256 of everything else: of names, dtypes and shapes too, since
damage to the header can turn float64 into int64 without touching an array.  The checksum is there
against damage, not against malice: whoever can change the file can write another.  What makes
loading safe is that every part is proved sound as it is decoded.
"""

import contextlib
import hashlib
import json
import os
import secrets
import tempfile

import numpy as np
from safetensors import safe_open

import pellucid
from pellucid.persistence.codec import Decoder, Encoder
from pellucid.persistence.pytorch_files import is_pytorch_file, read_pytorch_file

__all__ = ["LoadError", "load", "save"]

FORMAT = 1  # raised with every new kind of value; a reader reads all that came before
TREE = "(tree)"  # the path of no array


class LoadError(ValueError):
    """A file that cannot be loaded: why, and what to do."""


def save(obj, path):
    """Write a model, or any tree of models, arrays and plain values, to one file (or open file).

    ``TypeError`` if part of it has no place in a file; the message names the part.  The file is
    whole or absent: it is written under another name beside ``path``, then renamed.
    """
    encoder = Encoder(type(obj).__name__)
    tree = json.dumps(encoder(obj, ""), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    tensors = {TREE: np.frombuffer(tree.encode(), np.uint8), **encoder.arrays}
    header = {
        "format": "pellucid",
        "format_version": str(FORMAT),
        "pellucid_version": pellucid.__version__,
        "class": type(obj).__name__,
    }
    header["sha256"] = _checksum(header, tensors)
    if hasattr(path, "write"):
        _write(path, header, tensors)
        return
    with _renamed_into_place(os.path.realpath(os.fsdecode(path))) as file:
        _write(file, header, tensors)


def load(path, map_location=None, *, weights_only=True):
    """Read what ``save`` wrote; nothing in the file is run, and no class but a known one is made.

    A file of PyTorch's own (.pt, .pth) is read too, if it holds tensors and plain containers of
    them, as a state_dict does; its bfloat16 becomes float32.  ``path`` may be an open binary file.

    Tensors come into the memory of the CPU: ``map_location`` is "cpu" or None, or a mapping to it,
    or a function of (storage, place) such as PyTorch's, which is not called.  As no code is ever
    run, any value of ``weights_only`` gives the same.

    ``LoadError`` if the file is not pellucid's, is damaged, or is newer than this pellucid.
    """
    places = map_location.values() if isinstance(map_location, dict) else [map_location or "cpu"]
    if not callable(map_location) and any(str(place) != "cpu" for place in places):
        raise ValueError(f"load puts tensors on the CPU, not on {map_location}: move them there")
    beginning = _beginning(path)
    if is_pytorch_file(beginning):
        return _from_pytorch(path)
    header, tensors = _read(path)
    version = header.get("pellucid_version")
    if header.get("format") != "pellucid" or TREE not in tensors:
        raise LoadError(f"{path} is a safetensors file, but none that pellucid.save wrote")
    if header.pop("sha256", None) != _checksum(header, tensors):
        raise LoadError(f"{path} is damaged: its checksum does not fit; get another copy of it")
    if header.get("format_version") not in map(str, range(1, FORMAT + 1)):
        raise LoadError(f"{path} is in a newer format, pellucid {version}'s; upgrade to load it")
    decoder = Decoder(tensors)
    try:
        value = decoder(json.loads(decoder.take(TREE).tobytes()), "")
        decoder.check_all_taken()
    except Exception as error:  # of whatever kind: the file is at fault
        reason = error if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise LoadError(f"{path}, of pellucid {version}, cannot be loaded: {reason}") from error
    return value


def _beginning(path):
    """The first bytes; if the file cannot be read, the operating system says best why."""
    if hasattr(path, "read"):
        beginning = path.read(32)
        path.seek(-len(beginning), os.SEEK_CUR)
        return beginning
    with open(os.fsdecode(path), "rb") as file:
        return file.read(32)


def _from_pytorch(path):
    if hasattr(path, "read"):
        data = path.read()
    else:
        with open(os.fsdecode(path), "rb") as file:
            data = file.read()
    try:
        return read_pytorch_file(data)
    except Exception as error:  # of whatever kind: the file is at fault
        reason = error if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise LoadError(f"{path}, a file of PyTorch's, cannot be loaded: {reason}") from error


def _read(path):
    if hasattr(path, "read"):  # safetensors reads files by name
        with tempfile.NamedTemporaryFile() as file:
            file.write(path.read())
            file.flush()
            return _read(file.name)
    path = os.fsdecode(path)
    try:
        with safe_open(path, "numpy") as file:
            names = file.keys()
            return file.metadata() or {}, {name: file.get_tensor(name) for name in names}
    except Exception as error:  # safetensors' own, or Python's for a dtype that NumPy has not
        raise LoadError(
            f"{path} is no safetensors file, or not the whole of one ({error}); get another copy "
            "of it, or save the model again"
        ) from error


def _checksum(header, tensors):
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, tensor.dtype.str, tensor.shape]).encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def _write(file, header, tensors):
    """The length of the header, the header in JSON, the arrays; each begins where it is aligned.

    By hand, because safetensors' own writer gives the file permissions of its choosing.
    """
    ordered = sorted(tensors.items(), key=lambda item: -item[1].itemsize)
    index, end = {"__metadata__": header}, 0
    for name, tensor in ordered:
        start, end = end, end + tensor.nbytes
        dtype = {"b": "BOOL", "f": "F", "i": "I", "u": "U"}[tensor.dtype.kind]
        dtype += "" if dtype == "BOOL" else str(8 * tensor.itemsize)
        index[name] = {"dtype": dtype, "shape": tensor.shape, "data_offsets": (start, end)}
    text = json.dumps(index, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for _, tensor in ordered:
        file.write(_bytes(tensor))


def _bytes(tensor):
    return tensor.reshape(-1).view(np.uint8)


@contextlib.contextmanager
def _renamed_into_place(path):
    """A file of another name in the same folder, which takes its place or does not stay."""
    temporary = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
