"""Gradients against differences: (f(x + h) - f(x - h)) / 2h for each number of each input."""

import numpy as np

from pellucid.autograd.reverse import grad
from pellucid.autograd.tensor import Tensor

__all__ = ["gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient is not what differences say."""


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True) -> bool:
    """Whether the gradients of ``func`` agree with central differences.

    Parameters
    ----------
    func : callable
        From tensors to a tensor, or to several.
    inputs : Tensor or sequence of Tensors
        In float64; those that require a gradient are checked.
    eps : float
        h.
    atol, rtol : float
        What |analytic - numerical| <= atol + rtol |numerical| allows.
    raise_exception : bool
        Whether to raise, rather than return False.

    Raises
    ------
    GradcheckError
        Saying which input differs, and by how much.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [x for x in inputs if isinstance(x, Tensor) and x._requires_grad]
    if not checked:
        raise ValueError("gradcheck wants an input that requires grad")
    rng = np.random.default_rng(0)
    outputs = _outputs(func, inputs)
    weights = [Tensor._of(rng.normal(size=y._array.shape)) for y in outputs]
    gradients = grad(outputs, checked, weights, materialize_grads=True)
    analytic = [gradient.numpy(force=True) for gradient in gradients if gradient is not None]
    for number, (x, gradient) in enumerate(zip(checked, analytic, strict=True)):
        numerical = np.zeros_like(x._array)
        for place in np.ndindex(x._array.shape):
            numerical[place] = _slope(func, inputs, x, place, weights, eps)
        worst = np.abs(gradient - numerical) - rtol * np.abs(numerical)
        if not np.all(worst <= atol):
            if not raise_exception:
                return False
            raise GradcheckError(
                f"the gradient by input {number} is not what differences say:\n"
                f"numerical {numerical}\nanalytic {gradient}"
            )
    return True


def gradgradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True) -> bool:
    """Whether the second derivatives of ``func`` agree with differences of the first."""
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [k for k, x in enumerate(inputs) if isinstance(x, Tensor) and x._requires_grad]
    rng = np.random.default_rng(1)
    weights = [Tensor._of(rng.normal(size=y._array.shape)) for y in _outputs(func, inputs)]
    for weight in weights:
        weight._requires_grad = True

    def first(*args):
        values, given = args[: len(inputs)], args[len(inputs) :]
        wanted = [values[k] for k in checked]
        return grad(
            _outputs(func, values), wanted, given, create_graph=True, materialize_grads=True
        )

    tolerances = {"eps": eps, "atol": atol, "rtol": rtol, "raise_exception": raise_exception}
    return gradcheck(first, (*inputs, *weights), **tolerances)


def _outputs(func, inputs):
    out = func(*inputs)
    outputs = [out] if isinstance(out, Tensor) else list(out)
    return [y for y in outputs if y._requires_grad]


def _slope(func, inputs, x, place, weights, eps):
    value, sums = x._array[place], []
    for shifted in (value + eps, value - eps):
        x._array[place] = shifted
        outputs = _outputs(func, inputs)
        sums.append(sum(np.vdot(w._array, y._array) for w, y in zip(weights, outputs, strict=True)))
    x._array[place] = value
    return (sums[0] - sums[1]) / (2 * eps)
