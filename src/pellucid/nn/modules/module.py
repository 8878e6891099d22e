"""Module: parameters, buffers and other modules under names, and what is done with all of them."""

from pellucid.autograd import Tensor
from pellucid.autograd._heap import keep_free_memory
from pellucid.autograd._hooks import Handle
from pellucid.nn.modules.states import Stateful
from pellucid.nn.parameter import Parameter

__all__ = ["Module"]


class Module(Stateful):
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
        self.__dict__.update(_fleeting=set(), _before={}, _after={})

    def forward(self, *args, **kwargs):
        """What the module computes; each says it for itself."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        for hook in self._before.values():
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        out = self.forward(*args, **kwargs)
        for hook in self._after.values():
            changed = hook(self, args, out)
            out = out if changed is None else changed
        return out

    # --- names

    def __setattr__(self, name, value):
        if isinstance(value, Parameter | Module) and "_parameters" not in self.__dict__:
            raise AttributeError("call Module.__init__() before giving it parameters or modules")
        home = self._home_of(name)
        if isinstance(value, Parameter | Module):
            kept = self._modules if isinstance(value, Module) else self._parameters
            if home is not None and home is not kept:
                del home[name]  # else it keeps its place among the others
            register = self.add_module if isinstance(value, Module) else self.register_parameter
            register(name, value)
        elif home is None:
            object.__setattr__(self, name, value)
        elif value is None or (home is self._buffers and isinstance(value, Tensor)):
            home[name] = value
        else:
            kind = "Tensor" if home is self._buffers else "Parameter or Module"
            raise TypeError(f"cannot assign {type(value).__name__} to {name!r}: it is a {kind}")

    def _home_of(self, name):
        """The dictionary in which there is such a name, None if nowhere."""
        own = self.__dict__
        for home in ("_parameters", "_buffers", "_modules"):
            if name in own.get(home, ()):  # before Module.__init__ there are none
                return own[home]
        return None

    def __getattr__(self, name):
        home = self._home_of(name)
        if home is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return home[name]

    def __delattr__(self, name):
        home = self._home_of(name)
        if home is None:
            object.__delattr__(self, name)
        else:
            del home[name]

    def __dir__(self):
        return [*super().__dir__(), *self._parameters, *self._buffers, *self._modules]

    def register_parameter(self, name, param):
        """A parameter under a name; None keeps the place."""
        self._register(self._parameters, name, param, Parameter)

    def register_buffer(self, name, tensor, persistent=True):
        """A tensor that is not learned; in the state_dict if it is ``persistent``."""
        self._register(self._buffers, name, tensor, Tensor)
        (self._fleeting.discard if persistent else self._fleeting.add)(name)

    def add_module(self, name, module):
        """A module under a name."""
        self._register(self._modules, name, module, Module)

    register_module = add_module

    def _register(self, home, name, thing, kind):
        if thing is not None and not isinstance(thing, kind):
            raise TypeError(f"{name!r} is to be a {kind.__name__}, not {type(thing).__name__}")
        if not name or "." in name:
            raise KeyError(f"a name is a word without dots, not {name!r}")
        if self._home_of(name) not in (None, home) or hasattr(type(self), name):
            raise KeyError(f"attribute {name!r} already exists")
        self.__dict__.pop(name, None)
        home[name] = thing

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

    def get_submodule(self, target):
        """The module of that name."""
        module = self
        for name in filter(None, target.split(".")):
            module = module._modules.get(name, None)
            if module is None:
                raise AttributeError(f"{type(self).__name__} has no module {target!r}")
        return module

    def get_parameter(self, target):
        """The parameter of that name."""
        path, _, name = target.rpartition(".")
        return self.get_submodule(path)._parameters[name]

    def get_buffer(self, target):
        """The buffer of that name."""
        path, _, name = target.rpartition(".")
        return self.get_submodule(path)._buffers[name]

    def apply(self, fn):
        """Call ``fn`` with every module inside, and last with this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # --- modes, types and places

    def train(self, mode=True):
        """Learn (or do not), this module and all inside it."""
        for module in self.modules():
            module.training = mode
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
                parameter.grad = parameter.grad.detach() * 0

    def _converted(self, convert):
        for tensor in (*self.parameters(), *self.buffers()):
            tensor.data = convert(tensor.data)
            if tensor.grad is not None:
                tensor.grad = convert(tensor.grad)
        return self

    def to(self, *args, **kwargs):
        """All parameters and buffers in another type (whole numbers keep theirs), or elsewhere."""
        dtype = Tensor(0).to(*args, **kwargs).dtype
        where = Tensor(0).to(*args, **kwargs).device
        named = any(isinstance(x, Tensor) or x is dtype for x in (*args, *kwargs.values()))
        return self._converted(
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
        return self._converted(lambda x: x.to(dst_type))

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
        return self._converted(lambda x: x.to(kind) if x.is_floating_point() else x)

    # --- hooks and words

    def register_forward_pre_hook(self, hook):
        """Call ``hook(module, args)`` before forward, and take what it returns for arguments."""
        return Handle(self._before, hook)

    def register_forward_hook(self, hook):
        """Call ``hook(module, args, out)`` after forward; what it returns takes out's place."""
        return Handle(self._after, hook)

    def register_full_backward_hook(self, hook):
        """Call ``hook(module, grad_input, grad_output)`` on the way back; it may give another."""
        from pellucid.nn.modules.backward_hooks import attach  # which is written with the tape

        return attach(self, hook)

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
