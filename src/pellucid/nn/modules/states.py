"""The numbers of a module under their names: what a file holds of it."""

from collections import OrderedDict, namedtuple
from collections.abc import Mapping

from pellucid.autograd import Tensor

__all__ = ["Stateful"]

EXTRA = "_extra_state"  # the name of what get_extra_state gives


class _IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` looked for in vain, and what it found and did not look for."""

    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


class Stateful:
    """Gives the numbers of all parameters and persistent buffers, and takes them again."""

    _version = 1  # of what a class saves; it is told its own when it loads what it saved before

    def get_extra_state(self):
        """What else belongs into the state; a class that has it says so, and how to set it."""
        raise NotImplementedError(f"{type(self).__name__} has no extra state")

    def set_extra_state(self, state):
        """Take what ``get_extra_state`` gave."""
        raise NotImplementedError(f"{type(self).__name__} takes no extra state")

    def _says(self, method):
        """Whether the class has its own ``get_extra_state``, or the other."""
        return getattr(type(self), method) is not getattr(Stateful, method)

    def _own_state(self):
        """(name, tensor) of what is saved of this module itself."""
        for name, x in (*self._parameters.items(), *self._buffers.items()):
            if x is not None and name not in self._fleeting:
                yield name, x

    def state_dict(self, *, destination=None, prefix="", keep_vars=False):
        """{name: tensor} of all parameters and persistent buffers, on the same memory."""
        state = OrderedDict() if destination is None else destination
        if destination is None:
            state._metadata = {}
        notes = {"version": self._version}
        if hasattr(state, "_metadata"):
            state._metadata[prefix[:-1]] = notes
        for hook in self._hooks_of("saving"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(state, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                options = {"prefix": f"{prefix}{name}.", "keep_vars": keep_vars}
                module.state_dict(destination=state, **options)
        for hook in self._hooks_of("saved"):
            hook(self, state, prefix, notes)
        return state

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        for name, x in self._own_state():
            destination[prefix + name] = x if keep_vars else x.detach()
        if self._says("get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Take the numbers of ``state_dict``; returns (missing_keys, unexpected_keys).

        What fits is taken, into the memory of the parameters; with ``assign``, memory and type too.

        Raises
        ------
        RuntimeError
            If ``strict`` and a name is missing or unknown; if a shape is another.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        keys, problems = _IncompatibleKeys([], []), []
        notes = getattr(state_dict, "_metadata", {})
        self._load(dict(state_dict), "", notes, assign, keys, problems)
        if strict and keys.unexpected_keys:
            names = _quoted(keys.unexpected_keys)
            problems.insert(0, f"Unexpected key(s) in state_dict: {names}. ")
        if strict and keys.missing_keys:
            problems.insert(0, f"Missing key(s) in state_dict: {_quoted(keys.missing_keys)}. ")
        if problems:
            listed = "\n\t".join(problems)
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}"
            )
        return keys

    def _load(self, state_dict, prefix, notes, assign, keys, problems):
        """This module's part of ``state_dict`` and then that of each inside it."""
        own = {**notes.get(prefix[:-1], {}), "assign_to_params_buffers": assign}
        self._load_from_state_dict(state_dict, prefix, own, True, *keys, problems)
        for name, module in self._modules.items():
            if module is not None:
                inner = f"{prefix}{name}."
                of_module = {k: x for k, x in state_dict.items() if k.startswith(inner)}
                module._load(of_module, inner, notes, assign, keys, problems)
        for hook in self._hooks_of("loaded"):
            hook(self, keys)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, *lists):
        missing_keys, unexpected_keys, error_msgs = lists
        for hook in self._hooks_of("loading"):
            hook(self, state_dict, prefix, local_metadata, strict, *lists)
        own = dict(self._own_state())
        for name, x in own.items():
            if (key := prefix + name) not in state_dict:
                missing_keys.append(key)
            elif problem := _misfit(key, x, state_dict[key]):
                error_msgs.append(problem)
            elif local_metadata.get("assign_to_params_buffers"):
                x.data = Tensor._of(_numbers(state_dict[key]).reshape(x.shape))
            else:
                x._array[...] = _numbers(state_dict[key]).reshape(x.shape)
                x._bump()
        if self._says("set_extra_state"):
            own[EXTRA] = None
            if prefix + EXTRA in state_dict:
                self.set_extra_state(state_dict[prefix + EXTRA])
            else:
                missing_keys.append(prefix + EXTRA)
        for key in state_dict:
            if key.startswith(prefix):
                name, dot, _ = key.removeprefix(prefix).partition(".")
                if not (name in self._modules if dot else name in own):
                    unexpected_keys.append(key)

    def register_state_dict_pre_hook(self, hook):
        """Call ``hook(module, prefix, keep_vars)`` before the state is gathered."""
        return self._hook("saving", hook)

    def register_state_dict_post_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after; it may change it."""
        return self._hook("saved", hook)

    def register_load_state_dict_pre_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, *lists)`` before loading.

        The lists are those of missing keys, unexpected keys and problems.
        """
        return self._hook("loading", hook)

    def register_load_state_dict_post_hook(self, hook):
        """Call ``hook(module, incompatible_keys)`` after loading; it may empty their lists."""
        return self._hook("loaded", hook)


def _quoted(names):
    return ", ".join(f'"{name}"' for name in names)


def _misfit(key, x, given):
    """Why ``given`` cannot be taken for x; None if it can."""
    if not hasattr(given, "detach"):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
            f"object from checkpoint but received {type(given)}"
        )
    one = tuple(given.shape) == (1,) and x.ndim == 0  # as PyTorch saved it long ago
    if tuple(given.shape) != tuple(x.shape) and not one:
        return (
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, "
            f"the shape in current model is {x.shape}."
        )
    return None


def _numbers(x):
    """The array of a tensor, ours or another library's."""
    return x._array if isinstance(x, Tensor) else x.detach().cpu().numpy()
