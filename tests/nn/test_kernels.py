"""Compiled bodies are the NumPy bodies: value and gradient, in any layout, on one core or many."""

import importlib
import math
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

import pellucid.nn.functional as F
from pellucid.nn.functional import activations as A
from pellucid.nn.functional import shares, trilinear, windows
from pellucid.nn.functional._products import multiply, multiply_by_rows
from pellucid.nn.functional._rows import largest
from pellucid.nn.functional.affine_maps import linear
from pellucid.nn.functional.cross_entropy_loss import surprise
from pellucid.nn.functional.ctc import surprise_of_labels
from pellucid.nn.functional.normalization import layer_norm, normalized_by, of_batch
from pellucid.nn.functional.resampling import resample
from pellucid.nn.functional.sparse import _added_rows
from pellucid.reduction import threads

TARGET = np.array([0, 6, 3, 3, 1])
ONE_INPUT = {
    "relu": (A.relu,),
    "sigmoid": (A.sigmoid,),
    "silu": (A.silu,),
    "gelu": (A.gelu,),
    "gelu by tanh": (A.gelu, "tanh"),
    "softmax": (shares.softmax_along, 1),
    "softmax of columns": (shares.softmax_along, 0),
    "log_softmax": (shares.log_softmax_along, -1),
    "log_softmax of columns": (shares.log_softmax_along, -2),
    "surprise": (surprise, TARGET),
    "shares of surprise": (surprise, TARGET, np.array([0.5, 0, 0.25, 0.125, 0.125])),
    "layer_norm": (layer_norm, (7,), np.linspace(-1, 2, 7), np.linspace(3, 1, 7)),
    "layer_norm without bias": (layer_norm, (7,), np.linspace(-1, 2, 7)),
    "layer_norm alone": (layer_norm, (5, 7)),
    "of_batch": (of_batch, np.linspace(-1, 2, 7), np.ones(7)),
    "added rows": (_added_rows, np.array([3, 0, 3, 2, 1]), (4, 7), 1),
    "linear": (linear, np.sin(np.arange(21.0)).reshape(3, 7), np.ones(3)),
}


def normal(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


SEQUENCES = normal(6, 5, 3), normal(5, 4)  # x (T, N, I) and h (N, H)
IMAGES, SPREAD = (
    normal(2, 4, 7, 6),
    ((2, 1), (1, 1), (1, 2), 2),
)  # stride, padding, dilation, groups
PLACES = np.array([[0, 2, 0, 2, 0], [0, 1, 0, 3, 0]])
ROWS, COLUMNS = np.array([[-1, 0, 1], [2, 3, 4], [5, 6, 7]]), np.array([[0, 1], [2, 3], [4, 5]])
PIXELS = windows.max_of_windows(normal(2, 4, 7, 6), ROWS, COLUMNS)[1]  # one of each window's
LAST = np.ascontiguousarray(IMAGES.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
MORE = {  # op: arguments, of any shapes
    F.rnn_layer: (*SEQUENCES, normal(4, 3), normal(4, 4), normal(4), normal(4)),
    F.lstm_layer: (
        *(*SEQUENCES, normal(5, 4), normal(16, 3), normal(16, 4), normal(16), normal(16)),
        *(None, True),
    ),
    F.gru_layer: (*SEQUENCES, normal(12, 3), normal(12, 4), normal(12), normal(12)),
    F.dot_product_attention: (normal(2, 3, 5, 4), normal(2, 3, 7, 4), normal(2, 3, 7, 6)),
    trilinear.convolve: (IMAGES, normal(6, 2, 3, 2), normal(6), *SPREAD),
    trilinear.convolve_input: (normal(2, 6, 4, 6), normal(6, 2, 3, 2), normal(4), (7, 6), *SPREAD),
    trilinear.convolve_weight: (IMAGES, normal(2, 6, 4, 6), (3, 2), *SPREAD),
    windows.max_of_windows: (IMAGES, ROWS, COLUMNS),
    windows.take_pixels: (IMAGES, PIXELS),
    windows.spread_pixels: (normal(2, 4, 3, 3), PIXELS, (7, 6)),
    of_batch: (LAST, normal(4), normal(4)),
    normalized_by: (LAST, normal(4), normal(4) ** 2, normal(4), normal(4)),
    resample: (IMAGES, np.eye(7)[::2], np.full((5, 6), 1 / 6)),
    surprise_of_labels: (
        *(np.log(np.full((7, 2, 4), 0.25)) + 0.1 * normal(7, 2, 4), PLACES),
        *(np.roll(PLACES, 2, 1) != PLACES, np.array([7, 5]), np.array([2, 2])),
    ),
}
LARGE = {  # of more blocks than one
    "relu": (1 << 20, 4),
    "gelu": (1 << 20, 4),
    "softmax": (1 << 14, 64),
    "log_softmax": (1 << 14, 64),
    "layer_norm": (1 << 15, 64),
    "of_batch": (1 << 15, 64),
    "linear": (1000, 300),
}
ROUNDING = {np.float32: 3e-6, np.float64: 1e-14}


def _read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


LAYOUTS = {
    "in rows": lambda x: x,
    "in columns": np.asfortranarray,
    "every second": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "backward": lambda x: x[::-1].copy()[::-1],
    "read only": _read_only,
}


def _run(body, x, *options, lay=lambda x: x):
    """The value and the gradients, all as arrays."""
    out, vjp = body(x, *options)
    out = out[0] if isinstance(out, tuple) else out  # what else there is does not learn
    dy = np.random.default_rng(1).standard_normal(np.shape(out)).astype(out.dtype)
    entries = vjp(lay(dy) if dy.ndim == 2 else dy)
    entries = entries if isinstance(entries, tuple | list) else (entries,)
    wanted = [x is not None for x in (x, *options)]
    found = (e() if callable(e) and w else e for e, w in zip(entries, wanted, strict=False))
    return out, [e for e in found if isinstance(e, np.ndarray)]


def _cast(options, dtype):
    return [
        x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x for x in options
    ]


def compiled():
    """All ops that have a compiled body, wherever in the package they are."""
    modules = pkgutil.walk_packages(F.__path__, F.__name__ + ".")
    things = [x for m in modules for x in vars(importlib.import_module(m.name)).values()]
    return {x for x in things if len(getattr(x, "kernels", ())) > 1}


def test_every_compiled_body_is_compared_here():
    assert compiled() == {op for op, *_ in ONE_INPUT.values()} | set(MORE)


@pytest.mark.parametrize("op", MORE, ids=lambda op: op.__name__)
def test_the_kernel_of_single_precision_is_the_body_of_double(op):
    """To the rounding of the sums."""
    results = []
    for body, dtype in (op.body, np.float64), (op.kernels[-1], np.float32):
        out, vjp = body(*_cast(MORE[op], dtype))
        outs = out if isinstance(out, tuple) else (out,)
        given = [0.5 * np.cos(np.arange(y.size)).reshape(y.shape).astype(dtype) for y in outs]
        entries = vjp(*given)
        entries = entries if isinstance(entries, tuple | list) else (entries,)
        wanted = [isinstance(x, np.ndarray) and x.dtype.kind == "f" for x in MORE[op]]
        pairs = zip(entries, wanted, strict=False)
        found = [e() if callable(e) and w else e for e, w in pairs]
        results.append([*outs, *[e for e in found if isinstance(e, np.ndarray)]])
    for expected, found in zip(*results, strict=True):
        assert found.dtype in (np.float32, np.int32) and found.shape == expected.shape
        assert_allclose(found, expected, 2e-5, 2e-5 * np.abs(expected).max())


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ONE_INPUT)
def test_the_kernel_is_the_body(name, layout, dtype):
    op, *options = ONE_INPUT[name]
    options, lay = _cast(options, dtype), LAYOUTS[layout]
    x = lay((3 * np.random.default_rng(0).standard_normal((5, 7))).astype(dtype))
    (y, dx), (z, dz) = (_run(body, x, *options, lay=lay) for body in (op.body, op.kernels[-1]))
    for expected, found in zip((y, *dx), (z, *dz), strict=False):
        assert found.dtype == dtype and found.shape == expected.shape
        assert_allclose(found, expected, ROUNDING[dtype], ROUNDING[dtype] * np.abs(expected).max())


SHAPES = {"rows": (9, 7), "signals": (3, 7, 4), "images": (3, 7, 5, 4), "one pixel": (4, 7, 1, 1)}


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("channels_last", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norms_of_channels_that_lie_first_or_last(shape, channels_last, affine):
    """Outputs and gradients; what is 0 in γ divides nothing."""
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.standard_normal(shape, np.float32)  # noqa: E731
    n, c, *pixels = SHAPES[shape]
    x, dy = (np.moveaxis(3 + draw(n, *pixels, c), -1, 1) for _ in range(2))
    if not channels_last:
        x = np.ascontiguousarray(x)
    given = (draw(c) * (np.arange(c) > 1), draw(c)) if affine else (None, None)
    moments = draw(c), 0.1 + draw(c) ** 2
    for call, arguments, gradients in [
        (of_batch, (x, *given, 1e-3), (dy, None, None)),
        (normalized_by, (x, *moments, *given, 1e-3), (dy,)),
    ]:
        (plain, back), (compiled, compiled_back) = (f(*arguments) for f in call.kernels)
        expected, found = back(*gradients), compiled_back(*gradients)
        outs = (plain, compiled) if isinstance(plain, tuple) else ((plain,), (compiled,))
        assert outs[1][0].strides == x.strides
        for a, b in zip(*outs, strict=True):
            assert_allclose(b, a, 1e-5, 1e-5)
        tensors = [x for x in arguments if not isinstance(x, float)]
        for wanted, a, b in zip(tensors, expected, found, strict=True):
            if wanted is not None:
                a, b = (z() if callable(z) else z for z in (a, b))
                assert b.dtype == np.float32
                assert_allclose(b, a, 2e-5, 2e-5 * np.abs(a).max())


def test_a_batch_norm_far_from_zero_keeps_its_digits():
    x = 1000 + np.random.default_rng(0).standard_normal((512, 16), np.float32)
    y, mean, variance = of_batch(x)
    exact = x.astype(np.float64)
    assert_allclose(mean, exact.mean(0), 1e-6)
    assert_allclose(variance, exact.var(0), 1e-4)
    assert_allclose(y, (exact - exact.mean(0)) / np.sqrt(exact.var(0) + 1e-5), 0, 1e-3)


@pytest.mark.parametrize("m", [1, 5, 6, 8, 31, 70, 130, 517])
@pytest.mark.parametrize("k", [1, 3, 15, 16, 64, 700])
@pytest.mark.parametrize("n", [1, 2, 5, 8, 64, 200, 600])
def test_a_product_by_tiles_is_the_product(n, k, m):
    """Where tiles end with the matrix, where the last of them begins earlier, where none fits."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((n, k), np.float32), rng.standard_normal((k, m), np.float32)
    bias, exact = rng.standard_normal(m, np.float32), a.astype(float) @ b
    for product, args, expected in (
        (multiply, (a, b), exact),
        (partial(multiply, transposed=True), (a.T.copy(), b), exact),
        (multiply_by_rows, (a, b.T.copy(), bias), exact + bias),
    ):
        out = np.full((n, m), np.nan, np.float32)
        product(*args, out)
        assert_allclose(out, expected, 1e-5, 1e-4)


def test_terms_that_a_tile_reads_twice_count_once_even_if_they_are_no_numbers():
    """Of 17 terms the last vector takes sixteen, of which it uses one."""
    x, w = np.ones((4, 17), np.float32), np.ones((8, 17), np.float32)
    x[0, 3], out = np.inf, np.empty((4, 8), np.float32)
    multiply_by_rows(x, w, np.zeros(8, np.float32), out)
    assert_array_equal(out[0], np.inf)
    assert_array_equal(out[1:], 17)


def test_rows_added_to_a_table_of_several_blocks():
    rng = np.random.default_rng(0)
    places, dy = rng.integers(0, 9000, 3000), rng.standard_normal((3000, 150), np.float32)
    found, _ = _added_rows.kernels[-1](dy, places, (9000, 150), 7)
    expected, _ = _added_rows.body(dy, places, (9000, 150), 7)
    assert_array_equal(found, expected)


@pytest.mark.parametrize("sizes", [(1000, 300, 200), (200, 300, 1000), (40, 300, 1000)])
def test_a_product_is_the_same_however_many_cores_it_is_cut_for(sizes, monkeypatch):
    (n, k, m), rng = sizes, np.random.default_rng(0)
    a, b = rng.standard_normal((n, k), np.float32), rng.standard_normal((k, m), np.float32)
    w, bias, outs = b.T.copy(), rng.standard_normal(m, np.float32), []
    for cores in (1, 2, 3, 5):
        monkeypatch.setattr(threads, "_cores", lambda cores=cores: cores)
        assert sum(s.stop - s.start for s in threads.shares(n)) == n
        outs.append(np.full((2, n, m), np.nan, np.float32))
        multiply(a, b, outs[-1][0])
        multiply_by_rows(a, w, bias, outs[-1][1])
        assert_array_equal(outs[-1], outs[0])


def test_products_of_several_threads_at_once():
    """Each has a team of its own, whoever of the crew comes to help."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((6, 40, 300), np.float32)
    w = rng.standard_normal((6, 300, 200), np.float32)
    outs = np.empty((6, 40, 200), np.float32)

    def often(i):
        for _ in range(50):
            outs[i] = np.nan
            multiply(a[i], w[i], outs[i])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(often, range(6)))
    assert_allclose(outs, a @ w, 1e-5, 1e-4)


@given(arrays(np.float32, st.integers(1, 40), elements=st.floats(width=32, allow_nan=False)))
def test_the_largest_by_its_bits_is_the_largest(x):
    assert largest(x) == np.max(x)


@pytest.mark.parametrize("name", LARGE)
def test_one_core_and_many_give_the_same_bits(name, monkeypatch):
    rng, shape = np.random.default_rng(0), LARGE[name]
    op, *options = ONE_INPUT[name]
    if name == "layer_norm":
        options = [(64,), *rng.standard_normal((2, 64), np.float32)]
    if name == "of_batch":
        options = rng.standard_normal((2, 64), np.float32)
    if name == "linear":
        options = [rng.standard_normal((200, 300), np.float32), np.ones(200, np.float32)]
    x = rng.standard_normal(shape, np.float32)
    monkeypatch.setattr(threads, "_cores", lambda: 2)
    threads._crew.cache_clear()
    y, dx = _run(op.kernels[-1], x, *options)
    with threads.one_blas_thread:  # as the blocks have it
        z, dz = threads.serial(lambda _: _run(op.kernels[-1], x, *options), None)
    for expected, found in zip((y, *dx), (z, *dz), strict=True):
        assert_array_equal(expected, found)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "silu", "gelu", "softmax", "log_softmax"])
def test_nothing_gives_nothing_and_the_ends_of_the_range_are_the_bodys(name):
    op, *options = ONE_INPUT[name]
    empty, gradient = _run(op.kernels[-1], np.zeros((0, 3), np.float32), *options)
    assert empty.shape == gradient[0].shape == (0, 3)
    ends = [-np.inf, -1e30, -88.0, -5.0, -0.0, 1e-30, 5.0, 88.0, 1e30, np.inf, math.nan]
    with np.errstate(all="ignore"):
        for x in np.array(ends, np.float32):
            x = np.array([[x, 0]], np.float32)
            expected, found = (body(x, *options)[0] for body in (op.body, op.kernels[-1]))
            assert_allclose(found, expected, 1e-6, 2e-7)
