"""Weights as length times direction: w = g v / ‖v‖, of which g and v are learned.

Salimans, Kingma, "Weight normalization: a simple reparameterization to accelerate training of deep
neural networks", 2016.
"""

from pellucid.nn.parameter import Parameter

__all__ = ["forget", "found", "length", "remove_weight_norm", "weight_norm"]


class _OfDirection:
    """The hook that makes the weight anew before each call."""

    def __init__(self, name, dim):
        self.name, self.dim = name, dim

    def __call__(self, module, args):
        setattr(module, self.name, self.weight(module))

    def weight(self, module):
        """g v / ‖v‖."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return v * (g / length(v, self.dim))


def length(v, dim):
    """‖v‖ over all dimensions but ``dim``, which stays; None: over all."""
    if dim is None:
        return (v * v).sum().sqrt()
    over = tuple(axis for axis in range(v.ndim) if axis != dim % v.ndim)
    return (v * v).sum(over, keepdim=True).sqrt()


def weight_norm(module, name="weight", dim=0):
    """Let ``module`` learn g and v, as ``name_g`` and ``name_v``, in place of its parameter.

    Parameters
    ----------
    module : Module
        What has the parameter; it is returned.
    name : str
        The parameter's name.
    dim : int or None
        For each place along it there is a length; None: one for all.
    """
    if found(module, name, _OfDirection):
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook, weight = _OfDirection(name, dim), getattr(module, name)
    delattr(module, name)
    module.register_parameter(f"{name}_g", Parameter(length(weight.detach(), dim)))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    hook(module, ())
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module, name="weight"):
    """Let ``module`` learn its parameter itself again, as it is now."""
    return forget(module, name, _OfDirection, "weight_norm", ("g", "v"))


def forget(module, name, kind, called, parts):
    """Take the hook of this kind away, and what it makes the weight of, which stays as it is."""
    key, hook = found(module, name, kind) or (None, None)
    if hook is None:
        raise ValueError(f"{called} of '{name}' not found in {module}")
    weight = hook.weight(module).detach()
    for each in (name, *(f"{name}_{part}" for part in parts)):
        delattr(module, each)
    del module._hooks["before"][key]
    setattr(module, name, Parameter(weight))
    return module


def found(module, name, kind):
    """The key and the hook of this kind that makes this weight, if it has one."""
    for key, (hook, _) in module._hooks.get("before", {}).items():
        if isinstance(hook, kind) and hook.name == name:
            return key, hook
    return None
