"""Attention against PyTorch's: shapes, masks, several heads, whole transformers, extremes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import nn
from pellucid.autograd import grad
from pellucid.autograd._stream import manual_seed
from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F
from pellucid.nn.functional._attention_blocks import memory_of
from pellucid.nn.functional.attention import _heads
from pellucid.reduction import threads
from tests.agree import Normal, agree

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
SEEN = np.tri(5, 7, 1, dtype=bool)
BLIND = SEEN & (np.arange(5) != 2)[:, None]  # the third query sees nobody
CASES = {
    "plain": ((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), {}),
    "matrices": ((5, 8), (7, 8), (7, 4), {}),
    "one batch": ((4, 5, 8), (4, 7, 8), (4, 7, 4), {}),
    "three batches": ((2, 1, 3, 5, 8), (2, 1, 3, 7, 8), (2, 1, 3, 7, 4), {}),
    "one of all": ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1), {}),
    "no query": ((2, 3, 0, 8), (2, 3, 7, 8), (2, 3, 7, 4), {}),
    "no batch": ((0, 3, 5, 8), (0, 3, 7, 8), (0, 3, 7, 4), {}),
    "scale": ((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), {"scale": 0.7}),
    "causal": ((1, 2, 5, 4), (1, 2, 5, 4), (1, 2, 5, 4), {"is_causal": True}),
    "causal, few keys": ((2, 2, 5, 4), (2, 2, 3, 4), (2, 2, 3, 4), {"is_causal": True}),
    "causal, many keys": ((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), {"is_causal": True}),
    "two tiles": ((1, 2, 70, 4), (1, 2, 70, 4), (1, 2, 70, 3), {"is_causal": True}),
    "tiles of few keys": ((1, 2, 130, 4), (1, 2, 70, 4), (1, 2, 70, 3), {"is_causal": True}),
    "tiles of few queries": ((1, 2, 70, 4), (1, 2, 200, 4), (1, 2, 200, 3), {"is_causal": True}),
    "boolean": ((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), {"attn_mask": SEEN}),
    "blind": ((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), {"attn_mask": BLIND}),
    "padding": ((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), {"attn_mask": SEEN[None, None, :1]}),
}
MASKS = [(5, 7), (2, 1, 5, 7), (1, 3, 5, 7), (2, 3, 5, 7), (2, 1, 1, 7)]


def _theirs(q, k, v, **options):
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, **options)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_attention_agrees(case, dtype):
    *shapes, options = CASES[case]
    agree(
        F.scaled_dot_product_attention,
        _theirs,
        *map(Normal, shapes),
        options=options,
        dtype=dtype,
        second=dtype is np.float64,
    )


def test_heads_of_one_product_are_read_where_they_lie():
    """So attention needs no room but for its result, to which copies would add three times it."""
    qkv = _numbers(2, 130, 3, 2, 16)
    q, k, v = (np.swapaxes(qkv[:, :, i], 1, 2) for i in range(3))
    for a in (q, k, v):
        memory, steps, shape = memory_of(_heads(a, (2, 2)))
        assert np.shares_memory(memory, qkv)
        assert shape == a.shape
        assert_array_equal(memory[steps[0] + steps[1] + 5 * steps[2] :][:16], a[1, 1, 5])


@pytest.mark.parametrize("causal", [False, True])
def test_one_core_and_many_give_the_same_bits(causal, monkeypatch):
    q, k, v, dy = (_numbers(8, 6, 130, 16, seed=s) for s in range(4))

    def run(_):
        y, vjp = F.dot_product_attention.kernels[-1](q, k, v, None, None, causal)
        return y, *vjp(dy)[:3]

    monkeypatch.setattr(threads, "_cores", lambda: 2)
    threads._crew.cache_clear()
    with threads.one_blas_thread:  # as the blocks have it
        alone = threads.serial(run, None)
    for found, expected in zip(run(None), alone, strict=True):
        assert_array_equal(found, expected)


def test_one_key_is_all_that_is_seen():
    """No gradient reaches its score, but for rounding: Σ Ō O is added up otherwise than Ō Vᵀ."""
    q, k, v, dy = (_numbers(2, 3, *size) for size in ((5, 8), (1, 8), (1, 4), (5, 4)))
    for run in F.dot_product_attention.kernels:
        y, vjp = run(q, k, v)
        dq, dk, dv = (g() if callable(g) else g for g in vjp(dy)[:3])
        assert_array_equal(y, np.broadcast_to(v, y.shape))
        assert_allclose(dq, 0, atol=1e-6)
        assert_allclose(dk, 0, atol=1e-6)
        assert_allclose(dv, np.sum(dy, -2, keepdims=True), 1e-5, 1e-6)


def test_tiles_that_see_nobody_and_scores_that_grow_from_tile_to_tile():
    """The first keys are hidden from some queries; each tile has larger scores than all before."""
    q, k, v = (_numbers(1, 2, 200, 8, seed=s) for s in range(3))
    q[..., 0], k[..., 0] = 1, np.arange(200) / 2
    seen = np.arange(200) >= 3 * np.arange(200)[:, None] - 300
    seen[70] = False
    dy = _numbers(1, 2, 200, 8, seed=3)
    for mask in (seen, np.where(seen, 0, -np.inf).astype(np.float32)):
        found, expected = [run(q, k, v, mask) for run in F.dot_product_attention.kernels]
        assert_allclose(found[0], expected[0], 1e-4, 1e-5)
        assert not np.any(found[0][:, :, 70])
        for g, h in zip(found[1](dy)[:3], expected[1](dy)[:3], strict=True):
            h = h() if callable(h) else h
            g = g() if callable(g) else g
            assert_allclose(g, h, 1e-3, 1e-5 * np.abs(h).max())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", MASKS)
def test_a_mask_that_is_added_has_a_gradient(shape, dtype):
    agree(
        lambda q, k, v, mask: F.scaled_dot_product_attention(q, k, v, mask),
        lambda q, k, v, mask: _theirs(q, k, v, attn_mask=mask),
        *map(Normal, [(2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), shape]),
        dtype=dtype,
        second=dtype is np.float64,
    )


def test_several_heads_of_queries_share_one_of_keys():
    agree(
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True),
        lambda q, k, v: _theirs(q, k, v, enable_gqa=True),
        *map(Normal, [(2, 6, 5, 4), (2, 3, 7, 4), (2, 3, 7, 4)]),
    )


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("strided", [False, True])
def test_the_compiled_form_equals_its_body(causal, strided):
    rng = np.random.default_rng(0)
    qkv = rng.normal(size=(2, 130, 3, 2, 16)).astype(np.float32)
    q, k, v = (np.swapaxes(qkv[:, :, i], 1, 2) for i in range(3))  # views, as of one large product
    if not strided:
        q, k, v = map(np.ascontiguousarray, (q, k, v))
        q.flags.writeable = False
    mask = rng.normal(size=(2, 1, 130, 130)).astype(np.float32)
    keep = (rng.random((2, 2, 130, 130)) < 0.8).astype(np.float32) / np.float32(0.8)
    attention, dy = F.dot_product_attention, rng.normal(size=q.shape).astype(np.float32)
    for options in ((None, None, causal), (mask, None, causal), (None, keep, causal)):
        found, expected = [
            run(q, k, v, *options) for run in (attention.kernels[-1], attention.body)
        ]
        assert_allclose(found[0], expected[0], 1e-5, 1e-5)
        for g, h in zip(found[1](dy)[:3], expected[1](dy)[:3], strict=True):
            assert_allclose(g, h(), 1e-4, 1e-5)


def test_numpy_ml_weights_differ_and_sum_to_one():
    """Its multi-head attention took sequences of length one alone, whose weights are all 1."""
    attention, x = nn.MultiheadAttention(8, 2, batch_first=True), tensor(_numbers(2, 5, 8))
    _, weights = attention(x, x, x)
    assert weights.shape == (2, 5, 5)
    assert_allclose(weights.detach().numpy().sum(-1), 1, 1e-6)
    assert np.ptp(weights.detach().numpy()) > 1e-3


def test_numpy_ml_dropout_is_of_the_weights_and_has_a_gradient():
    """It dropped scores before the softmax, and nothing of the gradient."""
    q, k, v = (tensor(_numbers(2, 3, 5, 4, seed=s), requires_grad=True) for s in range(3))
    manual_seed(0)
    y = F.scaled_dot_product_attention(q, k, v, dropout_p=0.5)
    manual_seed(0)
    keep = F.dropout(tensor(np.ones((2, 3, 5, 5), np.float32)), 0.5)
    weights = F.softmax(q / 2 @ k.transpose(-1, -2), -1) * keep
    assert_allclose(y.detach().numpy(), (weights @ v).detach().numpy(), 1e-5, 1e-6)
    dy = tensor(_numbers(2, 3, 5, 4, seed=3))
    for g, h in zip(grad(y, [q, k, v], dy), grad(weights @ v, [q, k, v], dy), strict=True):
        assert_allclose(g.numpy(), h.numpy(), 1e-4, 1e-6)


def test_what_may_not_be_seen_has_no_influence():
    q, k, v = (_numbers(1, 1, 70, 4, seed=s) for s in range(3))
    y = F.scaled_dot_product_attention(*map(tensor, (q, k, v)), is_causal=True).numpy()
    k[..., 40:, :], v[..., 40:, :] = 1e30, 1e30
    z = F.scaled_dot_product_attention(*map(tensor, (q, k, v)), is_causal=True).numpy()
    assert_array_equal(y[..., :40, :], z[..., :40, :])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_scores_choose_one_key_and_nan_stays_in_its_row(dtype):
    q, k = np.array([[1e15], [-1e15]], dtype), np.array([[-1e15], [1.0], [1e15]], dtype)
    v = np.array([[1.0], [2.0], [3.0]], dtype)
    y = F.scaled_dot_product_attention(tensor(q), tensor(k), tensor(v)).numpy()
    assert_array_equal(y, [[3], [1]])
    q[0] = np.nan
    y = F.scaled_dot_product_attention(tensor(q), tensor(k), tensor(v)).numpy()
    assert_array_equal(y, [[np.nan], [1]])


def test_shapes_that_do_not_fit_are_said():
    for dtype in (np.float32, np.float64):
        q, k = tensor(_numbers(2, 5, 4).astype(dtype)), tensor(_numbers(2, 7, 3).astype(dtype))
        with pytest.raises(RuntimeError, match=r"\(2, 5, 4\), \(2, 7, 3\)"):
            F.scaled_dot_product_attention(q, k, k)


def _numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _pair(kind, *args, **options):
    manual_seed(7)
    torch.manual_seed(7)
    return getattr(nn, kind)(*args, **options), getattr(torch.nn, kind)(*args, **options)


def _same_state(ours, theirs):
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_array_equal(p.detach().numpy(), q.detach().numpy())


def _close(y, z):
    assert tuple(y.shape) == tuple(z.shape)
    assert_allclose(y.detach().numpy(), z.detach().numpy(), 1e-4, 1e-5)


@pytest.mark.parametrize(
    "options",
    [{}, {"batch_first": True}, {"bias": False}, {"kdim": 5, "vdim": 6}, {"dropout": 0.3}],
)
@pytest.mark.parametrize("masks", ["none", "boolean", "added", "of each head"])
@pytest.mark.parametrize("need_weights", [False, True])
def test_multihead_attention(options, masks, need_weights):
    ours, theirs = _pair("MultiheadAttention", 8, 2, **options)
    _same_state(ours, theirs)
    ours.eval(), theirs.eval()
    N, L, S = 3, 5, 7
    sizes = [(L, 8), (S, options.get("kdim", 8)), (S, options.get("vdim", 8))]
    order = (lambda n, e: (N, n, e)) if options.get("batch_first") else (lambda n, e: (n, N, e))
    q, k, v = (_numbers(*order(*size), seed=s) for s, size in enumerate(sizes))
    padding = np.zeros((N, S), bool)
    padding[1, 4:] = True
    given = {
        "none": {},
        "boolean": {"key_padding_mask": padding, "attn_mask": ~np.tri(L, S, 1, dtype=bool)},
        "added": {"attn_mask": _numbers(L, S, seed=4)},
        "of each head": {"attn_mask": _numbers(N * 2, L, S, seed=4)},
    }[masks]
    results = []
    for model, make in ((ours, tensor), (theirs, torch.tensor)):
        starts = [make(x, requires_grad=True) for x in (q, k, v)]
        kept = {name: make(x) for name, x in given.items()}
        y, w = model(*starts, need_weights=need_weights, average_attn_weights=False, **kept)
        (y * y).sum().backward()
        gradients = [x.grad for x in (*starts, *model.parameters())]
        results.append([y, *([w] if need_weights else []), *gradients])
    for found, expected in zip(*results, strict=True):
        _close(found, expected)


def test_multihead_attention_of_one_sequence_and_its_mean_weights():
    ours, theirs = _pair("MultiheadAttention", 8, 2)
    for shape in ((5, 8), (5, 3, 8)):
        x = _numbers(*shape)
        for found, expected in zip(
            ours(*[tensor(x)] * 3), theirs(*[torch.tensor(x)] * 3), strict=True
        ):
            _close(found, expected)
    with pytest.raises(RuntimeError, match="is_causal hint"):
        ours(*[tensor(x)] * 3, is_causal=True)
    with pytest.raises(AssertionError, match="divisible"):
        nn.MultiheadAttention(8, 3)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("more", [{"add_bias_kv": True}, {"add_zero_attn": True}])
def test_keys_that_are_no_ones(more, batch_first):
    ours, theirs = _pair("MultiheadAttention", 8, 2, batch_first=batch_first, **more)
    x = _numbers(5, 3, 8)
    n, length = (5, 3) if batch_first else (3, 5)
    hidden, padding = np.triu(np.ones((length, length), bool), 1), np.zeros((n, length), bool)
    padding[0, -1] = True
    results = []
    for model, make in ((ours, tensor), (theirs, torch.tensor)):
        start = make(x, requires_grad=True)
        masks = {"attn_mask": make(hidden), "key_padding_mask": make(padding)}
        y, w = model(start, start, start, **masks)
        (y * y).sum().backward()
        results.append([y, w, start.grad, *[p.grad for p in model.parameters()]])
    for found, expected in zip(*results, strict=True):
        _close(found, expected)


LAYERS = [
    ("TransformerEncoderLayer", {}),
    ("TransformerEncoderLayer", {"batch_first": True, "norm_first": True, "activation": "gelu"}),
    ("TransformerEncoderLayer", {"bias": False}),
    ("TransformerDecoderLayer", {}),
    ("TransformerDecoderLayer", {"batch_first": True, "norm_first": True, "bias": False}),
]


@pytest.mark.parametrize(("kind", "options"), LAYERS)
@pytest.mark.parametrize("stacked", [False, True])
def test_transformer_layers(kind, options, stacked):
    ours, theirs = _pair(kind, 8, 2, 16, **options)
    if stacked:
        name, args = kind.removesuffix("Layer"), {"enable_nested_tensor": False}
        ours = getattr(nn, name)(ours, 2, nn.LayerNorm(8))
        extra = args if "Encoder" in name else {}
        theirs = getattr(torch.nn, name)(theirs, 2, torch.nn.LayerNorm(8), **extra)
    _same_state(ours, theirs)
    ours.eval(), theirs.eval()
    xs = [_numbers(5, 5, 8)] + [_numbers(5, 5, 8, seed=1)] * ("Decoder" in kind)
    mask = np.triu(np.full((5, 5), -np.inf, np.float32), 1)
    results = []
    for model, make in ((ours, tensor), (theirs, torch.tensor)):
        starts = [make(x, requires_grad=True) for x in xs]
        y = model(*starts, make(mask))
        (y * y * y).sum().backward()
        results.append([y, *[x.grad for x in (*starts, *model.parameters())]])
    for found, expected in zip(*results, strict=True):
        _close(found, expected)


def test_a_whole_transformer():
    ours, theirs = _pair("Transformer", 8, 2, 2, 2, 16, batch_first=True)
    _same_state(ours, theirs)
    ours.eval(), theirs.eval()
    src, tgt = _numbers(3, 6, 8), _numbers(3, 4, 8, seed=1)
    causal = nn.Transformer.generate_square_subsequent_mask(4)
    expected = torch.nn.Transformer.generate_square_subsequent_mask(4)
    assert_array_equal(causal.numpy(), expected.numpy())
    found = ours(tensor(src), tensor(tgt), tgt_mask=causal)
    _close(found, theirs(torch.tensor(src), torch.tensor(tgt), tgt_mask=expected))


def test_a_transformer_learns_with_dropout():
    model = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5)
    x = tensor(_numbers(5, 3, 8))
    assert np.any(model(x).detach().numpy() != model(x).detach().numpy())
    model(x).sum().backward()
    assert all(np.isfinite(p.grad.numpy()).all() for p in model.parameters())
    model.eval()
    assert_array_equal(model(x).detach().numpy(), model(x).detach().numpy())
    with pytest.raises(RuntimeError, match="relu/gelu"):
        nn.TransformerEncoderLayer(8, 2, activation="sine")
