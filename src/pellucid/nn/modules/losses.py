"""Losses as modules, a row each; the tensors among their arguments are buffers."""

import inspect

from pellucid.nn import functional as F
from pellucid.nn.modules.module import Module

__all__ = ["LOSSES"]


def _measuring(name, function, buffers=(), **defaults):
    """A Module that calls the loss ``function`` with what it was made with."""
    settings = dict.fromkeys(name for name in buffers if name not in defaults)
    settings |= {**defaults, "reduction": "mean"}
    signature = inspect.Signature(
        [
            inspect.Parameter(k, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=v)
            for k, v in settings.items()
        ]
    )

    def __init__(self, *args, **options):
        Module.__init__(self)
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        for key, value in bound.arguments.items():
            if key in buffers:
                self.register_buffer(key, value)
            else:
                setattr(self, key, value)

    def forward(self, *inputs):
        return function(*inputs, **{k: getattr(self, k) for k in settings})

    members = {"__init__": __init__, "forward": forward, "__doc__": function.__doc__}
    members |= {"__signature__": signature, "__module__": __name__}
    return type(name, (Module,), members)


ROWS: list[tuple] = [
    ("MSELoss", F.mse_loss, {}),
    ("L1Loss", F.l1_loss, {}),
    ("SmoothL1Loss", F.smooth_l1_loss, {"beta": 1.0}),
    ("HuberLoss", F.huber_loss, {"delta": 1.0}),
    ("BCELoss", F.binary_cross_entropy, {"buffers": ("weight",)}),
    (
        "BCEWithLogitsLoss",
        F.binary_cross_entropy_with_logits,
        {"buffers": ("weight", "pos_weight")},
    ),
    (
        "CrossEntropyLoss",
        F.cross_entropy,
        {"buffers": ("weight",), "ignore_index": -100, "label_smoothing": 0.0},
    ),
    ("NLLLoss", F.nll_loss, {"buffers": ("weight",), "ignore_index": -100}),
    ("CTCLoss", F.ctc_loss, {"blank": 0, "reduction": "mean", "zero_infinity": False}),
    ("KLDivLoss", F.kl_div, {"log_target": False}),
    ("HingeEmbeddingLoss", F.hinge_embedding_loss, {"margin": 1.0}),
    ("SoftMarginLoss", F.soft_margin_loss, {}),
    ("MarginRankingLoss", F.margin_ranking_loss, {"margin": 0.0}),
    ("CosineEmbeddingLoss", F.cosine_embedding_loss, {"margin": 0.0}),
    (
        "TripletMarginLoss",
        F.triplet_margin_loss,
        {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False},
    ),
    (
        "MultiMarginLoss",
        F.multi_margin_loss,
        {"buffers": ("weight",), "p": 1, "margin": 1.0, "weight": None},
    ),
    ("MultiLabelMarginLoss", F.multilabel_margin_loss, {}),
    ("MultiLabelSoftMarginLoss", F.multilabel_soft_margin_loss, {"buffers": ("weight",)}),
    (
        "TripletMarginWithDistanceLoss",
        F.triplet_margin_with_distance_loss,
        {"distance_function": None, "margin": 1.0, "swap": False},
    ),
    ("PoissonNLLLoss", F.poisson_nll_loss, {"log_input": True, "full": False, "eps": 1e-8}),
    ("BernoulliVAELoss", F.bernoulli_vae_loss, {}),
    ("GaussianNLLLoss", F.gaussian_nll_loss, {"full": False, "eps": 1e-6}),
]
LOSSES = {name: _measuring(name, function, **row) for name, function, row in ROWS}
globals().update(LOSSES)  # where pickle looks for them
