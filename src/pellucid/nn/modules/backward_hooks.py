"""Hooks on the gradients that go through a module.

The inputs pass a Function on their way in and the outputs one on their way out; on the way back the
second notes ∂L/∂y, and the first hands it and ∂L/∂x to the hook.
"""

from pellucid.autograd import Function, Tensor

__all__ = ["attach"]


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


def attach(module, hook):
    """Let ``hook(module, grad_input, grad_output)`` see, and change, what goes back."""
    arrived = []

    def notice(gradients):
        arrived[:] = [gradients]
        return gradients

    def leaving(module, args, out):
        several = isinstance(out, tuple)
        passed = _through(out if several else (out,), notice)
        return passed if several else passed[0]

    def entering(module, args):
        def tell(gradients):
            wanted = tuple(g if asked else None for g, asked in zip(gradients, asks, strict=True))
            changed = hook(module, wanted, arrived[0])
            if changed is None:
                return gradients
            return changed if isinstance(changed, tuple) else (changed,)

        asks = [x.requires_grad for x in args if isinstance(x, Tensor)]
        if any(asks):
            return _through(args, tell)
        return None

    before = module.register_forward_pre_hook(entering)
    after = module.register_forward_hook(leaving)
    return _Both(before, after)


class _Both:
    def __init__(self, *handles):
        self.handles = handles

    def remove(self):
        """Take both hooks away."""
        for handle in self.handles:
            handle.remove()
