"""Complex numbers beside PyTorch's: values, gradients, second derivatives, a line a case."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid

RNG = np.random.default_rng(0)
Z, W = (RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3)) for _ in range(2))
X = RNG.normal(size=(3, 3))
CASES = {
    **{
        name: (lambda t, z, name=name: getattr(t, name)(z), Z)
        for name in (
            *("abs", "acos", "acosh", "angle", "asin", "asinh", "atan", "atanh", "conj", "cos"),
            *("cosh", "exp", "imag", "log", "log10", "prod", "real", "reciprocal", "rsqrt"),
            *("sgn", "sin", "sinh", "sqrt", "square", "tan", "tanh", "view_as_real"),
        )
    },
    "angle of real": (lambda t, x: t.angle(x), X),
    "conj of real": (lambda t, x: t.conj(x), X),
    "sgn of real": (lambda t, x: t.sgn(x), X),
    "real and complex": (lambda t, x, z: x * z + x / z, X, Z),
    "by a number": (lambda t, x: x * (2 + 1j), X),
    "power": (lambda t, z: z**3, Z),
    "powers": (lambda t, z, w: z**w, Z, W),
    "quotient": (lambda t, z, w: z / w, Z, W),
    "matmul": (lambda t, z, w: z @ w, Z, W),
    "mH": (lambda t, z: z.mH @ z.H, Z),
    "vdot": (lambda t, z, w: t.vdot(z[0], w[0]), Z, W),
    "vecdot": (lambda t, z, w: t.linalg.vecdot(z, w), Z, W),
    "complex": (lambda t, x: t.complex(x, x * x), X),
    "polar": (lambda t, x: t.polar(x.exp(), x), X),
    "view_as_complex": (lambda t, x: t.view_as_complex(x[:, :2] + 0), X),
    "var": (lambda t, z: t.var(z, 1), Z),
    "std": (lambda t, z: t.std(z), Z),
    "norm": (lambda t, z: t.norm(z), Z),
    "norm by rows": (lambda t, z: t.linalg.norm(z, 3, dim=1), Z),
    "cumprod": (lambda t, z: t.cumprod(z, 1), Z),
    "logdet": (lambda t, z: t.logdet(z), Z),
    "logsumexp": (lambda t, z: t.logsumexp(z, 0), Z),
    "index": (lambda t, z: z[[0, 2, 0]].sum(0), Z),
    "inv": (lambda t, z: t.linalg.inv(z), Z),
    "det": (lambda t, z: t.linalg.det(z), Z),
    "slogdet": (lambda t, z: t.linalg.slogdet(z)[1], Z),
    "solve": (lambda t, z, w: t.linalg.solve(z, w), Z, W),
    "cov": (lambda t, z: t.cov(z), Z),
}


def derivatives(t, case, arrays, weights):
    """The value, the gradients, and their own, all along given weights."""
    inputs = [t.tensor(a, requires_grad=True) for a in arrays]
    y = case(t, *inputs)
    ahead = t.tensor(weights(tuple(y.shape), y.numpy(force=True).dtype))
    first = t.autograd.grad(y, inputs, ahead, create_graph=True)
    found = [y, *first]
    live = [g for g in first if g.requires_grad]
    if live:
        twice = [t.tensor(g.numpy(force=True) ** 2) for g in live]
        found += t.autograd.grad(live, inputs, twice, materialize_grads=True, allow_unused=True)
    return [x.numpy(force=True) for x in found]


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives_are_pytorchs(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    case, *arrays = CASES[name]

    def weights(shape, kind):
        drawn = np.random.default_rng(1).normal(size=(2, *shape))
        return drawn[0] + 1j * drawn[1] if kind.kind == "c" else drawn[0]

    found = [derivatives(t, case, arrays, weights) for t in (pellucid, torch)]
    for mine, theirs in zip(*found, strict=True):
        assert mine.dtype == theirs.dtype
        assert_allclose(mine, theirs, 1e-9, 1e-9 * max(1, np.abs(theirs).max()))


def test_gradients_are_those_of_both_parts():
    """z̄ = ∂L/∂x + i ∂L/∂y, by differences of a real L."""

    def loss(z):
        w = z * z.conj() * (1 + 2j) + z.exp() / (z + 3)
        return (w.abs() + w.angle() + w.real * w.imag).sum()

    z, step = pellucid.tensor(Z, requires_grad=True), 1e-6
    loss(z).backward()
    for direction in (1, 1j):
        d = np.zeros((3, 3), complex)
        d[1, 2] = step * direction
        slope = (loss(pellucid.tensor(Z + d)) - loss(pellucid.tensor(Z - d))).item() / (2 * step)
        part = z.grad[1, 2].real if direction == 1 else z.grad[1, 2].imag
        assert part.item() == pytest.approx(slope, rel=1e-6)


def test_what_is_not_complex_or_not_real_is_refused():
    with pytest.raises(RuntimeError, match="non-complex"):
        pellucid.imag(pellucid.ones(2))
    with pytest.raises(RuntimeError, match="one dtype"):
        pellucid.complex(pellucid.ones(2), pellucid.ones(2).double())
    with pytest.raises(RuntimeError, match="real scalar"):
        pellucid.tensor(1j, requires_grad=True).backward()
