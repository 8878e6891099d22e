"""The numbers of a module under their names: what a file holds of it."""

from collections import namedtuple

from pellucid.autograd import Tensor

__all__ = ["Stateful"]


class _IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` looked for in vain, and what it found and did not look for."""

    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


class Stateful:
    """Gives the numbers of all parameters and persistent buffers, and takes them again."""

    def state_dict(self, *, prefix="", keep_vars=False):
        """{name: tensor} of all parameters and persistent buffers, on the same memory."""
        state = {}
        for path, module in self.named_modules(prefix=prefix.rstrip("."), remove_duplicate=False):
            for home in (module._parameters, module._buffers):
                for name, x in home.items():
                    if x is not None and name not in module._fleeting:
                        key = f"{path}.{name}" if path else name
                        state[key] = x if keep_vars else x.detach()
        return state

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Take the numbers of ``state_dict``; returns (missing_keys, unexpected_keys).

        Raises
        ------
        RuntimeError
            If ``strict`` and a name is missing or unknown; if a shape is another.
        """
        own = self.state_dict(keep_vars=True)
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        problems = []
        if strict and unexpected:
            problems.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
        if strict and missing:
            problems.append(f"Missing key(s) in state_dict: {_quoted(missing)}. ")
        for name, x in own.items():
            if name in state_dict and tuple(state_dict[name].shape) != tuple(x.shape):
                problems.append(
                    f"size mismatch for {name}: copying a param with shape "
                    f"{state_dict[name].shape} from checkpoint, the shape in current model is "
                    f"{x.shape}."
                )
        if problems:
            listed = "\n\t".join(problems)
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}"
            )
        for name, x in own.items():
            if name in state_dict and assign:
                x.data = state_dict[name]
            elif name in state_dict:
                x._array[...] = _numbers(state_dict[name])
                x._bump()
        return _IncompatibleKeys(missing, unexpected)


def _quoted(names):
    return ", ".join(f'"{name}"' for name in names)


def _numbers(x):
    """The array of a tensor, ours or another library's."""
    return x._array if isinstance(x, Tensor) else x.detach().cpu().numpy()
