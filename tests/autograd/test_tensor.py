"""Tensors are PyTorch's: types, creation, indexing, writing, conversion, methods in place."""

import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import pellucid as ours
from tests.agree import agree

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
BOTH = pytest.mark.parametrize("lib", [ours, torch], ids=["ours", "PyTorch"])
KINDS = ("bool", "uint8", "int8", "int16", "int32", "int64")
KINDS += ("float16", "float32", "float64", "complex64", "complex128")
CUBE = np.random.default_rng(0).normal(size=(3, 4, 5))


def same(function):
    """Both libraries give the same, or raise the same kind of error."""
    mine, theirs = (_outcome(function, lib) for lib in (ours, torch))
    assert mine == theirs


def _outcome(function, lib):
    try:
        return _plain(function(lib))
    except Exception as error:
        return type(error)


def _plain(x):
    if isinstance(x, tuple | list):
        return [_plain(each) for each in x]
    if isinstance(x, ours.Tensor | torch.Tensor):
        return str(x.dtype), tuple(x.shape), x.tolist()
    return str(x) if isinstance(x, ours.dtype | torch.dtype) else x


# Types

OPERANDS = [
    *[
        (f"{kind} {n}d", lambda lib, k=kind, n=n: lib.ones((2,) * n, dtype=getattr(lib, k)))
        for kind in KINDS
        for n in (0, 1)
    ],
    *[(repr(x), lambda lib, x=x: x) for x in (True, 2, 2.5, 2j)],
]


@pytest.mark.filterwarnings("ignore:ComplexHalf")
def test_promotion_over_all_pairs():
    wrong = []
    for (a, x), (b, y) in itertools.product(OPERANDS[:-4], OPERANDS):
        outcomes = [str((x(lib) * y(lib)).dtype) for lib in (ours, torch)]
        if outcomes[0] != outcomes[1] and outcomes[1] != "torch.complex32":  # NumPy has none
            wrong.append((a, b, *outcomes))
    assert not wrong


@pytest.mark.parametrize("kind", KINDS)
def test_division_mean_and_functions_of_whole_numbers(kind):
    for function in (
        lambda lib, x: x / x,
        lambda lib, x: x / 2,
        lambda lib, x: x.sum(),
        lambda lib, x: x.prod(),
        lambda lib, x: x.cumsum(0),
        lambda lib, x: x.mean(),
        lambda lib, x: x.exp(),
        lambda lib, x: x == 1.0,
        lambda lib, x: x == lib.tensor([1, 2]),
    ):
        same(lambda lib, f=function: str(f(lib, lib.ones(2, dtype=getattr(lib, kind))).dtype))


@pytest.mark.parametrize(
    "function",
    [
        lambda lib: lib.tensor([1, 2]) < 1.5,
        lambda lib: lib.tensor([1, 2]) == lib.tensor([1.0, 2.5]),
        lambda lib: lib.tensor(3) >= True,
        lambda lib: lib.tensor([1, 2]) + lib.tensor([0.5]),
        lambda lib: 7 // lib.tensor([2, -2]),
        lambda lib: lib.tensor([7, -7]) % 3,
        lambda lib: lib.tensor([7, 8], dtype=lib.uint8) / -2,
        lambda lib: 2 ** lib.tensor([1, 2]),
        lambda lib: lib.tensor([True, False]) & lib.tensor([True, True]),
        lambda lib: ~lib.tensor([True, False]),
        lambda lib: ~lib.tensor([1, 2]),
        lambda lib: lib.tensor([1, 2]).add_(0.5),
        lambda lib: lib.tensor([1.0, 2.0]).add_(1),
    ],
)
def test_operators(function):
    same(function)


# Creation


@pytest.mark.parametrize(
    "function",
    [
        lambda lib: lib.tensor([1, 2]),
        lambda lib: lib.tensor([1, 2.0]),
        lambda lib: lib.tensor([True]),
        lambda lib: lib.tensor(1j),
        lambda lib: lib.tensor([]),
        lambda lib: lib.tensor([[], []]),
        lambda lib: lib.tensor(np.float64(3)),
        lambda lib: lib.tensor(np.arange(3, dtype=np.int16)),
        lambda lib: lib.tensor([0.1], dtype=lib.float64),
        lambda lib: lib.tensor([1.7, -1.7], dtype=lib.int64),
        lambda lib: lib.tensor([[1, 2], [3]]),
        lambda lib: lib.tensor("word"),
        lambda lib: lib.arange(5),
        lambda lib: lib.arange(1.0, 2.0, 0.25),
        lambda lib: lib.arange(5, 0, -2),
        lambda lib: lib.arange(0, 1, 0.1),
        lambda lib: lib.linspace(0, 1, 5),
        lambda lib: lib.logspace(0, 2, 3),
        lambda lib: lib.zeros(2, 3),
        lambda lib: lib.zeros((2, 3), dtype=lib.int32),
        lambda lib: lib.ones([2]),
        lambda lib: lib.full((2,), 3),
        lambda lib: lib.full((2,), 3.5),
        lambda lib: lib.full((2,), True),
        lambda lib: lib.eye(2, 3),
        lambda lib: lib.zeros_like(lib.tensor([1, 2])),
        lambda lib: lib.ones_like(lib.tensor([1, 2]), dtype=lib.float32),
        lambda lib: lib.full_like(lib.tensor([1.0]), 4),
        lambda lib: lib.as_tensor([1, 2]),
        lambda lib: lib.tensor([1.0]).new_full((2,), 3),
        lambda lib: lib.tensor([1.0], dtype=lib.float64).new_zeros(2, 2),
        lambda lib: lib.tensor([1]).new_ones((2,)),
        lambda lib: lib.tensor([1]).new_tensor([2]),
        lambda lib: lib.tensor([1, 2], requires_grad=True),
        lambda lib: lib.tril_indices(2, 3),
    ],
)
def test_creation(function):
    same(function)


@BOTH
def test_numpy_shares_memory(lib):
    array = np.arange(3.0)
    x = lib.from_numpy(array)
    array[0] = 7
    assert x.tolist() == [7, 1, 2]
    x.numpy()[1] = 8
    assert array[1] == 8
    assert np.shares_memory(lib.as_tensor(array).numpy(), array)
    assert not np.shares_memory(lib.tensor(array).numpy(), array)
    with pytest.raises(RuntimeError, match="requires grad"):
        lib.ones(1, requires_grad=True).numpy()
    with lib.no_grad():
        assert lib.ones(1, requires_grad=True).numpy() == 1
    with pytest.raises(TypeError):
        lib.from_numpy([1, 2])


# Indexing

INDICES = {
    "integer": 1,
    "negative": -1,
    "slice": slice(1, None),
    "steps": slice(None, None, 2),
    "none": None,
    "dots": (..., 0),
    "mixed": (0, slice(1, 3), None),
    "list": [0, 2],
    "lists": ([0, 2], [1, 1]),
    "repeated": [1, 1, 1],
    "mask": CUBE > 0,
    "mask of rows": np.array([True, False, True]),
    "array": np.array([[0, 1], [2, 2]]),
    "apart": (np.array([0, 1]), slice(None), np.array([2, 3])),
    "mask and slice": (slice(None), np.array([True, False, True, True])),
    "empty": slice(0, 0),
    "nothing": np.zeros((3, 4, 5), bool),
    "tuple of none": (),
}


@pytest.mark.parametrize("name", INDICES)
def test_indexing(name):
    def taken(lib):
        def place(i):
            if isinstance(i, tuple):
                return tuple(map(place, i))
            return lib.tensor(i) if isinstance(i, np.ndarray) else i

        return lambda x: x[place(INDICES[name])]

    agree(taken(ours), taken(torch), CUBE)


@pytest.mark.parametrize("index", [3, (0, 0, 0, 0), [3], "a", 1.5])
def test_bad_indices(index):
    for lib in (ours, torch):
        with pytest.raises((IndexError, TypeError)):
            lib.zeros(3, 2)[index]


# Writing

WRITTEN = {
    "whole": [1.0, 2.0, 3.0],
    "number": 3.0,
    "fraction": [[1.5, -2.25], [3.0, 4.0]],
    "scientific": [1e-5, 1.0],
    "large": [1e9, 1.0],
    "huge": [3e38, -1.0],
    "ratio": [0.001, 5.0, 12.5],
    "nan": [float("nan"), 1.0],
    "nan and fraction": [float("nan"), 1.5, float("-inf")],
    "infinite": [float("inf"), float("-inf")],
    "negative zero": [-0.0, 0.0],
    "integers": [[1, -20], [300, 4]],
    "booleans": [True, False],
    "empty": [],
    "empty rows": np.zeros((2, 0), np.float32),
    "empty integers": np.zeros(0, np.int64),
    "cube": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "four dimensions": np.arange(16).reshape(2, 2, 2, 2),
    "long": np.arange(60, dtype=np.float32),
    "summarised": np.arange(2000, dtype=np.float32),
    "summarised matrix": np.arange(3000).reshape(50, 60),
    "summarised tall": np.arange(3000, dtype=np.float32).reshape(1000, 3),
    "float64": np.array([0.1, 1 / 3]),
    "int32": np.array([1, 2], np.int32),
    "complex": [1 + 2j, -3.5j],
    "tiny": [1e-20],
    "all zeros": np.zeros((2, 2), np.float32),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_written_as_pytorch_writes_it(name):
    assert repr(ours.tensor(WRITTEN[name])) == repr(torch.tensor(WRITTEN[name]))


def test_what_is_on_the_tape_is_written_so():
    for function in (lambda x: x, lambda x: x * 2, lambda x: x.sum(), lambda x: x.exp()):
        mine, theirs = (
            repr(function(lib.tensor([1.0, 2.5], requires_grad=True))) for lib in (ours, torch)
        )
        assert mine == theirs


def test_several_results_are_written_with_their_names():
    for function in (
        lambda lib, x: lib.max(x, 0),
        lambda lib, x: lib.sort(x[0], descending=True),
        lambda lib, x: lib.aminmax(x),
        lambda lib, x: lib.linalg.slogdet(x),
        lambda lib, x: lib.linalg.eigh(x),
    ):
        mine, theirs = (
            repr(function(lib, lib.tensor([[2.0, 0], [0, 3]]))) for lib in (ours, torch)
        )
        assert mine == theirs


@BOTH
def test_format(lib):
    assert f"{lib.tensor(1.23456):.2f}" == "1.23"
    assert f"{lib.tensor([1, 2])}" == "tensor([1, 2])"
    assert str(lib.ones(2, 3).shape) == "torch.Size([2, 3])"
    assert repr(lib.float32) == "torch.float32"


# Conversion


@pytest.mark.parametrize(
    "function",
    [
        lambda lib: lib.tensor([[3]]).item(),
        lambda lib: lib.tensor([1, 2]).item(),
        lambda lib: float(lib.tensor(2)),
        lambda lib: int(lib.tensor(2.7)),
        lambda lib: [10, 20, 30][lib.tensor(1)],
        lambda lib: [10, 20][lib.tensor(1.0)],
        lambda lib: bool(lib.tensor([0.0])),
        lambda lib: bool(lib.tensor([1, 2])),
        lambda lib: bool(lib.tensor([])),
        lambda lib: len(lib.zeros(3, 2)),
        lambda lib: len(lib.tensor(1)),
        lambda lib: list(lib.tensor([[1, 2], [3, 4]])),
        lambda lib: list(lib.tensor(1)),
        lambda lib: 2 in lib.tensor([1, 2]),
        lambda lib: 5 in lib.tensor([1, 2]),
        lambda lib: lib.zeros(2, 3).size(),
        lambda lib: lib.zeros(2, 3).size(-1),
        lambda lib: lib.zeros(2, 3).shape.numel(),
        lambda lib: lib.zeros(2, 3).shape[1:].numel(),
        lambda lib: lib.zeros(2, 3).T.stride(),
        lambda lib: lib.zeros(2, 3).T.is_contiguous(),
        lambda lib: lib.tensor([1.5]).to(lib.int64),
        lambda lib: lib.tensor([1]).to("cpu", lib.float64),
        lambda lib: lib.tensor([1]).to(lib.tensor([1.0])),
        lambda lib: lib.tensor([1]).to(lib.device("cpu")),
        lambda lib: lib.tensor([1]).to(device="cpu", dtype=lib.float16),
        lambda lib: lib.tensor([1]).float(),
        lambda lib: lib.tensor([1.9]).long(),
        lambda lib: lib.tensor([2]).bool(),
        lambda lib: lib.tensor([2]).type(),
        lambda lib: lib.where(lib.tensor([True, False]), lib.tensor([1, 2]), 0.5),
        lambda lib: lib.where(lib.tensor([True, False])),
        lambda lib: lib.where(lib.tensor([True, False]), 1.0, 0),
        lambda lib: lib.tensor([[0, 1], [2, 0]]).nonzero(),
        lambda lib: lib.tensor([3, 1, 3]).unique(),
        lambda lib: lib.tensor([3.0, 1.0, 2.0, 7.0]).median(),
        lambda lib: lib.tensor([-1.0, 3.0]).clamp_min(0),
        lambda lib: lib.tensor([-1.0, 3.0]).clamp_max(0),
        lambda lib: lib.std_mean(lib.tensor([1.0, 3.0])),
        lambda lib: lib.var_mean(lib.tensor([1.0, 3.0])),
        lambda lib: lib.linalg.norm(lib.tensor([3.0, 4.0])),
        lambda lib: lib.tensor([1.0, 2.0]).ravel(),
        lambda lib: lib.finfo(lib.float32).eps,
        lambda lib: lib.iinfo(lib.int32).max,
        lambda lib: lib.result_type(lib.tensor([1]), 2.5),
    ],
)
def test_conversion(function):
    same(function)


IN_PLACE = sorted(
    name
    for name in dir(ours.Tensor)
    if name.endswith("_") and not name.startswith("_") and name not in ("requires_grad_",)
)
ARGUMENTS = {
    **dict.fromkeys(["add_", "sub_", "mul_", "multiply_", "div_", "fmod_", "pow_"], (2.0,)),
    "remainder_": (2.0,),
    "renorm_": (2, 0, 0.5),
    "fill_": (3.0,),
    "clamp_": (0.3, 0.5),
    "clip_": (0.3, 0.5),
    "floor_divide_": (0.2,),
    "clamp_min_": (0.5,),
    "clamp_max_": (0.5,),
    "resize_": (4, 1),
    "apply_": (math.sqrt,),
    **dict.fromkeys(["eq_", "ne_", "lt_", "le_", "gt_", "ge_", "subtract_", "copysign_"], (0.5,)),
    **dict.fromkeys(["not_equal_", "less_", "less_equal_", "greater_", "greater_equal_"], (0.5,)),
    **dict.fromkeys(["divide_", "true_divide_", "float_power_", "fill_diagonal_"], (2.0,)),
    **dict.fromkeys(["cumsum_", "cumprod_", "unsqueeze_"], (1,)),
    **dict.fromkeys(["transpose_", "swapaxes_", "swapdims_"], (0, 1)),
}
DRAWING = {"bernoulli_", "exponential_", "normal_", "random_", "uniform_", "geometric_"}
DRAWING |= {"log_normal_", "cauchy_"}
WITH_TENSORS = {"copy_", "lerp_", "masked_fill_", "scatter_", "scatter_add_", "addcmul_"}
WITH_TENSORS |= {"addmm_", "addmv_", "addr_", "baddbmm_", "atan2_", "hypot_", "heaviside_"}
WITH_TENSORS |= {"bitwise_and_", "bitwise_or_", "bitwise_xor_", "bitwise_not_", "logical_and_"}
WITH_TENSORS |= {"logical_or_", "logical_xor_", "index_put_", "masked_scatter_", "xlogy_"}
WITH_TENSORS |= {"scatter_reduce_", "arctan2_", "bitwise_left_shift_", "bitwise_right_shift_"}
WITH_TENSORS |= {"addbmm_", "gcd_", "lcm_", "ldexp_", "nextafter_", "logaddexp2_"}
WITH_TENSORS |= {"addcdiv_", "index_add_", "index_copy_", "index_fill_", "index_reduce_", "put_"}


@pytest.mark.parametrize("name", [n for n in IN_PLACE if n not in DRAWING | WITH_TENSORS])
def test_methods_in_place(name):
    found = []
    for lib in (ours, torch):
        x = lib.tensor([[0.25, 0.5], [0.75, 0.9]], dtype=lib.float64)
        memory = x.data_ptr()
        assert getattr(x, name)(*ARGUMENTS.get(name, ())) is x
        assert x.data_ptr() == memory
        found.append(x.tolist())
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_methods_in_place_that_take_tensors():
    for function in (
        lambda lib, x: x.copy_(lib.tensor([1, 2])),
        lambda lib, x: x.put_(lib.tensor([3, -4]), lib.tensor([2.0, 4.0]).double(), True),
        lambda lib, x: x.lerp_(lib.ones(2, 2), 0.5),
        lambda lib, x: x.masked_fill_(x > 0, 5),
        lambda lib, x: x.scatter_(1, lib.tensor([[0], [1]]), lib.ones(2, 1)),
        lambda lib, x: x.scatter_(1, lib.tensor([[0], [1]]), 3.0),
        lambda lib, x: x.addcmul_(x, lib.ones(2), value=0.5),
        lambda lib, x: x.addcdiv_(x, 2 * lib.ones(2)),
        lambda lib, x: x.index_add_(0, lib.tensor([1, 1]), lib.ones(2, 2), alpha=3),
        lambda lib, x: x.index_copy_(1, lib.tensor([1]), lib.ones(2, 1)),
        lambda lib, x: x.index_fill_(1, lib.tensor([0]), 9.0),
        lambda lib, x: x.addmm_(lib.ones(2, 2), lib.ones(2, 2), beta=0.5),
        lambda lib, x: x.hypot_(lib.ones(2, 2)),
        lambda lib, x: x.atan2_(lib.zeros(2, 2)),
        lambda lib, x: x.xlogy_(lib.ones(2, 2)),
        lambda lib, x: x[0].addmv_(lib.ones(2, 2), lib.ones(2), alpha=3),
        lambda lib, x: x.addr_(lib.ones(2), lib.arange(2.0), beta=0.5),
        lambda lib, x: x[None].baddbmm_(lib.ones(1, 2, 2), lib.ones(1, 2, 2), alpha=2),
        lambda lib, x: x.logical_or_(lib.tensor([True, False])),
        lambda lib, x: x.logical_xor_(lib.tensor([True, False])),
        lambda lib, x: x.int().bitwise_and_(lib.tensor(6, dtype=lib.int32)),
        lambda lib, x: x.int().bitwise_or_(lib.tensor(6, dtype=lib.int32)),
        lambda lib, x: x.int().bitwise_xor_(lib.tensor(6, dtype=lib.int32)),
        lambda lib, x: x.int().bitwise_not_(),
        lambda lib, x: x.heaviside_(lib.ones(2, 2)),
        lambda lib, x: x.logical_and_(lib.tensor([True, False])),
        lambda lib, x: x.index_put_((lib.tensor([0, 1]),), lib.ones(2, 2)),
        lambda lib, x: x.masked_scatter_(x > 0, lib.arange(4.0)),
        lambda lib, x: x.scatter_reduce_(0, lib.tensor([[0, 0]]), lib.ones(1, 2), "sum"),
        lambda lib, x: x.scatter_add_(0, lib.tensor([[0, 0], [0, 0]]), lib.ones(2, 2)),
    ):
        same(lambda lib, f=function: f(lib, lib.tensor([[1.0, -2.0], [3.0, 4.0]])))


def test_writing_through_a_view():
    x = ours.zeros(2, 3)
    x[0].add_(1)
    x.T[2].fill_(5)
    assert_array_equal(x.numpy(), [[1, 1, 5], [0, 0, 5]])
