"""PyTorch's own files: what it saved is what is read, and no file runs code or oversteps memory."""

import io
import pickle
import struct
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import pellucid
from pellucid.persistence import LoadError, load, save
from pellucid.persistence.pickles import read_pickle


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch writes these files")


def written(torch, thing, **options):
    file = io.BytesIO()
    torch.save(thing, file, **options)
    return file.getvalue()


def read(data):
    return load(io.BytesIO(data))


FORMS = ({}, {"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False})


@pytest.mark.parametrize("options", FORMS, ids=["archive", "protocol 4", "before 1.6"])
def test_tensors_and_containers_come_back(torch, options):
    x = torch.arange(12.0).view(3, 4)
    tensors = {
        **{f"x{kind}": x.to(getattr(torch, kind)) for kind in ("float64", "float16", "int64")},
        **{kind: x.to(getattr(torch, kind)) for kind in ("int32", "int16", "int8", "uint8")},
        "bool": x > 3,
        "complex": x.to(torch.complex64),
        "turned": x.t(),
        "part": x[1:, ::2],
        "none": torch.zeros(0, 3),
        "number": torch.tensor(3),
        "wide": x[:1].expand(5, 4),
    }
    plain = [1, -(2**40), 2.5, None, True, "ὕδωρ", b"\xff", (1, 2, 3, 4), (), {3: {1, 2}}]
    found = read(written(torch, {"t": tensors, "plain": plain, "shape": x.shape}, **options))
    assert (found["plain"], found["shape"]) == (plain, tuple(x.shape))
    for name, tensor in tensors.items():
        assert_array_equal(found["t"][name].numpy(), tensor.numpy())
        assert str(found["t"][name].dtype) == str(tensor.dtype)


@pytest.mark.parametrize("options", FORMS, ids=["archive", "protocol 4", "before 1.6"])
def test_a_state_dict_loads_by_name_and_gives_the_same_output(torch, options):
    def built(nn):
        return nn.Sequential(
            nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 2)
        )

    theirs, ours = built(torch.nn), built(pellucid.nn)
    step = torch.optim.Adam(theirs.parameters())
    image = torch.rand(2, 1, 8, 8)
    theirs(image).sum().backward()
    step.step()
    saved = {"model": theirs.state_dict(), "optimizer": step.state_dict(), "epoch": 3}
    found = read(written(torch, saved, **options))
    ours.load_state_dict(found["model"])
    second = pellucid.optim.Adam(ours.parameters())
    second.load_state_dict(found["optimizer"])
    assert found["epoch"] == 3
    expected = theirs.eval()(image).detach().numpy()
    out = ours.eval()(pellucid.from_numpy(image.numpy())).detach().numpy()
    np.testing.assert_allclose(out, expected, 1e-5, 1e-6)
    moments = [s["exp_avg"].numpy() for s in second.state_dict()["state"].values()]
    for m, s in zip(moments, step.state_dict()["state"].values(), strict=True):
        assert_array_equal(m, s["exp_avg"].numpy())


def test_bfloat16_becomes_float32_and_parameters_stay_such(torch):
    x = torch.randn(50).bfloat16()
    found = read(written(torch, {"x": x, "p": torch.nn.Parameter(torch.ones(2))}))
    assert_array_equal(found["x"].numpy(), x.float().numpy())
    assert isinstance(found["p"], pellucid.nn.Parameter)
    assert found["p"].requires_grad


def test_tensors_of_one_storage_share_it_still(torch):
    x = torch.zeros(4)
    whole, part = read(written(torch, [x, x[1:]]))
    whole += 1
    assert_array_equal(part.numpy(), np.ones(3))


def test_a_file_is_read_by_its_path(torch, tmp_path):
    torch.save({"x": torch.ones(2)}, tmp_path / "x.pt")
    assert_array_equal(load(tmp_path / "x.pt")["x"].numpy(), [1, 1])
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "y.pt")


def test_our_own_files_may_be_open_files():
    file = io.BytesIO()
    save({"x": pellucid.arange(3)}, file)
    file.seek(0)
    assert_array_equal(load(file)["x"].numpy(), [0, 1, 2])


def test_a_whole_module_is_code_and_refused(torch):
    with pytest.raises(LoadError, match=r"torch\.nn\.modules\.linear\.Linear, which is code"):
        read(written(torch, torch.nn.Linear(2, 2)))


@pytest.mark.parametrize("options", FORMS[::2], ids=["archive", "before 1.6"])
def test_every_truncated_file_is_refused(torch, options):
    data = written(torch, {"x": torch.arange(10), "y": [1, "two"]}, **options)
    for end in range(0, len(data) - 1, 7):
        with pytest.raises(LoadError):
            read(data[:end])


@pytest.mark.parametrize("options", FORMS[::2], ids=["archive", "before 1.6"])
def test_a_changed_byte_is_refused_or_harmless(torch, options):
    data = written(torch, {"x": torch.arange(4), "y": torch.ones(2, 3).t()}, **options)
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(data), 300):
        changed = bytearray(data)
        changed[place] ^= 1 << int(rng.integers(8))
        try:
            found = read(bytes(changed))
        except LoadError:
            continue
        for x in found.values() if isinstance(found, dict) else ():
            if isinstance(x, pellucid.Tensor):
                assert x._array.sum() is not None  # every number that it shows can be read


def archive(pickled, compression=zipfile.ZIP_STORED, **storages):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as members:
        members.writestr("archive/data.pkl", pickled)
        for key, data in storages.items():
            members.writestr(f"archive/data/{key.strip('_')}", data)
    return file.getvalue()


def said(kind="FloatStorage", numel=4, offset=0, sizes=(4,), strides=(1,)):
    """The pickle of a tensor, as PyTorch would write it."""

    def number(n):
        return pickle.dumps(n, 2)[2:-1]

    storage = (
        b"(X\x07\0\0\0storagectorch\n" + kind.encode() + b"\nX\x01\0\0\x000X\x03\0\0\0cpu"
        + number(numel) + b"tQ"
    )  # fmt: skip
    return (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n("
        + storage + number(offset) + number(sizes) + number(strides)
        + b"\x89ccollections\nOrderedDict\n)RtR."
    )  # fmt: skip


def test_a_tensor_is_read_from_an_archive_made_by_hand():
    found = read(archive(said(sizes=(2, 2), strides=(1, 2)), _0=struct.pack("<4f", 1, 2, 3, 4)))
    assert_array_equal(found.numpy(), [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ({"offset": 1}, "beyond its storage"),
        ({"sizes": (5,)}, "beyond its storage"),
        ({"strides": (2,)}, "beyond its storage"),
        ({"strides": (-1,)}, "not such"),
        ({"offset": -1}, "not such"),
        ({"sizes": (2, 2)}, "not such"),
        ({"sizes": (2.0,)}, "not such"),
        ({"numel": 2**60}, "larger than itself"),
        ({"numel": -4}, "larger than itself"),
        ({"numel": 3}, "16 bytes, not 12"),
        ({"kind": "UntypedStorage"}, "which is code"),
        ({"sizes": (2**40, 2**40), "strides": (0, 0)}, "too big"),
        ({"sizes": (1,) * 70, "strides": (0,) * 70}, "dimension"),
    ],
)
def test_a_tensor_never_looks_beyond_its_memory(part, why):
    with pytest.raises(LoadError, match=why):
        read(archive(said(**part), _0=bytes(16)))


def test_compressed_members_are_refused():
    with pytest.raises(LoadError, match="compressed"):
        read(archive(said(), zipfile.ZIP_DEFLATED, _0=bytes(16)))


class Spy:
    """What runs code when an ordinary unpickler reads it."""

    ran = False

    def __reduce__(self):
        return exec, ("import builtins; builtins.spied = True",)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_no_code_is_run(protocol):
    import builtins

    with pytest.raises(LoadError):
        read(archive(pickle.dumps([Spy()], protocol)))
    assert not hasattr(builtins, "spied")


HOSTILE = {
    "os.system": b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.",
    "by parts": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R.",
    "a dotted name": b"\x80\x04\x8c\x0bcollections\x8c\x18OrderedDict.__subclasses\x93)R.",
    "what cannot be called": b"\x80\x02X\x02\0\0\0ls)R.",
    "a class by itself": b"\x80\x02ctorch\nSize\n)\x81.",
    "an instance": b"(i__main__\nSpy\n.",
    "a state": b"\x80\x02K\x01}b.",
    "a memo that is not there": b"\x80\x02h\x05.",
    "an empty stack": b"\x80\x02.",
    "two values": b"\x80\x02K\x01K\x01.",
    "a far memo": b"\x80\x02K\x01r\xff\xff\xff\x7f0.",
    "a key that is a tuple": b"\x80\x02})K\x01s.",
    "an odd dict": b"\x80\x02}(K\x01u.",
    "an extension": b"\x80\x02\x82\x01.",
    "a storage of words": b"\x80\x02K\x01Q.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles_are_refused(name):
    with pytest.raises(LoadError):
        read(archive(HOSTILE[name]))


def test_shared_tuples_are_never_hashed():
    twice = b"\x86q\0h\0"  # a pair of what is on the stack, and it again: 2^60 when hashed
    with pytest.raises(LoadError):
        read(archive(b"\x80\x02K\x01K\x01" + 60 * twice + b"\x86\x85cos\nsystem\nR."))
    nested = b"\x80\x02}K\x01K\x01" + 60 * twice + b"\x86K\x01s."
    with pytest.raises(LoadError, match="a tuple as a key"):
        read(archive(nested))


def test_plain_pickles_are_read_as_python_reads_them():
    thing = {"a": [1, 2.5, (None, True)], "b": {"c": {1, 2}}, 3: b"bytes", "d": list(range(5000))}
    for protocol in (2, 3, 4):
        names = {("builtins", "set"): set, ("__builtin__", "set"): set}
        names[("_codecs", "encode")] = lambda text, encoding: text.encode(encoding)
        file = io.BytesIO(pickle.dumps(thing, protocol))
        assert read_pickle(file, names, None) == thing
