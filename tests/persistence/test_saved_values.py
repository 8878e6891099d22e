"""Every kind of value comes back equal, of the same type, to the last bit; or is refused."""

import decimal
import math
import os
import sys
from collections import Counter, OrderedDict

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pellucid
from pellucid import losses
from pellucid.base import Estimator

NAN = float("nan")


def same(a, b):
    """Equal, of one type, bit by bit: -0.0 is not 0.0, and nan is nan."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.dtype.kind == "O":
            return all(map(same, a.flat, b.flat))
        if a.dtype.names:
            return all(same(np.array(a[n]), np.array(b[n])) for n in a.dtype.names)
        return a.tobytes() == b.tobytes()
    if scipy.sparse.issparse(a):
        parts = ("data", "indices", "indptr")
        return a.shape == b.shape and all(same(getattr(a, p), getattr(b, p)) for p in parts)
    if isinstance(a, dict):
        return all(same(x, y) for x, y in zip(a.items(), b.items(), strict=True))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float | complex | np.generic):
        return np.array(a).tobytes() == np.array(b).tobytes()
    if type(a).__module__.startswith("pellucid.losses"):
        return vars(a) == vars(b)
    return a == b


@pytest.fixture
def trip(tmp_path):
    def trip(value):
        pellucid.save(value, tmp_path / "value.pellucid")
        return pellucid.load(tmp_path / "value.pellucid")

    return trip


VALUES = [
    None,
    True,
    0,
    2**53 + 1,
    -(10**5000),
    0.1,
    -0.0,
    5e-324,
    math.inf,
    -math.inf,
    NAN,
    1e-5 - 3j,
    complex(-0.0, NAN),
    "",
    "ῥόδον \x00 \U0001f339 \ufeff",
    b"",
    bytes(range(256)),
    slice(None, -1, None),
    slice("a", "b"),
    range(3, -9, -2),
    [],
    [[], [1, [2.5, "x"]]],
    (),
    (1, (None,)),
    set(),
    {1, "a", (2, 3)},
    frozenset({"a", None}),
    {},
    {1: "a", "1": "b", None: 0, (1, 2): [], 2.5: {}, True and "t": 1, b"k": 2},
    {"x" * 500: np.arange(3), "x": np.arange(2), 7: np.arange(1), (1,): np.ones(1)},
    list(range(1000)),
    [2**62] * 64,
    [2**63] * 64,
    [-(2**63)] * 64,
    [True, False] * 40,
    [True, 1] * 40,
    [0.5, NAN, -0.0, math.inf] * 40,
    ["", "é", "\U0001f339"] * 40,
    tuple("abc" * 40),
    {f"word {i}": i for i in range(1000)},
    {i: f"word {i}" for i in range(1000)},
    Counter({"a": 2, 3: -1}),
    OrderedDict([("b", 1), ("a", [2.0])]),
    {f"{i}" for i in range(100)},
    float,
    str,
    bool,
    object,
    np.float32,
    np.number,
    np.log1p,
    np.mean,
    np.dtype(np.float32),
    np.dtype(">i2"),
    np.dtype("M8[25s]"),
    np.dtype("U7"),
    np.dtype(object),
    *(np.dtype(c).type(3) for c in "?bBhHiIlLefdFD"),
    np.float64(NAN),
    np.float64(-0.0),
    np.str_("ά"),
    np.str_(""),
    np.bytes_(b"\x00a"),
    np.datetime64("2020-01-02T03", "h"),
    np.datetime64("NaT"),
    np.timedelta64(-3, "ms"),
    losses.HuberLoss(delta=2.5),
    losses.LogLoss(),
    losses.PoissonDeviance(),
    losses.LogitLink(),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_a_value_comes_back(value, trip):
    assert same(trip(value), value)


def _arrays():
    a = np.arange(24.0).reshape(2, 3, 4)
    yield from (a, a.T, a[:, ::2, ::-1], np.asfortranarray(a), a[:0], np.zeros((0, 5, 0)))
    yield from (np.array(2.5), np.array(NAN), np.broadcast_to(np.float32(1), (3, 2)))
    for code in "?bBhHiIlLqQefdFD":
        yield np.arange(6).astype(code).reshape(2, 3)
    yield from (
        np.arange(5, dtype=">f8")[::2],
        np.arange(4, dtype=">c8"),
        np.arange(3, dtype=">u2"),
    )
    yield np.array([1, -0.0, NAN, np.inf, 5e-324])
    yield np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\x7f")  # a nan with a payload
    yield np.array([1, -1], np.int64).view(np.complex64)
    yield np.array(["2020-01-01", "NaT"], "M8[D]")
    yield np.array([[1, 2]], "m8[10us]").T
    yield np.array(["ῥ", "", "abc", "\ud800"], dtype="U7")
    yield np.array("x")
    yield np.array(["a", "b"], dtype=">U3")
    yield np.array([b"a\xff", b""], dtype="S4")
    yield np.array([], dtype=str)
    yield np.array(["a", None, NAN, 3, True, 2.5, (1, 2), "c"], dtype=object).reshape(2, 4)
    yield np.array(["a", "b"] * 50, dtype=object)
    yield np.array([], dtype=object)
    yield np.array(None)
    yield np.empty(2, object)
    records = np.dtype([("a", "f8"), ("b", "U3", (2,)), ("c", [("d", "?"), ("e", ">i4")])])
    yield np.array([(1.5, ("x", "y"), (True, 7)), (NAN, ("", "zzz"), (False, -7))], records)
    yield np.zeros((2, 0), records)
    yield np.zeros(3, np.dtype([("x", "i1"), ("y", "f8")], align=True))


@pytest.mark.parametrize(
    "array", list(_arrays()), ids=lambda a: f"{a.dtype.str} {a.shape} {a.strides}"
)
def test_an_array_comes_back(array, trip):
    loaded = trip([array])[0]
    assert same(loaded, np.array(array))
    assert loaded.flags.writeable
    if array.flags.forc:
        assert loaded.flags.c_contiguous == array.flags.c_contiguous
    assert same(trip(array), np.array(array)), "at the root"


@settings(max_examples=50, deadline=None)
@given(
    array=hnp.arrays(
        st.one_of(
            hnp.integer_dtypes(), hnp.floating_dtypes(sizes=(16, 32, 64)), hnp.datetime64_dtypes(),
            hnp.complex_number_dtypes(sizes=(64, 128)), hnp.boolean_dtypes(),
        ),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
    )
)  # fmt: skip
def test_any_array_comes_back(array, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.pellucid"
    pellucid.save(array, path)
    assert same(pellucid.load(path), array)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])) | st.integers(), inner),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(value=plain)
def test_any_tree_comes_back(value, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "tree.pellucid"
    pellucid.save(value, path)
    loaded = pellucid.load(path)
    assert repr(loaded) == repr(value)  # nan by nan; types of numbers


@pytest.mark.parametrize("cls", ["csr_matrix", "csr_array", "csc_matrix", "csc_array"])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("shape", [(4, 7), (0, 3), (3, 0)])
def test_a_sparse_array_comes_back(cls, index, shape, trip):
    rng = np.random.RandomState(0)
    dense = rng.standard_normal(shape) * (rng.random_sample(shape) > 0.5)
    value = getattr(scipy.sparse, cls)(dense.astype(np.float32))
    value.indices, value.indptr = value.indices.astype(index), value.indptr.astype(index)
    assert same(trip(value), value)


def test_a_masked_array_comes_back(trip):
    value = np.ma.MaskedArray([1.0, 2.0, NAN], [False, True, False], fill_value=7.0)
    loaded = trip({"table": value})["table"]
    assert same(loaded.data, value.data) and same(loaded.mask, value.mask)
    assert loaded.fill_value == 7


@pytest.mark.parametrize(
    "rng",
    [
        np.random.RandomState(3),
        *(
            np.random.Generator(bits(np.random.SeedSequence(5, spawn_key=(1,))))
            for bits in (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.SFC64)
        ),
    ],
    ids=lambda rng: str(rng),
)
def test_a_random_generator_goes_on(rng, trip):
    rng.standard_normal(3)
    if isinstance(rng, np.random.Generator):
        rng.spawn(1)
    loaded = trip(rng)
    assert same(loaded.standard_normal(1000), rng.standard_normal(1000))
    if isinstance(rng, np.random.Generator):
        assert same(loaded.spawn(1)[0].random(3), rng.spawn(1)[0].random(3))


def test_references_to_one_thing_stay_references_to_one_thing(trip):
    array, numbers, rng = np.arange(3), [1, 2], np.random.RandomState(0)
    value = {"a": array, "b": (array, numbers), "c": [numbers, rng], "d": rng, "view": array[:]}
    loaded = trip(value)
    assert loaded["a"] is loaded["b"][0]
    assert loaded["b"][1] is loaded["c"][0]
    assert loaded["c"][1] is loaded["d"]
    assert loaded["view"] is not loaded["a"]


def _cyclic():
    knot = [1]
    knot.append((knot,))
    return knot


def _deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


class Sub(dict):
    pass


def _closure():
    pass


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"f": [lambda x: x]}, "cannot save dict['f'][0]: <function <lambda>"),
        ([_closure], "code"),
        ([np.linalg.inv], "code"),
        ([math.sqrt], "code"),
        ([os.system], "code"),
        ([decimal.Decimal(1)], "cannot save list[0]: a decimal.Decimal"),
        ([Sub()], "Sub"),
        ({"a": {3: decimal}}, "cannot save dict['a'][3]: a builtins.module"),
        ("\ud800", "half of a surrogate pair"),
        ({"\udfff": 1}, "half of a surrogate pair"),
        (["a", "\ud83d"] * 50, "half of a surrogate pair"),
        (np.str_("\ud800"), "half of a surrogate pair"),
        (_cyclic(), "cannot save list[1][0]: it contains itself"),
        (_deep(1000), "levels deep"),
        (np.arange(3, dtype=np.longdouble), "double precision"),
        (np.longdouble(1), "double precision"),
        (np.dtype(np.clongdouble), "double precision"),
        (np.zeros(2, "V8"), "numpy.ndarray"),
        (np.zeros(2, np.dtypes.StringDType()), "StringDType"),
        (np.zeros(2, np.dtype({"names": ["a"], "formats": ["i1"], "itemsize": 8})), "gaps"),
        (np.array([1, decimal.Decimal(2)]), "cannot save ndarray[1]: a decimal.Decimal"),
        (np.arange(2).view(np.recarray), "recarray"),
        (scipy.sparse.eye_array(2, format="coo"), "coo_array"),
        (np.random.Generator(np.random.Philox(1)), "Philox"),
        (np.random.RandomState(np.random.PCG64(1)), "MT19937"),
        (Estimator, "code"),
    ],
    ids=lambda v: "" if isinstance(v, str) else type(v).__name__,
)
def test_what_has_no_place_in_a_file_is_refused_by_its_path(value, words, tmp_path):
    if sys.platform == "win32" and "double" in words:
        pytest.skip("longdouble is double there")
    with pytest.raises(TypeError) as error:
        pellucid.save(value, tmp_path / "value.pellucid")
    assert words in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_depth_that_can_be_saved_can_be_loaded(trip):
    assert repr(trip(_deep(99))) == repr(_deep(99))
