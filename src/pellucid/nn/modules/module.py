"""Module: parameters, buffers and other modules under names, and what is done with all of them."""

from pellucid.autograd import Tensor, no_grad
from pellucid.autograd._heap import keep_free_memory
from pellucid.nn.modules.hooks import Hooked
from pellucid.nn.modules.names import Named
from pellucid.nn.modules.states import Stateful

__all__ = ["Module"]


class Module(Named, Hooked, Stateful):
    """A function with parameters: write ``__init__`` and ``forward``.

    Attributes that are Parameters, buffers or Modules are found by ``parameters()``,
    ``state_dict()`` and the like, under their names: ``layers.0.weight``.

    Attributes
    ----------
    training : bool
        Whether layers that behave otherwise while they learn do so; set by ``train`` and ``eval``.
    """

    training = True

    def __init__(self):
        keep_free_memory()
        for name in ("_parameters", "_buffers", "_modules"):
            self.__dict__[name] = {}
        self.__dict__.update(_fleeting=set(), _hooks={})

    def forward(self, *args, **kwargs):
        """What the module computes; each says it for itself."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    # --- walking

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """(name, module) of this module and all inside it."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                inner = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, inner, remove_duplicate)

    def modules(self):
        """This module and all inside it."""
        return (module for _, module in self.named_modules())

    def named_children(self):
        """(name, module) of the modules right inside."""
        found = {id(m): (name, m) for name, m in reversed(self._modules.items()) if m is not None}
        return iter(list(found.values())[::-1])

    def children(self):
        """The modules right inside."""
        return (module for _, module in self.named_children())

    def _named(self, home, prefix, recurse, remove_duplicate):
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        seen = set()
        for path, module in modules if recurse else [(prefix, self)]:
            for name, thing in getattr(module, home).items():
                if thing is None or (remove_duplicate and id(thing) in seen):
                    continue
                seen.add(id(thing))
                yield f"{path}.{name}" if path else name, thing

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """(name, parameter) of all parameters."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        """All parameters, each once."""
        return (thing for _, thing in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """(name, buffer) of all buffers."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        """All buffers, each once."""
        return (thing for _, thing in self.named_buffers(recurse=recurse))

    def apply(self, fn):
        """Call ``fn`` with every module inside, and last with this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # --- modes, types and places

    def train(self, mode=True):
        """Learn (or do not), this module and all inside it."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """Do not learn: as ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Whether gradients by all parameters are wanted."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none=True):
        """Forget the gradients, or make zeros of them."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.detach_().zero_()

    def _apply(self, fn):
        """``fn`` of each tensor in its place, here and inside; a class may say more of its own."""
        for module in self.children():
            module._apply(fn)
        for tensor in (*self.parameters(recurse=False), *self.buffers(recurse=False)):
            with no_grad():
                tensor.data = fn(tensor)
                if tensor.grad is not None:
                    tensor.grad = fn(tensor.grad)
        return self

    def to(self, *args, **kwargs):
        """All parameters and buffers in another type (whole numbers keep theirs), or elsewhere."""
        dtype = Tensor(0).to(*args, **kwargs).dtype
        where = Tensor(0).to(*args, **kwargs).device
        named = any(isinstance(x, Tensor) or x is dtype for x in (*args, *kwargs.values()))
        if "copy" in kwargs:
            raise RuntimeError(".to() does not accept copy argument")
        if named and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={dtype}"
            )
        return self._apply(
            lambda x: x.to(where, dtype if named and x.is_floating_point() else x.dtype)
        )

    def cpu(self):
        """All parameters and buffers in the memory of the CPU."""
        return self.to("cpu")

    def cuda(self, device=None):
        """All parameters and buffers in the memory of a GPU."""
        return self.to(f"cuda:{device or 0}")

    def type(self, dst_type):
        """All parameters and buffers in another type."""
        return self._apply(lambda x: x.type(dst_type))

    def float(self):
        """Numbers with a point in float32."""
        return self._pointed("float32")

    def double(self):
        """Numbers with a point in float64."""
        return self._pointed("float64")

    def half(self):
        """Numbers with a point in float16."""
        return self._pointed("float16")

    def _pointed(self, kind):
        return self._apply(lambda x: x.to(kind) if x.is_floating_point() else x)

    # --- words

    def extra_repr(self):
        """What stands in the brackets of the module's line."""
        return ""

    def __repr__(self):
        inner = [f"({name}): {module!r}" for name, module in self._modules.items()]
        extra = self.extra_repr().splitlines()
        if not inner and len(extra) < 2:
            return f"{type(self).__name__}({''.join(extra)})"
        lines = [line.replace("\n", "\n  ") for line in extra + inner]
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"
