"""Options and edges of functions of tensors, beside PyTorch's: a line a case."""

import math

import numpy as np
import pytest

import pellucid
from tests.agree import Normal, agree, close

V, M, CUBE = Normal((5,)), Normal((3, 4)), Normal((2, 3, 4))
GAPS = np.array([[1.0, math.nan, 3.0, 2.0], [4.0, 0.0, 1.0, 5.0]])
LOW, HIGH = np.array([0.0, 2.0, -1.0, 1.0]), np.array([1.0, 1.0, 0.5, 3.0])
PLACES = np.array([[0, 1, 2, 0], [1, 1, 0, 0]])
FEW = np.array([3, 1, 2, 3, 1, 3])
INTO = Normal((2, 4))
CASES = {
    "arange by names": lambda t: t.arange(start=1, end=6, step=2),
    "arange of whole ends": lambda t: t.arange(-0.9, 2.1, 2.0, dtype=t.int64),
    "arange of few bits": lambda t: t.arange(2.1, -2.9, -1.0, dtype=t.int32),
    "linspace of whole ones": lambda t: t.linspace(-2.0, 3, 9, dtype=t.int64),
    "linspace of tensors": lambda t: t.linspace(t.tensor(1.0), t.tensor(2), 3),
    "logspace of tensors": lambda t: t.logspace(t.tensor(1), 2, 3, dtype=t.float64),
    "full_like round": lambda t: t.full_like(t.ones(2, dtype=t.uint8), -9),
    "tril_indices": lambda t: t.tril_indices(2, 3, dtype=t.int32),
    "new_ones": lambda t: t.ones(1).new_ones((2, 3), dtype=t.int32, device="cpu"),
    "new_full": lambda t: t.ones(1).new_full((2,), 3.5, device="cpu"),
    "atleast_2d": (lambda t, x, y: list(t.atleast_2d(x, y)), V, Normal(())),
    "atleast_3d": (lambda t, x, y: list(t.atleast_3d([x, y])), M, V),
    "addmm, NaN away": (lambda t, y: t.addmm(y.detach() * math.nan, y, y, beta=0), Normal((2, 2))),
    "addmv of whole": lambda t: t.addmv(t.ones(2).long(), t.ones(2, 3).long(), t.ones(3).long()),
    "clamp, bounds crossed": (lambda t, x, a, b: t.clamp(x, a, b), M, LOW, HIGH),
    "corrcoef of whole": (lambda t, x: t.corrcoef(x).round(decimals=4), PLACES),
    "cov, weights": (
        lambda t, x, f, a: t.cov(x, fweights=f, aweights=a.detach(), correction=0),
        *(M, np.array([1, 2, 3, 1]), np.array([0.5, 1.0, 2.0, 0.1])),
    ),
    "cummax of a number": (lambda t, x: list(t.cummax(x, 0)), Normal(())),
    "cumprod of nothing": (lambda t, x: t.cumprod(x, 0), Normal((0, 2))),
    "diff, more ends": (lambda t, x, y: t.diff(x, prepend=y, append=y), M, Normal((3, 1))),
    "diff of truths": lambda t: t.diff(t.tensor([True, True, False])),
    "diff of too few": (lambda t, x: t.diff(x, 9), M),
    "flip by name": (lambda t, x: t.flip(x, dims=(0, 1)), M),
    "gather by nothing": (lambda t, x: t.gather(x, 0, t.zeros((2, 0)).long()), V),
    "index_put of truths": lambda t: t.tensor([True, False]).index_put(
        (t.tensor([1]),), t.tensor(True), accumulate=True
    ),
    "kthvalue of a number": (lambda t, x: list(t.kthvalue(x, 1)), Normal(())),
    "logcumsumexp of a number": (lambda t, x: t.logcumsumexp(x, 0), Normal(())),
    "meshgrid xy": (lambda t, x, y: list(t.meshgrid(x, y, indexing="xy")), V, Normal((3,))),
    "meshgrid xy of one": (lambda t, x: list(t.meshgrid(x, indexing="xy")), V),
    "mode": lambda t: list(t.mode(t.tensor(FEW[::-1].copy()))),
    "mode along": lambda t: t.mode(t.tensor(np.stack([FEW, FEW % 2])), 1, True)[0],
    "nan_to_num of whole": lambda t: t.nan_to_num(t.arange(3)),
    "nanmedian along": (lambda t, x: list(t.nanmedian(x, 1, True)), GAPS),
    "nanquantile": (lambda t, x: t.nanquantile(x, 0.6, dim=1), GAPS),
    "nanquantiles kept": lambda t: t.nanquantile(
        t.tensor(GAPS), t.tensor([0.1, 0.5], dtype=t.float64), 0, True
    ),
    **{
        f"quantile, {how}": (lambda t, x, how=how: t.quantile(x, 0.3, 1, interpolation=how), M)
        for how in ("lower", "higher", "nearest", "midpoint")
    },
    "round": (lambda t, x: t.round(3 * x), M),
    "round to decimals": lambda t: t.round(t.tensor([1.2345, -2.5, 1234.5]), decimals=2),
    "round to hundreds": lambda t: t.tensor([1234.5, -251.0]).round(decimals=-2),
    "scatter, added": lambda t: t.ones(3).scatter(0, t.tensor([0, 0]), 2.0, reduce="add"),
    "scatter, multiplied": lambda t: t.ones(3).scatter(
        0, t.tensor([0, 0]), t.tensor([2.0, 3.0]), reduce="multiply"
    ),
    "scatter of a value": (lambda t, x, i: x.scatter(0, i, value=2.0), M, PLACES),
    **{
        f"scatter_reduce {how}{' alone' * (not own)} along {dim}": (
            lambda t, x, i, y, how=how, own=own, dim=dim: x.scatter_reduce(
                dim, i, y, how, include_self=own
            ),
            *(M, PLACES, INTO),
        )
        for how in ("amax", "amin")
        for own in (True, False)
        for dim in (0, 1)
    },
    "scatter_reduce of ties": (
        lambda t, x, i: x.scatter_reduce(0, i, x, "amax"),
        *(np.ones(4), np.array([0, 0, 1, 2])),
    ),
    "scatter_reduce of products": lambda t: t.ones(3).scatter_reduce(
        0, t.tensor([0, 0]), t.tensor([2.0, 3.0]), "prod"
    ),
    "scatter_reduce of whole means": lambda t: (
        t.ones(3)
        .long()
        .scatter_reduce(0, t.tensor([0, 0, 2]), t.tensor([-4, 3, -4]), "mean", include_self=True)
    ),
    "searchsorted by rows": lambda t: t.searchsorted(
        t.tensor([[1, 3, 5], [2, 4, 6]]), t.tensor([[3, 6], [0, 5]]), side="right", out_int32=True
    ),
    "searchsorted, unsorted": lambda t: t.searchsorted(
        t.tensor([5, 1, 3]), t.tensor([2, 6]), sorter=t.tensor([1, 2, 0])
    ),
    "squeeze of a list": (lambda t, x: t.squeeze(x, (0, 2)), Normal((1, 3, 1))),
    "std, biased": (lambda t, x: [t.std(x, False), *t.std_mean(x, False)], M),
    "take_along_dim, spread": lambda t: t.take_along_dim(
        t.arange(3.0).reshape(1, 3), t.tensor([[0, -1], [2, 1]]), 1
    ),
    "tensor_split by a tensor": (lambda t, x: list(t.tensor_split(x, t.tensor([1, 3]))), V),
    "trapezoid, points": (lambda t, y, x: t.trapezoid(y, x, dim=0), M, M),
    "trapezoid, points of one": (lambda t, y, x: t.trapezoid(y, x, dim=1), CUBE, Normal((3,))),
    "unique_consecutive along": lambda t: list(
        t.unique_consecutive(t.tensor([[1, 1, 2], [3, 3, 2]]), True, True, dim=1)
    ),
    "addbmm": (
        lambda t, x, a, b: t.addbmm(x, a, b, beta=0.5),
        *(M, Normal((2, 3, 5)), Normal((2, 5, 4))),
    ),
    "cumulative_trapezoid": (lambda t, y: t.cumulative_trapezoid(y, dx=0.5, dim=0), M),
    "cumulative_trapezoid, points": (lambda t, y, x: t.cumulative_trapezoid(y, x), CUBE, M),
    "diagonal_scatter": (lambda t, x, y: t.diagonal_scatter(x, y, 1), M, Normal((3,))),
    "dsplit": (lambda t, x: list(t.dsplit(x, [1, 3])), CUBE),
    "gcd": lambda t: t.gcd(t.tensor([12, 7, 0]), t.tensor([8])),
    "hsplit": (lambda t, x: list(t.hsplit(x, 2)), M),
    "hsplit of a vector": (lambda t, x: list(t.hsplit(x, [2])), V),
    "angle of what has none": lambda t: t.angle(t.tensor([-math.inf, -1, 0, math.inf, math.nan])),
    "cdist, a mode": (
        lambda t, x, y: t.cdist(x.detach(), y.detach(), 2.0, "donot_use_mm_for_euclid_dist"),
        *(M, Normal((2, 4))),
    ),
    "float_power of complex": lambda t: t.float_power(t.tensor([1 + 2j]), 2),
    "index_fill by a tensor": (
        lambda t, x, y: t.index_fill(x, 1, t.tensor([0, 2, 2]), y),
        *(M, Normal(())),
    ),
    "index_add to a number": (lambda t, x: t.index_add(x, 0, t.tensor([0]), x), Normal(())),
    "sign": lambda t: t.sign(t.tensor([-2.0, 0.0, 3.0, math.nan])),
    "sum_to_size": lambda t: t.ones(2, 3, dtype=t.uint8).sum_to_size(1, 3),
    "isneginf": lambda t: t.isneginf(t.tensor([1.0, -math.inf, math.inf, math.nan])),
    "isposinf": lambda t: t.isposinf(t.tensor([1.0, -math.inf, math.inf, math.nan])),
    "lcm": lambda t: t.lcm(t.tensor([12, 7, 0]), t.tensor([8])),
    "ldexp": (lambda t, x, k: t.ldexp(x, k), V, np.array([3])),
    "logaddexp2": (lambda t, x, y: t.logaddexp2(x, y), M, Normal((4,))),
    "nextafter": lambda t: t.nextafter(t.tensor([1.0, 0.0]), t.tensor([2.0, -1.0])),
    **{f"polygamma {n}": (lambda t, x, n=n: t.polygamma(n, x.exp()), V) for n in (0, 1, 3)},
    "renorm": (lambda t, x: t.renorm(x, 2, 0, 1.0), M),
    "rsub": (lambda t, x, y: t.rsub(x, y, alpha=2), M, M),
    "select_scatter": (lambda t, x, y: t.select_scatter(x, y, 1, -1), M, Normal((3,))),
    "slice_scatter": (lambda t, x, y: t.slice_scatter(x, y, 1, 0, None, 2), M, Normal((3, 2))),
    "unravel_index": lambda t: list(t.unravel_index(t.tensor([5, 0, 11]), (3, 4))),
    "vander": (lambda t, x: t.vander(x.detach()), V),
    "vander rising": (lambda t, x: t.vander(x.detach(), 3, True), V),
    "vsplit": (lambda t, x: list(t.vsplit(x, 3)), M),
    "as_strided": (lambda t, x: t.as_strided(x, (2, 2, 3), (1, 4, 1), 1), M),
    "gradient": (lambda t, x: list(t.gradient(x, spacing=[0.5, 2.0])), M),
    "gradient by points": (
        lambda t, x, y: list(t.gradient(x, spacing=(y.detach().exp().cumsum(0),), edge_order=2)),
        *(V, V),
    ),
    **{
        f"index_reduce {how}": (
            lambda t, x, y, how=how: t.index_reduce(
                x.detach(), 0, t.tensor([1, 0, 1]), y.detach(), how, include_self=False
            ),
            *(Normal((2, 4)), M),
        )
        for how in ("prod", "mean", "amax", "amin")
    },
    "pow": (lambda t, x, y: t.pow(x.exp(), y), M, Normal((4,))),
    "put": (lambda t, x, y: t.put(x, t.tensor([[1, -1]]), y, accumulate=True), M, Normal((2,))),
    "var, biased": (lambda t, x: [t.var(x, False), *t.var_mean(x, False)], M),
}


@pytest.mark.filterwarnings("ignore:cov|corrcoef|The reduce argument|index_reduce")
@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives_are_pytorchs(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    case, *inputs = CASES[name] if isinstance(CASES[name], tuple) else (CASES[name],)
    agree(lambda *xs: case(pellucid, *xs), lambda *xs: case(torch, *xs), *inputs, rtol=1e-8)


COPIES = {
    "repeat": lambda x: x.repeat(1, 1),
    "repeat before": lambda x: x.repeat(2, 1, 1),
    "tile": lambda x: x.tile(1),
    "flip": lambda x: x.flip(0),
    "fliplr": lambda x: x.fliplr(),
    "rot90": lambda x: x.rot90(2),
    "diag": lambda x: x.diag(),
    "diff": lambda x: x.diff(0),
}
VIEWS = {
    "diagonal": lambda x: x.diagonal(),
    "diagonal beside": lambda x: x.diagonal(1, -1, 0),
    "real": lambda x: x.real,
}


@pytest.mark.parametrize("name", [*COPIES, *VIEWS])
def test_what_is_written_to_a_result_is_where_pytorch_has_it(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    found = []
    for t in (pellucid, torch):
        x = t.arange(9.0).reshape(3, 3).clone()
        (COPIES | VIEWS)[name](x).fill_(7)
        found.append(x.tolist())
    assert found[0] == found[1]


def test_a_change_to_a_diagonal_is_on_the_tape():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    found = []
    for t in (pellucid, torch):
        x = t.arange(9.0).reshape(3, 3).clone().requires_grad_()
        y = x * 2
        y.diagonal(1).mul_(5)
        (y * y).sum().backward()
        found.append(x.grad)
    close(*found, 1e-6)


INDEX = [0, 9]
REFUSED = {
    "einsum of other dimensions": lambda t: t.einsum("i->", t.ones(2, 2)),
    "einsum to an unknown letter": lambda t: t.einsum("ij->k", t.ones(2, 2)),
    "einsum to a letter twice": lambda t: t.einsum("ij->ijj", t.ones(2, 2)),
    "as_strided beyond": lambda t: t.ones(12).as_strided((9,), (5,)),
    "as_strided backward": lambda t: t.ones(12).as_strided((2,), (-1,)),
    "cauchy_ of no width": lambda t: t.ones(2).cauchy_(0.0, 0.0),
    "geometric_ for sure": lambda t: t.ones(2).geometric_(2.0),
    "gradient of a point": lambda t: t.gradient(t.ones(1)),
    "index_reduce by sums": lambda t: t.ones(2).index_reduce(0, t.tensor([0]), t.ones(1), "sum"),
    "log_normal_ of no width": lambda t: t.ones(2).log_normal_(0.0, -1.0),
    "put of fewer": lambda t: t.ones(3).put(t.tensor([0, 1]), t.ones(1)),
    "arange without end": lambda t: t.arange(0, math.inf, 2),
    "arange of no steps": lambda t: t.arange(0, 3, 0),
    "amax of nothing": lambda t: t.ones(2, 0).amax(1),
    "bincount of halves": lambda t: t.bincount(t.ones(3)),
    "bincount below zero": lambda t: t.bincount(t.tensor([-1])),
    "bucketize by a matrix": lambda t: t.bucketize(t.ones(3), t.ones(2, 2)),
    "diagonal of one": lambda t: t.ones(2, 2).diagonal(0, 1, 1),
    "diff less than none": lambda t: t.ones(3).diff(-1),
    "eye of less than none": lambda t: t.eye(-1),
    "flipud of a number": lambda t: t.tensor(1.0).flipud(),
    "gather beyond": lambda t: t.ones(3).gather(0, t.tensor(INDEX)),
    "gather before": lambda t: t.ones(3).gather(0, t.tensor([-1])),
    "gather of other dimensions": lambda t: t.ones(3, 3).gather(0, t.tensor([0])),
    "gather of more": lambda t: t.ones(1, 1).gather(1, t.zeros(2, 2).long()),
    "hstack of nothing": lambda t: t.hstack([]),
    "index_add of other rows": lambda t: t.ones(3, 2).index_add(0, t.tensor([0, 2]), t.ones(2)),
    "index_add before": lambda t: t.ones(3, 1).index_add(0, t.tensor([-1]), t.ones(1, 1)),
    "index_copy beyond": lambda t: t.ones(3).index_copy(0, t.tensor([3]), t.ones(1)),
    "index_select before": lambda t: t.ones(3).index_select(0, t.tensor([-1])),
    "index_select beyond": lambda t: t.ones(3).index_select(0, t.tensor([3])),
    "sum_to_size that is larger": lambda t: t.ones(3).sum_to_size(2, 3),
    "trace of a vector": lambda t: t.ones(3).trace(),
    "isclose below zero": lambda t: t.ones(1).isclose(t.ones(1), rtol=-1),
    "linspace in less than none": lambda t: t.linspace(0, 3, -1),
    "quantile of nothing": lambda t: t.quantile(t.ones(0), 0.5),
    "roll by nothing": lambda t: t.ones(3).roll(()),
    "roll along less": lambda t: t.ones(3, 3).roll((1, 2), 0),
    "rot90 along one": lambda t: t.ones(3, 3).rot90(1, (0,)),
    "scatter beyond": lambda t: t.ones(3).scatter(0, t.tensor(INDEX), 1.0),
    "scatter of another type": lambda t: t.ones(2).scatter(0, t.tensor([0]), t.ones(1).double()),
    "scatter_add of fewer": lambda t: t.ones(2).scatter_add(0, t.tensor([0, 1]), t.ones(1)),
    "searchsorted of other rows": lambda t: t.searchsorted(t.ones(2, 3), t.ones(3, 2)),
    "hsplit of unlike parts": lambda t: t.ones(2, 3).hsplit(2),
    "polygamma below zero": lambda t: t.polygamma(-1, t.ones(1)),
    "slice_scatter of less": lambda t: t.ones(3).slice_scatter(t.ones(1), 0, 0, 2),
    "view by two unknown": lambda t: t.ones(4).view(-1, -1),
    "vstack of nothing": lambda t: t.vstack([]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_pytorch_refuses_is_refused_by_the_same_error(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    raised = []
    for t in (torch, pellucid):
        with pytest.raises(Exception) as caught:
            REFUSED[name](t)
        raised.append(caught.value)
    assert isinstance(raised[1], type(raised[0])), raised
