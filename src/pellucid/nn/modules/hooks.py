"""A call of a module, and what a program has asked to be called before and after it."""

from pellucid.autograd._hooks import Handle

__all__ = ["Hooked"]


class Hooked:
    """What is called is ``forward``, between the hooks that were registered."""

    _hooks: dict  # {kind: {key: hook}}; of the forward ones (hook, whether it sees keywords)

    def __call__(self, *args, **kwargs):
        if not self._hooks:
            return self.forward(*args, **kwargs)
        for hook, sees_keywords in self._hooks_of("before"):
            changed = hook(self, args, kwargs) if sees_keywords else hook(self, args)
            if changed is not None and sees_keywords:
                args, kwargs = _both(changed)
            elif changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        passage = self._passage()
        args = passage.entering(args) if passage else args
        out = self.forward(*args, **kwargs)
        for hook, sees_keywords in self._hooks_of("after"):
            changed = hook(self, args, kwargs, out) if sees_keywords else hook(self, args, out)
            out = out if changed is None else changed
        return passage.leaving(out) if passage else out

    def _hooks_of(self, kind):
        return list(self._hooks.get(kind, {}).values())  # a hook may take itself away

    def _passage(self):
        """What watches the gradients of this call, if there are hooks on them."""
        if not (self._hooks.get("backward_pre") or self._hooks.get("backward")):
            return None
        from pellucid.nn.modules.backward_hooks import Passage  # which is written with the tape

        return Passage(self)

    def _hook(self, kind, hook, first=False):
        return Handle(self._hooks.setdefault(kind, {}), hook, first)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Call ``hook(module, args)`` before forward, and take what it returns for arguments.

        ``with_kwargs`` it is ``hook(module, args, kwargs)``, which returns both or None.
        """
        return self._hook("before", (hook, with_kwargs), prepend)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Call ``hook(module, args, out)`` after forward; what it returns takes out's place.

        ``with_kwargs`` it is ``hook(module, args, kwargs, out)``.
        """
        return self._hook("after", (hook, with_kwargs), prepend)

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """Call ``hook(module, grad_output)`` on the way back, before it goes through the module."""
        return self._hook("backward_pre", hook, prepend)

    def register_full_backward_hook(self, hook, prepend=False):
        """Call ``hook(module, grad_input, grad_output)`` on the way back; it may give another."""
        return self._hook("backward", hook, prepend)

    def register_backward_hook(self, hook):
        """``register_full_backward_hook`` under the name that PyTorch had before.

        PyTorch's hook of that name sees the gradients of the module's last operation alone.
        """
        return self.register_full_backward_hook(hook)


def _both(changed):
    if not (isinstance(changed, tuple) and len(changed) == 2):
        raise RuntimeError(
            "forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got "
            f"{changed}."
        )
    return changed
