"""Matrix products: Z = XY has X̄ = Z̄ Yᵀ and Ȳ = Xᵀ Z̄; an einsum has an einsum for each operand."""

import math

import numpy as np

from pellucid.autograd.rules import RULES, primitive, sum_to
from pellucid.autograd.tape import op
from pellucid.reduction import one_blas_thread

__all__ = ["einsum", "matmul"]


@primitive(np.matmul)
def matmul(x, y):
    """x @ y: (..., n, k) and (..., k, m); a vector is a row on the left, a column on the right."""
    _check_inner(x, y)

    def by_x(dz):
        if y.ndim == 1:
            return sum_to(np.expand_dims(dz, -1) * y if x.ndim > 1 else dz * y, x.shape)
        dz = np.expand_dims(dz, -2) if x.ndim == 1 else dz
        return sum_to(dz @ np.swapaxes(y, -1, -2), x.shape)

    def by_y(dz):
        if x.ndim == 1:
            return sum_to(
                np.expand_dims(x, -1) * np.expand_dims(dz, -2) if y.ndim > 1 else dz * x, y.shape
            )
        if y.ndim == 1:
            return sum_to(x * np.expand_dims(dz, -1), y.shape)
        if y.ndim == 2 and x.ndim > 2:  # one product, not one a matrix
            n = math.prod(x.shape[:-1])
            return np.reshape(x, (n, x.shape[-1])).T @ np.reshape(dz, (n, dz.shape[-1]))
        return sum_to(np.swapaxes(x, -1, -2) @ dz, y.shape)

    with one_blas_thread:
        return x @ y, lambda dz: (lambda: by_x(dz), lambda: by_y(dz))


def _check_inner(x, y):
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError("both arguments to matmul need to be at least 1D")
    if x.shape[-1] != y.shape[-2 if y.ndim > 1 else 0]:
        if x.ndim == y.ndim == 2:
            shapes = " and ".join("x".join(map(str, z.shape)) for z in (x, y))
            raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({shapes})")
        raise RuntimeError(
            f"matmul: shapes cannot be multiplied ({tuple(x.shape)} and {tuple(y.shape)})"
        )
    if x.dtype != y.dtype:
        raise RuntimeError(f"matmul: expected two of one dtype, not {x.dtype} and {y.dtype}")


@op
def einsum(*operands, equation):
    """Σ over the letters that the output does not name, as NumPy writes it."""
    terms, out = _letters(equation, [x.ndim for x in operands])
    if len({x.dtype for x in operands}) > 1:
        kinds = ", ".join(str(x.dtype) for x in operands)
        raise RuntimeError(f"einsum: expected operands of one dtype, not {kinds}")

    def by(k, dz):
        others = [x for i, x in enumerate(operands) if i != k]
        known = set(out).union(*[t for i, t in enumerate(terms) if i != k])
        summed = [a for a, letter in enumerate(terms[k]) if letter not in known]
        kept = "".join(letter for letter in terms[k] if letter in known)
        inputs = ",".join([out, *[t for i, t in enumerate(terms) if i != k]])
        gradient = np.einsum(f"{inputs}->{kept}", dz, *others, optimize=True)
        return np.broadcast_to(np.expand_dims(gradient, tuple(summed)), operands[k].shape)

    def vjp(dz):
        return [lambda k=k: by(k, dz) for k in range(len(operands))]

    return np.einsum(f"{','.join(terms)}->{out}", *operands, optimize=True), vjp


RULES[np.einsum] = lambda equation, *operands, optimize=True: einsum(*operands, equation=equation)


def _letters(equation, dimensions):
    """The letters of each operand and of the output; dots become letters that are not in use."""
    left, arrow, out = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(dimensions):
        raise RuntimeError(
            f"einsum: {len(dimensions)} operands for {len(terms)} terms of {equation!r}"
        )
    unused = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in left]
    widest = (
        max(
            n - len(t.replace("...", ""))
            for t, n in zip(terms, dimensions, strict=True)
            if "..." in t
        )
        if "..." in left
        else 0
    )
    dots = "".join(unused[:widest])
    spelled = []
    for term, n in zip(terms, dimensions, strict=True):
        own = n - len(term.replace("...", ""))
        spelled.append(term.replace("...", dots[len(dots) - own :]))
        if len(spelled[-1]) != n:
            raise RuntimeError(f"einsum: {term!r} does not name the {n} dimensions of its operand")
        if len(set(spelled[-1])) < n:
            raise NotImplementedError(
                f"einsum: a letter twice in {term!r}; take the diagonal first"
            )
    if not arrow:
        once = [c for c in sorted(left.replace(",", "").replace(".", "")) if left.count(c) == 1]
        out = ("..." if "..." in left else "") + "".join(once)
    return spelled, out.replace("...", dots)
