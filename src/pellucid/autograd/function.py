"""Function: an operation whose forward and backward a program writes itself.

y = f(x) is computed off the tape; backward takes ∂L/∂y to ∂L/∂x, and is itself recorded where a
second derivative is asked for, so that ops in it give that one too.
"""

import copy
import functools

import numpy as np

from pellucid.autograd.in_place import change
from pellucid.autograd.modes import is_grad_enabled, no_grad
from pellucid.autograd.rules import sum_to
from pellucid.autograd.tape import Node, source
from pellucid.autograd.tensor import Tensor

__all__ = ["Function", "Variable", "once_differentiable"]


class Context:
    """What forward leaves for backward: tensors that are watched, and any attributes."""

    def __init__(self, args):
        self.needs_input_grad = tuple(isinstance(x, Tensor) and x.requires_grad for x in args)
        self._saved, self._constant, self._dirty = (), (), ()
        self._materializes = True

    def save_for_backward(self, *tensors):
        """Keep inputs, outputs, or None; a change in place to one before backward is an error."""
        for x in tensors:
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(f"save_for_backward keeps tensors and None, not {x!r:.40}")
        self._saved = tuple((x, x if x is None else x._changes[0]) for x in tensors)

    def mark_non_differentiable(self, *tensors):
        """Say that no gradient flows through these outputs."""
        self._constant = tensors

    def mark_dirty(self, *tensors):
        """Say that forward has changed these inputs in place, and gives them back."""
        self._dirty = tensors

    def set_materialize_grads(self, value):
        """Whether backward is given zeros, or None, where no gradient came to an output."""
        self._materializes = bool(value)

    @property
    def saved_tensors(self):
        """What was saved, as it was then."""
        for x, then in self._saved:
            if x is not None and x._changes[0] != then:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an "
                    f"inplace operation: it is at version {x._changes[0]}, expected version {then} "
                    "instead"
                )
        return tuple(x for x, _ in self._saved)

    def _changed(self, out, result):
        """The result; for an input that was changed, this itself, which comes from it now."""
        if not any(out is x for x in self._dirty):
            return result
        result._changes, result._epoch = [0, 0], 0  # on the tape, it is not yet in this memory
        change(out, lambda _: result)
        self._saved = tuple((x, out._changes[0] if x is out else v) for x, v in self._saved)
        return out

    def _standing(self, twins):
        """A context in which tensors that have twins on the tape are those."""
        other = copy.copy(self)
        pairs = [(twins.get(id(x), x), then) for x, then in self._saved]
        other._saved = tuple((x, then if x is None else x._changes[0]) for x, then in pairs)
        return other


class Function:
    """An operation on the tape: write ``forward`` and ``backward``, call ``Name.apply(...)``.

    ``forward(ctx, *args)`` gives a tensor or a tuple, and leaves in ``ctx`` what ``backward(ctx,
    *grads)`` needs; that gives one gradient, or None, for each of the arguments.  Or ``forward(
    *args)`` alone, and ``setup_context(ctx, inputs, output)`` leaves what is needed.  Where no
    gradient came to an output, backward is given zeros.
    """

    @staticmethod
    def forward(*args):
        """y."""
        raise NotImplementedError("a Function says in forward what it computes")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Keep what backward needs, where forward takes no ctx."""
        raise NotImplementedError("forward takes no ctx where setup_context is written")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """∂L/∂x of ∂L/∂y."""
        raise NotImplementedError("a Function says in backward what its gradient is")

    @classmethod
    def apply(cls, *args):
        """Compute forward, and put backward on the tape."""
        ctx = Context(args)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                out = cls.forward(ctx, *args)
            else:
                out = cls.forward(*args)
                cls.setup_context(ctx, args, out)
        outs = out if isinstance(out, tuple) else (out,)
        results = _Call(cls, ctx, args, outs)(*args)
        results = tuple(map(ctx._changed, outs, results)) if ctx._dirty else results
        return results if isinstance(out, tuple) else results[0]

    def __call__(self, *args):
        """What was done before forward was static."""
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated: write "
            "@staticmethod over forward and backward, and call apply"
        )


class _FunctionNode(Node):
    __slots__ = ()

    @property
    def materializes(self):
        return self.op.ctx._materializes

    def name(self) -> str:
        return f"{self.op.__name__}Backward"

    def release(self):
        """Where nothing was saved, one can go backward again."""
        if self.op.ctx._saved:
            self.vjp = None


class _Call:
    """One call of a Function, as an op that the tape can run again."""

    slots = None

    def __init__(self, function, ctx, args, outs):
        self.function, self.ctx, self.outs = function, ctx, outs
        self.__name__ = function.__name__
        self.fits = [(x._array.shape, x.dtype) if isinstance(x, Tensor) else None for x in args]
        self.taken = [id(x) for x in args]  # of those that are saved, and so are still alive

    def __call__(self, *args):
        """The outputs on the tape: forward's numbers, coming from ``args``."""
        twins = {id(y): _twin(y) for y in self.outs if isinstance(y, Tensor)}
        results = tuple(twins.get(id(y), y) for y in self.outs)
        tensors = [y for y in results if isinstance(y, Tensor)]
        inputs = [x for x in args if isinstance(x, Tensor)]
        if is_grad_enabled() and any(source(x) is not None for x in inputs):
            node = _FunctionNode(self, args, {}, self._vjp(self.ctx), inputs, tensors)
            node.conjugates = False  # its backward takes and gives PyTorch's gradients
            constant = {id(y) for y in self.ctx._constant}
            given = [y for y in self.outs if isinstance(y, Tensor)]
            for index, (y, before) in enumerate(zip(tensors, given, strict=True)):
                if y._array.dtype.kind in "fc" and id(before) not in constant:
                    y._node, y._index, y._requires_grad = node, index, True
        return results

    def body(self, *args):
        """(outputs, vjp), both on the tape, as are the inputs and outputs that were saved."""
        results = self(*args)
        twins = {id(y): twin for y, twin in zip(self.outs, results, strict=True)}
        changed = {id(x): twins[id(x)] for x in self.ctx._dirty}
        twins |= dict(zip(self.taken, args, strict=True)) | changed
        results = tuple(y for y in results if isinstance(y, Tensor))
        return results, self._vjp(self.ctx._standing(twins))

    def _vjp(self, ctx):
        """What calls backward with tensors, and gives arrays where it is given arrays."""

        def vjp(*gradients):
            recorded = any(isinstance(g, Tensor) for g in gradients)
            arrived = iter(g if recorded or g is None else Tensor._of(g) for g in gradients)
            grads = [next(arrived) if isinstance(y, Tensor) else None for y in self.outs]
            found = self.function.backward(ctx, *grads)
            found = list(found) if isinstance(found, tuple | list) else [found]
            n = len(self.fits)
            if len(found) < n or any(g is not None for g in found[n:]):
                raise RuntimeError(
                    f"function {self.__name__}Backward returned an incorrect number of gradients "
                    f"(expected {n}, got {len(found)})"
                )
            fitted = [self._fitted(k, g) for k, g in enumerate(found[:n])]
            return [g if recorded or g is None else g._array for g in fitted]

        return vjp

    def _fitted(self, k, gradient):
        """The gradient by argument k in its shape and type: what was broadcast is summed."""
        if gradient is None or self.fits[k] is None:
            return None
        shape, kind = self.fits[k]
        gradient = gradient.to(kind)
        if tuple(gradient.shape) == shape:
            return gradient
        try:
            fits = np.broadcast_shapes(shape, gradient.shape) == tuple(gradient.shape)
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {self.__name__}Backward returned an invalid gradient at index {k} - got "
                f"{list(gradient.shape)} but expected shape compatible with {list(shape)}"
            )
        return sum_to(gradient, shape)


def _twin(y):
    """The same memory, which comes from nowhere yet."""
    twin = Tensor._of(y._array)
    twin._changes, twin._epoch = y._changes, y._changes[1]
    return twin


class _Once(Function):
    """Numbers that came from tensors in a way that cannot be differentiated."""

    @staticmethod
    def forward(ctx, found):
        return found

    @staticmethod
    def backward(ctx, *grads):
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


def once_differentiable(backward):
    """Let ``backward`` be computed off the tape, and a second derivative be an error."""

    @functools.wraps(backward)
    def once(ctx, *grads):
        with no_grad():
            found = backward(ctx, *grads)
        several = isinstance(found, tuple)
        marked = [
            g if g is None else _Once.apply(g.detach().requires_grad_())
            for g in (found if several else (found,))
        ]
        return tuple(marked) if several else marked[0]

    return once


def Variable(data, requires_grad=False):
    """The old name of a tensor: the same memory, as a leaf."""
    return data.detach().requires_grad_(requires_grad)
