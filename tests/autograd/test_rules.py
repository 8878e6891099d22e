"""The rules that let one body serve arrays and Tensors: read in the source of every op."""

import ast
from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid.autograd.rules import RULES
from pellucid.autograd.tensor import Tensor

SOURCE = Path(pellucid.__file__).parent
OF_ARRAYS = {  # methods that mean something else on a Tensor, or that it has not
    *("all", "any", "argmax", "argmin", "argsort", "astype", "clip", "copy", "cumprod", "cumsum"),
    *("dot", "fill", "flatten", "item", "max", "mean", "min", "prod", "ravel", "repeat"),
    *("reshape", "round", "size", "sort", "squeeze", "std", "sum", "swapaxes", "take", "tolist"),
    *("transpose", "var"),
}
DECORATORS = {"op", "primitive"}


def _ops():
    """Each function that is decorated as an op, and those within it."""
    for path in sorted([*SOURCE.glob("autograd/*.py"), *SOURCE.glob("nn/functional/*.py")]):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                calls = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
                if any(isinstance(c, ast.Name) and c.id in DECORATORS for c in calls):
                    yield pytest.param(node, id=f"{path.stem}.{node.name}")


def _methods(tree):
    """The methods of arrays that are called in a piece of source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            module = isinstance(owner, ast.Name) and owner.id in ("np", "math", "scipy")
            if not module and node.func.attr in OF_ARRAYS:
                yield ast.unparse(node.func)


@pytest.mark.parametrize("tree", [*_ops()])
def test_no_body_calls_a_method_of_an_array(tree):
    allowed = {"np.cumsum([x.shape[axis] for x in arrays]).tolist"}  # a list of Python's numbers
    assert not set(_methods(tree)) - allowed


@pytest.mark.parametrize("body", ["x.sum(-1)", "(x + 1).reshape(2)", "np.exp(x).max()"])
def test_a_method_would_be_seen(body):
    assert list(_methods(ast.parse(body)))
    assert not list(_methods(ast.parse("np.sum(x, -1) + x.shape[0] + math.prod(x.shape)")))


@pytest.mark.parametrize(
    "function", [np.convolve, np.interp, np.median, np.gradient, np.linalg.eig]
)
def test_a_function_of_numpy_without_a_rule_names_itself(function):
    x = Tensor._of(np.eye(3))
    x.requires_grad = True
    assert function not in RULES
    arguments = {np.convolve: (x[0], x[0]), np.interp: (x[0], x[0], x[0])}.get(function, (x,))
    with pytest.raises(TypeError, match=rf"np\.{function.__name__}"):
        function(*arguments)


UFUNCS = [f for f in RULES if isinstance(f, np.ufunc) and f.signature is None]


@pytest.mark.parametrize("function", UFUNCS, ids=lambda f: f.__name__)
def test_float32_stays_float32(function):
    x = Tensor._of(np.array([0.25, 0.5], np.float32))
    x.requires_grad = True
    y = function(*(x,) * function.nin)
    if y.dtype is not pellucid.bool:
        assert y.dtype is pellucid.float32
        y.sum().backward()
        assert x.grad.dtype is pellucid.float32
