"""Modules without parameters, a row each: the function they call, and their arguments' defaults."""

import inspect
import sys

from pellucid.nn import functional as F
from pellucid.nn.modules.module import Module

__all__ = ["MODULES", "calling"]

KEYWORD = inspect.Parameter.POSITIONAL_OR_KEYWORD


def calling(name, function, unseen=(), words="{0}={1!r}", **defaults):
    """A Module that calls ``function`` with what it was made with; ``...`` is no default.

    Its line shows the arguments, but for those ``unseen``.
    """
    signature = inspect.Signature(
        [
            inspect.Parameter(k, KEYWORD, default=inspect.Parameter.empty if v is ... else v)
            for k, v in defaults.items()
        ]
    )

    def __init__(self, *args, **options):
        Module.__init__(self)
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        self.__dict__.update(bound.arguments)

    def forward(self, *inputs):
        return function(*inputs, **{k: getattr(self, k) for k in defaults})

    def extra_repr(self):
        seen = [k for k in defaults if k not in unseen or (k == "inplace" and self.inplace)]
        return ", ".join(words.format(k, getattr(self, k)) for k in seen)

    members = {"__init__": __init__, "forward": forward, "extra_repr": extra_repr}
    members |= {"__doc__": function.__doc__, "__signature__": signature}
    members["__module__"] = sys._getframe(1).f_globals[
        "__name__"
    ]  # where its row stands, for files
    return type(name, (Module,), members)


INPLACE: dict = {"inplace": False, "unseen": ("inplace",)}
ROWS: list[tuple] = [
    ("ReLU", F.relu, INPLACE),
    ("LeakyReLU", F.leaky_relu, {"negative_slope": 0.01, **INPLACE}),
    ("ELU", F.elu, {"alpha": 1.0, **INPLACE}),
    ("CELU", F.celu, {"alpha": 1.0, **INPLACE}),
    ("SELU", F.selu, INPLACE),
    ("Sigmoid", F.sigmoid, {}),
    ("Tanh", F.tanh, {}),
    ("LogSigmoid", F.logsigmoid, {}),
    ("Softplus", F.softplus, {"beta": 1.0, "threshold": 20.0}),
    ("SiLU", F.silu, INPLACE),
    ("Mish", F.mish, INPLACE),
    ("GELU", F.gelu, {"approximate": "none"}),
    ("Hardtanh", F.hardtanh, {"min_val": -1.0, "max_val": 1.0, **INPLACE}),
    ("ReLU6", F.relu6, INPLACE),
    ("Hardsigmoid", F.hardsigmoid, INPLACE),
    ("Hardswish", F.hardswish, INPLACE),
    ("Hardshrink", F.hardshrink, {"lambd": 0.5, "words": "{1}"}),
    ("Softshrink", F.softshrink, {"lambd": 0.5, "words": "{1}"}),
    ("Tanhshrink", F.tanhshrink, {}),
    ("Softsign", F.softsign, {}),
    ("Threshold", F.threshold, {"threshold": ..., "value": ..., **INPLACE}),
    ("GLU", F.glu, {"dim": -1}),
    ("Softmax", F.softmax, {"dim": None}),
    ("LogSoftmax", F.log_softmax, {"dim": None}),
    ("Softmin", F.softmin, {"dim": None}),
    ("Affine", F.affine, {"slope": 1.0, "intercept": 0.0}),
    ("Exponential", F.exponential, {}),
    (
        "Unfold",
        F.unfold,
        {"kernel_size": ..., "dilation": 1, "padding": 0, "stride": 1},
    ),
    (
        "Fold",
        F.fold,
        {"output_size": ..., "kernel_size": ..., "dilation": 1, "padding": 0, "stride": 1},
    ),
    ("PixelShuffle", F.pixel_shuffle, {"upscale_factor": ...}),
    ("PixelUnshuffle", F.pixel_unshuffle, {"downscale_factor": ...}),
    ("ChannelShuffle", F.channel_shuffle, {"groups": ...}),
    ("CosineSimilarity", F.cosine_similarity, {"dim": 1, "eps": 1e-8, "unseen": ("dim", "eps")}),
    (
        "PairwiseDistance",
        F.pairwise_distance,
        {"p": 2.0, "eps": 1e-6, "keepdim": False, "unseen": ("p", "eps", "keepdim")},
    ),
]
MODULES = {name: calling(name, function, **row) for name, function, row in ROWS}
globals().update(MODULES)  # where pickle looks for them
