"""Convolution and pooling against PyTorch: a forward pass alone, and a forward and a backward pass.

Images and weights are in the memory that PyTorch likes best, with the channels last.
"""

import importlib

import numpy as np

from benchmarks.rows import benchmark

# images, channels, pixels, output channels, kernel, stride, padding, groups
LAYERS = {
    "3x3 32@56": (32, 32, 56, 32, 3, 1, 1, 1),
    "3x3 64@56": (32, 64, 56, 64, 3, 1, 1, 1),
    "3x3 128@28": (32, 128, 28, 128, 3, 1, 1, 1),
    "3x3 256@14": (32, 256, 14, 256, 3, 1, 1, 1),
    "3x3 512@7": (16, 512, 7, 512, 3, 1, 1, 1),
    "3x3/2 64@56": (16, 64, 56, 128, 3, 2, 1, 1),
    "3x3 3@64": (16, 3, 64, 64, 3, 1, 1, 1),
    "5x5 1@28": (32, 1, 28, 32, 5, 1, 2, 1),
    "5x5 32@14": (32, 32, 14, 64, 5, 1, 2, 1),
    "1x1 64@56": (16, 64, 56, 128, 1, 1, 0, 1),
    "1x1 256@14": (32, 256, 14, 256, 1, 1, 0, 1),
    "3x3 depthwise 64@56": (16, 64, 56, 64, 3, 1, 1, 64),
}
POOLS = {
    "max 2x2": ("max_pool2d", (2,)),
    "max 3x3/2": ("max_pool2d", (3, 2, 1)),
    "mean 2x2": ("avg_pool2d", (2,)),
    "mean 3x3/2": ("avg_pool2d", (3, 2, 1)),
    "mean of all": ("adaptive_avg_pool2d", (1,)),
}


@benchmark(*LAYERS, peer="torch")
def forward(library, size):
    call, tensors = _layer(library, size, learned=False)
    return lambda: _number(call(*tensors))


@benchmark(*LAYERS, peer="torch")
def training(library, size):
    call, tensors = _layer(library, size, learned=True)
    return _step(library, call, tensors)


@benchmark(*POOLS, peer="torch")
def pooling(library, size):
    name, arguments = POOLS[size]
    pool = getattr(library.nn__functional, name)
    x = np.random.default_rng(0).standard_normal((32, 64, 56, 56), np.float32)
    return _step(library, lambda x: pool(x, *arguments), [_tensor(library, x, learned=True)])


def _layer(library, size, learned):
    n, c, pixels, o, kernel, stride, padding, groups = LAYERS[size]
    rng = np.random.default_rng(0)
    shapes = (n, c, pixels, pixels), (o, c // groups, kernel, kernel), (o,)
    tensors = [_tensor(library, rng.standard_normal(s, np.float32), learned) for s in shapes]
    conv2d = library.nn__functional.conv2d
    return lambda *tensors: conv2d(*tensors, stride, padding, 1, groups), tensors


def _step(library, call, tensors):
    """A forward and a backward pass, from a gradient that is there already."""
    y = call(*tensors)
    weights = np.random.default_rng(1).standard_normal(tuple(y.shape), np.float32)
    gradient = _tensor(library, weights, learned=False)

    def step():
        for tensor in tensors:
            tensor.grad = None
        y = call(*tensors)
        y.backward(gradient)
        return _number(tensors[-1].grad)

    return step


def _number(tensor):
    """One number of the result."""
    return float(tensor[(0,) * tensor.ndim])


def _tensor(library, array, learned):
    package = importlib.import_module(library.name)
    if library.name == "torch":
        tensor = package.tensor(array)
        if array.ndim == 4:
            tensor = tensor.contiguous(memory_format=package.channels_last)
    else:
        if array.ndim == 4:
            array = np.ascontiguousarray(np.transpose(array, (0, 2, 3, 1))).transpose(0, 3, 1, 2)
        tensor = library.autograd__creation.from_numpy(array)
    return tensor.requires_grad_(learned)
