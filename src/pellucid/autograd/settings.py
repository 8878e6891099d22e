"""What programs tell PyTorch of its machinery: how many threads, which shortcuts, how to print.

Here nothing but the printing hangs on it: the blocks of a computation, and so its answers, depend
on the data alone, there are no half-precision shortcuts to allow, and no graph to compile.
"""

import contextlib
from functools import partial
from types import SimpleNamespace

from pellucid.autograd import _stream, printing
from pellucid.autograd.devices import cuda, device
from pellucid.reduction.threads import _cores

__all__ = ["SETTINGS"]

_threads: list[int] = []
_deterministic = [False]


def get_num_threads() -> int:
    """How many threads were asked for; the cores there are, before any were."""
    return _threads[-1] if _threads else _cores()


def set_num_threads(n) -> None:
    """Ask for n threads: any number gives the same answers, and pellucid uses the cores it has."""
    if type(n) is not int or n < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, not {n!r}")
    _threads[:] = [n]


def use_deterministic_algorithms(mode, *, warn_only=False) -> None:
    """All are: either mode gives the same."""
    _deterministic[0] = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What was asked for."""
    return _deterministic[0]


def set_float32_matmul_precision(precision) -> None:
    """Allow shortcuts in products of float32: there are none, and any value gives the same."""
    if precision not in ("highest", "high", "medium"):
        raise ValueError(f"precision is 'highest', 'high' or 'medium', not {precision!r}")


def compile(model=None, **options):
    """The model itself: there is nothing to compile, and no option changes its answers."""
    return model if model is not None else (lambda function: function)


PROFILES: dict = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None
) -> None:
    """How tensors are written: digits, how many numbers before it is cut, what is left, columns.

    ``sci_mode`` says whether powers of ten are written; None lets the numbers decide.
    """
    said = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    said = {name: value for name, value in said.items() if value is not None}
    for name, value in {**PROFILES.get(profile, {}), **said}.items():
        printing.OPTIONS[name] = value
    printing.OPTIONS["sci_mode"] = sci_mode


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
    """What keeps half-precision gradients from vanishing: nothing is in it, and the scale is 1."""

    def __init__(self, device="cuda", enabled=True, **options):
        self._enabled = enabled and cuda.is_available()

    def scale(self, outputs):
        """The loss itself."""
        return outputs

    def unscale_(self, optimizer):
        """Nothing to take back."""

    def step(self, optimizer, *args, **options):
        """The optimiser's step."""
        return optimizer.step(*args, **options)

    def update(self, new_scale=None):
        """Nothing to learn from."""

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def is_enabled(self) -> bool:
        """Whether there is a GPU, and it was not refused."""
        return self._enabled

    def state_dict(self) -> dict:
        """Nothing to keep."""
        return {}

    def load_state_dict(self, state_dict):
        """Nothing to take."""


class amp:
    """Automatic mixed precision: of which there is none here."""

    autocast, GradScaler = autocast, GradScaler


cuda.amp = SimpleNamespace(GradScaler=GradScaler, autocast=partial(autocast, "cuda"))


class accelerator:
    """What programs ask about whatever is faster than the CPU."""

    @staticmethod
    def is_available() -> bool:
        """Whether there is a GPU."""
        return cuda.is_available()

    @staticmethod
    def current_accelerator():
        """The GPU, or None."""
        return device("cuda") if cuda.is_available() else None

    @staticmethod
    def device_count() -> int:
        """How many GPUs."""
        return cuda.device_count()


class random:
    """The stream of random numbers, by the name of a module."""

    manual_seed, seed = staticmethod(_stream.manual_seed), staticmethod(_stream.seed)
    initial_seed = staticmethod(_stream.initial_seed)
    get_rng_state = staticmethod(_stream.get_rng_state)
    set_rng_state = staticmethod(_stream.set_rng_state)

    @staticmethod
    @contextlib.contextmanager
    def fork_rng(devices=None, enabled=True):
        """Inside, draws are made; afterwards the stream goes on as if they had not been."""
        before = _stream.get_rng_state()
        try:
            yield
        finally:
            if enabled:
                _stream.set_rng_state(before)


class _Named:
    """A name that programs mention and nothing here has: no tensor can be made so."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


SETTINGS: dict = {
    thing.__name__: thing
    for thing in (
        *(get_num_threads, set_num_threads, use_deterministic_algorithms, set_printoptions),
        *(are_deterministic_algorithms_enabled, set_float32_matmul_precision, compile),
        *(autocast, amp, accelerator, random),
    )
}
SETTINGS |= {name: _Named(name) for name in ("bfloat16", "strided")}
