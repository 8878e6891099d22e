"""Gradients against differences: (f(x + h) - f(x - h)) / 2h for each number of each input.

Of a complex number that is ∂/∂Re x + i ∂/∂Im x, as PyTorch's gradients are.
"""

import warnings

import numpy as np

from pellucid.autograd.reverse import grad
from pellucid.autograd.tensor import Tensor

__all__ = ["gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient is not what differences say."""


def gradcheck(
    func,
    inputs,
    *,
    eps=1e-6,
    atol=1e-5,
    rtol=1e-3,
    raise_exception=True,
    nondet_tol=0.0,
    fast_mode=False,
) -> bool:
    """Whether the gradients of ``func`` agree with central differences.

    Parameters
    ----------
    func : callable
        From tensors to a tensor, or to several.
    inputs : Tensor or sequence of Tensors
        In float64 or complex128; those that require a gradient are checked.
    eps : float
        h.
    atol, rtol : float
        What |analytic - numerical| <= atol + rtol |numerical| allows.
    raise_exception : bool
        Whether to raise, rather than return False.
    nondet_tol : float
        By how much the gradient may differ when it is taken again.
    fast_mode : bool
        Either gives the same.

    Raises
    ------
    GradcheckError
        Saying which input differs, and by how much.
    ValueError
        If no input requires a gradient.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [x for x in inputs if isinstance(x, Tensor) and x._requires_grad]
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient")
    for number, x in enumerate(checked):
        if x._array.dtype.name not in ("float64", "complex128"):
            warnings.warn(
                f"Input #{number} requires gradient and is not a double precision floating point "
                "or complex: differences will not be near its gradient",
                stacklevel=2,
            )
        if any(step == 0 < size - 1 for step, size in zip(x.stride(), x.shape, strict=True)):
            raise RuntimeError(f"The {number}th input has a dimension with stride 0: clone() it")
    rng = np.random.default_rng(0)
    outputs = _outputs(func, inputs)
    weights = [_direction(rng, y._array) for y in outputs]
    gradients, again = (_analytic(outputs, checked, weights) for _ in range(2))
    for number, x in enumerate(checked):
        numerical = np.zeros_like(x._array)
        for place in np.ndindex(x._array.shape):
            numerical[place] = _slope(func, inputs, x, place, weights, eps)
        gradient = gradients[number]
        worst = np.abs(gradient - numerical) - rtol * np.abs(numerical)
        wrong = None
        if not np.all(worst <= atol):
            wrong = "is not what differences say"
        elif np.any(np.abs(gradient - again[number]) > nondet_tol):
            wrong = "changes when it is taken again: Backward is not reentrant"
        if wrong and raise_exception:
            raise GradcheckError(
                f"the gradient by input {number} {wrong}:\n"
                f"numerical {numerical}\nanalytic {gradient}"
            )
        if wrong:
            return False
    return True


def gradgradcheck(
    func,
    inputs,
    grad_outputs=None,
    *,
    eps=1e-6,
    atol=1e-5,
    rtol=1e-3,
    raise_exception=True,
    nondet_tol=0.0,
    fast_mode=False,
) -> bool:
    """Whether the second derivatives of ``func`` agree with differences of the first.

    ``grad_outputs`` are the gradients by what ``func`` gives; random ones if absent.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [k for k, x in enumerate(inputs) if isinstance(x, Tensor) and x._requires_grad]
    rng = np.random.default_rng(1)
    if grad_outputs is None:
        weights = [_direction(rng, y._array) for y in _outputs(func, inputs)]
    else:
        given = (grad_outputs,) if isinstance(grad_outputs, Tensor) else grad_outputs
        weights = [Tensor._of(weight._array) for weight in given]
    for weight in weights:
        weight._requires_grad = True

    def first(*args):
        values, given = args[: len(inputs)], args[len(inputs) :]
        wanted = [values[k] for k in checked]
        return grad(
            _outputs(func, values), wanted, given, create_graph=True, materialize_grads=True
        )

    tolerances = {"eps": eps, "atol": atol, "rtol": rtol, "raise_exception": raise_exception}
    tolerances |= {"nondet_tol": nondet_tol, "fast_mode": fast_mode}
    return gradcheck(first, (*inputs, *weights), **tolerances)


def _outputs(func, inputs):
    """What can be differentiated; all numbers with a point, if nothing can."""
    out = func(*inputs)
    outputs = [out] if isinstance(out, Tensor) else list(out)
    tied = [y for y in outputs if y._requires_grad]
    return tied or [y for y in outputs if y._array.dtype.kind in "fc"]


def _analytic(outputs, checked, weights):
    """The gradients; zeros if nothing that came out is on the tape."""
    if not any(y._requires_grad for y in outputs):
        return [np.zeros_like(x._array) for x in checked]
    found = grad(outputs, checked, weights, retain_graph=True, materialize_grads=True)
    return [gradient.numpy(force=True) for gradient in found if gradient is not None]


def _direction(rng, like):
    """Random numbers of the shape and type of an array."""
    numbers = rng.normal(size=like.shape)
    if like.dtype.kind == "c":
        numbers = numbers + 1j * rng.normal(size=like.shape)
    return Tensor._of(np.asarray(numbers, like.dtype))


def _slope(func, inputs, x, place, weights, eps):
    """The derivative of Re Σ ⟨w, y⟩ by one number, which is complex where that is."""
    value, slopes = x._array[place], []
    for step in (eps, 1j * eps) if x._array.dtype.kind == "c" else (eps,):
        sums = []
        for shifted in (value + step, value - step):
            x._array[place] = shifted
            outputs = _outputs(func, inputs)
            pairs = zip(weights, outputs, strict=True)
            sums.append(sum(np.vdot(w._array, y._array).real for w, y in pairs))
        slopes.append((sums[0] - sums[1]) / (2 * eps))
    x._array[place] = value
    return complex(*slopes) if len(slopes) > 1 else slopes[0]
