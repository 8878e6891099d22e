"""Special functions beside PyTorch's: values, two derivatives, ends; their definitions."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid import special
from tests.agree import agree

INSIDE = np.linspace(0.05, 0.95, 7)
X = np.array([-3.0, -0.5, 0.25, 1.0, 4.0])
CASES = {
    "entr": (lambda S, x: S.entr(x), INSIDE),
    "i0": (lambda S, x: S.i0(x), X),
    "i1": (lambda S, x: S.i1(x), X),
    "log_ndtr": (lambda S, x: S.log_ndtr(x), X),
    "multigammaln": (lambda S, x: S.multigammaln(x, 3), INSIDE + 1),
    "ndtr": (lambda S, x: S.ndtr(x), X),
    "ndtri": (lambda S, x: S.ndtri(x), INSIDE),
    "polygamma": (lambda S, x: S.polygamma(1, x), INSIDE),
    "xlog1py": (lambda S, x, y: S.xlog1py(x, y), X, np.array([0.5, 1.0, 2.0, 0.1, 0.2])),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives_are_pytorchs(name, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    case, *inputs = CASES[name]
    second = name != "i1"  # PyTorch has none
    agree(
        lambda *xs: case(special, *xs),
        lambda *xs: case(torch.special, *xs),
        *inputs,
        dtype=dtype,
        second=second,
    )


@pytest.mark.parametrize("name", ["entr", "i0", "i1", "log_ndtr", "ndtr", "ndtri"])
def test_ends_and_whole_numbers_are_pytorchs(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    for values in ([0.0, -1.0, 1.0, math.inf, math.nan, -40.0], [0, 1]):
        mine = getattr(special, name)(pellucid.tensor(values))
        theirs = getattr(torch.special, name)(torch.tensor(values))
        assert str(mine.dtype) == str(theirs.dtype)
        assert_allclose(mine.numpy(), theirs.numpy(), 1e-5)


def test_what_must_be_true():
    x = pellucid.tensor(X)
    assert_allclose(special.ndtri(special.ndtr(x)).numpy(), X, 1e-10)
    assert_allclose((special.ndtr(x) + special.ndtr(-x)).numpy(), np.ones(5), 1e-14)
    assert special.xlog1py(pellucid.zeros(1), -pellucid.ones(1)).item() == 0
    assert special.i1(pellucid.zeros(1)).item() == 0
    zero = pellucid.zeros(1, requires_grad=True)
    special.i1(zero).sum().backward()
    assert zero.grad.item() == 0.5
    with pytest.raises(RuntimeError, match="greater than"):
        special.multigammaln(pellucid.ones(1), 4)
