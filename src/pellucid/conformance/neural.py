"""Conformance of layers, their functions and beginnings with PyTorch: values and every gradient."""

import numpy as np

from pellucid.conformance.rows import agrees

rng = np.random.RandomState(0)
X, Y, CUBE, IMAGE = (rng.normal(size=s) for s in [(6, 4), (6, 4), (2, 4, 3), (2, 4, 3, 5)])
P, Q = rng.uniform(0.05, 0.95, (6, 4)), rng.dirichlet(np.ones(4), 6)
HALVES = (rng.random_sample((6, 4)) < 0.5).astype(float)
T = np.array([0, 3, 1, 2, 3, 0])
LABELS = np.array([[3, 0, -1, 1], [-1, 0, 1, 2], [2, 1, 0, 3]] * 2)
SIGNS = np.array([1, -1, 1, 1, -1, -1])
W, V = rng.normal(size=(3, 4)), rng.normal(size=3)
FUNCTIONS: dict = {
    **dict.fromkeys(
        (
            *("celu", "elu", "gelu", "hardshrink", "hardswish", "hardtanh", "leaky_relu"),
            *("logsigmoid", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "softplus"),
            *("softshrink", "softsign", "tanh", "tanhshrink", "normalize"),
        ),
        (X,),
    ),
    **dict.fromkeys(("softmax", "log_softmax", "softmin", "glu"), (X, 1)),
    **dict.fromkeys(("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss"), (X, Y)),
    **dict.fromkeys(("cosine_similarity", "pairwise_distance"), (X, Y)),
    "pdist": (X,),
    "prelu": (X, np.array([0.3])),
    "threshold": (X, 0.1, 2.0),
    "linear": (X, W, V),
    "bilinear": (X, Y, rng.normal(size=(3, 4, 4)), V),
    "layer_norm": (X, (4,), W[0], W[1]),
    "rms_norm": (X, (4,), W[0], 1e-3),
    "group_norm": (IMAGE, 2, W[0], W[1]),
    "instance_norm": (IMAGE,),
    "batch_norm": (IMAGE, None, None, W[0], W[1], True),
    "embedding": (T, rng.normal(size=(4, 3))),
    "embedding_bag": (T.reshape(2, 3), rng.normal(size=(4, 3))),
    "cross_entropy": (X, T),
    "nll_loss": (X, T),
    "binary_cross_entropy": (P, HALVES),
    "binary_cross_entropy_with_logits": (X, HALVES),
    "hinge_embedding_loss": (X[:, 0], SIGNS),
    "soft_margin_loss": (X[:, 0], SIGNS),
    "margin_ranking_loss": (X[:, 0], Y[:, 0], SIGNS),
    "cosine_embedding_loss": (X, Y, SIGNS),
    "triplet_margin_loss": (X, Y, P),
    "multi_margin_loss": (X, T),
    "multilabel_margin_loss": (X, LABELS),
    "multilabel_soft_margin_loss": (X, HALVES),
    "triplet_margin_with_distance_loss": (X, Y, P),
    "unfold": (IMAGE, 2, 1, 1, 2),
    "fold": (rng.normal(size=(2, 8, 4)), 3, 2),
    "pixel_shuffle": (IMAGE, 2),
    "pixel_unshuffle": (rng.normal(size=(1, 2, 4, 2)), 2),
    "channel_shuffle": (IMAGE, 2),
    "local_response_norm": (IMAGE, 2),
    "rrelu": (X,),
    "poisson_nll_loss": (X, P),
    "gaussian_nll_loss": (X, Y, P),
}
LAYERS: dict = {
    "BatchNorm1d": ((4,), X),
    "BatchNorm2d": ((4,), IMAGE),
    "InstanceNorm1d": ((4,), CUBE),
    "InstanceNorm2d": ((4,), IMAGE),
    "GroupNorm": ((2, 4), IMAGE),
    "LayerNorm": ((4,), X),
    "RMSNorm": ((4,), X),
    "Linear": ((4, 3), X),
    "Bilinear": ((4, 4, 3), X, Y),
    "Embedding": ((4, 3), T),
    "EmbeddingBag": ((4, 3), T.reshape(2, 3)),
    "PReLU": ((4,), X),
    "Identity": ((), X),
    "Flatten": ((), CUBE),
    "Unflatten": ((1, (2, 2)), X),
    "CosineSimilarity": ((), X, Y),
    "PairwiseDistance": ((), X, Y),
    "Threshold": ((0.1, 2.0), X),
    **dict.fromkeys(
        (
            *("CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardswish", "Hardtanh", "LeakyReLU"),
            *("LogSigmoid", "Mish", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softplus"),
            *("Softshrink", "Softsign", "Tanh", "Tanhshrink"),
        ),
        ((), X),
    ),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Softmin"), ((1,), X)),
    **dict.fromkeys(("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"), ((), X, Y)),
    "BCELoss": ((), P, HALVES),
    "BCEWithLogitsLoss": ((), X, HALVES),
    "CrossEntropyLoss": ((), X, T),
    "NLLLoss": ((), X, T),
    "HingeEmbeddingLoss": ((), X[:, 0], SIGNS),
    "SoftMarginLoss": ((), X[:, 0], SIGNS),
    "MarginRankingLoss": ((), X[:, 0], Y[:, 0], SIGNS),
    "CosineEmbeddingLoss": ((), X, Y, SIGNS),
    "TripletMarginLoss": ((), X, Y, P),
    "MultiMarginLoss": ((), X, T),
    "MultiLabelMarginLoss": ((), X, LABELS),
    "MultiLabelSoftMarginLoss": ((), X, HALVES),
    "TripletMarginWithDistanceLoss": ((), X, Y, P),
    "Unfold": ((2,), IMAGE),
    "Fold": ((3, 2), rng.normal(size=(2, 8, 4))),
    "PixelShuffle": ((2,), IMAGE),
    "PixelUnshuffle": ((2,), rng.normal(size=(1, 2, 4, 2))),
    "ChannelShuffle": ((2,), IMAGE),
    "LocalResponseNorm": ((2,), IMAGE),
    "Softmax2d": ((), IMAGE),
    "PoissonNLLLoss": ((), X, P),
    "GaussianNLLLoss": ((), X, Y, P),
}
BEGINNINGS = {
    "uniform_": {},
    "normal_": {},
    "trunc_normal_": {"a": -1.0},
    "xavier_uniform_": {},
    "xavier_normal_": {},
    "kaiming_uniform_": {},
    "kaiming_normal_": {},
    "dirac_": {},
    "constant_": {"val": 2.0},
    "ones_": {},
    "zeros_": {},
}


def _learned(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _differentiated(function, reference, inputs):
    """Ours and PyTorch's value, then each gradient of Σ cos(index) y."""
    import torch

    import pellucid

    sides = []
    for library, called in ((pellucid, function), (torch, reference)):
        args = [
            library.tensor(x, requires_grad=_learned(x)) if isinstance(x, np.ndarray) else x
            for x in inputs
        ]
        out = called(*args)
        numbers = np.cos(np.arange(np.prod(out.shape))).reshape(tuple(out.shape))
        if out.requires_grad:
            (out * library.tensor(numbers)).sum().backward()
        leaves = [x for x in args if isinstance(x, library.Tensor) and x.requires_grad]
        sides.append(
            [out.detach().numpy(), *[x.grad.numpy() for x in leaves if x.grad is not None]]
        )
    ours, theirs = sides
    yield "value", ours[0], theirs[0]
    for k, (g, h) in enumerate(zip(ours[1:], theirs[1:], strict=True)):
        yield f"gradient {k}", g, h


def _function_row(name, inputs):
    def case():
        import torch

        from pellucid.nn import functional as F

        yield from _differentiated(getattr(F, name), getattr(torch.nn.functional, name), inputs)

    case.__name__ = name
    agrees(f"nn.functional.{name}", library="torch", rtol=1e-9)(case)


def _layer_row(name, args, inputs):
    def case():
        import torch

        import pellucid

        layers = []
        for library in (pellucid, torch):
            library.manual_seed(7)
            layers.append(getattr(library.nn, name)(*args))
        for (key, p), (_, q) in zip(
            layers[0].state_dict().items(), layers[1].state_dict().items(), strict=True
        ):
            yield f"first {key}", p.numpy(), q.numpy()
        yield from _differentiated(layers[0].double(), layers[1].double(), inputs)

    case.__name__ = name
    agrees(f"nn.{name}", library="torch", rtol=1e-9)(case)


def _beginning_row(name, options):
    def case():
        import torch

        import pellucid

        filled = []
        for library in (pellucid, torch):
            library.manual_seed(7)
            x = library.zeros(6, 4, 3)
            getattr(library.nn.init, name)(x, **options)
            filled.append(x.numpy())
        yield "numbers", *filled

    case.__name__ = name
    agrees(f"nn.init.{name}", library="torch", rtol=0)(case)


for _name, _inputs in FUNCTIONS.items():
    _function_row(_name, _inputs)
for _name, (_args, *_inputs) in LAYERS.items():
    _layer_row(_name, _args, _inputs)
for _name, _options in BEGINNINGS.items():
    _beginning_row(_name, _options)


@agrees("nn.init.sparse_", library="torch", rtol=0)
def sparse():
    import torch

    import pellucid

    filled = []
    for library in (pellucid, torch):
        library.manual_seed(0)
        filled.append(library.nn.init.sparse_(library.empty(7, 5), 0.4).numpy())
    yield "numbers", *filled


@agrees("nn.functional.hardsigmoid", "nn.Hardsigmoid", library="torch", rtol=1e-6)
def hardsigmoid():
    """To seven digits: so many has PyTorch's sixth, in float64 too."""
    import torch

    import pellucid

    yield from _differentiated(
        pellucid.nn.functional.hardsigmoid, torch.nn.functional.hardsigmoid, [X]
    )
    yield from _differentiated(pellucid.nn.Hardsigmoid(), torch.nn.Hardsigmoid(), [X])


@agrees("nn.functional.kl_div", "nn.KLDivLoss", library="torch", rtol=1e-9)
def kl_divergence():
    import torch

    import pellucid

    layers = [library.nn.KLDivLoss(reduction="batchmean") for library in (pellucid, torch)]
    yield from _differentiated(*layers, [np.log(Q), Q[::-1].copy()])


@agrees("nn.functional.one_hot", "nn.init.calculate_gain", library="torch", rtol=1e-12)
def of_numbers():
    import torch

    import pellucid

    F, G = pellucid.nn.functional, torch.nn.functional
    yield "ones", F.one_hot(pellucid.tensor(T)).numpy(), G.one_hot(torch.tensor(T)).numpy()
    gain = pellucid.nn.init.calculate_gain("tanh")
    yield "gain", gain, torch.nn.init.calculate_gain("tanh")
