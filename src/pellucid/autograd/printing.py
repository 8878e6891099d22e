"""A tensor in writing, as PyTorch writes it: four digits, columns of one width, long ones cut."""

import math

import numpy as np

from pellucid.autograd.dtypes import as_dtype, get_default_dtype, promoted

__all__ = ["written"]

OPTIONS = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


def written(x) -> str:
    """``tensor(...)`` of a Tensor."""
    array, parts = x._array, []
    indent = len("tensor(")
    if array.size == 0:
        body = "[]"
        if array.ndim != 1:
            parts.append(f"size={tuple(array.shape)}")
    else:
        body = _nested(array, _writer(_shown(array)), indent, array.size > OPTIONS["threshold"])
    usual = {get_default_dtype(), *map(as_dtype, (bool, int, promoted(1j)))}
    if as_dtype(array.dtype) not in usual or (
        array.size == 0 and array.dtype != get_default_dtype().dtype
    ):
        parts.append(f"dtype={as_dtype(array.dtype)}")
    if x._node is not None:
        parts.append(f"grad_fn={x.grad_fn}")
    elif x._requires_grad:
        parts.append("requires_grad=True")
    return _suffixed(f"tensor({body}", parts, indent)


def _suffixed(text, parts, indent):
    last = len(text) - text.rfind("\n") + 1  # where PyTorch takes the last line to end
    for part in parts:
        if last + len(part) + 2 > OPTIONS["linewidth"]:
            text += ",\n" + " " * indent + part
            last = indent + len(part)
        else:
            text += ", " + part
            last += len(part) + 2
    return text + ")"


def _shown(array):
    """The numbers that will be written."""
    if array.size <= OPTIONS["threshold"]:
        return array.reshape(-1)
    for axis, n in enumerate(array.shape):
        if n > 2 * OPTIONS["edgeitems"]:
            array = np.take(
                array, [*range(OPTIONS["edgeitems"]), *range(n - OPTIONS["edgeitems"], n)], axis
            )
    return array.reshape(-1)


def _writer(numbers):
    """A function that writes one number, all of them equally wide."""
    if numbers.dtype.kind == "c":
        real, imaginary = _writer(numbers.real), _writer(numbers.imag)

        def both(z):
            return f"{real(z.real)}{'' if z.imag < 0 else '+'}{imaginary(z.imag).strip()}j"

        both.width = real.width + imaginary.width + 1
        return both
    write = _float_writer(numbers) if numbers.dtype.kind == "f" else str
    measured = numbers
    if numbers.dtype.kind == "f":  # zeros, NaN and infinity have no say in the width
        measured = numbers[np.isfinite(numbers) & (numbers != 0)]
    width = max((len(write(v)) for v in measured), default=1)

    def padded(v):
        return write(v).rjust(width)

    padded.width = width
    return padded


def _float_writer(numbers):
    seen = np.abs(numbers[np.isfinite(numbers) & (numbers != 0)].astype(float))
    if seen.size == 0:
        scientific, whole = False, True
    else:
        low, high = seen.min(), seen.max()
        whole = bool(np.all(seen == np.ceil(seen)))
        scientific = high / low > 1000 or high > 1e8 or (not whole and low < 1e-4)
    if OPTIONS["sci_mode"] is not None:
        scientific = OPTIONS["sci_mode"]
    digits = OPTIONS["precision"]
    if scientific:
        return lambda v: f"{v:.{digits}e}"
    if whole:
        return lambda v: f"{v:.0f}." if np.isfinite(v) else f"{v}"
    return lambda v: f"{v:.{digits}f}"


def _nested(array, write, indent, cut):
    if array.ndim == 0:
        return write(array[()])
    if array.ndim == 1:
        return _row(array, write, indent, cut)
    inner = [_nested(a, write, indent + 1, cut) for a in _ends(array, cut)]
    if cut and len(array) > 2 * OPTIONS["edgeitems"]:
        inner.insert(OPTIONS["edgeitems"], "...")
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(inner) + "]"


def _row(array, write, indent, cut):
    items = [write(v) for v in _ends(array, cut)]
    each = max(1, math.floor((OPTIONS["linewidth"] - indent) / (write.width + 2)))
    if cut and len(array) > 2 * OPTIONS["edgeitems"]:
        items.insert(OPTIONS["edgeitems"], " ...")
    lines = [", ".join(items[k : k + each]) for k in range(0, len(items), each)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _ends(array, cut):
    return (
        [*array[: OPTIONS["edgeitems"]], *array[-OPTIONS["edgeitems"] :]]
        if cut and len(array) > 2 * OPTIONS["edgeitems"]
        else list(array)
    )
