"""Images as columns, channels as pixels, against PyTorch; and back again."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import pellucid
from pellucid import nn
from tests.agree import Normal, agree

IMAGE = Normal((2, 3, 6, 5))
CASES = {
    "unfold": ("Unfold", (2,), IMAGE),
    "unfold spread": ("Unfold", ((3, 2), (1, 2), (1, 0), (2, 1)), IMAGE),
    "unfold one": ("Unfold", (2,), Normal((3, 4, 4))),
    "fold": ("Fold", ((6, 5), 2), Normal((2, 12, 20))),
    "fold spread": ("Fold", ((6, 5), (3, 2), (1, 2), (1, 0), (2, 1)), Normal((2, 18, 9))),
    "fold one": ("Fold", (4, 2, 1, 0, 2), Normal((12, 4))),
    "pixel shuffle": ("PixelShuffle", (2,), Normal((2, 8, 3, 2))),
    "pixel shuffle of many": ("PixelShuffle", (3,), Normal((2, 1, 9, 2, 2))),
    "pixel unshuffle": ("PixelUnshuffle", (2,), Normal((2, 3, 4, 6))),
    "pixel unshuffle of one": ("PixelUnshuffle", (2,), Normal((3, 4, 6))),
    "channel shuffle": ("ChannelShuffle", (3,), Normal((2, 6, 2, 2))),
}


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, arguments, x = CASES[case]
    ours, theirs = (getattr(library, name)(*arguments) for library in (nn, torch.nn))
    assert repr(ours) == repr(theirs)
    agree(ours, theirs, x)


def test_fold_is_the_transpose_of_unfold():
    """And where no two windows overlap, its inverse."""
    x = pellucid.randn(2, 3, 6, 4)
    columns = nn.functional.unfold(x, 2, stride=2)
    assert_array_equal(nn.functional.fold(columns, (6, 4), 2, stride=2), x)
    counts = nn.functional.fold(nn.functional.unfold(pellucid.ones(1, 1, 3, 3), 2), 3, 2)
    assert counts[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_a_convolution_is_a_product_with_columns():
    x, w = pellucid.randn(2, 3, 6, 5).double(), pellucid.randn(4, 3, 3, 2).double()
    y = (w.reshape(4, -1) @ nn.functional.unfold(x, (3, 2))).reshape(2, 4, 4, 4)
    np.testing.assert_allclose(y, nn.functional.conv2d(x, w), 1e-12)


def test_shuffling_back():
    x = pellucid.randn(2, 8, 3, 2)
    assert_array_equal(nn.PixelUnshuffle(2)(nn.PixelShuffle(2)(x)), x)
    assert_array_equal(nn.ChannelShuffle(4)(nn.ChannelShuffle(2)(x)), x)


def test_what_does_not_fit_is_refused():
    x = pellucid.zeros(1, 3, 4, 5)
    for layer, message in (
        (nn.Unfold(6), "no window"),
        (nn.Unfold(2, stride=0), "non-positive stride"),
        (nn.PixelShuffle(2), "no multiple"),
        (nn.PixelUnshuffle(2), "no multiples"),
        (nn.ChannelShuffle(2), "in 2 groups"),
        (nn.Unfold((1, 2, 3)), "2 values"),
    ):
        with pytest.raises(RuntimeError, match=message):
            layer(x)
    with pytest.raises(RuntimeError, match="are expected"):
        nn.Fold(4, 2)(pellucid.zeros(1, 12, 8))
