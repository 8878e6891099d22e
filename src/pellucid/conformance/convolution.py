"""Conformance of convolution, pooling, padding and interpolation with PyTorch."""

import numpy as np

from pellucid.conformance.neural import _differentiated, _function_row, _layer_row
from pellucid.conformance.rows import agrees

rng = np.random.RandomState(0)
SIGNAL, IMAGE = rng.normal(size=(2, 4, 9)), rng.normal(size=(2, 4, 7, 8))
BIAS = rng.normal(size=6)
PLACES = np.arange(8).reshape(1, 2, 4) % 4 * 2 + 1  # the second of each two
FUNCTIONS: dict = {
    "conv1d": (SIGNAL, rng.normal(size=(6, 2, 3)), BIAS, 2, 3, 2, 2),
    "conv2d": (IMAGE, rng.normal(size=(6, 2, 3, 2)), BIAS, (2, 1), (1, 2), (1, 2), 2),
    "conv_transpose1d": (SIGNAL, rng.normal(size=(4, 3, 3)), BIAS, 2, 1, 1, 2),
    "conv_transpose2d": (IMAGE, rng.normal(size=(4, 3, 3, 2)), BIAS, (2, 3), (1, 0), (1, 2), 2),
    "max_pool1d": (SIGNAL, 3, 2, 1, 1, True),
    "max_pool2d": (IMAGE, (3, 2), (1, 2), (1, 0), 2, True),
    "avg_pool1d": (SIGNAL, 3, 2, 1, True, False),
    "avg_pool2d": (IMAGE, 3, 2, 1, True),
    "adaptive_avg_pool1d": (SIGNAL, 4),
    "adaptive_avg_pool2d": (IMAGE, (3, 5)),
    "adaptive_max_pool1d": (SIGNAL, 4),
    "adaptive_max_pool2d": (IMAGE, (3, 5)),
    "lp_pool1d": (abs(SIGNAL), 3, 2),
    "lp_pool2d": (IMAGE, 2, (2, 3), 1, True),
    "pad": (IMAGE, (2, 1, 0, 3), "reflect"),
    "interpolate": (IMAGE, None, 1.7, "bilinear"),
    "max_unpool1d": (SIGNAL[:1, :2, :4], PLACES, 2),
    "max_unpool2d": (IMAGE[:1, :2, :1, :4], PLACES[:, :, None], (1, 2)),
}
LAYERS: dict = {
    "Conv1d": ((4, 6, 3, 2, 1, 2, 2), SIGNAL),
    "Conv2d": ((4, 6, (3, 2), 2, 1, 1, 2, True, "circular"), IMAGE),
    "ConvTranspose1d": ((4, 6, 3, 2, 1, 1), SIGNAL),
    "ConvTranspose2d": ((4, 6, 3, 2, 1, (1, 0), 2), IMAGE),
    **dict.fromkeys(("MaxPool1d", "AvgPool1d"), ((3, 2, 1), SIGNAL)),
    **dict.fromkeys(("MaxPool2d", "AvgPool2d"), ((3, 2, 1), IMAGE)),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveMaxPool1d"), ((4,), SIGNAL)),
    **dict.fromkeys(("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"), (((3, 5),), IMAGE)),
    "LPPool1d": ((2, 3, 2), SIGNAL),
    "LPPool2d": ((2, 3, 2), IMAGE),
    **{f"{kind}Pad1d": ((2,), SIGNAL) for kind in ("Zero", "Reflection", "Replication")},
    **{f"{kind}Pad2d": (((1, 0, 2, 3),), IMAGE) for kind in ("Zero", "Reflection", "Replication")},
    "CircularPad1d": ((2,), SIGNAL),
    "CircularPad2d": (((1, 0, 2, 3),), IMAGE),
    "ConstantPad1d": ((2, 1.5), SIGNAL),
    "ConstantPad2d": ((2, 1.5), IMAGE),
    "Upsample": ((None, 2, "bilinear"), IMAGE),
    "UpsamplingNearest2d": ((5,), IMAGE),
    "UpsamplingBilinear2d": ((5,), IMAGE),
    "MaxUnpool1d": ((2,), SIGNAL[:1, :2, :4], PLACES),
    "MaxUnpool2d": (((1, 2),), IMAGE[:1, :2, :1, :4], PLACES[:, :, None]),
}

for _name, _inputs in FUNCTIONS.items():
    _function_row(_name, _inputs)
for _name, (_args, *_inputs) in LAYERS.items():
    _layer_row(_name, _args, _inputs)


@agrees(
    *(f"nn.functional.{name}" for name in ("upsample", "upsample_nearest", "upsample_bilinear")),
    library="torch",
    rtol=1e-9,
)
def enlarged():
    from torch.nn.functional import interpolate

    from pellucid.nn import functional as F

    corners = {"mode": "bilinear", "align_corners": True}
    for name, options, reference in (
        ("upsample", {"mode": "bicubic"}, {"mode": "bicubic"}),
        ("upsample_nearest", {}, {}),
        ("upsample_bilinear", {}, corners),
    ):
        ours = getattr(F, name)
        for key, *pair in _differentiated(
            lambda x, ours=ours, options=options: ours(x, 5, **options),
            lambda x, reference=reference: interpolate(x, 5, **reference),
            [IMAGE],
        ):
            yield f"{name}: {key}", *pair
