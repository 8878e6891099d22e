"""What programs tell PyTorch of its machinery: how many threads, which shortcuts, how to print.

Of the shortcuts there are none here: all answers are the same to the last bit, and products of
float32 are products of float32, so that what allows less is allowed, and changes nothing.
"""

import contextlib

from pellucid.autograd import _stream, printing
from pellucid.autograd.devices import cuda, device
from pellucid.autograd.half_precision import amp, autocast
from pellucid.reduction.threads import get_num_threads, set_num_threads

__all__ = ["SETTINGS"]

_deterministic = [False]


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
SETTINGS |= {"contiguous_format": "C", "preserve_format": "K"}  # as NumPy calls them
