"""Each function of tensors against PyTorch's: value, gradient, second derivative, a line a case."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import pellucid.autograd.functions as ours
from pellucid.autograd.shapes import parts
from tests.agree import Normal, agree

A, B, V = Normal((3, 4)), Normal((4, 2)), Normal((4,))
CUBE = Normal((2, 3, 4))
POSITIVE = np.random.default_rng(1).uniform(0.2, 0.9, (3, 4))
MASK = np.random.default_rng(2).random((3, 4)) < 0.5
INDEX = np.random.default_rng(3).integers(0, 3, (3, 4))
CASES = {
    **{
        name: (name, POSITIVE)
        for name in ours.pointwise.UNARIES
        if name not in ("acosh", "positive")
    },
    "acosh": ("acosh", POSITIVE + 1),
    "abs of both signs": ("abs", A),
    "neg": ("neg", A),
    "add": ("add", A, A),
    "add broadcast": ("add", CUBE, V),
    "add number": ("add", A, 2.5),
    "sub broadcast both": ("sub", Normal((3, 1)), Normal((1, 4))),
    "mul": ("mul", CUBE, Normal((3, 1))),
    "mul scalar tensor": ("mul", A, Normal(())),
    "div": ("div", A, POSITIVE),
    "div number": ("div", A, 3),
    "pow number": ("pow", POSITIVE, 3),
    "pow tensor": ("pow", POSITIVE, A),
    "pow of number": ("pow", 2.0, A),
    "pow at zero": ("pow", np.array([0.0, 1.0, 2.0]), 2),
    "maximum": ("maximum", A, A),
    "maximum of equals": ("maximum", np.ones(3), np.ones(3)),
    "minimum": ("minimum", A, Normal((1, 4))),
    "atan2": ("atan2", A, A),
    "clamp": ("clamp", A, -0.5, 0.5),
    "clamp below": ("clamp", A, -0.1),
    "where": ("where", MASK, A, A),
    "lerp": ("lerp", A, A, 0.3),
    "masked_fill": ("masked_fill", A, MASK, 7.0),
    "sum": ("sum", A),
    "sum dim": ("sum", CUBE, 1),
    "sum dims keep": ("sum", CUBE, (0, 2), True),
    "mean": ("mean", CUBE, -1),
    "mean all": ("mean", CUBE),
    "prod": ("prod", A),
    "prod dim": ("prod", A, 1),
    "prod with a zero": ("prod", np.array([2.0, 0.0, 3.0])),
    "var": ("var", A),
    "var dim": ("var", CUBE, 1),
    "std": ("std", A, 0),
    "max": ("max", A),
    "max dim": ("max", A, 1),
    "min dim keep": ("min", A, 0, True),
    "amax": ("amax", CUBE, (0, 2)),
    "amin of equals": ("amin", np.ones((2, 3)), 1),
    "argmax": ("argmax", A, 1),
    "argmin": ("argmin", A),
    "logsumexp": ("logsumexp", A, 1),
    "logsumexp of large": ("logsumexp", np.array([[1e4, 1e4 + 1], [-1e4, 0]]), 1),
    "cumsum": ("cumsum", A, 1),
    "cumprod": ("cumprod", A, 0),
    "sort": ("sort", A, 1),
    "sort down": ("sort", A, 0, True),
    "topk": ("topk", A, 2),
    "norm": ("norm", A),
    "norm 1": ("norm", A, 1, 1),
    "reshape": ("reshape", CUBE, (4, 6)),
    "flatten": ("flatten", CUBE, 1),
    "permute": ("permute", CUBE, (2, 0, 1)),
    "transpose": ("transpose", CUBE, 0, 2),
    "t": ("t", A),
    "squeeze": ("squeeze", Normal((1, 3, 1))),
    "squeeze dim": ("squeeze", Normal((1, 3, 1)), 2),
    "unsqueeze": ("unsqueeze", A, 1),
    "flip": ("flip", A, (0, 1)),
    "roll": ("roll", A, 1, 1),
    "tril": ("tril", A, -1),
    "triu": ("triu", A, 1),
    "narrow": ("narrow", A, 1, 1, 2),
    "select": ("select", A, 0, 1),
    "split": ("split", Normal((5, 2)), 2),
    "split sizes": ("split", Normal((5, 2)), [1, 4]),
    "chunk": ("chunk", Normal((5, 2)), 3),
    "unbind": ("unbind", A),
    "unbind last": ("unbind", CUBE, -1),
    "chunk of a view": ("chunk", Normal((5, 2, 3)), 2, -1),
    "gather": ("gather", A, 0, INDEX),
    "scatter_add": ("scatter_add", A, 0, INDEX, A),
    "index_select": ("index_select", A, 1, np.array([1, 1, 3])),
    "masked_select": ("masked_select", A, MASK),
    "take": ("take", A, np.array([0, 5, 5])),
    "tile": ("tile", A, (2, 3)),
    "repeat_interleave": ("repeat_interleave", A, 2, 1),
    "diagonal": ("diagonal", A),
    "diag": ("diag", V, 1),
    "broadcast_to": ("broadcast_to", Normal((3, 1)), (2, 3, 4)),
    "matmul": ("matmul", A, B),
    "matmul batches": ("matmul", Normal((2, 1, 3, 4)), Normal((5, 4, 2))),
    "matmul batch by matrix": ("matmul", CUBE, B),
    "matmul vector": ("matmul", V, B),
    "matmul by vector": ("matmul", CUBE, V),
    "matmul vectors": ("matmul", V, V),
    "mm": ("mm", A, B),
    "bmm": ("bmm", Normal((2, 3, 4)), Normal((2, 4, 5))),
    "mv": ("mv", A, V),
    "dot": ("dot", V, V),
    "outer": ("outer", V, Normal((3,))),
    "addmm": ("addmm", Normal((3, 2)), A, B),
    "einsum": ("einsum", "ij,jk->ik", A, B),
    "einsum batch": ("einsum", "bij,bkj->bik", Normal((2, 3, 4)), Normal((2, 5, 4))),
    "einsum dots": ("einsum", "...i,ij->...j", CUBE, B),
    "einsum sum": ("einsum", "ij->j", A),
    "einsum outer": ("einsum", "i,j->ij", V, Normal((3,))),
    "multiply": ("multiply", A, A),
    "positive": ("positive", A),
    "fmod": ("fmod", A, POSITIVE),
    "remainder": ("remainder", A, POSITIVE),
    "movedim": ("movedim", CUBE, 0, 2),
    "unflatten": ("unflatten", CUBE, 2, (2, 2)),
    "scatter": ("scatter", A, 0, np.array([[2, 0, 1, 2]]), Normal((1, 4))),
    "argsort": ("argsort", A, 1),
    "any": ("any", MASK, 1),
    "all": ("all", MASK, 0, True),
    "clamp_min": ("clamp_min", A, 0.1),
    "clamp_max": ("clamp_max", A, 0.1),
    "ravel": ("ravel", CUBE),
    "var_mean": ("var_mean", CUBE, 1),
    "std_mean": ("std_mean", CUBE, (0, 2)),
    "median": ("median", A),
    "median dim": ("median", A, 1, True),
    "unique": ("unique", INDEX),
    "nonzero": ("nonzero", MASK),
    "empty": ("mul", Normal((0, 4)), Normal((0, 4))),
    "sum of nothing": ("sum", Normal((0, 4)), 0),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, *inputs = CASES[case]
    agree(ours.PUBLIC[name], getattr(torch, name), *inputs, dtype=dtype)


OF_SEVERAL = {
    "cat": [(A, A, Normal((2, 4))), 0],
    "cat of the last": [(A, Normal((3, 1))), -1],
    "stack": [(A, A), 1],
    "hstack": [(A, Normal((3, 2)))],
    "hstack of vectors": [(V, V)],
    "vstack": [(A, V)],
    "meshgrid": [(V, Normal((3,)))],
}


@pytest.mark.parametrize("case", OF_SEVERAL)
def test_functions_of_several_agree(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, (inputs, *options) = case.split()[0], OF_SEVERAL[case]
    indexing = {"indexing": "ij"} if name == "meshgrid" else {}
    functions = ours.PUBLIC[name], getattr(torch, name)
    agree(*[lambda *x, f=f: f(list(x), *options, **indexing) for f in functions], *inputs)


METHODS = {
    "view": (CUBE, (4, 6)),
    "expand": (Normal((3, 1)), (2, 3, 4)),
    "repeat": (A, (2, 1, 3)),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_agree(name):
    x, sizes = METHODS[name]
    agree(*[lambda x: getattr(x, name)(*sizes)] * 2, x)


def test_the_gradient_of_parts_lies_as_what_was_cut():
    """So that what a view was cut from, queries, keys and values of all heads, gets it whole."""
    x = np.random.default_rng(0).standard_normal((4, 5, 3, 2)).transpose(2, 0, 3, 1)
    for compiled in parts.kernels:
        out, vjp = compiled(x, 0, (1, 3))
        assert all(np.shares_memory(part, x) for part in out)
        back = vjp(*out)
        assert_array_equal(back, x)
    assert back.strides == x.strides
