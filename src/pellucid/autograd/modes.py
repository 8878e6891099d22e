"""Whether what is computed goes on the tape: a switch for each thread."""

import functools
import inspect
import threading

__all__ = ["enable_grad", "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled"]


class _Switch(threading.local):
    on = True


_switch = _Switch()


def is_grad_enabled() -> bool:
    """Whether operations on tensors are recorded in this thread."""
    return _switch.on


class _Inside:
    """A context, and a decorator, inside which recording is ``mode``."""

    mode: bool

    def __enter__(self):
        self.before = [*getattr(self, "before", ()), _switch.on]
        _switch.on = self.mode

    def __exit__(self, *error):
        *self.before, _switch.on = self.before

    def __call__(self, function):
        if inspect.isgeneratorfunction(function):
            return self._over_generator(function)

        @functools.wraps(function)
        def inside(*args, **kwargs):
            before, _switch.on = _switch.on, self.mode
            try:
                return function(*args, **kwargs)
            finally:
                _switch.on = before

        return inside

    def _over_generator(self, function):
        """Each step of a generator runs inside, and what is between them does not."""

        @functools.wraps(function)
        def steps(*args, **kwargs):
            generator, reply = function(*args, **kwargs), None
            step = functools.partial(next, generator)
            while True:
                before, _switch.on = _switch.on, self.mode
                try:
                    value = step()
                except StopIteration as end:
                    return end.value
                finally:
                    _switch.on = before
                try:
                    reply = yield value
                except BaseException as error:
                    step = functools.partial(generator.throw, error)
                else:
                    step = functools.partial(generator.send, reply)

        return steps


class _Decorator(_Inside):
    """One that may also stand over a function without brackets."""

    def __new__(cls, function=None):
        return super().__new__(cls) if function is None else cls()(function)


class no_grad(_Decorator):
    """Inside, nothing is recorded: results ask for no gradient, and nothing is kept for one."""

    mode = False


class enable_grad(_Decorator):
    """Inside, operations are recorded, also within ``no_grad``."""

    mode = True


class inference_mode(_Inside):
    """As ``no_grad``; ``inference_mode(False)`` leaves recording as usual."""

    def __new__(cls, mode=True):
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode=True):
        self.mode = not mode


class set_grad_enabled(_Inside):
    """Record, or do not, from now on; as a context or a decorator, only inside it."""

    def __init__(self, mode: bool):
        self.mode = bool(mode)
        self.outside, _switch.on = _switch.on, self.mode

    def __exit__(self, *error):
        super().__exit__(*error)
        _switch.on = self.outside

    def __call__(self, function):
        _switch.on = self.outside
        return super().__call__(function)
