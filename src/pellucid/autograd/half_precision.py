"""Mixed precision, as programs ask for it: off on the CPU, as in PyTorch, and none on a GPU yet."""

from functools import partial
from types import SimpleNamespace

from pellucid.autograd.devices import cuda, device

__all__ = ["amp", "autocast"]


class autocast:
    """Half precision where a GPU's is fast; on the CPU there is none, and asking for it raises."""

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None):
        if enabled and device(device_type).type == "cpu":
            raise NotImplementedError(
                "pellucid computes in the types that tensors have: say autocast(..., enabled=False)"
            )
        if enabled and cuda.is_available():
            raise NotImplementedError("autocast on a GPU is not there: say enabled=False")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def __call__(self, function):
        return function


class GradScaler:
    """What keeps half-precision gradients from vanishing: on the CPU there are none, so s = 1."""

    def __init__(self, device="cuda", enabled=True):
        if enabled and cuda.is_available():
            raise NotImplementedError("GradScaler on a GPU is not there: say enabled=False")

    def scale(self, outputs):
        """s L: the loss itself."""
        return outputs

    def unscale_(self, optimizer):
        """Take back s, which is 1."""

    def step(self, optimizer, *args):
        """The optimiser's step."""
        return optimizer.step(*args)

    def update(self):
        """s stays 1."""

    def get_scale(self) -> float:
        """s."""
        return 1.0

    def is_enabled(self) -> bool:
        """False, as PyTorch's is where there is no GPU."""
        return False

    def state_dict(self) -> dict:
        """Empty, as that of PyTorch's when it is not enabled."""
        return {}

    def load_state_dict(self, state_dict):
        """From an empty one nothing is to be taken."""


class amp:
    """Automatic mixed precision: of which there is none here."""

    autocast, GradScaler = autocast, GradScaler


cuda.amp = SimpleNamespace(GradScaler=GradScaler, autocast=partial(autocast, "cuda"))
