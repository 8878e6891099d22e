"""What a module has under names: parameters, buffers and other modules, each kind in its place."""

from pellucid.autograd import Tensor
from pellucid.nn.parameter import Buffer, Parameter

__all__ = ["Named"]

EXPECTED = {  # where things stand, what they are called there, and what they have to be
    "_parameters": ("parameter", "nn.Parameter"),
    "_buffers": ("buffer", "nn.Buffer, torch.Tensor"),
    "_modules": ("child module", "nn.Module"),
}


def _type_name(x):
    """As PyTorch calls it."""
    if isinstance(x, Tensor):
        return x.type()
    kind = type(x)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


class Named:
    """Attributes that are Parameters, Modules or registered tensors stand in dictionaries."""

    def __setattr__(self, name, value):
        learned, home = isinstance(value, Parameter), self._home_of(name)
        if learned or (isinstance(value, Named) and home != "_parameters"):
            self._check_begun("parameters" if learned else "module")
            if home not in (None, "_parameters" if learned else "_modules"):
                delattr(self, name)  # else it keeps its place among the others
            vars(self).pop(name, None)
            if learned:
                self.register_parameter(name, value)
            else:
                vars(self)["_modules"][name] = value
        elif isinstance(value, Buffer) and home in (None, "_buffers"):
            if value.persistent:  # a class may have its own, without ``persistent``
                self.register_buffer(name, value)
            else:
                self.register_buffer(name, value, False)
        elif home is None:
            object.__setattr__(self, name, value)
        elif value is None or (home == "_buffers" and isinstance(value, Tensor)):
            vars(self)[home][name] = value
        else:
            what, wanted = EXPECTED[home]
            raise TypeError(
                f"cannot assign '{_type_name(value)}' as {what} '{name}' "
                f"(torch.{wanted} or None expected)"
            )

    def _home_of(self, name):
        """In which dictionary there is such a name, None if nowhere."""
        own = vars(self)
        for home in EXPECTED:
            if name in own.get(home, ()):  # before Module.__init__ there are none
                return home
        return None

    def __getattr__(self, name):
        home = self._home_of(name)
        if home is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return vars(self)[home][name]

    def __delattr__(self, name):
        home = self._home_of(name)
        if home is None:
            object.__delattr__(self, name)
        else:
            del vars(self)[home][name]
            self._fleeting.discard(name)

    def __dir__(self):
        held = (*self._parameters, *self._buffers, *self._modules)
        return [*super().__dir__(), *(name for name in held if name.isidentifier())]

    def register_parameter(self, name, param):
        """A leaf under a name; None keeps the place."""
        self._register("_parameters", name, param, "parameter", Parameter)

    def register_buffer(self, name, tensor, persistent=True):
        """A tensor that is not learned; in the state_dict if it is ``persistent``."""
        self._register("_buffers", name, tensor, "buffer", Tensor)
        (self._fleeting.discard if persistent else self._fleeting.add)(name)

    def add_module(self, name, module):
        """A module under a name."""
        if module is not None and not isinstance(module, Named):
            raise TypeError(f"{_type_name(module)} is not a Module subclass")
        self._register("_modules", name, module, "module", Named)

    register_module = add_module

    def _register(self, home, name, thing, what, kind):
        self._check_begun(what)
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {_type_name(name)}")
        if not name or "." in name:
            wrong = f'contain ".", got: {name}' if name else 'be empty string ""'
            raise KeyError(f"{what} name can't {wrong}")
        if hasattr(self, name) and name not in vars(self)[home]:
            raise KeyError(f"attribute '{name}' already exists")
        if thing is not None and not isinstance(thing, kind):
            raise TypeError(
                f"cannot assign '{_type_name(thing)}' object to {what} '{name}' "
                f"(torch {kind.__name__} or None required)"
            )
        if kind is Parameter and thing is not None and not thing.is_leaf:
            raise ValueError(f"Cannot assign non-leaf Tensor to parameter '{name}'")
        vars(self)[home][name] = thing

    def _check_begun(self, what):
        if "_parameters" not in vars(self):
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")

    def get_submodule(self, target):
        """The module of that name."""
        module = self
        for name in filter(None, target.split(".")):
            module = module._member("_modules", name, "an nn.Module")
        return module

    def set_submodule(self, target, module, strict=False):
        """Put a module where that name says; if ``strict`` there must be one already."""
        path, _, name = target.rpartition(".")
        if not name:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Named):
            raise ValueError(f"`module` is not an nn.Module, found: {type(module)}")
        owner = self.get_submodule(path)
        if strict or hasattr(owner, name):
            owner._member("_modules", name, "an nn.Module")
        setattr(owner, name, module)

    def get_parameter(self, target):
        """The parameter of that name."""
        path, _, name = target.rpartition(".")
        return self.get_submodule(path)._member("_parameters", name, "an nn.Parameter")

    def get_buffer(self, target):
        """The buffer of that name."""
        path, _, name = target.rpartition(".")
        return self.get_submodule(path)._member("_buffers", name, "a buffer")

    def _member(self, home, name, what):
        if not hasattr(self, name):
            raise AttributeError(f"{type(self).__name__} has no attribute `{name}`")
        if vars(self)[home].get(name) is None:
            raise AttributeError(f"`{name}` is not {what}")
        return vars(self)[home][name]
