"""Copies: in what memory they lie, on the tape, and of what type."""

import pytest

from pellucid.autograd import grad
from pellucid.autograd.creation import arange, as_tensor, tensor, zeros


def test_contiguous_memory_can_be_seen_in_another_shape():
    x = arange(24.0).reshape(2, 3, 4)
    packed = x.permute(0, 2, 1).contiguous()
    assert packed.stride() == (12, 3, 1) and packed.is_contiguous()
    assert packed.view(2, 12)[0].tolist() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]
    assert x.contiguous() is x


def test_a_clone_keeps_the_order_of_memory():
    assert zeros(2, 3, 4).permute(0, 2, 1).clone().stride() == (12, 1, 4)


@pytest.mark.parametrize("copied", [lambda x: x.T.clone(), lambda x: x.T.contiguous()])
def test_copies_are_differentiated_twice(copied):
    x = arange(6.0).reshape(2, 3).requires_grad_()
    (first,) = grad((copied(x) ** 3).sum(), x, create_graph=True)
    (second,) = grad(first.sum(), x)
    assert second.tolist() == (6 * x).tolist()


@pytest.mark.parametrize("made", [tensor, as_tensor])
def test_numbers_keep_every_digit_that_the_asked_type_has(made):
    assert made([0.1], dtype="float64").tolist() == [0.1]
    assert made(2**24 + 1.0, dtype="int64").item() == 2**24 + 1
