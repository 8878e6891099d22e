"""Convolution against PyTorch's: value, every gradient, second derivative, errors."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F
from pellucid.nn.functional import trilinear
from pellucid.nn.functional.trilinear import convolve, convolve_input, convolve_weight
from tests.agree import Normal, agree

N = Normal
CASES = {
    "plain": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 2)), N((6,)), {}),
    "no bias": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 2)), None, {}),
    "stride": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 2)), N((6,)), {"stride": (2, 3)}),
    "padding": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 2)), N((6,)), {"padding": (1, 2)}),
    "padding beyond": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 3)), N((6,)), {"padding": 5}),
    "dilation": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 2)), N((6,)), {"dilation": (2, 3)}),
    "all at once": (
        *("conv2d", N((2, 4, 7, 9)), N((6, 2, 3, 2)), N((6,))),
        {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2},
    ),
    "same": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 5)), N((6,)), {"padding": "same"}),
    "same, even": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 4, 2)), N((6,)), {"padding": "same"}),
    "valid": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 3, 3)), N((6,)), {"padding": "valid"}),
    "depthwise": ("conv2d", N((2, 4, 7, 9)), N((4, 1, 3, 3)), N((4,)), {"groups": 4}),
    "depthwise twice": (
        *("conv2d", N((2, 4, 7, 9)), N((8, 1, 3, 3)), N((8,))),
        {"groups": 4, "stride": 2, "padding": 1},
    ),
    "pointwise": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 1, 1)), N((6,)), {}),
    "pointwise, grouped": ("conv2d", N((2, 4, 7, 9)), N((6, 2, 1, 1)), N((6,)), {"groups": 2}),
    "pointwise, strided": ("conv2d", N((2, 4, 7, 9)), N((6, 4, 1, 1)), N((6,)), {"stride": 2}),
    "unbatched": ("conv2d", N((4, 7, 9)), N((6, 4, 3, 3)), N((6,)), {}),
    "empty batch": ("conv2d", N((0, 4, 7, 9)), N((6, 4, 3, 3)), N((6,)), {"padding": 1}),
    "one pixel": ("conv2d", N((3, 1, 1, 1)), N((2, 1, 3, 3)), N((2,)), {"padding": 1}),
    "one line": ("conv2d", N((1, 2, 1, 9)), N((3, 2, 1, 4)), N((3,)), {}),
    "signal": ("conv1d", N((2, 4, 9)), N((6, 4, 3)), N((6,)), {"dilation": 2}),
    "signal, same": ("conv1d", N((4, 9)), N((6, 4, 2)), None, {"padding": "same", "dilation": 3}),
    "signal, grouped": (
        *("conv1d", N((2, 4, 9)), N((6, 2, 3)), N((6,))),
        {"stride": 2, "groups": 2, "padding": (3,)},
    ),
    "transposed": ("conv_transpose2d", N((2, 4, 5, 3)), N((4, 3, 3, 2)), N((3,)), {}),
    "transposed, all": (
        *("conv_transpose2d", N((2, 4, 5, 3)), N((4, 3, 3, 2)), N((6,))),
        {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2), "groups": 2},
    ),
    "transposed, room for more windows": (
        *("conv_transpose2d", N((4, 2, 2)), N((4, 3, 3, 3)), None),
        {"dilation": 2, "output_padding": 1},
    ),
    "transposed, depthwise": (
        *("conv_transpose2d", N((2, 4, 5, 3)), N((4, 1, 3, 3)), N((4,))),
        {"stride": 2, "groups": 4, "padding": 1},
    ),
    "transposed signal": (
        *("conv_transpose1d", N((2, 4, 5)), N((4, 3, 3)), N((3,))),
        {"stride": 2, "output_padding": 1},
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even:UserWarning")  # PyTorch's
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_agrees(name, dtype):
    torch = pytest.importorskip("torch")
    function, *inputs, options = CASES[name]
    ours, theirs = getattr(F, function), getattr(torch.nn.functional, function)
    agree(lambda *x: ours(*x, **options), lambda *x: theirs(*x, **options), *inputs, dtype=dtype)


@pytest.mark.parametrize(
    ("shape", "out", "kernel", "padding"),
    [
        ((8, 16, 12, 11), 32, 3, 1),
        ((2, 32, 33, 30), 16, 3, 0),
        ((30, 16, 7, 6), 16, 3, 2),
        ((16, 64, 8, 9), 80, 3, 1),
        ((16, 128, 4, 4), 256, 3, 1),
        ((2, 80, 62, 60), 96, 3, 1),  # the weight's gradient in more than one chunk of tiles
        ((8, 16, 12, 11), 32, 5, 2),
        ((2, 32, 33, 30), 16, 5, 0),
        ((30, 16, 7, 6), 16, 5, 3),
    ],
)
def test_winograd_agrees(shape, out, kernel, padding):
    """Its sums mix numbers of different size: a digit less than the rule's."""
    torch = pytest.importorskip("torch")
    agree(
        lambda *x: F.conv2d(*x, padding=padding),
        lambda *x: torch.nn.functional.conv2d(*x, padding=padding),
        *(N(shape), N((out, shape[1], kernel, kernel)), N((out,))),
        dtype=np.float32,
        rtol=1e-4,
        second=False,
    )


GEOMETRIES = {  # x, w, (stride, padding, dilation, groups)
    "columns": ((2, 6, 8, 7), (4, 3, 3, 2), ((2, 1), (1, 1), (1, 2), 2)),
    "many blocks": ((5, 64, 20, 20), (8, 64, 3, 3), ((2, 1), (1, 0), (1, 1), 1)),
    "pointwise": ((3, 6, 8, 7), (4, 6, 1, 1), ((1, 1), (0, 0), (1, 1), 1)),
    "depthwise": ((3, 6, 8, 7), (6, 1, 3, 3), ((1, 2), (1, 1), (2, 1), 6)),
    "winograd": ((5, 16, 15, 18), (32, 16, 3, 3), ((1, 1), (1, 1), (1, 1), 1)),
    "winograd, 5x5": ((5, 16, 15, 18), (32, 16, 5, 5), ((1, 1), (2, 2), (1, 1), 1)),
    "direct": ((9, 5, 8, 11), (64, 5, 3, 4), ((1, 2), (1, 2), (1, 1), 1)),
    "direct, pointwise": ((8, 6, 7, 5), (32, 6, 1, 1), ((1, 1), (0, 0), (1, 1), 1)),
    "direct, of few channels": ((8, 1, 12, 9), (32, 1, 5, 5), ((3, 2), (0, 4), (1, 1), 1)),
    "direct, of much": ((17, 70, 6, 9), (32, 70, 3, 4), ((2, 1), (1, 1), (1, 1), 1)),
    "few windows": ((3, 6, 4, 5), (64, 6, 3, 2), ((2, 1), (1, 1), (1, 2), 1)),
    "few windows, pointwise": ((3, 6, 4, 5), (64, 6, 1, 1), ((2, 1), (0, 0), (1, 1), 1)),
    "few windows of a large x": ((2, 6, 9, 9), (40, 6, 3, 3), ((3, 3), (0, 0), (1, 1), 1)),
}


@pytest.mark.parametrize("layout", ["first", "last"])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_kernels_are_the_bodies(name, layout):
    """Of each of the three ops, on either layout, in both precisions."""
    shape, kernel, geometry = GEOMETRIES[name]
    rng = np.random.default_rng(0)
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-4)):
        x, w = (rng.standard_normal(s).astype(dtype) for s in (shape, kernel))
        b = rng.standard_normal(len(w)).astype(dtype)
        y = convolve.body(x, w, b, *geometry)[0]
        if layout == "last":
            x, y = (np.ascontiguousarray(a.transpose(0, 2, 3, 1)) for a in (x, y))
            x, y = (a.transpose(0, 3, 1, 2) for a in (x, y))
        for op, arguments in [
            (convolve, (x, w, b, *geometry)),
            (convolve_input, (y, w, None, x.shape[2:], *geometry)),
            (convolve_weight, (x, y, w.shape[2:], *geometry)),
        ]:
            (plain, _), (compiled, _) = (f(*arguments) for f in op.kernels)
            assert plain.dtype == compiled.dtype == dtype
            assert_allclose(compiled, plain, atol=tolerance * np.abs(plain).max())


def test_three_gradients_of_one_form():
    """<y, convolve(x, w)> = <x, convolve_input(y, w)> = <w, convolve_weight(x, y)>."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 6, 9, 8)), rng.standard_normal((4, 3, 3, 2))
    geometry = (2, 3), (1, 2), (2, 1), 2
    y = rng.standard_normal(convolve(x, w, None, *geometry).shape)
    form = np.sum(y * convolve(x, w, None, *geometry))
    assert_allclose(np.sum(x * convolve_input(y, w, None, (9, 8), *geometry)), form)
    assert_allclose(np.sum(w * convolve_weight(x, y, (3, 2), *geometry)), form)


def test_books_numbers():
    """The convolutions that chapter 14 computes by hand."""
    x = np.array([1.0, 3, 2, 4, 5, 6, 1, 3])
    w = np.array([1.0, 0, 3, 1, 2])[::-1].copy()  # the book's convolution turns the kernel round
    y = F.conv1d(tensor(x[None]), tensor(w[None, None]), padding=2)
    assert_array_equal(y.numpy()[0], [5, 14, 16, 26, 24, 34, 19, 22])
    x = np.array([[1.0, 3, 2, 4], [5, 6, 1, 3], [1, 2, 0, 2], [3, 4, 3, 2]])
    w = np.array([[1.0, 0, 3], [1, 2, 1], [0, 1, 1]])[::-1, ::-1].copy()
    y = F.conv2d(tensor(x[None]), tensor(w[None, None]), padding=1)
    expected = [[11, 25, 32, 13], [19, 25, 24, 13], [13, 28, 25, 17], [11, 17, 14, 9]]
    assert_array_equal(y.numpy()[0], expected)


def test_causal_by_padding():
    """Nothing that comes later changes what was before."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 2, 12)), tensor(rng.standard_normal((3, 2, 3)))

    def causal(x):
        return F.conv1d(F.pad(tensor(x), (4, 0)), w, dilation=2).numpy()

    later = x.copy()
    later[:, :, 7:] = 9
    assert causal(x).shape == (1, 3, 12)
    assert_array_equal(causal(x)[:, :, :7], causal(later)[:, :, :7])


def test_same_to_rounding_for_any_number_of_threads(monkeypatch):
    from pellucid.reduction import threads

    rng = np.random.default_rng(0)
    x, w = (
        rng.standard_normal((6, 16, 20, 20), np.float32),
        rng.standard_normal((16, 16, 3, 3), np.float32),
    )
    for stride in ((1, 1), (2, 2)):
        results = []
        for cores in (1, 2):
            monkeypatch.setattr(threads, "_cores", lambda cores=cores: cores)
            y = convolve(x, w, None, stride, (1, 1))
            results.append((y, convolve_weight(x, y, (3, 3), stride, (1, 1))))
        for one, two in zip(*results, strict=True):
            assert_allclose(one, two, rtol=0, atol=1e-5 * np.abs(one).max())


def test_pads_with_zeros_only():
    """Neither NaN from beside an image nor a neighbour's pixels get into its windows."""
    x = np.zeros((2, 1, 4, 4))
    x[1] = np.nan
    y = F.conv2d(tensor(x), tensor(np.ones((1, 1, 3, 3))), padding=2).numpy()
    assert_array_equal(y[0], np.zeros((1, 6, 6)))
    x = np.zeros((2, 16, 24, 24), np.float32)
    x[1] = np.nan
    y = F.conv2d(tensor(x), tensor(np.ones((16, 16, 3, 3), np.float32)), padding=1).numpy()
    assert_array_equal(y[0], np.zeros((16, 24, 24)))


X, W = np.zeros((1, 3, 5, 5), np.float32), np.zeros((4, 3, 3, 3), np.float32)
ERRORS = {
    "channels": (np.zeros((1, 2, 5, 5), np.float32), W, {}, r"expected input\[1, 2, 5, 5\]"),
    "dimensions": (X[0, 0], W, {}, r"3D \(unbatched\) or 4D \(batched\)"),
    "kernel too large": (X[:, :, :2], W, {}, r"Kernel size can't be greater"),
    "dtype": (X, W.astype(np.float64), {}, "expected scalar type Float but found Double"),
    "bias": (X, W, {"bias": tensor(np.zeros(3, np.float32))}, r"with 4 elements, .* size \[3\]"),
    "stride zero": (X, W, {"stride": 0}, "non-positive stride"),
    "stride of three": (X, W, {"stride": (1, 2, 3)}, "a list of 2 values"),
    "dilation zero": (X, W, {"dilation": 0}, "non-positive dilation"),
    "negative padding": (X, W, {"padding": -1}, "negative padding"),
    "groups": (X, W, {"groups": 3}, "divisible by 3"),
    "same with stride": (X, W, {"padding": "same", "stride": 2}, "not supported for strided"),
    "unknown padding": (X, W, {"padding": "full"}, "Invalid padding string"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    x, w, options, message = ERRORS[name]
    with pytest.raises(RuntimeError, match=message):
        F.conv2d(tensor(x), tensor(w), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output_padding": 1}, "output padding must be smaller"),
        ({"padding": 4}, "Output size is too small"),
        ({"output_padding": -1}, "negative"),
    ],
)
def test_transposed_errors(options, message):
    x, w = np.zeros((1, 4, 3, 3), np.float32), np.zeros((4, 3, 3, 3), np.float32)
    with pytest.raises(RuntimeError, match=message):
        F.conv_transpose2d(tensor(x), tensor(w), **options)


def test_size_is_the_number_of_windows():
    """⌊(H + 2p - d (k - 1) - 1) / s⌋ + 1, counted."""
    for h, k, s, p, d in itertools.product((5, 8), (1, 2, 3), (1, 2, 3), (0, 1), (1, 2)):
        starts = [i for i in range(-p, h + p, s) if i + d * (k - 1) < h + p]
        found = trilinear.output_size((h,), (k,), (s,), (p,), (d,))
        assert found == (len(starts),)


def test_winograds_gradient_of_the_weight_is_summed_over_all_chunks(monkeypatch):
    from pellucid.nn.functional import winograd

    x, y = np.random.default_rng(0).normal(size=(2, 4, 12, 12, 32)).astype(np.float32)
    whole = winograd.winograd_weight(x, y, 3, (1, 1))
    monkeypatch.setattr(winograd, "_CHUNK_BYTES", 1)
    np.testing.assert_allclose(winograd.winograd_weight(x, y, 3, (1, 1)), whole, 1e-3, 1e-3)
