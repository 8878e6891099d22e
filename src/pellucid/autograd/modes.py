"""Whether what is computed goes on the tape: a switch for each thread."""

import functools
import threading

__all__ = ["enable_grad", "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled"]


class _Switch(threading.local):
    on = True


_switch = _Switch()


def is_grad_enabled() -> bool:
    """Whether operations on tensors are recorded in this thread."""
    return _switch.on


class set_grad_enabled:
    """Record, or do not, from now on; as a context or a decorator, only inside it."""

    def __init__(self, mode: bool):
        self.mode = bool(mode)
        self.before = [_switch.on]
        _switch.on = self.mode

    def __enter__(self):
        _switch.on = self.mode

    def __exit__(self, *error):
        _switch.on = self.before.pop()


class _Inside:
    """A context, and a decorator with or without brackets, inside which recording is ``mode``."""

    mode: bool

    def __new__(cls, function=None):
        made = super().__new__(cls)
        made.before = []
        return made if function is None else made(function)

    def __enter__(self):
        self.before.append(_switch.on)
        _switch.on = self.mode

    def __exit__(self, *error):
        _switch.on = self.before.pop()

    def __call__(self, function):
        @functools.wraps(function)
        def inside(*args, **kwargs):
            with type(self)():
                return function(*args, **kwargs)

        return inside


class no_grad(_Inside):
    """Inside, nothing is recorded: results ask for no gradient, and nothing is kept for one."""

    mode = False


class inference_mode(no_grad):
    """As ``no_grad``."""


class enable_grad(_Inside):
    """Inside, operations are recorded, also within ``no_grad``."""

    mode = True
