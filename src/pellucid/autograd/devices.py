"""Where a tensor's memory is: NumPy's arrays on the CPU, CuPy's on a GPU."""

import functools
import importlib.util

import numpy as np
import scipy.special

__all__ = ["anywhere", "backends", "cuda", "device", "moved", "place_of"]


class device:
    """A place for tensors: ``device("cpu")``, ``device("cuda")``, ``device("cuda:1")``."""

    def __init__(self, type, index=None):
        if isinstance(type, device):
            type, index = type.type, type.index
        type, _, number = str(type).partition(":")
        if type not in ("cpu", "cuda"):
            raise RuntimeError(
                f"Expected one of cpu, cuda device type at start of device string: {type}"
            )
        self.type = type
        self.index = int(number) if number else index

    def __repr__(self):
        where = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{where})"

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other):
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self):
        return hash((self.type, self.index))


class cuda:
    """What programs ask about GPUs."""

    amp: object  # settings gives it

    @staticmethod
    def is_available() -> bool:
        """Whether CuPy is here and sees a GPU."""
        return cuda.device_count() > 0

    @staticmethod
    def device_count() -> int:
        """How many GPUs CuPy sees."""
        if importlib.util.find_spec("cupy") is None:
            return 0
        import cupy

        try:
            return cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError:
            return 0

    @staticmethod
    def synchronize() -> None:
        """Wait until the GPU has done all that it was asked."""
        if cuda.is_available():
            import cupy

            cupy.cuda.get_current_stream().synchronize()

    @staticmethod
    def empty_cache() -> None:
        """Let go of memory that CuPy keeps for later."""
        if cuda.is_available():
            import cupy

            cupy.get_default_memory_pool().free_all_blocks()

    @staticmethod
    def manual_seed(seed) -> None:
        """Numbers are drawn on the CPU, for a GPU too: ``manual_seed`` sets their stream."""

    manual_seed_all = manual_seed


class backends:
    """What programs ask about other libraries that PyTorch computes with: none is used here."""

    class cuda:
        """Products on a GPU are in the tensors' own precision: settings change no answer."""

        class matmul:
            """As said."""

            allow_tf32 = False

    class cudnn:
        """Convolution is determinate, and has nothing to tune: settings change no answer."""

        enabled, deterministic, benchmark, allow_tf32 = False, True, False, False

        @staticmethod
        def is_available() -> bool:
            """No."""
            return False

        @staticmethod
        def version() -> None:
            """None."""

    class mps:
        """Apple's GPUs."""

        @staticmethod
        def is_available() -> bool:
            """No."""
            return False


def moved(array, where):
    """The array on that device: itself, if it is there."""
    if where is None:
        return array
    where = device(where)
    if where.type == "cpu":
        return array if isinstance(array, np.ndarray) else array.get()
    if not isinstance(array, np.ndarray):
        return array
    if not cuda.is_available():
        raise RuntimeError("no GPU is to be had here: install pellucid[gpu] where there is one")
    import cupy

    with cupy.cuda.Device(where.index or 0):
        return cupy.asarray(array)


def anywhere(function):
    """A function of scipy.special, for a GPU's arrays as well: CuPy keeps those in a twin of it."""

    @functools.wraps(function)
    def call(*args):
        if any(type(x).__module__.startswith("cupy") for x in args):
            twin = importlib.import_module("cupyx.scipy.special")
            return getattr(twin, function.__name__)(*args)
        return function(*args)

    return call if getattr(scipy.special, function.__name__, None) is function else function


def place_of(array):
    """The device on which an array is."""
    return device("cpu") if isinstance(array, np.ndarray) else device("cuda", array.device.id)
