"""Functions that a program writes itself: forward, backward, and the backward of backward."""

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import pellucid
from pellucid.autograd import Function, grad, gradcheck, gradgradcheck
from pellucid.autograd.function import once_differentiable


def functions(torch):
    """The same Functions in either library."""

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.exp(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, dy):
            (y,) = ctx.saved_tensors
            return dy * y

    class Power(torch.autograd.Function):
        @staticmethod
        def forward(x, n):
            return x**n, x * 0 + n

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, ctx.n = inputs
            ctx.save_for_backward(x, None)
            ctx.mark_non_differentiable(output[1])

        @staticmethod
        def backward(ctx, dy, _):
            x, nothing = ctx.saved_tensors
            assert nothing is None
            return dy * ctx.n * x ** (ctx.n - 1), None

    class Linear(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w, b=None):
            ctx.save_for_backward(x, w)
            return x @ w if b is None else x @ w + b

        @staticmethod
        def backward(ctx, dy):
            x, w = ctx.saved_tensors
            wanted = ctx.needs_input_grad
            return (
                dy @ w.T if wanted[0] else None,
                x.T @ dy if wanted[1] else None,
                dy if len(wanted) > 2 and wanted[2] else None,  # PyTorch too sums what is broadcast
            )

    class Sorted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, places = torch.sort(x)
            ctx.save_for_backward(places)
            return values, places, "a word"

        @staticmethod
        def backward(ctx, dy, *_):
            (places,) = ctx.saved_tensors
            return torch.zeros_like(dy).index_copy(0, places, dy)

    return Exp, Power, Linear, Sorted


EXP, POWER, LINEAR, SORTED = functions(pellucid)
RNG = np.random.default_rng(0)
X, W, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)


def computed(torch):
    Exp, Power, Linear, Sorted = functions(torch)
    x, w, b = (torch.tensor(a, requires_grad=True) for a in (X, W, B))
    y, constant = Power.apply(Exp.apply(x), 3)
    assert constant.requires_grad is False
    z = Linear.apply(y, w, b) + Linear.apply(x, w)
    values, places, word = Sorted.apply(z[:, 0])
    assert (word, places.requires_grad) == ("a word", False)
    loss = (values * torch.arange(4.0, dtype=torch.float64)).sum() + (z * z).sum()
    first = torch.autograd.grad(loss, (x, w, b), create_graph=True)
    second = torch.autograd.grad(sum((g * g).sum() for g in first), (x, w, b))
    return [t.detach().numpy() for t in (loss, *first, *second)]


def test_values_and_two_derivatives_are_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for found, expected in zip(computed(pellucid), computed(torch), strict=True):
        assert_allclose(found, expected, 1e-10)


def test_gradients_are_what_differences_say():
    x, w = (pellucid.tensor(a, requires_grad=True) for a in (X, W))
    assert gradcheck(EXP.apply, (x,))
    assert gradgradcheck(EXP.apply, (x,))
    assert gradgradcheck(lambda x: POWER.apply(x, 3)[0], (x,))
    assert gradgradcheck(LINEAR.apply, (x, w))


def test_backward_may_differ_from_the_slope():
    class Straight(Function):
        @staticmethod
        def forward(ctx, x):
            return (x > 0).float()

        @staticmethod
        def backward(ctx, dy):
            return dy.clamp(-1, 1)

    x = pellucid.tensor([-1.0, 2.0], requires_grad=True)
    y = Straight.apply(x)
    assert y.grad_fn.name() == "StraightBackward"
    (y * pellucid.tensor([0.5, 7.0])).sum().backward()
    assert_array_equal(x.grad.numpy(), [0.5, 1.0])


def test_an_input_may_be_given_back():
    class Reversed(Function):
        @staticmethod
        def forward(ctx, x, scale):
            ctx.scale = scale
            return x.view_as(x) if scale > 1 else x

        @staticmethod
        def backward(ctx, dy):
            return -ctx.scale * dy, None

    x = pellucid.ones(2, requires_grad=True)
    Reversed.apply(x, 0.5).sum().backward()
    Reversed.apply(x, 2.0).sum().backward()
    assert_array_equal(x.grad.numpy(), [-2.5, -2.5])


def test_forward_runs_once_however_often_gradients_are_taken():
    runs = []

    class Noisy(Function):
        @staticmethod
        def forward(ctx, x):
            runs.append(1)
            noise = pellucid.randn(3).double()
            ctx.save_for_backward(x, noise)
            return x * x * noise

        @staticmethod
        def backward(ctx, dy):
            x, noise = ctx.saved_tensors
            return 2 * dy * x * noise

    x = pellucid.tensor([1.0, 2.0, 3.0], dtype=pellucid.float64, requires_grad=True)
    y = Noisy.apply(x)
    (first,) = grad((y * y).sum(), x, create_graph=True)
    (second,) = grad(first.sum(), x)
    assert len(runs) == 1
    assert_allclose(second.numpy(), (12 * y / x / x * y).detach().numpy() / 1.0)


def test_nothing_is_recorded_where_nothing_is_wanted():
    assert not EXP.apply(pellucid.ones(2)).requires_grad
    with pellucid.no_grad():
        assert not EXP.apply(pellucid.ones(2, requires_grad=True)).requires_grad


def test_no_cycle_is_left_behind():
    x = pellucid.ones(2, requires_grad=True)
    gc.disable()
    try:
        y = EXP.apply(x)
        (first,) = grad(y.sum(), x, create_graph=True)
        first.sum().backward()
        died = [weakref.ref(thing) for thing in (y, first, y.numpy(force=True))]
        del y, first
        assert all(ref() is None for ref in died)
    finally:
        gc.enable()


def failing(give, keep=None):
    class Failing(Function):
        @staticmethod
        def forward(ctx, x, n):
            if keep is not None:
                ctx.save_for_backward(keep)
            return 2 * x

        @staticmethod
        def backward(ctx, dy):
            return give(dy)

    return Failing.apply(pellucid.ones(3, requires_grad=True), 1).sum()


def test_wrong_gradients_are_refused():
    with pytest.raises(RuntimeError, match=r"incorrect number of gradients \(expected 2, got 1"):
        failing(lambda dy: dy).backward()
    with pytest.raises(RuntimeError, match=r"index 0 - got \[2\] but expected shape .* \[3\]"):
        failing(lambda dy: (dy[:2], None)).backward()
    with pytest.raises(TypeError, match="save_for_backward keeps tensors"):
        failing(lambda dy: (dy, None), keep=3)
    failing(lambda dy: (dy, None, None)).backward()  # None more does no harm
    with pytest.raises(RuntimeError, match="incorrect number of gradients"):
        failing(lambda dy: (dy, None, dy)).backward()


def test_backward_is_told_which_gradients_are_needed():
    seen = []

    class Power(Function):
        @staticmethod
        def forward(ctx, x, y, n):
            return x**n + y

        @staticmethod
        def backward(ctx, dy):
            seen.append(ctx.needs_input_grad)
            return dy, dy, None

    x, y = pellucid.ones(2, requires_grad=True), pellucid.ones(2)
    Power.apply(x, y, 2).sum().backward()
    Power.apply(y, x, 2).sum().backward()
    assert seen == [(True, False, False), (False, True, False)]


def test_what_was_saved_and_then_changed_is_an_error():
    x = pellucid.ones(2, requires_grad=True)
    y = EXP.apply(x)
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_what_is_written_nowhere_says_so():
    with pytest.raises(NotImplementedError, match="forward"):
        Function.apply(pellucid.ones(1))
    with pytest.raises(RuntimeError, match="a second time"):
        y = EXP.apply(pellucid.ones(2, requires_grad=True)).sum()
        y.backward()
        y.backward()


def test_once_differentiable_is_differentiable_once():
    class Cubed(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @once_differentiable
        def backward(ctx, dy):
            return dy * 3 * ctx.saved_tensors[0] ** 2

    x = pellucid.tensor([2.0], requires_grad=True)
    (first,) = grad(Cubed.apply(x), x, create_graph=True)
    assert first.item() == 12
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.backward()


def kinds(torch):
    """Functions whose arguments and results are of kinds that are seldom seen."""

    class Parts(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, zeros):
            ctx.set_materialize_grads(zeros)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, left, right):
            seen.append([g if g is None else g.tolist() for g in (left, right)])
            return left, None

    class Wider(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, dy):
            return dy.double() * 2

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * x
            ctx.save_for_backward(x)
            return y, y

        @staticmethod
        def backward(ctx, left, right):
            return 2 * ctx.saved_tensors[0] * (left + right)

    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(x)
            ctx.mark_dirty(x)
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, dy):
            return 2 * dy * ctx.saved_tensors[0].sqrt()

    seen = []
    return Parts, Wider, Twice, Doubled, seen


@pytest.fixture(params=["ours", "PyTorch"])
def lib(request):
    if request.param == "ours":
        return pellucid
    return pytest.importorskip("torch", reason="PyTorch is what this is compared with")


def test_an_output_that_nothing_used_has_zeros_or_none(lib):
    parts, *_, seen = kinds(lib)
    x = lib.ones(2, requires_grad=True)
    parts.apply(x, True)[0].sum().backward()
    parts.apply(x, False)[0].sum().backward()
    assert seen == [[[1, 1], [0, 0]], [[1, 1], None]]


def test_a_gradient_takes_the_type_of_what_it_is_by(lib):
    _, wider, *_ = kinds(lib)
    x = lib.ones(2, requires_grad=True)
    wider.apply(wider.apply(x)).sum().backward()
    assert x.grad.dtype == lib.float32
    assert x.grad.tolist() == [4, 4]


def test_one_tensor_given_back_twice_is_one_tensor(lib):
    twice = kinds(lib)[2]
    x = lib.tensor([2.0, 3.0], requires_grad=True)
    left, right = twice.apply(x)
    assert left is right
    (g,) = lib.autograd.grad((left * right).sum(), x, create_graph=True)
    assert g.tolist() == [32, 108]
    assert lib.autograd.grad(g.sum(), x)[0].tolist() == [48, 108]


def test_an_input_that_forward_changes_is_the_output(lib):
    doubled = kinds(lib)[3]
    x = lib.tensor([2.0, 3.0], requires_grad=True)
    y = x * 1
    z = doubled.apply(y)
    assert z is y
    (g,) = lib.autograd.grad((y * 5).sum(), x, create_graph=True)
    assert g.tolist() == [20, 30]
    assert lib.autograd.grad(g.sum(), x)[0].tolist() == [10, 10]
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        doubled.apply(x)


def test_a_view_that_forward_changes_changes_its_base(lib):
    doubled = kinds(lib)[3]
    x = lib.tensor([2.0, 3.0], requires_grad=True)
    y = x * 1
    doubled.apply(y[:1])
    (y * 5).sum().backward()
    assert x.grad.tolist() == [20, 5]


def test_an_input_that_was_changed_before_may_be_given_back(lib):
    class Same(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, dy):
            return dy * 3

    x = lib.ones(2, requires_grad=True)
    y = x * 1
    y.mul_(2)
    (Same.apply(y) * 5).sum().backward()
    assert x.grad.tolist() == [30, 30]


@pytest.mark.filterwarnings("ignore:.*should not be instantiated")
def test_forward_without_a_class_is_refused(lib):
    with pytest.raises(RuntimeError, match="Legacy autograd function"):
        kinds(lib)[1]()(lib.ones(2))
