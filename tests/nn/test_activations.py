"""Activations against PyTorch's: value, gradient, second derivative, extremes."""

import numpy as np
import pytest

from pellucid.nn import functional as F
from tests.agree import Normal, agree

X = Normal((5, 7))
FAR = np.array([[-1e30, -200.0, -20.5, -3.5, -0.6, 0.3], [0.7, 3.5, 7.0, 20.5, 200.0, 1e30]])
CASES = {
    **{
        name: (name, X)
        for name in (
            *("relu", "leaky_relu", "elu", "celu", "selu", "sigmoid", "tanh", "logsigmoid"),
            *("softplus", "silu", "mish", "gelu", "hardtanh", "relu6", "hardswish"),
            *("hardshrink", "softshrink", "tanhshrink", "softsign"),
        )
    },
    "leaky_relu 0.2": ("leaky_relu", X, 0.2),
    "elu 0.5": ("elu", X, 0.5),
    "celu 0.5": ("celu", X, 0.5),
    "softplus steep": ("softplus", X, 3, 2),
    "hardtanh wide": ("hardtanh", X, -0.2, 0.7),
    "threshold": ("threshold", X, 0.1, 20),
    "prelu": ("prelu", X, np.array([0.3])),
    "prelu of channels": ("prelu", Normal((2, 3, 4)), np.array([0.3, -0.2, 0.1])),
    "glu": ("glu", Normal((3, 6))),
    "glu 0": ("glu", Normal((4, 3)), 0),
    "softmax": ("softmax", X, 1),
    "softmax 0": ("softmax", X, 0),
    "softmin": ("softmin", X, -1),
    "log_softmax": ("log_softmax", X, 1),
    "softmax of one": ("softmax", Normal((3, 1)), 1),
    "softmax of nothing": ("softmax", Normal((0, 3)), 1),
    "relu of nothing": ("relu", Normal((0,))),
}
FLAT_FAR = [
    "relu",
    "leaky_relu",
    "elu",
    "sigmoid",
    "tanh",
    "logsigmoid",
    "softplus",
    "silu",
    "gelu",
    "softmax",
    "log_softmax",
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, *inputs = CASES[case]
    agree(getattr(F, name), getattr(torch.nn.functional, name), *inputs, dtype=dtype)


def test_gelu_by_tanh():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    agree(
        lambda x: F.gelu(x, approximate="tanh"),
        lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
        X,
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FLAT_FAR)
def test_far_from_zero_nothing_overflows(name, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    dim = [1] if "softmax" in name else []
    functions = getattr(F, name), getattr(torch.nn.functional, name)
    agree(*functions, FAR, *dim, dtype=dtype, second=False)


def test_hardsigmoid():
    """In float32 alone: in float64 PyTorch divides by a six of seven digits; nor has it a second
    derivative."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    functions = F.hardsigmoid, torch.nn.functional.hardsigmoid
    agree(*functions, Normal((5, 7)), dtype=np.float32, second=False)
