"""Functions used now and then, methods in place, ``out=`` and settings, beside PyTorch's."""

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import pellucid
from tests.agree import Normal, agree, close

V, M = Normal((5,)), Normal((3, 4))
UP = np.array([0.5, 1.0, 2.0])
HOLES = np.array([1.0, math.nan, 3.0, 2.0, math.nan])
WHERE = np.array([[True, False, True, False]] * 3)
PLACES = np.array([[0, 1, 2, 0], [1, 1, 0, 0]])
CASES = {
    "cummax": (lambda t, x: list(t.cummax(x, 1)), M),
    "cummin": (lambda t, x: list(t.cummin(x, 0)), M),
    "cummax of ties": (lambda t, x: list(t.cummax(x, 0)), np.array([1, 3, 3, 2, 3])),
    "logcumsumexp": (lambda t, x: t.logcumsumexp(x, 1), M),
    "kthvalue": (lambda t, x: list(t.kthvalue(x, 2, 1)), M),
    "kthvalue, kept": (lambda t, x: list(t.kthvalue(x, 3, 0, True)), M),
    "aminmax": (lambda t, x: list(t.aminmax(x, dim=1)), M),
    "msort": (lambda t, x: t.msort(x), M),
    "nanmedian": (lambda t, x: t.nanmedian(x), HOLES),
    "hypot": (lambda t, x, y: t.hypot(x, y), V, V),
    "xlogy": (lambda t, x, y: t.xlogy(x, y), np.array([0.0, 2.0, 1.0]), UP),
    "erfc": (lambda t, x: t.erfc(x), V),
    "sinc": (lambda t, x: t.sinc(x + 0.1), V),
    "deg2rad": (lambda t, x: t.deg2rad(x), V),
    "rad2deg": (lambda t, x: t.rad2deg(x), V),
    "heaviside": (lambda t, x, y: t.heaviside(x, y), np.array([-1, 0, 2]), np.array([7])),
    "float_power": (lambda t, x: t.float_power(x, 3), UP),
    "fmax": (lambda t, x, y: t.fmax(x, y), HOLES, V),
    "fmin": (lambda t, x, y: t.fmin(x, y), HOLES, V),
    "copysign": (lambda t, x: t.copysign(x, -x.detach()), V),
    "vdot": (lambda t, x, y: t.vdot(x, y), V, V),
    "trapezoid": (lambda t, x: t.trapezoid(x, dx=0.5), M),
    "block_diag": (lambda t, x, y: t.block_diag(x, y), M, V),
    "combinations": (lambda t, x: t.combinations(x, 3), V),
    "unique_consecutive": (
        lambda t, x: list(t.unique_consecutive(x, True, True)),
        np.array([1, 1, 2, 2, 3, 1]),
    ),
    "histc": (lambda t, x: t.histc(x.detach(), 4, 0, 3), np.array([1.0, 2.0, 1.0, 3.0, 5.0])),
    "masked_scatter": (
        lambda t, x, m, y: t.masked_scatter(x, m, y),
        *(M, WHERE, Normal((9,))),
    ),
    "index_put": (
        lambda t, x, i, y: x.index_put((i, i), y),
        *(M, np.array([0, 2]), Normal((2,))),
    ),
    "index_put, added": (
        lambda t, x, i, y: x.index_put((i,), y, accumulate=True),
        *(M, np.array([0, 2, 0]), Normal((3, 4))),
    ),
    **{
        f"scatter_reduce {how}{' alone' * (not own)}": (
            lambda t, x, i, y, how=how, own=own: x.scatter_reduce(0, i, y, how, include_self=own),
            *(M, PLACES, Normal((2, 4))),
        )
        for how in ("sum", "mean")
        for own in (True, False)
    },
    "inverse": (lambda t, x: t.inverse(x), Normal((3, 3))),
    "det": (lambda t, x: t.det(x), Normal((3, 3))),
    "logdet": (lambda t, x: t.logdet(x @ x.T), Normal((3, 3))),
    "matrix_power": (lambda t, x: t.matrix_power(x, 3), Normal((3, 3))),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives_are_pytorchs(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    case, *inputs = CASES[name]
    agree(lambda *xs: case(pellucid, *xs), lambda *xs: case(torch, *xs), *inputs, rtol=1e-8)


@pytest.mark.parametrize("how", ["amax", "amin"])
@pytest.mark.parametrize("own", [True, False])
def test_extremes_are_scattered(how, own):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    results = []
    for t in (pellucid, torch):
        x = t.arange(12.0).reshape(3, 4)
        y = t.tensor([[5.0, -1.0, 20.0, 3.0], [0.0, 7.0, 1.0, -2.0]])
        out = x.scatter_reduce(0, t.tensor(PLACES), y, how, include_self=own)
        results.append(out.numpy())
    assert_array_equal(*results)
    with pytest.raises(RuntimeError, match="reduce is sum"):
        pellucid.ones(2).scatter_reduce(0, pellucid.tensor([0]), pellucid.ones(1), "most")


IN_PLACE = {
    "unsqueeze_": (1,),
    "squeeze_": (),
    "t_": (),
    "transpose_": (0, 1),
    "relu_": (),
    "cosh_": (),
    "erf_": (),
    "frac_": (),
    "logical_not_": (),
    "gt_": (0.5,),
    "cumsum_": (0,),
    "fill_diagonal_": (5.0,),
    "nan_to_num_": (),
    "sinc_": (),
    "xlogy_": (2.0,),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_method_in_place_does_what_pytorchs_does(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    start = np.abs(np.random.default_rng(0).normal(size=(1 if name == "squeeze_" else 3, 3)))
    ours, theirs = pellucid.tensor(start), torch.tensor(start)
    args = [pellucid.tensor(a).double() if name == "xlogy_" else a for a in IN_PLACE[name]]
    assert getattr(ours, name)(*args) is ours
    args = [torch.tensor(a).double() if name == "xlogy_" else a for a in IN_PLACE[name]]
    close(ours, getattr(theirs, name)(*args), 1e-12)


def test_a_new_shape_in_place_keeps_the_tape():
    x = pellucid.ones(2, 3, requires_grad=True)
    y = (x * 2).unsqueeze_(0).transpose_(1, 2)
    (y * pellucid.arange(2.0)).sum().backward()
    assert_array_equal(x.grad.numpy(), [[0, 0, 0], [2, 2, 2]])
    with pytest.raises(RuntimeError, match="a leaf"):
        x.t_()
    detached = (x * 2).detach_()
    assert not detached.requires_grad


def test_out_is_written_into():
    out = pellucid.empty(2)
    assert pellucid.add(pellucid.ones(2), 1, out=out) is out
    assert_array_equal(out.numpy(), [2, 2])
    values, places = pellucid.empty(2), pellucid.empty(2, dtype=pellucid.long)
    pellucid.max(pellucid.tensor([[1.0, 3.0], [5.0, 4.0]]), 1, out=(values, places))
    assert (values.tolist(), places.tolist()) == ([3, 5], [1, 0])
    other = pellucid.empty(0)
    pellucid.matmul(pellucid.ones(2, 3), pellucid.ones(3, 2), out=other)
    assert_array_equal(other.numpy(), [[3, 3], [3, 3]])
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        pellucid.exp(pellucid.ones(2, requires_grad=True), out=out)
    with pytest.raises(RuntimeError, match="can't be cast"):
        pellucid.exp(pellucid.ones(2), out=places)


def test_questions_about_types_and_shapes():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    answers = []
    for t in (pellucid, torch):
        x = t.ones(2, 3)
        answers.append(
            [
                *(t.is_complex(x), t.is_nonzero(x[0, 0]), t.can_cast(t.float32, t.int64)),
                *(str(t.promote_types(t.int32, t.float32)), str(t.promote_types(t.uint8, t.int8))),
                *(tuple(t.broadcast_shapes((2, 1), (3,))), x.sum_to_size(1, 3).tolist()),
                *(x[0].sgn().tolist(), t.trapz(x[0]).item(), x.nbytes),
            ]
        )
    assert answers[0] == answers[1]


def test_small_whole_numbers_come_round():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for t in (pellucid, torch):
        x = t.tensor([250, 5], dtype=t.uint8)
        assert (x + 10).tolist() == [4, 15]
        assert (x * 300).tolist() == [(250 * 44) % 256, 220]
        assert (x - 6).tolist() == [244, 255]
        assert (t.zeros(2, dtype=t.int8) + 200).tolist() == [-56, -56]
        assert (x == 506).tolist() == [True, False]
        assert x.clone().fill_(-1).tolist() == [255, 255]
        for wrong in (lambda x=x: x.fill_(300), lambda x=x: x.__setitem__(0, 300)):
            with pytest.raises(RuntimeError, match="without overflow"):
                wrong()
        with pytest.raises(RuntimeError):
            t.full((2,), 300, dtype=t.uint8)


def test_conditions_are_boolean_and_products_of_one_type():
    x = pellucid.ones(2)
    with pytest.raises(RuntimeError, match="boolean"):
        pellucid.where(x, 1.0, 0.0)
    with pytest.raises(RuntimeError, match="boolean"):
        x.masked_fill(x.long(), 0.0)
    with pytest.raises(RuntimeError, match="one dtype"):
        pellucid.einsum("i,i->", x, x.double())


def test_settings_change_no_answer(monkeypatch):
    pellucid.use_deterministic_algorithms(True)
    assert pellucid.are_deterministic_algorithms_enabled()
    pellucid.set_float32_matmul_precision("high")
    with pytest.raises(ValueError, match="precision"):
        pellucid.set_float32_matmul_precision("low")
    layer = pellucid.nn.Linear(2, 2)
    assert pellucid.compile(layer) is layer
    with pellucid.autocast("cpu", enabled=False):
        assert layer(pellucid.ones(1, 2)).dtype == pellucid.float32
    with pytest.raises(NotImplementedError, match="enabled=False"):
        pellucid.autocast("cpu")
    scaler = pellucid.amp.GradScaler(enabled=False)
    step = pellucid.optim.SGD(layer.parameters(), lr=0.1)
    scaler.scale(layer(pellucid.ones(1, 2)).sum()).backward()
    before = layer.bias.detach().clone()
    scaler.unscale_(step)
    scaler.step(step)
    scaler.update()
    np.testing.assert_allclose((before - layer.bias).detach().numpy(), [0.1, 0.1], 1e-6)


def test_numbers_are_printed_as_asked():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    numbers = np.linspace(0, 12345.678, 30)
    try:
        for options in (
            {"precision": 2},
            {"sci_mode": False},
            {"sci_mode": True},
            {"linewidth": 40},
            {"threshold": 10, "edgeitems": 2},
            {"profile": "short"},
        ):
            for t in (pellucid, torch):
                t.set_printoptions(profile="default")
                t.set_printoptions(**options)
            assert repr(pellucid.tensor(numbers)) == repr(torch.tensor(numbers))
    finally:
        for t in (pellucid, torch):
            t.set_printoptions(profile="default")


def test_the_stream_goes_on_after_a_fork():
    pellucid.manual_seed(0)
    first = pellucid.rand(2)
    pellucid.manual_seed(0)
    with pellucid.random.fork_rng():
        pellucid.rand(7)
    assert_array_equal(pellucid.rand(2).numpy(), first.numpy())


def test_backward_takes_the_gradient_by_its_name():
    x = pellucid.ones(2, requires_grad=True)
    (3 * x).backward(gradient=pellucid.tensor([1.0, 2.0]))
    assert_array_equal(x.grad.numpy(), [3, 6])


def test_a_nan_in_a_gradient_is_an_anomaly():
    def run():
        x = pellucid.zeros(1, requires_grad=True)
        (x.sqrt() * 0).sum().backward()
        return x.grad

    assert run().isnan().all()
    said = r"'SqrtBackward0' returned nan values in its 0th"
    with pytest.raises(RuntimeError, match=said), pellucid.autograd.detect_anomaly():
        run()
    pellucid.autograd.set_detect_anomaly(True)
    with pytest.raises(RuntimeError, match="nan"):
        run()
    pellucid.autograd.set_detect_anomaly(False)
    assert run().isnan().all()


def test_jacobians_and_hessians_are_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    start, found = np.array([1.0, 2.0, -1.0]), []
    for t in (pellucid, torch):
        F = t.autograd.functional
        x, v = t.tensor(start), t.tensor([0.5, -1.0, 2.0], dtype=t.float64)

        def square(x, t=t):
            return t.stack([x[0] * x[1], (x**3).sum()])

        def cubes(x):
            return (x**3).sum() * x[0]

        both = F.jacobian(lambda a, b: a * b, (x, v))
        found.append(
            [
                *(F.jacobian(square, x), F.hessian(cubes, x), *both),
                *(F.jvp(square, x, v)[1], F.hvp(cubes, x, v)[1]),
                F.vjp(square, x, v[:2])[1],
            ]
        )
    for ours, theirs in zip(*found, strict=True):
        close(ours, theirs, 1e-12)
