"""Hooks on the gradients that go through a module.

The inputs pass a Function on their way in and the outputs one on their way out; on the way back the
second notes ∂L/∂y, and the first hands it and ∂L/∂x to the hooks.
"""

from pellucid.autograd import Function, Tensor

__all__ = ["Passage"]


class _Passed(Function):
    """Its arguments; on the way back ``tell`` sees their gradients, and may give others."""

    @staticmethod
    def forward(ctx, tell, *tensors):
        ctx.tell = tell
        return tensors

    @staticmethod
    def backward(ctx, *gradients):
        return None, *ctx.tell(gradients)


def _through(values, tell):
    """The values, their tensors on the tape of ``_Passed``."""
    places = [k for k, x in enumerate(values) if isinstance(x, Tensor)]
    passed = list(values)
    for k, x in zip(places, _Passed.apply(tell, *[values[k] for k in places]), strict=True):
        passed[k] = x
    return tuple(passed)


class Passage:
    """One call of a module whose hooks see, and change, what goes back through it."""

    def __init__(self, module):
        self.module, self.asks, self.leaves_with = module, [], ()

    def entering(self, args):
        """The arguments, watched."""
        self.asks = [x.requires_grad for x in args if isinstance(x, Tensor)]
        return _through(args, self._to_inputs) if any(self.asks) else args

    def leaving(self, out):
        """What the module gives, watched."""
        several = isinstance(out, tuple)
        passed = _through(out if several else (out,), self._from_outputs)
        return passed if several else passed[0]

    def _from_outputs(self, gradients):
        """∂L/∂y, as the first hooks leave it; the way ends here if no input asks for more."""
        for hook in self.module._hooks_of("backward_pre"):
            gradients = _changed(hook(self.module, gradients), gradients, "pre hook", "grad_output")
        self.leaves_with = gradients
        if not any(self.asks):
            self._tell((None,) * len(self.asks))
        return gradients

    def _to_inputs(self, gradients):
        wanted = tuple(g if asked else None for g, asked in zip(gradients, self.asks, strict=True))
        return self._tell(wanted)

    def _tell(self, gradients):
        for hook in self.module._hooks_of("backward"):
            changed = hook(self.module, gradients, self.leaves_with)
            gradients = _changed(changed, gradients, "hook", "grad_input")
        return gradients


def _changed(changed, gradients, hook, name):
    """What a hook gave in place of gradients, as many as they were."""
    if changed is None:
        return gradients
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(gradients):
        raise RuntimeError(
            f"Backward {hook} returned an invalid number of {name}, got {len(changed)}, but "
            f"expected {len(gradients)}"
        )
    return changed
