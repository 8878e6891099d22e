"""Normalisation: y = γ x̂ + β with x̂ = (x - μ) / √(σ² + ε); what μ and σ² are taken over differs.

For means over n numbers, x̄ = (g - mean g - x̂ mean(g x̂)) / √(σ² + ε), g = γ ȳ; where μ and σ² are
given, as in a batch norm that does not learn, x̄ = g / √(σ² + ε).

References
----------
Ioffe, Szegedy, "Batch normalization", ICML 2015.
Ba, Kiros, Hinton, "Layer normalization", 2016.
Zhang, Sennrich, "Root mean square layer normalization", NeurIPS 2019.
"""

import math

import numpy as np

from pellucid.autograd import no_grad, op

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "normalize", "rms_norm"]

Axes = tuple[int, ...]


@op
def standardized(x, axes: Axes, eps: float):
    """x̂ over the axes."""
    centred = x - np.mean(x, axes, keepdims=True)
    scale = 1 / np.sqrt(np.mean(centred * centred, axes, keepdims=True) + eps)

    def vjp(g):  # without x̂, which an activation may then change in place
        mean, along = np.mean(g, axes, keepdims=True), np.mean(g * centred, axes, keepdims=True)
        return scale * (g - mean - centred * (scale * scale * along))

    return centred * scale, vjp


@op
def of_batch(x, weight=None, bias=None, eps: float = 1e-5):
    """(γ x̂ + β, μ, σ²), over all but the channels; no gradient comes by way of μ and σ²."""
    axes = _but_channels(x)
    mean = np.mean(x, axes)
    centred = x - _on_channels(mean, x)
    variance = np.mean(centred * centred, axes)
    scale = _on_channels(1 / np.sqrt(variance + eps), x)
    x_hat = centred * scale

    def by_input(dy):
        g = dy if weight is None else dy * _on_channels(weight, dy)
        mean, along = np.mean(g, axes, keepdims=True), np.mean(g * x_hat, axes, keepdims=True)
        return scale * (g - mean - x_hat * along)

    def vjp(dy, *_):
        return lambda: by_input(dy), lambda: np.sum(dy * x_hat, axes), lambda: np.sum(dy, axes)

    return (_affine(x_hat, weight, bias), mean, variance), vjp


@op
def normalized_by(x, mean, variance, weight=None, bias=None, eps: float = 1e-5):
    """y = γ x̂ + β, x̂ = (x - μ) / √(σ² + ε), for the channels' μ and σ² that are given."""
    axes, scale = _but_channels(x), 1 / np.sqrt(variance + eps)
    x_hat = (x - _on_channels(mean, x)) * _on_channels(scale, x)

    def vjp(dy):
        g = scale if weight is None else scale * weight
        return (
            lambda: dy * _on_channels(g, dy),
            lambda: -g * np.sum(dy, axes),
            lambda: -g * scale * np.sum(dy * x_hat, axes) / 2,
            lambda: np.sum(dy * x_hat, axes),
            lambda: np.sum(dy, axes),
        )

    return _affine(x_hat, weight, bias), vjp


@op
def layer_norm(input, normalized_shape: Axes, weight=None, bias=None, eps=1e-5):
    """y = γ x̂ + β, x̂ over the last axes, whose sizes are ``normalized_shape``."""
    _check_shapes(input, normalized_shape, weight, bias)
    D = len(normalized_shape)
    axes = tuple(range(-D, 0))
    leading = tuple(range(input.ndim - D))
    centred = input - np.mean(input, axes, keepdims=True)
    scale = 1 / np.sqrt(np.mean(centred * centred, axes, keepdims=True) + eps)
    x_hat = centred * scale

    def by_input(dy):
        g = dy if weight is None else dy * weight
        mean, along = np.mean(g, axes, keepdims=True), np.mean(g * x_hat, axes, keepdims=True)
        return scale * (g - mean - x_hat * along)

    def vjp(dy):
        return (
            lambda: by_input(dy),
            lambda: np.sum(dy * x_hat, leading),
            lambda: np.sum(dy, leading),
        )

    y = x_hat if weight is None else x_hat * weight
    return y if bias is None else y + bias, vjp


@op
def rms_norm(input, normalized_shape: Axes, weight=None, eps: float | None = None):
    """y = γ x / √(mean x² + ε) over the last axes."""
    _check_shapes(input, normalized_shape, weight)
    axes = tuple(range(-len(normalized_shape), 0))
    eps = np.finfo(input.dtype).eps if eps is None else eps
    scale = 1 / np.sqrt(np.mean(input * input, axes, keepdims=True) + float(eps))
    x_hat = input * scale

    def by_input(dy):
        g = dy if weight is None else dy * weight
        return scale * (g - x_hat * np.mean(g * x_hat, axes, keepdims=True))

    def vjp(dy):
        leading = tuple(range(dy.ndim - len(axes)))
        return lambda: by_input(dy), lambda: np.sum(dy * x_hat, leading)

    return x_hat if weight is None else x_hat * weight, vjp


def _check_shapes(input, normalized_shape, *weights):
    """That the input ends in the shape, and that its weights have it."""
    if not isinstance(normalized_shape, tuple | list):
        raise TypeError(
            f"argument 'normalized_shape' must be tuple of ints, not {normalized_shape}"
        )
    D, shape = len(normalized_shape), list(normalized_shape)
    if D == 0:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional")
    if list(input.shape[-D:]) != shape:
        raise RuntimeError(
            f"Given normalized_shape={shape}, expected input with shape "
            f"[*, {', '.join(map(str, shape))}], but got input of size {list(input.shape)}"
        )
    for weight in weights:
        if weight is not None and list(weight.shape) != shape:
            raise RuntimeError(
                "Expected weight to be of same shape as normalized_shape, but got weight of shape "
                f"{list(weight.shape)} and normalized_shape = {shape}"
            )
        _check_type(input, weight)


def _check_type(input, x):
    if x is not None and x.dtype != input.dtype:
        raise RuntimeError(
            "mixed dtype (CPU): all inputs must share same datatype, but the input is "
            f"{input.dtype} and what goes with it {x.dtype}"
        )


def _check_channels(input, **of_channels):
    """That there is a number for each channel (N, C, ...), in the type of the input."""
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor, got {input.ndim}")
    for name, x in of_channels.items():
        if x is not None and tuple(x.shape) != (input.shape[1],):
            raise RuntimeError(
                f"{name} should contain {input.shape[1]} elements not {x.numel()}: input is of "
                f"shape {list(input.shape)}"
            )
        _check_type(input, x)


def _but_channels(x):
    return (0, *range(2, x.ndim))


def _on_channels(x, like):
    """x (C,) so that it goes with the channels of ``like`` (N, C, ...)."""
    return np.reshape(x, (1, -1, *(1,) * (like.ndim - 2)))


def _affine(x, weight, bias):
    x = x if weight is None else x * _on_channels(weight, x)
    return x if bias is None else x + _on_channels(bias, x)


def batch_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    training=False,
    momentum=0.1,
    eps=1e-5,
):
    """y = γ x̂ + β, x̂ over all but the channels (N, C, ...); given running ones, by those.

    While training, the running mean and (unbiased) variance move by ``momentum`` towards the
    batch's.
    """
    running = {"running_mean": running_mean, "running_var": running_var}
    _check_channels(input, **running, weight=weight, bias=bias)
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("running_mean and running_var must be defined in evaluation mode")
        return normalized_by(input, running_mean, running_var, weight, bias, eps)
    n = input.shape[0] * math.prod(input.shape[2:])
    if n == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}"
        )
    if n == 0:
        return _affine(input, weight, bias)
    y, mean, variance = of_batch(input, weight, bias, eps)
    if running_mean is not None:
        with no_grad():
            running_mean += momentum * (mean - running_mean)
            running_var += momentum * (variance * (n / (n - 1)) - running_var)
    return y


def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """y = γ x̂ + β, x̂ over each channel of each example (N, C, ...)."""
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    running = {"running_mean": running_mean, "running_var": running_var}
    _check_channels(input, **running, weight=weight, bias=bias)
    axes = tuple(range(2, input.ndim))
    if math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}"
        )
    if running_mean is not None:
        with no_grad():
            running_mean += momentum * (input.mean(axes).mean(0) - running_mean)
            running_var += momentum * (input.var(axes).mean(0) - running_var)
    return _affine(standardized(input, axes, eps), weight, bias)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """y = γ x̂ + β, x̂ over each group of channels of each example (N, C, ...)."""
    _check_channels(input, weight=weight, bias=bias)
    N, C = input.shape[:2]
    if C % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(input.shape)} and num_groups={num_groups}"
        )
    groups = input.reshape(N, num_groups, C // num_groups * math.prod(input.shape[2:]))
    return _affine(standardized(groups, (2,), eps).reshape(input.shape), weight, bias)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """y = x / max(‖x‖_p, ε) along ``dim``."""
    return input / input.norm(p, dim, keepdim=True).clamp(min=eps)
