"""What the arguments of windows over signals and images must be: strides, paddings, shapes."""

import numpy as np

__all__ = ["as_image", "batch", "check_dtypes", "check_weight", "positive", "several", "unbatch"]

_TYPES = {"float16": "Half", "float32": "Float", "float64": "Double", "int64": "Long"}


def several(name: str, value, axes: int) -> tuple[int, ...]:
    """``value`` for each of the spatial axes: one int stands for all of them."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in values):
        raise TypeError(f"{name} must be an int or a tuple of ints, not {value!r}")
    if len(values) not in (1, axes):
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {axes} values to match "
            f"the convolution dimensions, but got {name}={list(values)}"
        )
    return values * axes if len(values) == 1 else values


def positive(**options):
    """Refuse strides and the like of zero or less."""
    for name, values in options.items():
        if min(values) <= 0:
            raise RuntimeError(f"non-positive {name} is not supported: {list(values)}")


def batch(name: str, x, axes: int):
    """x as (N, C, *spatial), and whether it came so: (C, *spatial) is a batch of one."""
    if x.ndim not in (axes + 1, axes + 2):
        raise RuntimeError(
            f"Expected {axes + 1}D (unbatched) or {axes + 2}D (batched) input to {name}, but got "
            f"input of size: {list(x.shape)}"
        )
    batched = x.ndim == axes + 2
    return (x if batched else x[None]), batched


def unbatch(y, batched: bool):
    """y as its input came."""
    return y if batched else y[0]


def as_image(x, axes: int):
    """A signal (N, C, L) as an image of one row, (N, C, 1, L)."""
    return x[:, :, None] if axes == 1 else x


def check_weight(x, weight, bias, axes: int, groups: int, transposed: bool):
    """That channels and dtypes of x, weight and bias belong together."""
    given, shape = f"transposed={int(transposed)}" if transposed else "", list(weight.shape)
    given = given or f"groups={groups}"
    if weight.ndim != axes + 2:
        raise RuntimeError(f"expected a weight of {axes + 2} dimensions, but got {shape}")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size {shape} instead"
        )
    into, outof = (0, 1) if transposed else (1, 0)
    channels = shape[into] * (1 if transposed else groups)
    if x.shape[1] != channels:
        raise RuntimeError(
            f"Given {given}, weight of size {shape}, expected input{list(x.shape)} to have "
            f"{channels} channels, but got {x.shape[1]} channels instead"
        )
    out = shape[outof] * (groups if transposed else 1)
    if bias is not None and bias.shape != (out,):
        raise RuntimeError(
            f"Given {given}, weight of size {shape}, expected bias to be 1-dimensional with {out} "
            f"elements, but got bias of size {list(bias.shape)} instead"
        )
    check_dtypes(x, weight, bias)


def check_dtypes(*tensors):
    """That all tensors are of one dtype."""
    first, *others = (
        _TYPES.get(str(t.dtype).rpartition(".")[2], t.dtype) for t in tensors if t is not None
    )
    for other in others:
        if other != first:
            raise RuntimeError(f"expected scalar type {first} but found {other}")
