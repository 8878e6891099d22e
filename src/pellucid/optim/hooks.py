"""What a program calls around an optimiser's steps, and as its state is given out or taken in."""

import functools
from collections import OrderedDict

from pellucid.autograd._hooks import Handle

__all__ = ["Hooked"]


class Hooked:
    """The hooks of an optimiser, each called in turn; a handle's ``remove()`` takes one away."""

    def __init__(self):
        self._hooks = {}  # moment -> {key: hook}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "step" in vars(cls):
            cls.step = _between_hooks(cls.step)

    def register_step_pre_hook(self, hook):
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return other ones."""
        return self._register("before a step", hook)

    def register_step_post_hook(self, hook):
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return self._register("after a step", hook)

    def register_state_dict_pre_hook(self, hook, prepend=False):
        """Call ``hook(optimizer)`` before a state is given out."""
        return self._register("before giving", hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend=False):
        """Call ``hook(optimizer, state_dict)`` then; it may return another."""
        return self._register("giving", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend=False):
        """Call ``hook(optimizer, state_dict)`` before a state is taken; it may return another."""
        return self._register("taking", hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend=False):
        """Call ``hook(optimizer)`` once a state has been taken."""
        return self._register("after taking", hook, prepend)

    def _register(self, moment, hook, prepend=False):
        hooks = self._hooks.setdefault(moment, OrderedDict())
        handle = Handle(hooks, hook)
        if prepend:
            hooks.move_to_end(handle.key, last=False)
        return handle

    def _call_hooks(self, moment, *given):
        """What is given, or what the last hook to return something has made of it."""
        for hook in tuple(self._hooks.get(moment, {}).values()):
            returned = hook(self, *given)
            if returned is not None and given:
                given = returned if len(given) > 1 else (returned,)
        return given


def _between_hooks(step):
    @functools.wraps(step)
    def call(self, *args, **kwargs):
        given = self._call_hooks("before a step", args, kwargs)
        if not (isinstance(given, tuple) and len(given) == 2):
            raise RuntimeError(
                f"{step} must return None or a tuple of (new_args, new_kwargs), but got {given}"
            )
        self._stepped, (args, kwargs) = True, given
        loss = step(self, *args, **kwargs)
        self._call_hooks("after a step", args, kwargs)
        return loss

    return call
