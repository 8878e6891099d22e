"""The file as a file: whole or absent, readable by others, and checked before it is believed."""

import json
import os
import stat
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import pellucid
from pellucid.base import Estimator
from pellucid.persistence import LoadError, files

GOLDEN = Path(__file__).parent / "golden"
TREE = {"weights": np.arange(6.0).reshape(2, 3), "words": ["a", "ῥόδον"] * 40, "n": 3}


@pytest.fixture
def path(tmp_path):
    pellucid.save(TREE, tmp_path / "tree.pellucid")
    return tmp_path / "tree.pellucid"


def test_any_reader_of_safetensors_finds_the_arrays_by_their_paths(path):
    arrays = load_file(path)
    assert np.array_equal(arrays.pop("['weights']"), TREE["weights"])
    assert arrays.pop("['words'].utf8").tobytes().decode() == "aῥόδον" * 40
    assert json.loads(arrays.pop("(tree)").tobytes())["$"] == "dict"
    assert set(arrays) == {"['words'].ends"}


def test_equal_models_give_equal_files(path, tmp_path):
    pellucid.save({**TREE, "weights": TREE["weights"].copy()}, tmp_path / "again")
    assert load_file(path).keys() == load_file(tmp_path / "again").keys()
    for name, tensor in load_file(path).items():
        assert np.array_equal(tensor, load_file(tmp_path / "again")[name])


def test_paths_of_every_kind(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("plain", os.fspath(tmp_path / "ῥόδον"), tmp_path / "path", b"bytes"):
        pellucid.save(3, name)
        assert pellucid.load(name) == 3


def test_a_file_is_replaced_and_a_link_followed(path, tmp_path):
    pellucid.save(1, path)
    assert pellucid.load(path) == 1
    link = tmp_path / "link"
    link.symlink_to(path)
    pellucid.save(2, link)
    assert link.is_symlink()
    assert pellucid.load(path) == 2


@pytest.mark.skipif(os.name == "nt", reason="permissions of a POSIX file")
def test_permissions_are_those_of_any_new_file(tmp_path):
    old = os.umask(0o027)
    try:
        pellucid.save(1, tmp_path / "file")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_where_nothing_can_be_written_the_system_says_why(tmp_path):
    with pytest.raises(FileNotFoundError):
        pellucid.save(1, tmp_path / "nowhere" / "file")
    with pytest.raises(IsADirectoryError if os.name != "nt" else OSError):
        pellucid.save(1, tmp_path)
    with pytest.raises(FileNotFoundError):
        pellucid.load(tmp_path / "absent")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_save_that_is_cut_short_leaves_the_old_file_and_no_other(path, failure, monkeypatch):
    def fail(descriptor):
        raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(failure if isinstance(failure, type) else type(failure)):
        pellucid.save(1, path)
    assert list(path.parent.iterdir()) == [path]
    assert pellucid.load(path)["n"] == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="wants a limit on file sizes")
def test_a_full_disk_leaves_the_old_file_and_no_other(path):
    program = f"""
import resource, numpy, pellucid
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    pellucid.save(numpy.zeros(100_000), {os.fspath(path)!r})
except OSError as error:
    assert error.errno == 27, error  # EFBIG
else:
    raise SystemExit("it was written")
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert list(path.parent.iterdir()) == [path]
    assert pellucid.load(path)["n"] == 3


def test_every_flipped_bit_is_noticed(path):
    whole = path.read_bytes()
    for position in range(0, len(whole), 5):  # of one bit in eight, all
        data = bytearray(whole)
        data[position] ^= 1 << position % 8
        path.write_bytes(data)
        try:
            loaded = pellucid.load(path)
        except LoadError:
            continue
        # a bit of the header that says nothing: the order of keys, the space that fills it
        assert np.array_equal(loaded["weights"], TREE["weights"])
        assert loaded["words"] == TREE["words"]
        pytest.fail(f"byte {position}, {whole[position]:c}, changed unnoticed")


def test_every_truncated_file_is_refused(path):
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(LoadError, match="not the whole of one"):
            pellucid.load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(LoadError):
        pellucid.load(path)


def _raw(header, payload=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + payload


def _tensor(dtype, shape, offsets):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"neither safetensors nor a zip",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 10**9) + b"{}",
        _raw([]),
        _raw({"a": _tensor("F64", [2**40], [0, 2**43])}),
        _raw({"a": _tensor("F64", [2**61], [0, 0])}),
        _raw({"a": _tensor("F64", [-1], [0, 8])}, b"12345678"),
        _raw({"a": _tensor("F64", [1], [8, 16])}, b"12345678"),
        _raw({"a": _tensor("F64", [1], [0, 8]), "b": _tensor("F64", [1], [4, 12])}, b"1" * 12),
        _raw({"a": _tensor("F64", [1], [0, 8]), "b": _tensor("F64", [1], [0, 8])}, b"1" * 8),
        _raw({"a": _tensor("F64", [1], [0, 8])}, b"1" * 16),
        _raw({"a": _tensor("BF16", [1], [0, 2])}, b"12"),
        _raw({"a": _tensor("nonsense", [1], [0, 2])}, b"12"),
    ],
)
def test_a_header_is_not_believed(data, tmp_path):
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(LoadError, match="no safetensors file, or not the whole of one"):
        pellucid.load(tmp_path / "file")


def rewrite(path, change=lambda tree, arrays: None, header=None):
    """The file again with its tree or arrays changed, and a checksum that fits."""
    old, tensors = files._read(path)
    tree = json.loads(tensors.pop(files.TREE).tobytes())
    tree = change(tree, tensors) or tree
    tensors[files.TREE] = np.frombuffer(json.dumps(tree).encode(), np.uint8)
    new = {name: value for name, value in (old | (header or {})).items() if name != "sha256"}
    save_file(tensors, path, new | {"sha256": files._checksum(new, tensors)})


def test_files_of_others_and_of_the_future_are_told_apart(path):
    rewrite(path, header={"format_version": "2", "pellucid_version": "9.1"})
    with pytest.raises(LoadError, match=r"newer format, pellucid 9\.1's; upgrade"):
        pellucid.load(path)
    rewrite(path, header={"format_version": "one"})
    with pytest.raises(LoadError, match="newer format"):
        pellucid.load(path)
    save_file({"weight": np.zeros(3)}, path)
    with pytest.raises(LoadError, match=r"none that pellucid\.save wrote"):
        pellucid.load(path)
    save_file({"weight": np.zeros(3)}, path, {"format": "pellucid"})
    with pytest.raises(LoadError, match=r"none that pellucid\.save wrote"):
        pellucid.load(path)


class Registered(Estimator):
    def __init__(self, a, b=2):
        self.a = a
        self.b = b

    def predict(self, X):
        return X

    def _check_state(self):
        if self.a == 13:
            raise ValueError("13 is unsound")


def _model(**state):
    return {"$": "estimator", "class": f"{__name__}.Registered", "state": state}


def _nested(levels):
    tree = 1
    for _ in range(levels):
        tree = [tree]
    return tree


NODES = {
    "no kind": ({"a": 1}, "KeyError"),
    "unknown kind": ({"$": "pickle"}, "KeyError: 'pickle'"),
    "a kind that is no string": ({"$": []}, "TypeError"),
    "depth": (_nested(200), "100 levels deep"),
    "more depth": (_nested(900), "100 levels deep"),
    "an integer that JSON does not keep": (2**60, "TypeError"),
    "a number that is no number": (float("nan"), "TypeError"),
    "a reference to nothing": ({"$": "same", "as": "['weights']"}, "KeyError"),
    "a reference forward": ([{"$": "same", "as": "[1]"}, []], "KeyError"),
    "a reference to itself": ([{"$": "same", "as": ""}], "KeyError"),
    "an array that is not there": ({"$": "array", "dtype": "<f8", "order": "C"}, "KeyError"),
    "a key that cannot be one": ({"$": "dict", "keys": [[]], "values": [1]}, "unhashable"),
    "keys without values": ({"$": "dict", "keys": [1, 2], "values": [3]}, "is longer"),
    "a function by name": ({"$": "named", "name": "os.system"}, "KeyError"),
    "a function of NumPy's": ({"$": "named", "name": "numpy.load"}, "KeyError"),
    "a dtype of objects": ({"$": "dtype", "name": "<f8,O"}, "names no dtype"),
    "a dtype in pieces": ({"$": "dtype", "name": "(2"}, "names no dtype"),
    "a width without end": ({"$": "dtype", "name": "<U99999999999"}, "cannot be loaded"),
    "an object by its bits": ({"$": "scalar", "dtype": "|O8", "value": 1}, "cannot be loaded"),
    "too large for its dtype": ({"$": "scalar", "dtype": "|u1", "value": 300}, "OverflowError"),
    "a list for a number": ({"$": "scalar", "dtype": "<f8", "value": [1.0]}, "is not a float"),
    "records without columns": (
        {"$": "records", "names": [], "columns": [], "ndim": 1, "align": False}, "IndexError",
    ),
    "objects of another shape": ({"$": "objects", "shape": [10**9], "items": []}, "reshape"),
    "an unknown class": (
        {"$": "estimator", "class": "os.PathLike", "state": {}}, "no class os.PathLike is known",
    ),
    "a public name that is no class": (
        {"$": "estimator", "class": "pellucid.feature_extraction.text.nothing", "state": {}},
        "no class",
    ),
    "the base of estimators": (
        {"$": "estimator", "class": "pellucid.base.Estimator", "state": {}}, "no class",
    ),
    "an argument missing": (_model(), r"arguments that the file lacks: \['a'\]"),
    "a method hidden": (_model(a=1, predict=2), "'predict' is not an attribute"),
    "a dunder": (_model(a=1, __class__=2), "'__class__' is not an attribute"),
    "an attribute with no name": (_model(**{"a": 1, "b c": 2}), "'b c' is not an attribute"),
    "state that is unsound": (_model(a=13), "13 is unsound"),
    "a loss of no such field": (
        {"$": "part", "class": "HuberLoss", "fields": {"epsilon": 1}}, "made of the numbers",
    ),
    "a loss of no number": (
        {"$": "part", "class": "HuberLoss", "fields": {"delta": "1"}}, "made of the numbers",
    ),
    "a loss that is not": ({"$": "part", "class": "os", "fields": {}}, "cannot be loaded"),
    "a container that is none": (
        {"$": "sklearn", "class": "SVC", "arguments": {}, "learned": {}}, "cannot be loaded",
    ),
    "an argument that is none": (
        {"$": "sklearn", "class": "Pipeline", "arguments": {"stages": []}, "learned": {}},
        "unexpected keyword argument",
    ),
    "a method of a container": (
        {"$": "sklearn", "class": "KFold", "arguments": {}, "learned": {"split": 1}},
        "nothing that a KFold learns",
    ),
    "a twister out of its key": (
        {
            "$": "RandomState",
            "state": {
                "$": "dict",
                "keys": ["bit_generator", "state"],
                "values": ["MT19937", {"$": "dict", "keys": ["pos"], "values": [625]}],
            },
        },
        "outside its key",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NODES)
def test_a_tree_is_not_believed(case, path):
    node, words = NODES[case]
    rewrite(path, lambda tree, arrays: arrays.clear() or node)
    with pytest.raises(LoadError, match=words) as error:
        pellucid.load(path)
    assert f"of pellucid {pellucid.__version__}, cannot be loaded: " in str(error.value)


def test_an_argument_newer_than_the_file_is_at_its_default(path):
    rewrite(path, lambda tree, arrays: arrays.clear() or _model(a=1))
    assert vars(pellucid.load(path)) == {"a": 1, "b": 2}


def _change(**to):
    def change(tree, arrays):
        arrays.update({name: np.array(value) for name, value in to.items()})

    return change


def test_arrays_are_not_believed(path):
    def refuse(saved, words, **arrays):
        pellucid.save(saved, path)
        rewrite(path, _change(**arrays))
        with pytest.raises(LoadError, match=words):
            pellucid.load(path)

    words = ["a", "bc"] * 32
    ends = np.cumsum([1, 2] * 32)
    refuse(words, "overlap", ends=ends[::-1].copy())
    refuse(words, "overlap", ends=ends + 1)
    refuse(words, "overlap", ends=np.concatenate([[-1], ends[1:]]))
    refuse(words, "can't decode", utf8=np.full(96, 0xFF, np.uint8))
    refuse(words, "TypeError", ends=ends.astype(float))
    refuse(words, "nothing refers to", extra=np.zeros(3))
    refuse(np.arange(3.0), "not stored as", value=np.zeros(3, np.float32))
    refuse(np.arange(3.0), "not stored as", value=np.zeros(3, np.int64))
    refuse(np.arange(3) * 1j, "not stored as", value=np.zeros((3, 3)))
    refuse(np.array(["ab"]), "no character", value=np.full((1, 2), 0x110000, np.uint32))
    refuse(np.array(["ab"]), "not stored as", value=np.zeros((1, 3), np.uint32))
    refuse(np.array([True]), "neither True nor False", value=np.array([2], np.uint8).view(bool))


@pytest.mark.parametrize("cls", ["csr_array", "csc_matrix"])
@pytest.mark.parametrize(
    "parts",
    [
        {"indices": [0, 2, 4]},
        {"indices": [0, -1, 1]},
        {"indices": [0.0, 2.0, 1.0]},
        {"indices": [0, 2]},
        {"indptr": [0, 2, 4]},
        {"indptr": [1, 2, 3]},
        {"indptr": [0, 4, 3]},
        {"indptr": [0, 3]},
        {"indptr": [0, 1, 2, 3]},
        {"data": [[1.0, 2.0, 3.0]]},
        {"data": [1.0, 2.0]},
    ],
)
def test_an_unsound_sparse_array_is_refused(cls, parts, path):
    parts = {"data": [1.0, 2.0, 3.0], "indices": [0, 2, 1], "indptr": [0, 2, 3]} | parts
    names = ("data", "indices", "indptr")
    arrays = [np.array(parts[name]) for name in names]
    shape = [2, 4] if cls == "csr_array" else [4, 2]
    nodes = [{"$": "array", "dtype": array.dtype.str, "order": "C"} for array in arrays]

    def change(tree, tensors):
        tensors.clear()
        tensors.update({f"[{i}]": array for i, array in enumerate(arrays)})
        return {"$": "sparse", "class": cls, "shape": shape, "parts": nodes}

    rewrite(path, change)
    with pytest.raises(LoadError, match="is not sound"):
        pellucid.load(path)
