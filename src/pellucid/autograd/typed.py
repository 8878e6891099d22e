"""Types by PyTorch's first names for them: ``LongTensor([1, 2])``, ``FloatTensor(3, 4)``."""

from pellucid.autograd.creation import tensor, zeros
from pellucid.autograd.described import Size
from pellucid.autograd.dtypes import DTYPES, WORDS
from pellucid.autograd.tensor import Tensor

__all__ = ["TYPED"]


class _Typed(type):
    """The class of all tensors of one dtype: called with numbers, or with sizes, it makes one."""

    def __call__(cls, *data):
        if len(data) == 1 and isinstance(data[0], Size):
            data = tuple(data[0])
        if data and all(isinstance(d, int) for d in data):
            return zeros(data, dtype=cls.dtype)
        return tensor(data[0] if data else [], dtype=cls.dtype)

    def __instancecheck__(cls, thing):
        return isinstance(thing, Tensor) and thing.dtype is cls.dtype


TYPED = {
    f"{word}Tensor": _Typed(f"{word}Tensor", (), {"dtype": DTYPES[name]})
    for name, word in WORDS.items()
    if not word.startswith("Complex")
}
