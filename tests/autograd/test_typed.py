"""``LongTensor`` and the like, and what they are for PyTorch: calls, and questions."""

import numpy as np
import pytest

import pellucid
from pellucid.autograd.typed import TYPED

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
CASES = {
    "numbers": lambda lib, kind: kind([1, 0]),
    "lists in lists": lambda lib, kind: kind([[1, 2, 4, 5], [4, 3, 2, 0]]),
    "nothing": lambda lib, kind: kind(),
    "an array of its type": lambda lib, kind: kind(lib.tensor([1, 0]).type(kind([1]).dtype)),
    "sizes": lambda lib, kind: kind(2, 3).shape,
    "a shape": lambda lib, kind: kind(lib.zeros(3, 2).shape).shape,
    "the name": lambda lib, kind: kind([1]).type(),
    "what is of it": lambda lib, kind: [
        isinstance(lib.tensor([1], dtype=getattr(lib, name)), kind)
        for name in ("float32", "int64", "bool", "uint8", "float64")
    ],
    "a tensor made of it": lambda lib, kind: [
        lib.tensor([1.0]).type(kind).type(),
        lib.tensor([1.0]).type(kind([1]).type()).dtype,
    ],
    "no tensor": lambda lib, kind: isinstance(np.zeros(2), kind),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", TYPED)
def test_as_in_pytorch(name, case):
    ours, theirs = (CASES[case](lib, getattr(lib, name)) for lib in (pellucid, torch))
    assert str(ours) == str(theirs)


def test_the_first_name_of_all():
    ours, theirs = (lib.Tensor(lib.zeros(3, 2).shape).shape for lib in (pellucid, torch))
    assert tuple(ours) == tuple(theirs) == (3, 2)


def test_the_first_name_takes_the_default_type():
    """Found by the book's noisy layer, whose weight is ``Tensor(n_in, n_out)``, in float64."""
    for lib in (pellucid, torch):
        lib.set_default_dtype(lib.float64)
        try:
            made = lib.Tensor(2, 3), lib.Tensor([0.1]), lib.FloatTensor([0.1])
        finally:
            lib.set_default_dtype(lib.float32)
        assert [str(x.dtype) for x in made] == ["torch.float64", "torch.float64", "torch.float32"]
        assert made[1].item() == 0.1


def test_what_is_not_numbers():
    with pytest.raises((TypeError, ValueError)):
        pellucid.LongTensor("words")


@pytest.mark.parametrize("size", [(2, 3), ((3, 2),), (4,), (1, 1, 1), (0,)])
@pytest.mark.parametrize("turned", [False, True])
def test_resize(size, turned):
    """The numbers as they lie in memory, in another shape."""
    made = [lib.arange(6.0).reshape(2, 3) for lib in (pellucid, torch)]
    ours, theirs = ((x.T if turned else x).resize_(*size) for x in made)
    assert ours.tolist() == theirs.tolist()


def test_resize_to_more():
    x = pellucid.arange(3).resize_(2, 4)
    assert x.tolist() == [[0, 1, 2, 0], [0, 0, 0, 0]]
    with pytest.raises(RuntimeError, match="cannot resize variables that require grad"):
        pellucid.ones(2, requires_grad=True).resize_(1, 2)
