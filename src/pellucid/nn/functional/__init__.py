"""The ops of neural networks, with PyTorch's names, each a function in NumPy with its gradient."""

from pellucid.nn.functional import convolution_kernels as _  # the compiled bodies of convolution
from pellucid.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
)
from pellucid.nn.functional.convolution import conv1d, conv2d
from pellucid.nn.functional.interpolation import interpolate
from pellucid.nn.functional.padding import pad
from pellucid.nn.functional.pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from pellucid.nn.functional.transposed_convolution import conv_transpose1d, conv_transpose2d

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "interpolate",
    "max_pool1d",
    "max_pool2d",
    "pad",
]
