"""What layers and losses refuse, warn of, and of which type their answers are, beside PyTorch's."""

import numpy as np
import pytest

import pellucid
from tests.nn.test_beside_pytorch import _outcome


def _typed(x):
    return str(x.dtype), list(x.shape), np.round(x.detach().numpy(), 5).tolist()


def _pulled(t):
    x = t.ones(4, requires_grad=True)
    x.sum().backward()
    return x


LOSSES = [
    lambda t, F: _typed(F.mse_loss(t.ones(3), t.zeros(3, dtype=t.int64))),
    lambda t, F: _typed(F.mse_loss(t.ones(3), t.arange(3.0), weight=t.tensor([1.0, 2, 3]))),
    lambda t, F: _typed(F.l1_loss(t.ones(3), t.arange(3.0), weight=t.tensor([1.0, 2, 3]))),
    lambda t, F: _typed(F.huber_loss(t.ones(3), t.arange(3.0), weight=t.tensor([1.0, 2, 3]))),
    lambda t, F: F.mse_loss(t.ones(3, 1), t.zeros(3)),
    lambda t, F: F.smooth_l1_loss(t.ones(3), t.zeros(3), beta=-1.0),
    lambda t, F: F.huber_loss(t.ones(3), t.zeros(3), delta=0.0),
    lambda t, F: F.binary_cross_entropy(t.ones(1) / 2, t.tensor([2.0])),
    lambda t, F: F.binary_cross_entropy(t.ones(1) / 2, t.tensor([1])),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.tensor([0.0, 1.0])),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.tensor([0, 1, 1])),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.tensor([[0], [1]])),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.tensor([0, 3])),
    lambda t, F: F.cross_entropy(t.ones(2, 3, 4), t.zeros(2, 5, dtype=t.int64)),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.tensor([0, 1]), weight=t.ones(2)),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.tensor([0, 1]), weight=t.ones(3).double()),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.tensor([0, 1]), label_smoothing=1.5),
    lambda t, F: F.cross_entropy(t.ones(2, 3), t.ones(2, 3) / 3, ignore_index=1),
    lambda t, F: _typed(F.cross_entropy(t.arange(3.0), t.tensor([1]))),
    lambda t, F: F.nll_loss(t.ones(2, 3), t.tensor([0.0, 1.0])),
    lambda t, F: F.nll_loss(t.tensor(1.0), t.tensor(0)),
    lambda t, F: _typed(F.kl_div(t.tensor(0.0), t.tensor(0.5), reduction="batchmean")),
    lambda t, F: F.margin_ranking_loss(t.ones(3), t.ones(3), t.ones(3, 1)),
    lambda t, F: F.triplet_margin_loss(*[t.ones(3, 2)] * 3, margin=-1),
    lambda t, F: F.triplet_margin_loss(t.ones(3, 2), t.ones(3), t.ones(3, 2)),
    lambda t, F: F.cosine_embedding_loss(t.ones(3), t.ones(3), t.tensor([1])),
    lambda t, F: _typed(F.gaussian_nll_loss(t.ones(3, 3), t.zeros(3, 3), t.arange(1.0, 4))),
    lambda t, F: _typed(F.gaussian_nll_loss(t.ones(2, 3), t.zeros(2, 3), 2.0)),
    lambda t, F: F.gaussian_nll_loss(t.ones(2, 3), t.zeros(2, 3), t.ones(3, 3)),
    lambda t, F: F.multi_margin_loss(t.ones(2, 3), t.tensor([0.0, 1.0])),
    lambda t, F: F.multi_margin_loss(t.ones(2, 3), t.tensor([0, 3])),
    lambda t, F: F.multi_margin_loss(t.ones(2, 3), t.tensor([0, 1]), weight=t.ones(2)),
    lambda t, F: _typed(F.multi_margin_loss(t.tensor(0.3), t.tensor(0))),
    lambda t, F: _typed(F.multilabel_margin_loss(t.tensor(0.3), t.tensor(0))),
    lambda t, F: F.multilabel_margin_loss(t.ones(2, 3), t.tensor([0, 1, -1])),
]
ACTIVATIONS = [
    *[
        lambda t, F, name=name: _typed(getattr(F, name)(t.tensor([-3, 0, 2, 9])))
        for name in ("relu", "relu6", "hardtanh", "sigmoid", "tanh", "softsign", "tanhshrink")
    ],
    *[
        lambda t, F, name=name: getattr(F, name)(t.tensor([-3, 2]))
        for name in ("leaky_relu", "elu", "celu", "selu", "softplus", "silu", "mish", "gelu")
    ],
    lambda t, F: F.softmax(t.ones(2, 3, dtype=t.int64), 1),
    lambda t, F: _typed(F.softmax(t.ones(2, 3, dtype=t.int64), 1, dtype=t.float64)),
    lambda t, F: _typed(F.log_softmax(t.ones(5, 0), 1)),
    lambda t, F: _typed(F.prelu(t.tensor(-1.0), t.tensor([0.5]))),
    lambda t, F: F.prelu(t.ones(2, 3), t.ones(2)),
    lambda t, F: F.hardtanh(t.ones(1), 1.0, -1.0),
    lambda t, F: F.softshrink(t.ones(1), -1.0),
    lambda t, F: F.rrelu(t.ones(1), 0.5, 0.1),
    lambda t, F: F.glu(t.tensor(1.0)),
]
LAYERS = [
    lambda t, F: _typed(F.avg_pool2d(t.arange(16).reshape(1, 1, 4, 4), 2)),
    lambda t, F: _typed(F.avg_pool1d(-t.arange(4).reshape(1, 1, 4), 2)),
    lambda t, F: F.adaptive_avg_pool2d(t.arange(16).reshape(1, 1, 4, 4), 2),
    lambda t, F: t.nn.BatchNorm1d(1)(t.ones(2, 4)),
    lambda t, F: t.nn.BatchNorm1d(3).eval()(t.ones(2, 3).double()),
    lambda t, F: F.batch_norm(t.ones(2, 3), None, None),
    lambda t, F: F.layer_norm(t.ones(2, 3), (3,), t.ones(2)),
    lambda t, F: F.layer_norm(t.ones(2, 3).double(), (3,), t.ones(3)),
    lambda t, F: F.layer_norm(t.ones(2, 3), 3),
    lambda t, F: F.rms_norm(t.ones(2, 3), ()),
    lambda t, F: F.group_norm(t.ones(2, 7), 2),
    lambda t, F: F.embedding(t.tensor([1]), t.ones(3)),
    lambda t, F: F.embedding(t.tensor([1]), t.ones(3, 2), padding_idx=4),
    lambda t, F: t.nn.EmbeddingBag(3, 2)(t.tensor([1, 2])),
    lambda t, F: t.nn.EmbeddingBag(3, 2)(t.tensor([1, 2]), t.tensor([1])),
    lambda t, F: t.nn.EmbeddingBag(3, 2)(t.tensor([1, 2]), t.tensor([0, 5])),
    lambda t, F: _typed(
        F.embedding_bag(t.tensor([[1, 2]]), t.arange(6.0).reshape(3, 2), mode="sum", padding_idx=-1)
    ),
    lambda t, F: F.pixel_shuffle(t.ones(2, 2), 2),
    lambda t, F: F.pixel_unshuffle(t.ones(1, 2, 2), 0),
    lambda t, F: t.nn.LSTM(10, 20, 2, 0.5),
    lambda t, F: t.nn.GRU(0, 20),
    lambda t, F: t.nn.RNN(3.0, 20),
    lambda t, F: t.nn.LSTM(3, 4, dropout=0.5),
    lambda t, F: t.nn.LSTM(3, 4, proj_size=-1),
    lambda t, F: t.nn.LSTM(3, 4, proj_size=4),
    lambda t, F: t.nn.GRU(3, 4, proj_size=2),
    lambda t, F: t.nn.LSTM(3, 4, proj_size=2)(t.ones(2, 3), (t.ones(1, 4), t.ones(1, 4))),
    lambda t, F: t.nn.GRUCell(3, 4)(t.ones(2, 3), t.ones(3, 4)),
    lambda t, F: t.nn.RNNCell(3, 4)(t.ones(2, 3), t.ones(2, 5)),
    lambda t, F: t.nn.LSTMCell(3, 4)(t.ones(2, 3), (t.ones(2, 4, 1), t.ones(2, 4))),
    lambda t, F: F.scaled_dot_product_attention(t.ones(1, 2), t.ones(1, 2).double(), t.ones(1, 2)),
    lambda t, F: F.scaled_dot_product_attention(
        *[t.ones(2, 2)] * 3, attn_mask=t.ones(2, 2).bool(), is_causal=True
    ),
    lambda t, F: F.scaled_dot_product_attention(
        *[t.ones(2, 2)] * 3, attn_mask=t.ones(2, 2, dtype=t.int64)
    ),
    lambda t, F: t.nn.MultiheadAttention(5, 2),
    *[
        lambda t, F, options=options: t.nn.MultiheadAttention(4, 2)(
            *[t.ones(3, 2, 4)] * 3, **{name: make(t) for name, make in options.items()}
        )
        for options in (
            {"attn_mask": lambda t: t.ones(2, 2)},
            {"attn_mask": lambda t: t.ones(3)},
            {"attn_mask": lambda t: t.ones(2, 3, 3)},
            {"attn_mask": lambda t: t.ones(3, 3, dtype=t.int64)},
            {"is_causal": lambda t: True},
        )
    ],
    lambda t, F: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 2, 5)] * 3),
    lambda t, F: t.nn.Transformer(4, 2, 1, 1, 8)(t.ones(3, 2, 4), t.ones(3, 1, 4)),
    lambda t, F: t.nn.init.eye_(t.empty(3)),
    lambda t, F: t.nn.init.dirac_(t.empty(3, 2, 3), groups=2),
    lambda t, F: t.nn.init.orthogonal_(t.empty(3)),
    lambda t, F: t.nn.init.uniform_(t.empty(3), 2.0, 1.0),
    lambda t, F: t.nn.init.normal_(t.empty(3), 0.0, -1.0),
    lambda t, F: t.nn.utils.rnn.pad_sequence([]),
    lambda t, F: t.nn.utils.rnn.pad_sequence(5),
    *[
        lambda t, F, f=f: _typed(getattr(t.nn.utils.rnn.pack_sequence([t.arange(3)]), f)().data)
        for f in ("cpu", "int", "long", "half", "float", "double")
    ],
    lambda t, F: t.nn.utils.rnn.pad_sequence([t.ones(2)], padding_side="top"),
    lambda t, F: t.nn.utils.remove_weight_norm(t.nn.Linear(2, 2)),
    lambda t, F: t.nn.utils.weight_norm(t.nn.utils.weight_norm(t.nn.Linear(2, 2))),
    lambda t, F: t.nn.utils.remove_spectral_norm(t.nn.Linear(2, 2)),
    lambda t, F: t.nn.utils.spectral_norm(t.nn.utils.spectral_norm(t.nn.Linear(2, 2))),
    lambda t, F: t.nn.utils.spectral_norm(t.nn.Linear(2, 2), n_power_iterations=0),
    lambda t, F: list(t.nn.utils.spectral_norm(t.nn.ConvTranspose2d(2, 3, 1)).weight_u.shape),
    lambda t, F: list(t.nn.utils.spectral_norm(t.nn.Linear(2, 3)).state_dict()),
    lambda t, F: t.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [6, 3]),
    lambda t, F: F.pdist(t.ones(3)),
    lambda t, F: t.nn.Bilinear(0, 2, 3),
    lambda t, F: t.nn.Unflatten(1, (2, 5.0)),
    lambda t, F: t.nn.utils.clip_grad_norm_(_pulled(t), t.tensor(1.0)).item(),
    lambda t, F: F.channel_shuffle(t.ones(2, 4), 2),
    lambda t, F: F.channel_shuffle(t.ones(2, 4, 1), 0),
    lambda t, F: F.interpolate(t.ones(1, 1, 2, 2), size=(2.0, 2.0)),
    lambda t, F: F.ctc_loss(t.zeros(3, 1, 2), t.tensor([[1]]), t.ones(1), t.tensor([1])),
    lambda t, F: F.max_unpool2d(t.ones(1, 1, 1), t.tensor([[[7]]]), 2),
    lambda t, F: F.max_unpool1d(t.ones(1, 2), t.tensor([[0, 2]]), 2, output_size=(9,)),
]


def _learned(make):
    """The gradient of what is made of ones (2, 3), as a case."""

    def case(t, F):
        t.manual_seed(0)
        x = t.ones(2, 3, requires_grad=True)
        make(t, F, x).sum().backward()
        return _typed(x.grad)

    return case


DRAWN_AND_LOOKED_UP = [
    *[
        _learned(lambda t, F, x, f=f: getattr(F, f)(x * 2, 0.4, True, True))
        for f in ("dropout", "dropout1d", "alpha_dropout", "feature_alpha_dropout")
    ],
    *[
        _learned(lambda t, F, x, f=f: getattr(F, f)(x.half().log()).float())
        for f in ("sigmoid", "gelu", "silu", "mish", "softplus", "logsigmoid")
    ],
    *[
        _learned(lambda t, F, x, f=f: F.__dict__[f[0]](x.half()[None, None], *f[1:]).float())
        for f in (("max_pool2d", 2), ("avg_pool2d", 2), ("interpolate", None, 2))
    ],
    _learned(lambda t, F, x: F.conv2d(x.half()[None], t.ones(1, 1, 2, 2).half()).float()),
    _learned(lambda t, F, x: F.lp_pool1d(x - 1, 2, 2)),
    lambda t, F: repr(t.nn.LPPool2d(2, 3)),
    *[
        lambda t, F, d=d: _typed(
            F.max_pool2d(t.ones(1, 2, 3, dtype=getattr(t, d)), 2, 2, 1, 3, True)
        )
        for d in ("float32", "float64", "int64")
    ],
    _learned(lambda t, F, x: F.max_pool1d(x[:, :1], 2, None, 1, 2).clamp(min=-1) + x[:, :1]),
    *[
        _learned(lambda t, F, x, f=f: F.__dict__[f[0]](x - 2, *f[1:]))
        for f in (("relu", False), ("leaky_relu", 0.1, False), ("hardtanh", -2.0, 2.0, False))
    ],
    lambda t, F: F.relu(-t.ones(3), True).tolist(),
    lambda t, F: F.dropout(t.ones(3), -0.1, False),
    lambda t, F: F.dropout1d(t.ones(1, 2, 2, 2)),
    lambda t, F: _typed(t.nn.FeatureAlphaDropout(0.5).eval()(t.ones(2, 3))),
    lambda t, F: repr(t.nn.FeatureAlphaDropout(0.3)),
    lambda t, F: t.nn.init.calculate_gain("conv_transpose3d"),
    lambda t, F: t.nn.init.calculate_gain("leaky_relu", True),
    lambda t, F: t.nn.init.kaiming_normal_(t.empty(0, 1)),
    lambda t, F: t.nn.init.sparse_(t.empty(3), 0.5),
    *[
        lambda t, F, f=f, a=a: t.manual_seed(1) and _typed(getattr(t.nn.init, f)(t.empty(9, 4), *a))
        for f, *a in (("sparse_", 0.3), ("trunc_normal_", 0.0, 1.0, 1.0, 2.0))
    ],
    *[
        lambda t, F, f=f: bool((getattr(t.nn.init, f)(t.zeros(4, 5).half()) != 0).all())
        for f in ("uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "kaiming_normal_")
    ],
    _learned(lambda t, F, x: F.embedding(t.tensor([0, 1, 1]), x, scale_grad_by_freq=True)),
    _learned(
        lambda t, F, x: F.embedding_bag(
            t.tensor([[0, 1], [1, 1]]), x, scale_grad_by_freq=True, padding_idx=0, sparse=False
        )
    ),
    *[
        _learned(lambda t, F, x, m=m: F.embedding_bag(t.tensor([[1, 1]]), x, mode=m, padding_idx=1))
        for m in ("sum", "mean", "max")
    ],
    _learned(lambda t, F, x: F.embedding_bag(t.tensor([[0, 1]]), x.log() / 0, padding_idx=1)),
    lambda t, F: _typed(t.nn.Embedding.from_pretrained(t.arange(6).reshape(2, 3)).weight),
    lambda t, F: repr(t.nn.Embedding(3, 2, None, None, 2.0, True, True)),
    lambda t, F: repr(t.nn.EmbeddingBag(3, 2, None, 2.0, True, "sum")),
    lambda t, F: t.nn.Embedding(3, 2, _weight=t.ones(2, 2)),
    lambda t, F: _typed(
        F.embedding_bag(
            *(t.arange(4), t.arange(10.0).reshape(5, 2), t.tensor([0, 3, 3])),
            include_last_offset=True,
            padding_idx=4,
        )
    ),
    *[
        lambda t, F, a=a: F.embedding_bag(
            t.tensor(a[0]), t.ones(3, 2), **{k: t.tensor(v) for k, v in a[1].items()}, **a[2]
        )
        for a in (
            ([[1, 2]], {"offsets": [0]}, {}),
            ([[1, 3]], {}, {}),
            ([[1, 2]], {}, {"padding_idx": 3}),
            ([[[1]]], {}, {}),
            ([[1, 2]], {"per_sample_weights": [1.0, 2.0]}, {"mode": "sum"}),
            ([[1, 2]], {"per_sample_weights": [[1.0, 2.0]]}, {}),
            ([[1, 2]], {"per_sample_weights": [[1, 2]]}, {"mode": "sum"}),
            ([[1, 2]], {}, {"mode": "max", "scale_grad_by_freq": True}),
        )
    ],
]


def _kind(outcome):
    """An answer, or the name of an error; and the words of a warning."""
    if isinstance(outcome, tuple):
        return outcome if outcome[0].endswith("Warning") else outcome[0]
    return outcome


@pytest.mark.filterwarnings("ignore:.*(weight_norm. is deprecated|enable_nested_tensor)")
@pytest.mark.parametrize("case", [*LOSSES, *ACTIVATIONS, *LAYERS, *DRAWN_AND_LOOKED_UP])
def test_what_is_refused_is_what_pytorch_refuses(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    ours, theirs = (_outcome(case, t, t.nn.functional) for t in (pellucid, torch))
    assert _kind(ours) == _kind(theirs)
