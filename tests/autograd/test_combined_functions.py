"""Functions that are a line of others, against PyTorch's: a line a case."""

import math

import numpy as np
import pytest

import pellucid as ours
from pellucid.autograd.functions import PUBLIC, complex_numbers, pointwise, seldom
from pellucid.autograd.functions.other_names import SAME
from tests.agree import Normal, agree
from tests.autograd import test_functions as first
from tests.autograd import test_options

A, B, V = Normal((3, 4)), Normal((4, 2)), Normal((4,))
CUBE = Normal((2, 3, 4))
GAPS = np.array([[1.0, np.nan, 3.0], [np.inf, 2.0, -np.inf]])
INSIDE = np.random.default_rng(1).uniform(0.1, 0.9, (3, 4))
TWICE = np.array([2, 0, 2])
CASES = {
    "addcmul": ("addcmul", A, V, A, {"value": 0.5}),
    "addcdiv": ("addcdiv", A, A, INSIDE, {"value": -2.0}),
    "addmv": ("addmv", Normal((3,)), A, V, {"alpha": 2.0}),
    "addr": ("addr", A, Normal((3,)), V, {"beta": 0.5}),
    "baddbmm": ("baddbmm", Normal((2, 3, 5)), CUBE, Normal((2, 4, 5)), {"beta": 0.5}),
    "inner": ("inner", A, Normal((2, 4))),
    "inner of vectors": ("inner", V, V),
    "inner of a number": ("inner", A, Normal(())),
    "tensordot": ("tensordot", CUBE, Normal((3, 4, 5))),
    "tensordot lists": ("tensordot", CUBE, Normal((4, 5, 2)), {"dims": ([0, 2], [2, 0])}),
    "tensordot of none": ("tensordot", V, V, {"dims": 0}),
    "kron": ("kron", A, B),
    "kron of unlike": ("kron", CUBE, V),
    "trace": ("trace", A),
    "cross": ("cross", Normal((5, 3)), Normal((5, 3))),
    "cross dim": ("cross", Normal((3, 5)), Normal((3, 5)), {"dim": 0}),
    "dist": ("dist", A, A),
    "dist 1": ("dist", A, V, {"p": 1}),
    "cdist": ("cdist", A, Normal((5, 4))),
    "cdist of batches": ("cdist", CUBE, Normal((2, 5, 4)), {"p": 3.0}),
    "diff": ("diff", A),
    "diff twice": ("diff", A, {"n": 2, "dim": 0}),
    "logaddexp": ("logaddexp", A, V),
    "logaddexp of large": ("logaddexp", np.array([1e3, -1e3]), np.array([1e3, 0.0])),
    "logit": ("logit", INSIDE),
    "logit held": ("logit", np.array([0.0, 0.3, 1.0]), {"eps": 0.1}),
    "frac": ("frac", A),
    "nan_to_num": ("nan_to_num", GAPS),
    "nan_to_num given": ("nan_to_num", GAPS, {"nan": 7.0, "posinf": 1.0, "neginf": -1.0}),
    "nansum": ("nansum", GAPS[:, :2]),
    "nansum dim": ("nansum", GAPS[:1], {"dim": 1, "keepdim": True}),
    "nanmean": ("nanmean", GAPS[:1], {"dim": 1}),
    "count_nonzero": ("count_nonzero", TWICE),
    "count_nonzero dim": ("count_nonzero", A, {"dim": 1}),
    "isin": ("isin", TWICE, np.array([1, 2])),
    "isin not": ("isin", TWICE, np.array([1, 2]), {"invert": True}),
    "searchsorted": ("searchsorted", np.arange(5.0), np.array([[0.0, 2.5], [4.0, 9.0]])),
    "searchsorted right": ("searchsorted", np.arange(5), np.array([0, 4]), {"right": True}),
    "cov": ("cov", A),
    "cov of one": ("cov", V, {"correction": 0}),
    "corrcoef": ("corrcoef", A),
    "quantile": ("quantile", A, 0.3),
    "quantiles": ("quantile", A, np.array([0.0, 0.4, 1.0]), {"dim": 0}),
    "quantile kept": ("quantile", CUBE, 0.75, {"dim": 1, "keepdim": True}),
    "quantile of all kept": ("quantile", A, 0.5, {"keepdim": True}),
    "quantile of gaps": ("quantile", np.array([[1.0, np.nan], [1.0, 2.0]]), 0.5, {"dim": 1}),
    "atleast_1d": ("atleast_1d", Normal(())),
    "atleast_2d": ("atleast_2d", V),
    "atleast_3d": ("atleast_3d", V),
    "atleast_3d of a matrix": ("atleast_3d", A),
    "broadcast_tensors": ("broadcast_tensors", A, V, Normal((2, 1, 1))),
    "tensor_split": ("tensor_split", Normal((7, 2)), 3),
    "tensor_split at": ("tensor_split", A, [1, -1], {"dim": 1}),
    "fliplr": ("fliplr", A),
    "flipud": ("flipud", A),
    **{f"rot90 {k}": ("rot90", A, k) for k in (-1, 0, 1, 2, 3)},
    "rot90 other dims": ("rot90", CUBE, 1, (2, 0)),
    "take_along_dim": ("take_along_dim", A, np.array([[2], [0], [2]]), 1),
    "take_along_dim flat": ("take_along_dim", A, np.array([[5, 0], [5, 11]])),
    "index_add": ("index_add", A, 0, TWICE, A, {"alpha": 0.5}),
    "index_copy": ("index_copy", A, 1, TWICE[:2], Normal((3, 2))),
    "index_fill": ("index_fill", A, 1, TWICE, 7.0),
    "diagflat": ("diagflat", Normal((2, 2)), 1),
    "diag_embed": ("diag_embed", CUBE),
    "diag_embed beside": ("diag_embed", A, -1, 0, 2),
    "cartesian_prod": ("cartesian_prod", V, Normal((2,)), Normal((3,))),
    "cartesian_prod of one": ("cartesian_prod", V),
    "clip": ("clip", A, -0.5, 0.5),
    "swapaxes": ("swapaxes", CUBE, 0, 2),
    "concat": ("concat", A),
}


@pytest.mark.filterwarnings("ignore:cov|corrcoef|Using torch.cross")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, *inputs = CASES[case]
    options = inputs.pop() if isinstance(inputs[-1], dict) else {}

    def called(library):
        function = getattr(library, name)
        if name == "concat":
            return lambda *xs: function(xs)
        if name == "quantile" and isinstance(inputs[1], np.ndarray):
            return lambda x, q: function(x, q.detach(), **options)
        if case == "quantile of gaps":  # PyTorch sends a gradient to what is NaN
            return lambda x, q: function(x.detach(), q, **options)
        return lambda *xs: function(*xs, **options)

    second = name != "cdist" and case not in ("logit held", "logaddexp of large")  # or NaN, or none
    agree(called(ours), called(torch), *inputs, dtype=dtype, second=second)


JOINED = ("column_stack", "dstack", "row_stack", "concatenate")


@pytest.mark.parametrize("name", JOINED)
def test_joining_agrees_with_pytorch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for shape in (4,), (3, 4), (2, 3, 4):
        if name != "dstack" or len(shape) < 4:
            agree(
                lambda *xs: getattr(ours, name)(xs),
                lambda *xs: getattr(torch, name)(xs),
                Normal(shape),
                Normal(shape),
            )


def test_windows_of_a_dimension_agree_with_pytorch():
    pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for dimension, size, step in (0, 2, 1), (1, 2, 3), (-1, 3, 1):
        agree(
            lambda x, d=dimension, n=size, s=step: x.unfold(d, n, s),
            lambda x, d=dimension, n=size, s=step: x.unfold(d, n, s),
            Normal((3, 5, 4)),
        )


@pytest.mark.parametrize("name", SAME)
def test_a_second_name_is_the_function_of_the_first(name):
    assert PUBLIC[name] is PUBLIC[SAME[name]]
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    assert hasattr(torch, name) or hasattr(torch.Tensor, name)


def test_no_public_function_is_left_out():
    here = {case[0] for case in CASES.values()}.union(JOINED, SAME, {"unfold"})
    plain = {case[0] for case in first.CASES.values()} | {
        case.split()[0] for case in first.OF_SEVERAL
    }
    elsewhere = {*pointwise.COMPARISONS, *pointwise.TESTS, *first.METHODS}
    modules = {seldom.__name__, complex_numbers.__name__}
    elsewhere |= {name for name, f in PUBLIC.items() if f.__module__ in modules}
    elsewhere |= {name.split()[0].rstrip(",") for name in test_options.CASES}
    assert not set(PUBLIC) - here - plain - elsewhere - {"histc", "histogram", "trapz"}


def test_in_place_twins():
    x = ours.ones(3, 2)
    assert x.addcmul_(x, x, value=2) is x and (x == 3).all()
    x.index_add_(0, ours.tensor([0, 0]), ours.ones(2, 2)).clip_(max=4)
    assert x.tolist() == [[4, 4], [3, 3], [3, 3]]


def test_constants_and_what_is_asked_of_other_libraries():
    assert (ours.pi, ours.e, ours.inf, ours.newaxis) == (math.pi, math.e, math.inf, None)
    assert math.isnan(ours.nan)
    assert not ours.backends.mps.is_available() and not ours.backends.cudnn.is_available()
    assert ours.backends.cudnn.deterministic and ours.backends.cudnn.version() is None


def test_what_does_not_fit_is_refused():
    with pytest.raises(RuntimeError, match=r"range \[0, 1\]"):
        ours.quantile(ours.ones(3), 1.5)
    with pytest.raises((ValueError, RuntimeError)):
        ours.cdist(ours.ones(2, 3), ours.ones(2, 4))
