"""Which op stands for a NumPy function where that meets a Tensor."""

import numpy as np

from pellucid.autograd.modes import is_grad_enabled
from pellucid.autograd.tape import op
from pellucid.autograd.tensor import Tensor

__all__ = ["RULES", "primitive", "sum_to"]

RULES: dict = {}  # NumPy's function -> the op


def primitive(*functions):
    """As ``op``, for a body that is also what ``functions`` of NumPy do with Tensors."""

    def register(body):
        made = op(body)
        RULES.update(dict.fromkeys(functions, made))
        return made

    return register


def sum_to(gradient, shape):
    """Sum over the axes along which something of this shape was broadcast."""
    if gradient.shape == shape:
        return gradient
    added = gradient.ndim - len(shape)
    stretched = [added + k for k, n in enumerate(shape) if n == 1 != gradient.shape[added + k]]
    total = np.sum(gradient, (*range(added), *stretched), keepdims=True)
    return np.reshape(total, shape)


CONSTANT = (  # what no small change of a number changes: computed on the arrays
    *(np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.any, np.all),
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(np.logical_and, np.logical_or, np.logical_not, np.isnan, np.isinf, np.isfinite),
    *(np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.count_nonzero, np.nonzero),
)


def _constant(function):
    def compute(*args, **options):
        out = function(*map(_array, args), **{key: _array(x) for key, x in options.items()})
        return Tensor._of(out) if hasattr(out, "strides") else out

    return compute


RULES.update({function: _constant(function) for function in CONSTANT})


def apply(function, args, options):
    """What NumPy's ``function`` does with arguments among which there are Tensors."""
    if function in RULES:
        return RULES[function](*args, **options)
    tensors = [x for x in _flat(args, options) if isinstance(x, Tensor)]
    if is_grad_enabled() and any(x._requires_grad for x in tensors):
        raise TypeError(
            f"np.{function.__name__} of a tensor that requires grad has no gradient here: use the "
            "tensor's own functions, or x.detach()"
        )
    return _constant(function)(*args, **options)


def _flat(args, options):
    for x in (*args, *options.values()):
        yield from x if isinstance(x, (list, tuple)) else (x,)


def _array(x):
    if isinstance(x, (list, tuple)):
        return type(x)(map(_array, x))
    return x._array if isinstance(x, Tensor) else x
