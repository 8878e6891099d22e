"""An op asks of its arrays only what NumPy's protocols give: so it runs on a GPU's.

Without a GPU these stand for them: arrays that refuse, as CuPy's do, to be turned into NumPy's or
to be mixed with them.
"""

import numpy as np
import pytest
from numpy.lib.mixins import NDArrayOperatorsMixin

import pellucid
from pellucid.models import CNN, GPT, MLP

NAMES = ("shape", "ndim", "dtype", "size", "strides", "nbytes", "itemsize", "flags")
METHODS = ("min", "max", "sum", "any", "all", "reshape", "astype", "copy", "item")


class Foreign(NDArrayOperatorsMixin):
    base = None

    def __init__(self, inside):
        self.inside = np.asarray(inside)

    def __getattr__(self, name):
        if name in METHODS:
            return lambda *args, **options: _wrapped(getattr(self.inside, name)(*args, **options))
        if name not in NAMES:
            raise AttributeError(name)
        return getattr(self.inside, name)

    def __bool__(self):
        return bool(self.inside)

    def __float__(self):
        return float(self.inside)

    @property
    def T(self):
        return Foreign(self.inside.T)

    def __len__(self):
        return len(self.inside)

    def __getitem__(self, index):
        return _wrapped(self.inside[_bare(index)])

    def __setitem__(self, index, value):
        self.inside[_bare(index)] = _bare(value)

    def __array__(self, *args, **options):
        raise TypeError("implicit conversion to a NumPy array is not allowed")

    def __array_ufunc__(self, function, method, *args, out=None, **options):
        if method != "at" and any(isinstance(x, np.ndarray) and x.ndim for x in args):
            raise TypeError(f"{function.__name__} of a NumPy array and another's")
        if out is not None:
            options["out"] = out
        result = getattr(function, method)(*_bare(args), **_bare(options))
        return _wrapped(result) if out is None else out[0]

    def __array_function__(self, function, types, args, options):
        return _wrapped(function(*_bare(args), **_bare(options)))


def _bare(x):
    if isinstance(x, Foreign):
        return x.inside
    if type(x) in (list, tuple):
        return type(x)(map(_bare, x))
    return {name: _bare(value) for name, value in x.items()} if isinstance(x, dict) else x


def _wrapped(x):
    if isinstance(x, (np.ndarray, np.generic)):
        return Foreign(x)
    return type(x)(map(_wrapped, x)) if isinstance(x, (list, tuple)) else x


rng = np.random.default_rng(0)
NETS = {
    "MLP": (lambda: MLP(8, 16, 3), rng.normal(size=(5, 8)).astype("f"), rng.integers(0, 3, 5)),
    "CNN": (
        lambda: CNN(1, 8, 8, 3),
        rng.normal(size=(5, 1, 8, 8)).astype("f"),
        rng.integers(0, 3, 5),
    ),
    "GPT": (
        lambda: GPT(11, 6, width=12, heads=2, layers=2),
        rng.integers(0, 11, (2, 6)),
        rng.integers(0, 11, (2, 6)),
    ),
}


def _gradients(name, to):
    """The loss, and its gradient by every parameter, of arrays taken elsewhere by ``to``."""
    make, x, y = NETS[name]
    pellucid.manual_seed(0)
    net, x, y = make(), pellucid.tensor(x), pellucid.tensor(y)
    for moved in (x, y, *net.parameters(), *net.buffers()):
        moved._array = to(moved._array)
    scores = net(x)
    loss = pellucid.nn.functional.cross_entropy(scores.reshape(-1, scores.shape[-1]), y.reshape(-1))
    loss.backward()
    return [loss._array, *[p.grad._array for p in net.parameters()]]


def _agree(name, to, back):
    for ours, expected in zip(_gradients(name, to), _gradients(name, np.copy), strict=True):
        assert not isinstance(ours, np.ndarray)
        np.testing.assert_allclose(back(ours), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", NETS)
def test_gradients_of_arrays_that_are_not_numpys(name):
    _agree(name, Foreign, lambda x: x.inside)


def test_an_optimiser_says_that_it_has_no_step_for_them():
    x = pellucid.ones(3, requires_grad=True)
    x._array = Foreign(x._array)
    (x * x).sum().backward()
    with pytest.raises(NotImplementedError, match="GPU"):
        pellucid.optim.SGD([x], lr=0.1, momentum=0.9).step()


@pytest.mark.skipif(not pellucid.cuda.is_available(), reason="no GPU: its rows were not run")
@pytest.mark.parametrize("name", NETS)
def test_gradients_on_a_gpu(name):
    import cupy

    _agree(name, cupy.asarray, cupy.asnumpy)
