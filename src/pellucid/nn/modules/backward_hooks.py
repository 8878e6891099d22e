"""Hooks on the gradients that go through a module.

The inputs pass a Function on their way in and the outputs one on their way out; on the way back the
second notes ∂L/∂y, and the first hands it and ∂L/∂x to the hooks.
"""

import warnings

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
    """The values, those of them that have gradients on the tape of ``_Passed``."""
    places = [k for k, x in enumerate(values) if isinstance(x, Tensor) and x.requires_grad]
    passed = list(values)

    def tell_of_all(gradients):
        of_all = [None] * len(values)
        for k, gradient in zip(places, gradients, strict=True):
            of_all[k] = gradient
        answer = tell(tuple(of_all))
        return [answer[k] for k in places]

    if places:
        on_tape = _Passed.apply(tell_of_all, *[values[k] for k in places])
        for k, x in zip(places, on_tape, strict=True):
            passed[k] = x
    return tuple(passed)


class Passage:
    """One call of a module whose hooks see, and change, what goes back through it.

    They see one gradient for each argument and for each output, None of those that have none.
    """

    def __init__(self, module):
        self.module, self.asked, self.n_inputs, self.leaves_with = module, False, 0, ()

    def entering(self, args):
        """The arguments, watched."""
        self.n_inputs = len(args)
        self.asked = any(isinstance(x, Tensor) and x.requires_grad for x in args)
        return _through(args, self._to_inputs)

    def leaving(self, out):
        """What the module gives, watched."""
        if not isinstance(out, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(out)}",
                stacklevel=3,
            )
        several = isinstance(out, tuple)
        passed = _through(out if several else (out,), self._from_outputs)
        return passed if several else passed[0]

    def _from_outputs(self, gradients):
        """∂L/∂y, as the first hooks leave it; the way ends here if no input asks for more."""
        for hook in self.module._hooks_of("backward_pre"):
            gradients = _changed(hook(self.module, gradients), gradients, "pre hook", "grad_output")
        self.leaves_with = gradients
        if not self.asked:
            given = self._to_inputs((None,) * self.n_inputs)
            if any(gradient is not None for gradient in given):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always "
                    "return None or None for all gradients."
                )
        return gradients

    def _to_inputs(self, gradients):
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
