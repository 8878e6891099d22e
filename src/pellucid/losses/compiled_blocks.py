"""A loss's gradient and Hessian over arrays, in one compiled loop, for boosting.

The loop holds the two methods as they stand, so that what they share (an exponential, say) is
computed once for both.  The loops of pellucid's own losses are kept on disk; one that a user
writes is compiled in each process that asks for it, and runs as fast.
"""

import functools
from dataclasses import fields, is_dataclass
from types import FunctionType

import numba
import numpy as np

from pellucid._compile import kernel
from pellucid.losses.compiled import _jit, _number

__all__ = ["derivatives"]


def derivatives(loss):
    """``fill(unit, y, raw, weight, out)``: u w ∂ℓ/∂s and w ∂²ℓ/∂s² into ``out`` (N, 2).

    ``weight`` is of length N, or of length 0 where all weights are one.  The ``unit`` brings
    gradients into the range of a float32 ``out``.
    """
    names = [f.name for f in fields(loss)] if is_dataclass(loss) else []
    record = np.zeros(1, [(name, np.float64) for name in names] or [("no_fields", np.float64)])
    for name in names:
        record[name] = float(getattr(loss, name))
    return functools.partial(_loop(type(loss)), record[0])


@functools.cache
def _loop(kind):
    scope = {"__name__": __name__, "_number": _number}
    scope |= {name: _jit(getattr(kind, name)) for name in ("gradient", "hessian")}
    loop = FunctionType(_fill.__code__, scope, kind.__name__)
    loop.__qualname__ = f"derivatives_of_{kind.__name__}"  # a name of its own in the cache
    own = kind.__module__.startswith("pellucid.losses.")
    return kernel(loop) if own else numba.njit(nogil=True)(loop)


def _fill(this, unit, y, raw, weight, out):
    for i in range(len(y)):
        w = weight[i] if len(weight) else 1.0
        out[i, 0] = unit * w * _number(gradient(this, y[i], raw[i]))  # noqa: F821
        out[i, 1] = w * _number(hessian(this, y[i], raw[i]))  # noqa: F821
