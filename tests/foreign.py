"""Arrays that are not NumPy's, and refuse, as CuPy's do, to become them or to be mixed with them.

Without a GPU they stand for its arrays: what computes on them asks only what NumPy's protocols
give.
"""

import sys
import types

import numpy as np
import scipy.special
from numpy.lib.mixins import NDArrayOperatorsMixin

import pellucid

NAMES = ("shape", "ndim", "dtype", "size", "strides", "nbytes", "itemsize", "flags", "real")
TAKES_NUMPYS = np.array, np.asarray, np.take, np.take_along_axis  # to copy, or as places
METHODS = ("view", "min", "max", "sum", "any", "all", "reshape", "astype", "copy", "item")


class Foreign(NDArrayOperatorsMixin):
    base, device = None, types.SimpleNamespace(id=0)

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

    def __int__(self):
        return int(self.inside)

    def get(self):
        """What NumPy may have of it, if it says so."""
        return self.inside

    @property
    def T(self):
        return Foreign(self.inside.T)

    def __len__(self):
        return len(self.inside)

    def __getitem__(self, index):
        return _wrapped(self.inside[_bare(index)])

    def __setitem__(self, index, value):
        _refuse_numpy("assignment", [value])
        self.inside[_bare(index)] = _bare(value)

    def __array__(self, *args, **options):
        raise TypeError("implicit conversion to a NumPy array is not allowed")

    def __array_ufunc__(self, function, method, *args, out=None, **options):
        if getattr(np, function.__name__, None) is not function:
            return NotImplemented  # of SciPy's
        _refuse_numpy(function.__name__, args[:1] if method == "at" else args)
        if out is not None:
            options["out"] = out
        result = getattr(function, method)(*_bare(args), **_bare(options))
        return _wrapped(result) if out is None else out[0]

    def __array_function__(self, function, types, args, options):
        if function not in TAKES_NUMPYS:
            _refuse_numpy(function.__name__, [*args, *options.values()])
        return _wrapped(function(*_bare(args), **_bare(options)))


def _refuse_numpy(name, operands):
    for x in operands:
        if isinstance(x, (list, tuple)):
            _refuse_numpy(name, x)
        elif isinstance(x, np.ndarray) and x.ndim:
            raise TypeError(f"{name} of a NumPy array and another's")


def _bare(x):
    if isinstance(x, Foreign):
        return x.inside
    if isinstance(x, (list, tuple)):
        return type(x)(map(_bare, x))
    return {name: _bare(value) for name, value in x.items()} if isinstance(x, dict) else x


def _wrapped(x):
    if isinstance(x, (np.ndarray, np.generic)):
        return Foreign(x)
    return tuple(map(_wrapped, x)) if isinstance(x, (list, tuple)) else x


def _twin():
    """What ``cupyx.scipy.special`` is to CuPy's arrays."""
    module = types.ModuleType("cupyx.scipy.special")
    for name, function in vars(scipy.special).items():
        if callable(function):
            setattr(module, name, lambda *args, of=function: _wrapped(of(*_bare(args))))
    return module


PLACES = [(Foreign, lambda x: x.inside)]  # how an array gets there, and back
if pellucid.cuda.is_available():
    import cupy

    PLACES.append((cupy.asarray, cupy.asnumpy))
else:
    Foreign.__module__, sys.modules["cupyx.scipy.special"] = "cupy", _twin()
