"""Groups of parameters, as programs hand them over: read, and refused where they make no sense."""

import warnings

from pellucid.autograd import Tensor

__all__ = ["check_route", "groups_of", "read_group"]


def groups_of(params):
    """A list of groups, from parameters, (name, parameter) pairs or groups."""
    if isinstance(params, Tensor):
        raise TypeError(
            "params argument given to the optimizer should be an iterable of Tensors or dicts, but "
            f"got {params.type()}"
        )
    params = [params] if isinstance(params, dict) else list(params)
    if not params:
        raise ValueError("optimizer got an empty parameter list")
    return params if isinstance(params[0], dict) else [{"params": params}]


def read_group(group, others):
    """A group with a list for its "params", and "param_names" if they came with names."""
    if not isinstance(group, dict):
        raise TypeError(f"param_group must be a dict, but got {type(group)}")
    params = group["params"]
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    params = [params] if isinstance(params, Tensor) else list(params)
    names = [p[0] for p in params if isinstance(p, tuple)]
    if names and len(names) < len(params):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing"
        )
    params = [p[1] for p in params] if names else params
    _check(params, [p for other in others for p in other["params"]])
    if others and ("param_names" in others[0]) != bool(names):
        raise ValueError(
            "all optimizer param groups should be with/without names. cannot add param group "
            f"{'with' if names else 'without'} names to the optimizer"
        )
    return {**group, "params": params, **({"param_names": names} if names else {})}


def _check(params, known):
    for p in params:
        if not isinstance(p, Tensor):
            raise TypeError(
                f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}"
            )
        if not p.is_leaf:
            raise ValueError("can't optimize a non-leaf Tensor")
    if len(set(map(id, params))) < len(params):
        warnings.warn(
            "optimizer contains a parameter group with duplicate parameters: each of them moves as "
            "often as it is named",
            UserWarning,
            stacklevel=6,
        )
    if set(map(id, params)) & set(map(id, known)):
        raise ValueError("some parameters appear in more than one parameter group")


def check_route(settings):
    """Refuse what PyTorch refuses of ``foreach``, ``fused`` and a rate in a tensor."""
    if settings.get("foreach") and settings.get("fused"):
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    betas = settings.get("betas", ())
    if len({isinstance(beta, Tensor) for beta in betas}) > 1:
        raise ValueError("betas must be either both floats or both Tensors")
    numbers = {"lr": settings.get("lr"), **{f"betas[{k}]": beta for k, beta in enumerate(betas)}}
    for name, number in numbers.items():
        if isinstance(number, Tensor) and settings.get("foreach"):
            raise ValueError(
                f"{name} as a Tensor is not supported for capturable=False and foreach=True"
            )
