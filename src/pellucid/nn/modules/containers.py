"""Modules that hold modules: in a row, in a list, by name."""

import operator
from collections import OrderedDict
from collections.abc import Iterable, MutableMapping

from pellucid.autograd import Tensor
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class _Listed(Module):
    """Things in order, under the names "0", "1", ..."""

    def _names(self):
        return list(self._modules)

    def __len__(self):
        return len(self._names())

    def __iter__(self):
        return iter([getattr(self, name) for name in self._names()])

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._name(index))

    def _name(self, index):
        """Under which name there is what stands at a place."""
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"index {place} is out of range")
        return self._names()[place]

    def __setitem__(self, index, thing):
        setattr(self, self._name(index), thing)

    def __iadd__(self, things):
        return self.extend(things)

    def append(self, thing):
        """One more at the end."""
        self.add_module(str(len(self)), thing)
        return self

    def extend(self, things):
        """More at the end."""
        if not isinstance(things, Iterable) or isinstance(things, Tensor):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got "
                f"{type(things).__name__}"
            )
        for thing in list(things):
            self.append(thing)
        return self


class _Modules(_Listed):
    """Modules in order, which may be put between others and taken out."""

    def __iter__(self):
        return iter(self._modules.values())

    def __delitem__(self, index):
        modules = list(self)
        del modules[index if isinstance(index, slice) else operator.index(index)]
        self._renew(modules)

    def _renew(self, modules):
        self._modules.clear()
        self.extend(modules)

    def pop(self, key):
        """Take out what stands at the place ``key``."""
        module = self[key]
        del self[key]
        return module

    def insert(self, index, module):
        """One more before the place ``index``."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        modules = list(self)
        if not -len(modules) <= index <= len(modules):
            raise IndexError(f"Index out of range: {index}")
        modules.insert(index, module)
        self._renew(modules)
        return self


class Sequential(_Modules):
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

    def __mul__(self, times):
        return Sequential(*self).__imul__(times)

    __rmul__ = __mul__

    def __imul__(self, times):
        if not isinstance(times, int):
            raise TypeError(f"a Sequential is repeated an int of times, not {type(times).__name__}")
        if times <= 0:
            raise ValueError(f"a Sequential is repeated once or more, not {times} times")
        return self.extend(list(self) * (times - 1))

    def forward(self, input):
        for module in self:
            input = module(input)
        return input


class ModuleList(_Modules):
    """Modules in a list."""

    def __init__(self, modules=None):
        super().__init__()
        self.extend(() if modules is None else modules)

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
    """Parameters in a list; tensors become parameters, and what is none is kept as it is."""

    def __init__(self, values=None):
        super().__init__()
        self._size = 0
        self.extend(() if values is None else values)

    def _names(self):
        return [str(k) for k in range(self._size)]

    def __setitem__(self, index, thing):
        super().__setitem__(index, _learned(thing))

    def append(self, thing):
        """One more at the end."""
        setattr(self, str(self._size), _learned(thing))
        self._size += 1
        return self

    def extra_repr(self):
        return "\n".join(f"  ({k}): {_said(x, lambda p: p.dtype)}" for k, x in enumerate(self))


def _learned(thing):
    """A tensor as a parameter."""
    plain = isinstance(thing, Tensor) and not isinstance(thing, Parameter)
    return Parameter(thing) if plain else thing


def _said(thing, kind):
    """What a list says of what it holds."""
    if not isinstance(thing, Tensor):
        return f"Object of type: {type(thing).__name__}"
    size = "x".join(map(str, thing.shape))
    return f"Parameter containing: [{kind(thing)} of size {size}]"


class _ByName(Module, MutableMapping):
    """Things under names of one's own, as in a dict; itself it is equal to nothing else."""

    __eq__, __hash__ = object.__eq__, object.__hash__

    def _names(self):
        return self._modules

    def __getitem__(self, name):
        if name not in self._names():
            raise KeyError(name)
        return getattr(self, name)

    def __delitem__(self, name):
        del self._names()[name]

    def __len__(self):
        return len(self._names())

    def __iter__(self):
        return iter(self._names())


class ModuleDict(_ByName):
    """Modules by name."""

    def __init__(self, modules=None):
        super().__init__()
        self.update({} if modules is None else modules)

    def __setitem__(self, name, module):
        self.add_module(name, module)


class ParameterDict(_ByName):
    """Parameters by name; tensors become parameters, and what is none is kept as it is."""

    def __init__(self, parameters=None):
        super().__init__()
        self._keys = {}  # a dict for the order
        self.update({} if parameters is None else parameters)

    def _names(self):
        return self._keys

    def __setitem__(self, name, thing):
        if not isinstance(name, str):
            raise TypeError(f"a name in a ParameterDict is a string, not {type(name).__name__}")
        if name not in self._keys and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")
        setattr(self, name, _learned(thing))
        self._keys[name] = None

    def __delitem__(self, name):
        super().__delitem__(name)
        delattr(self, name)

    def update(self, parameters):
        """More of them, from a mapping or pairs; a plain dict's in the order of their names."""
        plain = isinstance(parameters, dict) and not isinstance(parameters, OrderedDict)
        super().update(sorted(parameters.items()) if plain else parameters)

    def __reversed__(self):
        return reversed(self._keys)

    def popitem(self):
        """Take out the last (name, thing)."""
        name, _ = self._keys.popitem()
        thing = getattr(self, name)
        delattr(self, name)
        return name, thing

    def copy(self):
        """The same things in another ParameterDict."""
        return ParameterDict(self.items())

    def fromkeys(self, keys, default=None):
        """The same thing under several names."""
        return ParameterDict((key, default) for key in keys)

    def __or__(self, other):
        return self.copy().__ior__(other)

    def __ior__(self, other):
        self.update(other)
        return self

    def extra_repr(self):
        return "\n".join(f"  ({k}): {_said(x, lambda p: p.type())}" for k, x in self.items())
