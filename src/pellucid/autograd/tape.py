"""The tape: an op runs on arrays and leaves its vjp; ``backward`` calls the vjps in reverse order.

For y = f(x) and a number L that depends on y, the vjp of f takes ∂L/∂y to ∂L/∂x = (∂y/∂x)ᵀ ∂L/∂y.
An op's body, in NumPy, returns (y, vjp).  Run again on Tensors, whose NumPy functions are ops too,
the same body gives a vjp that is itself on the tape: so ``create_graph`` needs nothing more.

References
----------
Griewank, Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, ch. 3.
"""

import functools
import inspect
import itertools
import types
import weakref
from numbers import Number

import numpy as np

from pellucid.autograd.errors import as_pytorch
from pellucid.autograd.modes import is_grad_enabled
from pellucid.autograd.tensor import Tensor

__all__ = ["Node", "op", "source", "unrecorded"]

UNRECORDED = -1  # the epoch of a view that a no_grad() has kept from the tape
_clock = itertools.count()
PYTORCH = {  # what PyTorch calls an op that bears NumPy's name, or that of what it does
    "multiply": "mul",
    "subtract": "sub",
    "divide": "div",
    "power": "pow",
    "negative": "neg",
    "copy": "clone",
    "cast": "to_copy",
    "concatenate": "cat",
    "expand_dims": "unsqueeze",
    "reshape": "view",
    "transpose": "permute",
    "swapaxes": "transpose",
    "broadcast_to": "expand",
    "linear": "addmm",
    "softmax_along": "softmax",
    "log_softmax_along": "log_softmax",
    "convolve": "convolution",
    "max_of_windows": "max_pool2d_with_indices",
    "_rows": "embedding",
    "surprise": "nll_loss",
}


class Node:
    """One call of an op: where its inputs came from, and how gradients go back to them.

    A source is (leaf Tensor, 0), or (Node, output number, weak reference to the Tensor, its
    version): what lies between leaves is not kept alive here; ``create_graph`` computes it again.
    """

    __slots__ = (
        *("_hooks", "_retained", "args", "conjugates", "moments", "op", "options", "order"),
        *("outputs", "slots", "sources", "vjp"),
    )
    materializes = True  # zeros stand for the gradient of an output that nothing used

    def __init__(self, call, args, options, vjp, tensors, results):
        self.op, self.options, self.vjp = call, options, vjp
        self.slots = call.slots or range(len(args))  # which of the arguments may be tensors
        self.args, self.sources = list(args), []
        for i in self.slots:
            origin = None if args[i] is None else source(args[i])
            self.sources.append(origin)
            if origin is not None:
                self.args[i] = None
        # the counter of changes to each memory, where it stands now, and which memory that is
        self.moments = [
            (x._changes, x._changes[0], id(_root(x._array))) for x in (*tensors, *results)
        ]
        self.outputs = [(x._array.shape, x._array.dtype) for x in results]
        self.conjugates = any(x._array.dtype.kind == "c" for x in (*tensors, *results))
        self._hooks = None  # or {output number: hooks that see its gradient}
        self._retained = None  # or {output number: weak reference to what keeps its gradient}
        self.order = next(_clock)

    def name(self) -> str:
        """As PyTorch would call it."""
        name = self.op.__name__
        return "".join(map(str.title, PYTORCH.get(name, name).split("_"))) + "Backward0"

    def __repr__(self):
        return f"<{self.name()}>"

    @property
    def next_functions(self):
        """Where the gradient of each input goes, as (node, output number); (None, 0) if nowhere."""
        return tuple(map(_following, self.sources))

    def check(self, args=()):
        """That what the vjp holds, and those ``args`` that the op took, are as they were then."""
        if self.vjp is None:
            raise RuntimeError(
                f"{self.op.__name__}: Trying to backward through the graph a second time: what it "
                "held was let go. Specify retain_graph=True the first time"
            )
        taken = [x._changes for x in args if isinstance(x, Tensor)]
        for version, then, memory in self.moments:
            if version[0] != then and (
                any(version is one for one in taken)
                or memory in {id(_root(array)) for array in _held(self.vjp)}
            ):
                raise RuntimeError(
                    f"{self.op.__name__}: one of the variables needed for gradient computation has "
                    f"been modified by an inplace operation: it is at version {version[0]}, "
                    f"expected version {then} instead"
                )

    def release(self):
        """Let go of what was kept for the gradient; numbers and shapes may stay, for another."""
        if not _is_small(self.vjp):
            self.vjp, self.moments, self.args = None, [], []


class AccumulateGrad:
    """Where the way back ends: at a leaf, the ``variable``."""

    next_functions = ()

    def __init__(self, variable):
        self.variable = variable

    def __eq__(self, other):
        return isinstance(other, AccumulateGrad) and self.variable is other.variable

    def __hash__(self):
        return hash(self.variable)

    def name(self) -> str:
        """As PyTorch calls it."""
        return "torch::autograd::AccumulateGrad"


def _following(origin):
    if origin is None:
        return None, 0
    return origin[0] if isinstance(origin[0], Node) else AccumulateGrad(origin[0]), origin[1]


def source(x):
    """Where the gradient of ``x`` goes; None if nowhere."""
    if not isinstance(x, Tensor):
        return None
    if x._base is not None and x._epoch != x._changes[1]:  # its base has changed on the tape
        from pellucid.autograd.in_place import renew  # which is written with ops

        renew(x)
    if not x._requires_grad:
        return None
    if x._node is None:
        return x, 0
    if x._epoch != x._changes[1]:
        raise RuntimeError(
            "a view whose base was changed in place, on the tape, after the view was taken: take "
            "it again"
        )
    return x._node, x._index, weakref.ref(x), x._changes[0]


def op(body):
    """Make of ``body``, which gives (out, vjp), a function of Tensors that is on the tape.

    Parameters without an annotation whose default is absent or None are tensors (or numbers, or
    None); the others are options.  ``vjp`` takes the gradient of each output and gives one entry
    for each tensor parameter: an array; or a function of nothing, called only if the gradient is
    needed; or None.  Called on arrays alone, an op gives arrays.  ``@name.kernel`` registers a
    compiled body, taken where all arrays are NumPy's and none is of halves, which Numba has not.
    """
    signature = inspect.signature(body)
    parameters = list(signature.parameters.values())
    slots = [i for i, p in enumerate(parameters) if _is_tensor(p)]
    if parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
        slots = None  # f(*tensors, option=...): each argument is a tensor
    defaults = [(p.name, p.default) for p in parameters]
    kernels = [body]  # the last one registered is taken

    @functools.wraps(body)
    def call(*args, **options):
        if slots and (options or len(args) != len(parameters)):
            args, options = _completed(signature, defaults, args, options), {}
        arrays, tensors, recorded, compute = list(args), [], False, kernels[-1]
        for i in slots or range(len(args)):
            x = args[i]
            if isinstance(x, Tensor):
                arrays[i] = x._array
                tensors.append(x)
                recorded = (
                    recorded
                    or x._requires_grad
                    or (x._base is not None and x._epoch != x._changes[1])
                )
            if not _may_be_compiled(arrays[i]):
                compute = body
        out, vjp = _quietly(compute, arrays, options)
        if not tensors:
            return out
        several = type(out) is tuple
        results = [_view_or_new(a, tensors) for a in (out if several else (out,))]
        if recorded and is_grad_enabled():
            node = Node(call, args, options, vjp, tensors, results)
            for index, result in enumerate(results):
                if result._array.dtype.kind in "fc":
                    result._node, result._index, result._requires_grad = node, index, True
        return tuple(results) if several else results[0]

    def kernel(compiled):
        kernels.append(compiled)
        return compiled

    call.body, call.kernel, call.kernels, call.slots = body, kernel, kernels, slots
    return call


def _completed(signature, defaults, args, options):
    """The arguments in the signature's order, with the defaults of those that are not given."""
    rest = defaults[len(args) :]
    given = dict(options)
    values = [options.pop(name, default) for name, default in rest]
    if options or len(args) > len(defaults) or any(x is inspect.Parameter.empty for x in values):
        signature.bind(*args, **given)  # says what is wrong with them
    return *args, *values


@np.errstate(all="ignore")  # infinity and NaN say enough
def _quietly(compute, arrays, options):
    try:
        return compute(*arrays, **options)
    except (ValueError, TypeError) as error:
        raise as_pytorch(error) from None


def _is_tensor(parameter):
    return parameter.annotation is parameter.empty and (
        parameter.default is None or parameter.default is parameter.empty
    )


def _may_be_compiled(x):
    if type(x) is np.ndarray:
        return x.dtype.char != "e"
    return isinstance(x, np.ndarray) or not hasattr(x, "__array_ufunc__")


def unrecorded(function):
    """Let ``function`` of arrays be called in an op's body that is run on Tensors.

    There it computes numbers but nothing that could be differentiated: the op's own output is put
    on the tape by calling the op, and its vjp must be stated through other ops.
    """

    @functools.wraps(function)
    def call(*args, **options):
        arrays = [x._array if isinstance(x, Tensor) else x for x in args]
        out = function(*arrays, **options)
        if not any(isinstance(x, Tensor) for x in args):
            return out
        return tuple(map(Tensor._of, out)) if type(out) is tuple else Tensor._of(out)

    return call


def _view_or_new(array, tensors):
    """A Tensor on what a body gave back: a view, if that is the memory of one of its inputs."""
    result = Tensor._of(array)
    array = result._array
    for x in tensors:
        if array is x._array or (array.base is not None and _root(array) is _root(x._array)):
            result._changes, result._epoch, result._is_view = x._changes, x._epoch, True
            if is_grad_enabled() or not x._requires_grad:
                result._base = x._base if x._is_view else x
            else:
                result._epoch = UNRECORDED
    return result


def _root(array):
    """The array whose memory ``array`` looks at."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def _is_small(x):
    """Whether it is a number, a name or a type, or a function or tuple that holds only such."""
    if isinstance(x, types.FunctionType):
        return all(map(_is_small, _contents(x)))
    if isinstance(x, (tuple, list)):
        return all(map(_is_small, x))
    return x is None or x is ... or isinstance(x, (Number, str, slice, np.dtype, type))


def _contents(function):
    """What the closure of a function holds."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a name that was never bound on this path
            continue


def _held(function):
    """The arrays that a function's closure, and those of functions in it, keep alive."""
    for content in _contents(function):
        if isinstance(content, types.FunctionType):
            yield from _held(content)
        elif isinstance(content, (tuple, list)):
            yield from (x for x in content if hasattr(x, "strides"))
        elif hasattr(content, "strides"):
            yield content
