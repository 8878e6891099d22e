"""Reverse accumulation: gradients of Σᵢ ⟨gᵢ, yᵢ⟩, from the last call of an op to the first.

ȳ = g at the outputs; at each node, in the reverse of the order in which they were made,
x̄ += vjp(ȳ).  A node's ȳ is whole when it is reached, since all that used y was made later.
Of complex numbers, ȳ is ∂L/∂Re y + i ∂L/∂Im y, as PyTorch's, and x̄ = conj vjp(conj ȳ).
"""

from collections.abc import Iterable

import numpy as np

from pellucid.autograd._heap import keep_free_memory
from pellucid.autograd.anomaly import check_numbers
from pellucid.autograd.modes import enable_grad, no_grad
from pellucid.autograd.tape import Node, source
from pellucid.autograd.tensor import Tensor
from pellucid.reduction import one_blas_thread

__all__ = ["backward", "grad"]


def backward(
    tensors, grad_tensors=None, retain_graph=None, create_graph=False, *, inputs=None
) -> None:
    """Add to ``.grad`` of each leaf (or of each of ``inputs``) the gradient of Σᵢ ⟨gᵢ, yᵢ⟩.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensors
        y.
    grad_tensors : Tensor or sequence of Tensors or None
        g, in the shapes of y; ones for tensors of one number.
    retain_graph : bool or None
        Whether one can go backward again; None: as ``create_graph``.
    create_graph : bool
        Whether the gradients are themselves on the tape.
    inputs : Tensor or sequence of Tensors or None
        What to differentiate by; None: by every leaf.

    Raises
    ------
    RuntimeError
        If nothing requires a gradient, g is needed and absent, the graph has been let go, or a
        tensor that a gradient needs was changed in place.
    """
    leaves = None if inputs is None else {_place(x): x for x in _several(inputs)}
    if leaves is not None and not leaves:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    sums = _reverse(tensors, grad_tensors, leaves, create_graph, retain_graph)
    with enable_grad() if create_graph else no_grad():
        for place, gradient in sums.items():
            x = place[0] if leaves is None else leaves[place]
            if place not in sums.own and x._grad is None:
                gradient = _copy(gradient)
            _accumulate(x, gradient, create_graph)
            for hook in tuple((x._hooks or {}).get("accumulated", {}).values()):
                if hook(x) is not None:
                    raise RuntimeError("Tensor post accumulate grad hooks should return None.")


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    allow_unused=None,
    materialize_grads=False,
) -> tuple[Tensor | None, ...]:
    """The gradients of Σᵢ ⟨gᵢ, yᵢ⟩ by each of ``inputs``, as a tuple; ``.grad`` stays as it is.

    Parameters
    ----------
    outputs, inputs : Tensor or sequence of Tensors
        y, and what to differentiate by.
    grad_outputs, retain_graph, create_graph
        As in ``backward``.
    allow_unused : bool or None
        Whether the gradient by what y does not depend on is None, rather than an error.
    materialize_grads : bool
        Whether it is zeros instead of None.

    Raises
    ------
    RuntimeError
        As ``backward``; and for an input on which y does not depend.
    ValueError
        If unused inputs are to be zeros and not to be.
    """
    inputs = _several(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got "
            "allow_unused=False."
        )
    places = [_place(x) for x in inputs]
    sums = _reverse(outputs, grad_outputs, set(places), create_graph, retain_graph)
    unused = [place not in sums for place in places]
    if any(unused) and not (allow_unused or materialize_grads):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    absent = [Tensor._of(np.zeros_like(x._array)) if materialize_grads else None for x in inputs]
    for zero in absent:
        if zero is not None:
            zero._requires_grad = create_graph
    return tuple(
        zero if missing else _tensor(sums[place] if place in sums.own else _copy(sums[place]))
        for place, missing, zero in zip(places, unused, absent, strict=True)
    )


def _accumulate(x, gradient, create_graph):
    """Add to ``x.grad``: in its memory, unless the sum goes on the tape."""
    if x._grad is None:
        x.grad = _tensor(gradient)
    elif create_graph:
        x.grad = x._grad + gradient
    else:
        x._grad._array += getattr(gradient, "_array", gradient)
        x._grad._bump()


class _Sums(dict):
    """place -> the sum of the gradients that have come there; a place is (origin, output)."""

    def __init__(self):
        self.own = set()  # the places whose array nobody else has: they can be added to

    def add(self, place, gradient, own):
        if place not in self:
            self[place] = gradient
        elif place in self.own:
            self[place] += gradient
        else:
            self[place] = self[place] + gradient
            own = not isinstance(gradient, Tensor)
        if own:
            self.own.add(place)


@np.errstate(all="ignore")
def _reverse(outputs, gradients, wanted, create_graph, retain_graph):
    """The gradients by what is at the places ``wanted``; of all leaves, if that is None."""
    keep_free_memory()
    outputs = _several(outputs)
    gradients = [None] * len(outputs) if gradients is None else _several(gradients)
    with enable_grad() if create_graph else no_grad(), one_blas_thread:
        pairs = enumerate(zip(outputs, gradients, strict=True))
        starts = [_start(number, y, g, create_graph) for number, (y, g) in pairs]
        ancestors = _ancestors([origin for (origin, _), _ in starts])
        nodes = _leading_to(wanted, ancestors)
        keep = create_graph if retain_graph is None else retain_graph
        replayed = _replayed(nodes, ancestors) if create_graph else None
        return _walk(nodes, starts, wanted, replayed, keep)


def _walk(nodes, starts, wanted, replayed, keep):
    """From the ``starts`` backward through ``nodes``, which stand in the order of their making."""
    sums, useful = _Sums(), set(nodes)
    for place, gradient in starts:
        sums.add(place, gradient, own=False)
    for node in reversed(nodes):
        arrived = [_arrived(sums, (node, i), wanted) for i in range(len(node.outputs))]
        if all(gradient is None for gradient in arrived):
            continue
        node.check()
        seen = arrived
        if node.materializes:
            seen = [_zeros(node, i, arrived) if g is None else g for i, g in enumerate(arrived)]
        seen = list(map(_conjugate, seen)) if node.conjugates else seen
        entries = (node.vjp if replayed is None else replayed[node])(*seen)
        if not isinstance(entries, (tuple, list)):
            entries = (entries,)
        for number, (origin, entry) in enumerate(zip(node.sources, entries, strict=True)):
            if origin is None or entry is None:
                continue
            place = origin[:2]
            if wanted is not None and place not in wanted and place[0] not in useful:
                continue
            gradient = entry() if callable(entry) else entry
            gradient = _conjugate(gradient) if node.conjugates else gradient
            check_numbers(node, number, gradient)
            own = replayed is None and _is_new(gradient, seen)
            seen.append(gradient)
            sums.add(place, gradient, own)
        if not keep:
            node.release()
    for place in list(sums):  # what is left are leaves, and what was wanted
        if place[0] not in useful:
            _arrived(sums, place, sums)
        if wanted is not None and place not in wanted:
            del sums[place]
    return sums


def _arrived(sums, place, kept):
    """The whole gradient at a place, None if none came; its hooks have seen it."""
    if place not in sums:
        return None
    origin, index = place
    if origin._hooks is not None:
        for hook in tuple(origin._hooks.get(index, {}).values()):
            returned = hook(_tensor(sums[place]))
            if returned is not None:
                sums[place] = _instead(returned, sums[place])
                sums.own.discard(place)
    if isinstance(origin, Node) and index in (origin._retained or ()):
        x = origin._retained[index]()
        if x is not None:
            _accumulate(x, _copy(sums[place]), isinstance(sums[place], Tensor))
    return sums[place] if kept is not None and place in kept else sums.pop(place)


def _instead(returned, gradient):
    """What a hook gave, in place of the gradient that it saw."""
    if not isinstance(returned, Tensor):
        raise TypeError(f"expected Tensor, but hook returned {type(returned).__name__!r}")
    if returned._array.shape != gradient.shape:
        raise RuntimeError(
            f"hook has changed the size of value: it was {list(gradient.shape)}, and is "
            f"{list(returned.shape)}"
        )
    if returned._array.dtype != np.dtype(gradient.dtype):
        raise RuntimeError(
            f"hook has changed the type of value: it was {gradient.dtype}, and is {returned.dtype}"
        )
    return returned if isinstance(gradient, Tensor) else returned._array


def _conjugate(gradient):
    return np.conjugate(gradient) if np.dtype(gradient.dtype).kind == "c" else gradient


def _zeros(node, index, arrived):
    """Of an output that nothing used, on the device of what has come to the others."""
    shape, kind = node.outputs[index]
    there = next(gradient for gradient in arrived if gradient is not None)
    there = getattr(there, "_array", there)
    return np.zeros(shape, kind, like=None if isinstance(there, np.generic) else there)


def _is_new(gradient, seen):
    """Whether an array has memory of its own, and is none of those seen."""
    if not isinstance(gradient, np.ndarray) or gradient.base is not None:
        return False
    return id(gradient) not in map(id, seen)


def _start(number, y, gradient, create_graph):
    """The place of an output, and the gradient that it starts with."""
    if gradient is None:
        if y._array.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if y._array.dtype.kind == "c":
            raise RuntimeError("grad can be implicitly created only for real scalar outputs")
        gradient = Tensor._of(np.ones_like(y._array))
    if gradient._array.shape != y._array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{number}] has a shape of {gradient.shape} and "
            f"output[{number}] has a shape of {y.shape}."
        )
    if gradient.is_complex() != y.is_complex():
        raise RuntimeError(
            f"For complex Tensors, both grad_output[{number}] and output[{number}] are required to "
            f"have the same dtype, not {gradient.dtype} and {y.dtype}"
        )
    gradient = gradient.to(y.dtype)
    return _place(y), gradient if create_graph else gradient._array


def _ancestors(origins):
    """All nodes from which the origins were made, in the order of their making."""
    seen, waiting = set(), [origin for origin in origins if isinstance(origin, Node)]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += [s[0] for s in node.sources if s is not None and isinstance(s[0], Node)]
    return sorted(seen, key=lambda node: node.order)


def _leading_to(wanted, nodes):
    """Of ``nodes``, those that depend on what is wanted."""
    if wanted is None:
        return nodes
    useful = {}
    for node in nodes:
        places = [s[:2] for s in node.sources if s is not None]
        if any(place in wanted or place[0] in useful for place in places):
            useful[node] = True
    return list(useful)


def _replayed(nodes, ancestors):
    """{node: its vjp, on the tape}: each op's body run again, on Tensors.

    So are those of the ``ancestors`` whose outputs the nodes take and nobody has any more.
    """
    outputs, vjps, again = {}, {}, set(nodes)
    for node in reversed(ancestors):
        if node in again:
            again.update(s[0] for s in node.sources if s is not None and _alive(*s) is None)
    for node in ancestors:
        if node not in again:
            continue
        args = list(node.args)
        for slot, origin in zip(node.slots, node.sources, strict=True):
            if origin is not None:
                x = _alive(*origin)
                args[slot] = outputs[origin[0]][origin[1]] if x is None else x
        node.check(args)
        out, vjps[node] = node.op.body(*args, **node.options)
        outs = out if isinstance(out, tuple) else (out,)
        if not all(isinstance(x, Tensor) and x._requires_grad for x in outs):
            outs = _several(node.op(*args, **node.options))  # what the body has left unrecorded
        outputs[node] = outs
    return vjps


def _alive(origin, index, reference=None, version=None):
    """The Tensor that was there, if it still is, and what it was."""
    if reference is None:
        return origin
    x = reference()
    unchanged = x is not None and x._node is origin and x._changes[0] == version
    return x if unchanged and x._index == index else None


def _place(x):
    """(origin, output): where the gradient of x comes together."""
    found = source(x)
    if found is None:
        raise RuntimeError(
            "a tensor does not require grad and does not have a grad_fn: nothing was recorded of it"
        )
    return found[:2]


def _tensor(gradient):
    if isinstance(gradient, Tensor):
        return gradient
    return Tensor._of(gradient if hasattr(gradient, "__array_function__") else np.array(gradient))


def _copy(gradient):
    return gradient if isinstance(gradient, Tensor) else np.copy(gradient)


def _several(x):
    return list(x) if isinstance(x, Iterable) and not isinstance(x, Tensor | np.ndarray) else [x]
