"""Pooling, padding and interpolation against PyTorch's: value, gradients, errors."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F
from pellucid.nn.functional.resampling import resample
from pellucid.nn.functional.windows import max_of_windows, spread_pixels, take_pixels
from tests.agree import Normal, agree

IMAGES, SIGNALS = Normal((2, 4, 7, 9)), Normal((2, 4, 9))
WINDOWS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0), "ceil_mode": True},
    {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    {"kernel_size": (2, 3), "stride": (4, 5), "padding": (1, 1), "ceil_mode": True},
    {"kernel_size": (7, 9)},
]
CASES = [
    *[("max_pool2d", IMAGES, w) for w in WINDOWS],
    *[("max_pool2d", IMAGES, {**w, "return_indices": True}) for w in WINDOWS],
    *[("max_pool2d", IMAGES, {**w, "dilation": (2, 3)}) for w in WINDOWS[:4]],
    *[("avg_pool2d", IMAGES, w) for w in WINDOWS],
    *[("avg_pool2d", IMAGES, {**w, "count_include_pad": False}) for w in WINDOWS],
    *[("avg_pool2d", IMAGES, {**w, "divisor_override": 5}) for w in WINDOWS],
    ("max_pool2d", Normal((4, 7, 9)), {"kernel_size": 2, "return_indices": True}),
    ("max_pool2d", Normal((0, 4, 7, 9)), {"kernel_size": 2}),
    ("max_pool1d", SIGNALS, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("max_pool1d", SIGNALS, {"kernel_size": 2, "dilation": 3, "return_indices": True}),
    ("max_pool1d", Normal((4, 9)), {"kernel_size": 2}),
    ("avg_pool2d", Normal((3, 1, 5, 5)), {"kernel_size": 2}),
    ("avg_pool1d", SIGNALS, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("avg_pool1d", Normal((4, 9)), {"kernel_size": 2, "count_include_pad": False}),
    *[
        (f"adaptive_{kind}_pool2d", IMAGES, {"output_size": size})
        for kind, size in itertools.product(("avg", "max"), (1, 3, (None, 4), (10, 2), (7, 9)))
    ],
    ("adaptive_max_pool2d", IMAGES, {"output_size": (3, 2), "return_indices": True}),
    ("adaptive_avg_pool2d", Normal((4, 7, 9)), {"output_size": 2}),
    ("adaptive_avg_pool1d", SIGNALS, {"output_size": 4}),
    ("adaptive_max_pool1d", SIGNALS, {"output_size": 4}),
    *[
        ("pad", Normal((3, 5, 6)) if len(sides) == 2 else IMAGES, {"pad": sides, "mode": mode})
        for mode, sides in itertools.product(
            ("constant", "reflect", "replicate", "circular"),
            ((1, 2), (1, 0, 2, 3), (-1, 2, 0, -2), (0, 0, 1, 1), (-2, -1)),
        )
    ],
    ("pad", IMAGES, {"pad": (1, 2, 0, 1, 1, 0, 1, 1), "value": 2.5}),
    ("pad", IMAGES, {"pad": ()}),
    *[
        ("interpolate", IMAGES, {"mode": mode, **size})
        for mode, size in itertools.product(
            ("nearest", "nearest-exact", "bilinear", "bicubic", "area"),
            (
                *({"size": 3}, {"size": (9, 18)}, {"size": 1}, {"scale_factor": 2}),
                *({"scale_factor": 1.7}, {"scale_factor": (0.6, 2.3)}),
                {"scale_factor": 1.7, "recompute_scale_factor": True},
            ),
        )
    ],
    ("interpolate", IMAGES, {"size": (9, 4), "mode": "bilinear", "align_corners": True}),
    ("interpolate", IMAGES, {"size": 1, "mode": "bilinear", "align_corners": True}),
    ("interpolate", SIGNALS, {"scale_factor": 1.3, "mode": "linear"}),
    ("interpolate", IMAGES, {"size": (9, 4), "mode": "bicubic", "align_corners": True}),
    ("interpolate", SIGNALS, {"size": 12}),
    ("interpolate", SIGNALS, {"size": 5, "mode": "area"}),
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[2]}")
def test_agrees(case, dtype):
    torch = pytest.importorskip("torch")
    function, x, options = case
    ours, theirs = getattr(F, function), getattr(torch.nn.functional, function)
    agree(lambda x: ours(x, **options), lambda x: theirs(x, **options), x, dtype=dtype)


def _windows(size, k, s, p):
    return s * np.arange((size + 2 * p - k) // s + 1)[:, None] - p + np.arange(k)


@pytest.mark.parametrize("layout", ["first", "last"])
def test_kernels_are_the_bodies(layout):
    rng = np.random.default_rng(0)
    for dtype in (np.float64, np.float32):
        x = rng.integers(-3, 3, (3, 5, 8, 9)).astype(dtype)  # ties in most windows
        x[0, 0] = -np.inf
        x[1, 2, ::2] = np.nan
        if layout == "last":
            x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
        tables = _windows(8, 3, 2, 1), _windows(9, 2, 1, 0)
        ((y, index), _), ((z, place), _) = (f(x, *tables) for f in max_of_windows.kernels)
        assert_array_equal(y, z)
        assert_array_equal(index, place)
        dy = rng.standard_normal(y.shape).astype(dtype)
        for op, arguments in [
            (take_pixels, (x, index)),
            (spread_pixels, (dy, index, (8, 9))),
            (resample, (dy, rng.standard_normal((5, dy.shape[2])), np.eye(dy.shape[3])[::-1])),
        ]:
            (plain, _), (compiled, _) = (f(*arguments) for f in op.kernels)
            assert plain.dtype == compiled.dtype == dtype
            assert_allclose(compiled, plain, atol=1e-5 if dtype == np.float32 else 1e-12)


def test_padding_is_in_no_window():
    """numpy-ml padded with zeros, so that the maximum of negative numbers was zero."""
    y = F.max_pool2d(tensor(np.full((1, 1, 4, 4), -5.0)), 3, 2, 1)
    assert_array_equal(y.numpy(), np.full((1, 1, 2, 2), -5.0))
    x = tensor(-np.arange(1.0, 17).reshape(1, 1, 4, 4), requires_grad=True)
    F.max_pool2d(x, 3, 2, 1).sum().backward()  # and its gradient looked into the unpadded image
    expected = np.zeros((4, 4))
    expected[np.ix_([0, 1], [0, 1])] = 1
    assert_array_equal(x.grad.numpy()[0, 0], expected)


def test_all_minus_infinity():
    """The place taken is one of the image."""
    y, index = F.max_pool2d(tensor(np.full((1, 4, 4), -np.inf)), 2, padding=1, return_indices=True)
    assert_array_equal(y.numpy(), np.full((1, 3, 3), -np.inf))
    assert_array_equal(index.numpy(), [[[0, 1, 3], [4, 5, 7], [12, 13, 15]]])


def test_nan_is_seen():
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 1, 1] = np.nan
    assert_array_equal(F.max_pool2d(tensor(x), 2).numpy()[0, 0], [[np.nan, 0], [0, 0]])
    assert_array_equal(F.avg_pool2d(tensor(x), 2).numpy()[0, 0], [[np.nan, 0], [0, 0]])


def test_means_of_bins_are_means():
    """A mean of equal bins is the mean of all; constants stay what they are."""
    x = np.random.default_rng(0).standard_normal((2, 3, 12, 10))
    mean = F.adaptive_avg_pool2d(tensor(x), (4, 5)).numpy().mean((2, 3))
    assert_allclose(mean, x.mean((2, 3)), atol=1e-12)
    for size in ((5, 3), (13, 21)):
        same = F.interpolate(tensor(np.ones((1, 1, 6, 8))), size, mode="bilinear").numpy()
        assert_allclose(same, 1)


X = np.zeros((1, 3, 5, 5))
ERRORS = {
    "window too large": (lambda x: F.max_pool2d(x, 6), RuntimeError, "too small"),
    "padding too large": (lambda x: F.max_pool2d(x, 3, padding=2), RuntimeError, "at most half"),
    "kernel zero": (lambda x: F.max_pool2d(x, 0), RuntimeError, "greater than zero"),
    "negative padding": (lambda x: F.avg_pool2d(x, 3, 1, -1), RuntimeError, "non-negative"),
    "divisor zero": (lambda x: F.avg_pool2d(x, 3, divisor_override=0), RuntimeError, "not zero"),
    "no pixels": (lambda x: F.max_pool2d(x[:, :, :0], 1), RuntimeError, "at least one"),
    "dimensions": (lambda x: F.max_pool2d(x[0, 0], 1), RuntimeError, "3D"),
    "negative size": (lambda x: F.adaptive_avg_pool2d(x, -1), RuntimeError, "greater than or"),
    "odd padding": (lambda x: F.pad(x, (1,)), RuntimeError, "divisible by 2"),
    "too much padding": (lambda x: F.pad(x, (1,) * 10), RuntimeError, "two times"),
    "mirror too short": (lambda x: F.pad(x, (5, 0, 0, 0), "reflect"), RuntimeError, "no more"),
    "torus too short": (lambda x: F.pad(x, (6, 0, 0, 0), "circular"), RuntimeError, "no more"),
    "cut too much": (lambda x: F.pad(x, (-3, -3)), RuntimeError, "more than there is"),
    "unknown mode": (lambda x: F.pad(x, (1, 1), "foo"), NotImplementedError, "foo"),
    "value of a mirror": (lambda x: F.pad(x, (1, 1, 1, 1), "reflect", 1.0), RuntimeError, "value"),
    "no size": (lambda x: F.interpolate(x), ValueError, "either"),
    "two sizes": (lambda x: F.interpolate(x, 3, 2), ValueError, "only one"),
    "size of three": (lambda x: F.interpolate(x, (3, 3, 3)), ValueError, "dimensions"),
    "size of zero": (lambda x: F.interpolate(x, scale_factor=0.1), RuntimeError, "greater than 0"),
    "linear image": (lambda x: F.interpolate(x, 3, mode="linear"), NotImplementedError, "4D"),
    "corners of nearest": (
        *(lambda x: F.interpolate(x, 3, align_corners=True), ValueError, "align_corners"),
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        call(tensor(X))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("axes", "window", "size"),
    [
        (1, {"kernel_size": 2}, (9,)),
        (1, {"kernel_size": 3, "stride": 2}, None),  # windows share pixels
        (2, {"kernel_size": (2, 3), "padding": (1, 0)}, (7, 9)),
        (2, {"kernel_size": 2}, (2, 4, 7, 9)),
    ],
)
def test_what_was_pooled_goes_back(axes, window, size, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")

    def unpooled(functional):
        pool, unpool = (getattr(functional, f"max_{kind}{axes}d") for kind in ("pool", "unpool"))

        def back(x):
            y, places = pool(x, **window, return_indices=True)
            return unpool(y * y, places, **window, output_size=size)

        return back

    shape = IMAGES if axes == 2 else SIGNALS
    agree(unpooled(F), unpooled(torch.nn.functional), shape, dtype=dtype)
