"""Tensors of a module that are computed from others, which are learned in their place.

A tensor W of a module becomes f(X): f is a Module, and X stands as ``original`` in the list of
such modules, ``module.parametrizations.W``.  Reading ``module.W`` computes f(X); setting it sets
X = f⁻¹(W), if f has a ``right_inverse``.  Where that gives several tensors, f takes all of them,
and they are ``original0``, ``original1``, ...
"""

import contextlib
import functools

from pellucid.autograd import Tensor, no_grad
from pellucid.nn.modules.containers import ModuleDict, ModuleList
from pellucid.nn.parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "type_before_parametrizations",
]

_cache: list = []  # of each ``cached`` block: what was computed, by module and name


@contextlib.contextmanager
def cached():
    """Compute each tensor once within the block, however often it is read."""
    _cache.append({})
    try:
        yield
    finally:
        _cache.pop()


class ParametrizationList(ModuleList):
    """The modules f₁, f₂, ... whose f₂(f₁(X)) is the tensor, and X.

    Parameters
    ----------
    modules : list of Module
        f₁, f₂, ...
    original : Tensor
        The tensor, from which X is made by the ``right_inverse`` of those that have one.
    unsafe : bool
        Whether the result may be of another shape or type than ``original``.

    Raises
    ------
    ValueError
        If it is so though it may not.
    """

    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        self.unsafe = unsafe
        before = original.detach()
        with no_grad():
            new = self._inverted(before)
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            if not unsafe and new.dtype != before.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype: "
                    f"{before.dtype} became {new.dtype}"
                )
            original.data = new.detach()
            _keep(self, "original", original)
        else:
            for k, x in enumerate(new):
                _keep(self, f"original{k}", _like(x, original))
        if not unsafe:
            with no_grad():
                _check_alike(before, self(), "parametrization")

    def _inverted(self, x):
        for step in reversed(list(self)):
            if hasattr(step, "right_inverse"):
                x = step.right_inverse(x)
        return x

    def originals(self):
        """X, as a list of tensors."""
        names = ["original"] if self.is_tensor else [f"original{k}" for k in range(self.ntensors)]
        return [getattr(self, name) for name in names]

    def right_inverse(self, value):
        """Make X such that ``value`` is the tensor."""
        with no_grad():
            new = self._inverted(value)
            for old, x in zip(self.originals(), [new] if self.is_tensor else new, strict=True):
                old.data = x.detach().clone()

    def forward(self):
        x = self.originals()
        for step in self:
            x = [step(*x)]
        return x[0]


def _keep(module, name, x):
    keep = module.register_parameter if isinstance(x, Parameter) else module.register_buffer
    keep(name, x)


def _like(x, original):
    """x as what ``original`` is: a Parameter that is learned or not, or a tensor."""
    return Parameter(x, original.requires_grad) if isinstance(original, Parameter) else x


class _Parametrized:
    """What reads and sets such tensors, beside what its other base says."""

    def __getattr__(self, name):
        steps = _steps(self)
        if name not in steps:
            return super().__getattr__(name)
        if not _cache:
            return steps[name]()
        key = id(self), name
        if key not in _cache[-1]:
            _cache[-1][key] = steps[name]()
        return _cache[-1][key]

    def __setattr__(self, name, value):
        steps = _steps(self)
        if name in steps:
            steps[name].right_inverse(value)
        else:
            super().__setattr__(name, value)


def _steps(module):
    """Its lists by name; none in a module that is just being copied."""
    steps = vars(module).get("_modules", {}).get("parametrizations")
    return steps if isinstance(steps, ModuleDict) else ()


@functools.cache
def _parametrized(kind):
    return type(f"Parametrized{kind.__name__}", (_Parametrized, kind), {})


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    """Let ``module`` learn what ``parametrization`` makes its tensor from; give it back.

    Registered again, the new one is applied to what the others give.

    Raises
    ------
    ValueError
        If there is no such tensor, or if its shape or type would change and this is not
        ``unsafe``.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        steps = module.parametrizations[tensor_name]
        if not unsafe:
            before = getattr(module, tensor_name)
            _check_alike(before, parametrization(before), "parametrization")
            if hasattr(parametrization, "right_inverse"):
                _check_alike(before, parametrization.right_inverse(before), "right_inverse")
        steps.append(parametrization)
        steps.unsafe |= unsafe
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    steps = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.parametrizations = ModuleDict()
        module.__class__ = _parametrized(type(module))
    module.parametrizations[tensor_name] = steps
    return module


def _check_alike(before, after, what):
    if not isinstance(after, Tensor):
        raise ValueError(f"A {what} must return a tensor. Got {type(after).__name__}.")
    for name, old, new in (
        ("shape", before.shape, after.shape),
        ("dtype", before.dtype, after.dtype),
    ):
        if old != new:
            raise ValueError(
                f"Registering a parametrization may not change the {name} of the tensor, unless "
                f"the `unsafe` flag is enabled: {old} became {new}"
            )


def is_parametrized(module, tensor_name=None):
    """Whether the module computes that tensor, or any."""
    steps = _steps(module)
    return len(steps) > 0 if tensor_name is None else tensor_name in steps


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    """Let the tensor be itself again: as it is computed, or as ``original``; give back ``module``.

    Raises
    ------
    ValueError
        If it is not parametrized; or if it is to become ``original`` and there are several.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    steps = module.parametrizations[tensor_name]
    if not steps.is_tensor and not leave_parametrized:
        raise ValueError(
            "leave_parametrized=False is for a tensor with one original; this has several"
        )
    now = getattr(module, tensor_name).detach()
    original = steps.originals()[0]
    if not steps.is_tensor:
        original = _like(now, original)
    elif leave_parametrized:
        original.data = now
    del module.parametrizations[tensor_name]
    if not is_parametrized(module):
        module.__class__ = type_before_parametrizations(module)
        del module.parametrizations
    _keep(module, tensor_name, original)
    return module


def type_before_parametrizations(module):
    """The module's class; that before there was a parametrization."""
    return type(module).__bases__[1] if isinstance(module, _Parametrized) else type(module)
