"""One helper for all that has a counterpart in PyTorch: values, gradients, second derivatives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid.autograd as ours
from pellucid.autograd.creation import tensor
from tests.foreign import PLACES

TOLERANCE = {np.float64: 1e-9, np.float32: 2e-5}


class Normal(tuple):
    """A shape, for which normal numbers are drawn: ``Normal((2, 3))``."""


def agree(
    function, reference, *inputs, options=None, dtype=np.float64, second=True, rtol=None, seed=0
):
    """``function`` of our Tensors is ``reference`` of PyTorch's, and so are all its derivatives.

    Inputs are ``Normal`` shapes; arrays, which are taken as they are (those with a point require
    gradients); or anything else, which is passed on.  ``options`` go by name; their arrays become
    tensors that require no gradient.  Where arrays are given, values and first
    gradients on ones that are not NumPy's are the same.
    """
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=x) if isinstance(x, Normal) else x for x in inputs]
    values = [x.astype(dtype) if _has_point(x) else x for x in values]
    mine = [tensor(x, requires_grad=_has_point(x)) if _is_array(x) else x for x in values]
    other = [torch.tensor(x, requires_grad=_has_point(x)) if _is_array(x) else x for x in values]
    rtol = TOLERANCE[dtype] if rtol is None else rtol
    named = options or {}
    outs = _several(function(*mine, **_made(named, tensor)))
    expected = _several(reference(*other, **_made(named, torch.tensor)))
    assert len(outs) == len(expected)
    for y, z in zip(outs, expected, strict=True):
        close(y, z, rtol)
    pairs = [(y, z) for y, z in zip(outs, expected, strict=True) if z.requires_grad]
    if not pairs:
        _elsewhere(function, values, named, outs)
        return
    weights = [rng.normal(size=tuple(z.shape)).astype(dtype) for _, z in pairs]
    given = [tensor(w, requires_grad=second) for w in weights]
    theirs = [torch.tensor(w, requires_grad=second) for w in weights]
    mine_wanted, wanted = ([x for x in side if _wants(x)] for side in (mine, other))
    found = ours.grad(
        [y for y, _ in pairs], mine_wanted, given, allow_unused=True, retain_graph=True
    )
    reached = torch.autograd.grad(
        [z for _, z in pairs], wanted, theirs, allow_unused=True, create_graph=second
    )
    _same(found, reached, rtol)
    if dtype is np.float64:
        _elsewhere(function, values, named, outs, found, weights)
    if not second or not any(g is not None and g.requires_grad for g in reached):
        return
    found = ours.grad(
        [y for y, _ in pairs], mine_wanted, given, allow_unused=True, create_graph=True
    )
    _same(found, reached, rtol)
    kept = [k for k, g in enumerate(reached) if g is not None and g.requires_grad]
    weights = [rng.normal(size=tuple(reached[k].shape)).astype(dtype) for k in kept]
    _same(
        ours.grad(
            [found[k] for k in kept],
            [*mine_wanted, *given],
            [tensor(w) for w in weights],
            allow_unused=True,
            materialize_grads=True,
        ),
        torch.autograd.grad(
            [reached[k] for k in kept],
            [*wanted, *theirs],
            [torch.tensor(w) for w in weights],
            allow_unused=True,
            materialize_grads=True,
        ),
        10 * rtol,
    )


def _elsewhere(function, values, options, outs, found=(), weights=()):
    if not any(map(_is_array, (*values, *options.values()))):
        return  # what makes its own tensors makes them on the CPU
    for to, back in PLACES:
        mine = [_moved(x, to) if _is_array(x) else x for x in values]
        again = _several(function(*mine, **_made(options, lambda x, to=to: _moved(x, to).detach())))
        if found:
            reached = [y for y in again if y.requires_grad]
            given = [_moved(w, to) for w in weights]
            again += ours.grad(reached, [x for x in mine if _wants(x)], given, allow_unused=True)
        for y, z in zip(again, [*outs, *found], strict=True):
            if y is None or z is None:
                assert y is z
            else:
                assert type(y._array) is not np.ndarray
                assert y.dtype == z.dtype
                scale = np.abs(z._array).max(initial=0, where=np.isfinite(z._array))
                assert_allclose(back(y._array), z._array, 1e-9, 1e-9 * scale)


def _made(options, make):
    return {name: make(x) if _is_array(x) else x for name, x in options.items()}


def _moved(x, to):
    moved = tensor(x, requires_grad=_has_point(x))
    moved._array = to(moved._array)
    return moved


def close(y, z, rtol):
    """A tensor of ours and one of PyTorch's: one shape, one type, one value."""
    assert tuple(y.shape) == tuple(z.shape)
    assert str(y.dtype) == str(z.dtype)
    z = z.detach().numpy(force=True)
    scale = np.abs(z[np.isfinite(z)]).max(initial=0) if z.dtype.kind == "f" else 0
    assert_allclose(y.detach().numpy(), z, rtol, rtol * scale)


def _same(found, reached, rtol):
    for g, h in zip(found, reached, strict=True):
        if g is None or h is None:
            for x in (g, h):
                assert x is None or not np.any(x.detach().numpy(force=True)), (
                    "one library has no gradient"
                )
        else:
            close(g, h, rtol)


def _several(x):
    return list(x) if isinstance(x, tuple | list) else [x]


def _is_array(x):
    return isinstance(x, np.ndarray)


def _has_point(x):
    return _is_array(x) and x.dtype.kind == "f"


def _wants(x):
    return getattr(x, "requires_grad", False)
