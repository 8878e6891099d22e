"""Jacobians, products with them, and gradients checked by differences: PyTorch's, and refusals."""

import pytest

import pellucid as ours

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
BOTH = pytest.mark.parametrize("lib", [ours, torch], ids=["ours", "PyTorch"])


def two(x):
    return x * 2, x**3


def nothing(x):
    return (x.detach() * 3).sum()


CASES = {
    "vjp of several": lambda F, x: F.vjp(two, x, (x, x)),
    "vjp of one number": lambda F, x: F.vjp(lambda a: (a**3).sum(), x),
    "vjp of nothing": lambda F, x: F.vjp(nothing, x),
    "jvp of several": lambda F, x: F.jvp(two, x, x),
    "jvp by several": lambda F, x: F.jvp(lambda a, b: a * b, (x, x), (x, x)),
    "jvp of one number": lambda F, x: F.jvp(lambda a: a**3, x[0]),
    "jvp of nothing": lambda F, x: F.jvp(nothing, x, x),
    "hvp": lambda F, x: F.hvp(lambda a, b: (a * a * b).sum(), (x, x), (x, x)),
    "vhp": lambda F, x: F.vhp(lambda a: (a**3).sum() * a[0], x, x),
    "vhp of nothing": lambda F, x: F.vhp(lambda a: (a * 3).sum(), x, x),
    "jacobian of several": lambda F, x: F.jacobian(two, x),
    "jacobian of nothing": lambda F, x: F.jacobian(nothing, x),
    "jacobian at once": lambda F, x: F.jacobian(lambda a: a.exp(), x, vectorize=True),
    "jacobian, strict": lambda F, x: F.jacobian(lambda a: a.exp(), x, strict=True),
    "hessian of nothing": lambda F, x: F.hessian(lambda a: (a * 3).sum(), x),
    "hessian at once": lambda F, x: F.hessian(lambda a: (a**3).sum(), x, vectorize=True),
}
WRONG = {
    "vjp of many without v": (RuntimeError, lambda F, x: F.vjp(lambda a: a * 2, x)),
    "jvp by many without v": (RuntimeError, lambda F, x: F.jvp(lambda a: a * 2, x)),
    "v of another shape": (RuntimeError, lambda F, x: F.jvp(lambda a: a * 2, x, x[:1])),
    "hessian of many": (RuntimeError, lambda F, x: F.hessian(lambda a: a * 2, x)),
    "hvp of many": (RuntimeError, lambda F, x: F.hvp(lambda a: a * 2, x, x)),
    "strict, off the tape": (RuntimeError, lambda F, x: F.vjp(nothing, x, strict=True)),
    "strict, independent": (
        RuntimeError,
        lambda F, x: F.hessian(lambda a: (a * 3).sum(), x, strict=True),
    ),
    "no tensor out": (TypeError, lambda F, x: F.vjp(lambda a: 3, x)),
    "no tensor in": (TypeError, lambda F, x: F.jacobian(lambda a, b: a, (x, 3))),
}


def flat(found):
    if not isinstance(found, tuple):
        return [found.tolist()]
    return [one for several in found for one in flat(several)]


@pytest.mark.parametrize("case", CASES)
def test_values(case):
    start = [1.0, 2.0, -1.0]
    mine, theirs = (
        CASES[case](lib.autograd.functional, lib.tensor(start)) for lib in (ours, torch)
    )
    for a, b in zip(flat(mine), flat(theirs), strict=True):
        assert torch.allclose(torch.tensor(a), torch.tensor(b), rtol=1e-5)


@BOTH
@pytest.mark.parametrize("case", WRONG)
def test_refusals(case, lib):
    kind, ask = WRONG[case]
    with pytest.raises(kind):
        ask(lib.autograd.functional, lib.tensor([1.0, 2.0]))


def complex_numbers(lib):
    return lib.tensor([1 + 2j, -0.5 + 1j], dtype=lib.complex128, requires_grad=True)


@BOTH
@pytest.mark.parametrize(
    "function",
    [lambda z: z * z.conj(), lambda z: z.abs(), lambda z: z * z, lambda z: (z * z).real],
)
def test_gradcheck_of_complex_numbers(function, lib):
    assert lib.autograd.gradcheck(function, complex_numbers(lib))


def squared(lib, slope):
    class Squared(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, dy):
            return slope(dy, *ctx.saved_tensors)

    return Squared.apply


@BOTH
def test_gradcheck_finds_what_is_wrong(lib):
    gradcheck = lib.autograd.gradcheck
    z = complex_numbers(lib)
    assert gradcheck(squared(lib, lambda dy, x: 2 * dy * x.conj()), z)
    with pytest.raises(RuntimeError):  # the conjugate is forgotten
        gradcheck(squared(lib, lambda dy, x: 2 * dy * x), z)
    x = lib.ones(3, dtype=lib.float64, requires_grad=True)
    shaken = squared(lib, lambda dy, x: 2 * dy * x * (1 + 1e-7 * lib.rand_like(x)))
    with pytest.raises(RuntimeError, match="Backward is not reentrant"):
        gradcheck(shaken, x)
    assert gradcheck(shaken, x, nondet_tol=1e-5)
    with pytest.raises(RuntimeError):  # off the tape, and yet it changes
        gradcheck(lambda x: (x * x).detach(), x)
    with pytest.raises(RuntimeError, match="stride 0"):
        gradcheck(lambda x: x * x, lib.ones(1, dtype=lib.float64, requires_grad=True).expand(2))
    with pytest.raises(ValueError, match="at least one input"):
        gradcheck(lambda x: x * x, x.detach())
    with pytest.warns(UserWarning, match="double precision"):
        gradcheck(lambda x: x * 2, lib.ones(1, requires_grad=True), atol=0.1)


@BOTH
def test_gradgradcheck_takes_the_gradients_that_are_given(lib):
    x = lib.ones(3, dtype=lib.float64, requires_grad=True)
    assert lib.autograd.gradgradcheck(lambda x: x**3, x, lib.ones_like(x))
