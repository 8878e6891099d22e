"""Modules that hold modules: in a row, in a list, by name."""

from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class _Listed(Module):
    """Things in order, under the names "0", "1", ..."""

    _home = "_modules"

    def _things(self):
        return getattr(self, self._home)

    def __len__(self):
        return len(self._things())

    def __iter__(self):
        return iter(self._things().values())

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return list(self)[index]

    def __setitem__(self, index, thing):
        setattr(self, list(self._things())[index], thing)

    def __delitem__(self, index):
        things = list(self)
        del things[index]
        self._things().clear()
        self.extend(things)

    def pop(self, index):
        """Take out what stands at the place ``index``."""
        thing = self[index]
        del self[index]
        return thing

    def append(self, thing):
        """One more at the end."""
        setattr(self, str(len(self)), thing)
        return self

    def extend(self, things):
        """More at the end."""
        for thing in things:
            self.append(thing)
        return self

    def insert(self, index, thing):
        """One more before the place ``index``."""
        things = list(self)
        things.insert(index, thing)
        self._things().clear()
        self.extend(things)


class Sequential(_Listed):
    """Each module takes what the one before it gives: ``Sequential(a, b)(x) = b(a(x))``."""

    def __init__(self, *args):
        super().__init__()
        if len(args) == 1 and isinstance(args[0], dict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            self.extend(args)

    def __getitem__(self, index):
        if isinstance(index, slice):  # under the names that they have here
            return Sequential(dict(list(self._modules.items())[index]))
        return super().__getitem__(index)

    def __add__(self, other):
        return Sequential(*self, *other)

    def forward(self, input):
        for module in self:
            input = module(input)
        return input


class ModuleList(_Listed):
    """Modules in a list."""

    def __init__(self, modules=()):
        super().__init__()
        self.extend(modules)


class ParameterList(_Listed):
    """Parameters in a list; tensors become parameters."""

    _home = "_parameters"

    def __init__(self, values=()):
        super().__init__()
        self.extend(values)

    def append(self, thing):
        """One more at the end."""
        return super().append(thing if isinstance(thing, Parameter) else Parameter(thing))

    def extra_repr(self):
        return "\n".join(
            f"  ({k}): Parameter containing: [{p.dtype} of size {'x'.join(map(str, p.shape))}]"
            for k, p in enumerate(self)
        )


class _Named(Module):
    _home: str

    def _things(self):
        return getattr(self, self._home)

    def update(self, things):
        """More of them, from a mapping or pairs."""
        for name, thing in dict(things).items():
            self[name] = thing

    def __getitem__(self, name):
        return self._things()[name]

    def pop(self, name):
        """Take out what has that name."""
        return self._things().pop(name)

    def __delitem__(self, name):
        del self._things()[name]

    def __len__(self):
        return len(self._things())

    def __iter__(self):
        return iter(self._things())

    def __contains__(self, name):
        return name in self._things()

    def clear(self):
        """Take out all."""
        self._things().clear()

    def keys(self):
        """The names."""
        return self._things().keys()

    def values(self):
        """The things."""
        return self._things().values()

    def items(self):
        """(name, thing)."""
        return self._things().items()


class ModuleDict(_Named):
    """Modules by name."""

    _home = "_modules"

    def __init__(self, modules=()):
        super().__init__()
        self.update(modules)

    def __setitem__(self, name, module):
        self.add_module(name, module)


class ParameterDict(_Named):
    """Parameters by name; tensors become parameters."""

    _home = "_parameters"

    def __init__(self, parameters=()):
        super().__init__()
        self.update(parameters)

    def __setitem__(self, name, thing):
        thing = thing if isinstance(thing, Parameter) else Parameter(thing)
        self.register_parameter(name, thing)

    def get(self, name, default=None):
        """The parameter of that name, or the default."""
        return self._parameters.get(name, default)

    def extra_repr(self):
        return "\n".join(
            f"  ({name}): Parameter containing: [{p.type()} of size {'x'.join(map(str, p.shape))}]"
            for name, p in self.items()
        )
