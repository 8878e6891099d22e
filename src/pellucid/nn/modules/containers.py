"""Modules that hold modules: in a row, in a list, by name."""

import operator
from collections.abc import Iterable

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
        return self._things()[self._name(index)]

    def _name(self, index):
        """Under which name there is what stands at a place."""
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"index {place} is out of range")
        return list(self._things())[place]

    def __setitem__(self, index, thing):
        setattr(self, self._name(index), self._fit(thing))

    def __delitem__(self, index):
        things = list(self)
        del things[index if isinstance(index, slice) else operator.index(index)]
        self._things().clear()
        self.extend(things)

    def __iadd__(self, things):
        return self.extend(things)

    def _fit(self, thing):
        """What is kept of a thing."""
        return thing

    def pop(self, index):
        """Take out what stands at the place ``index``."""
        thing = self[index]
        del self[index]
        return thing

    def append(self, thing):
        """One more at the end."""
        self._add(str(len(self)), self._fit(thing))
        return self

    def _add(self, name, thing):
        self.add_module(name, thing)

    def extend(self, things):
        """More at the end."""
        if not isinstance(things, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got "
                f"{type(things).__name__}"
            )
        for thing in things:
            self.append(thing)
        return self

    def insert(self, index, thing):
        """One more before the place ``index``."""
        things = list(self)
        if not -len(things) <= index <= len(things):
            raise IndexError(f"Index out of range: {index}")
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
        if not isinstance(other, Sequential):
            raise ValueError(
                "add operator supports only objects of Sequential class, but "
                f"{type(other)} is given."
            )
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

    def __add__(self, other):
        return ModuleList([*self, *other])

    def __repr__(self):
        """Equal neighbours on one line."""
        words, lines, start = [repr(module) for module in self], [], 0
        for k, word in enumerate(words):
            if k + 1 == len(words) or words[k + 1] != word:
                many = k > start
                name = f"({start}-{k}): {k + 1 - start} x " if many else f"({start}): "
                lines.append("\n  " + (name + word).replace("\n", "\n  "))
                start = k + 1
        end = "\n" if lines else ""
        return f"{type(self).__name__}({''.join(lines)}{end})"


class ParameterList(_Listed):
    """Parameters in a list; tensors become parameters."""

    _home = "_parameters"

    def __init__(self, values=()):
        super().__init__()
        self.extend(values)

    def _fit(self, thing):
        return thing if isinstance(thing, Parameter) else Parameter(thing)

    def _add(self, name, thing):
        self.register_parameter(name, thing)

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
