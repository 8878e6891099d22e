"""Whole convolutional nets against PyTorch: training steps, and inference, from the same weights.

In float32; the figure is the loss that is reached.  PyTorch has its images and weights in the
memory that it likes best, with the channels last, and its fused Adam.
"""

import importlib

import numpy as np

from benchmarks.rows import benchmark

NETS = ("cnn 32x1x28x28", "vgg 16x3x64x64", "resnet18 16x3x64x64")
STEPS = {"cnn": 10, "vgg": 1, "resnet18": 1}  # in a call that is timed


@benchmark(*NETS, peer="torch")
def training(library, size):
    net, x, y, steps = _net(library, size)
    fused = {"fused": True} if library.name == "torch" else {}
    optimizer = library.optim.Adam(net.parameters(), lr=1e-4, **fused)
    cross_entropy = library.nn__functional.cross_entropy

    def train():
        for _ in range(steps):
            optimizer.zero_grad()
            loss = cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
        return loss.item()

    return train


@benchmark(*NETS, peer="torch")
def inference(library, size):
    net, x, y, steps = _net(library, size)
    net.eval()
    package = importlib.import_module(library.name)

    def infer():
        with package.no_grad():
            for _ in range(2 * steps):
                scores = net(x)
        return library.nn__functional.cross_entropy(scores, y).item()

    return infer


def _net(library, size):
    """A net, images and classes, and how many steps are timed together."""
    name, shape = size.split()
    shape = tuple(map(int, shape.split("x")))
    package = importlib.import_module(library.name)
    package.manual_seed(0)  # which gives both the same weights
    net = {"cnn": _cnn, "vgg": _vgg, "resnet18": _resnet18}[name](library.nn)
    rng = np.random.default_rng(0)
    x = package.from_numpy(rng.standard_normal(shape, np.float32))
    y = package.from_numpy(rng.integers(0, 10, shape[0]))
    if library.name == "torch":
        net, x = (a.to(memory_format=package.channels_last) for a in (net, x))
    return net, x, y, STEPS[name]


def _cnn(nn):
    """A textbook's, for MNIST; without its dropout, which would give both other losses."""
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(3136, 1024), nn.ReLU(), nn.Linear(1024, 10)),
    )


def _vgg(nn):
    """Eight 3x3 convolutions, as VGG-11 has them, and two affine layers."""
    layers, before = [], 3
    for widths in ((64,), (128,), (256, 256), (512, 512), (512, 512)):
        for width in widths:
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
            before = width
        layers.append(nn.MaxPool2d(2))
    affine = nn.Linear(2048, 512), nn.ReLU(), nn.Linear(512, 10)
    return nn.Sequential(*layers, nn.Flatten(), *affine)


def _resnet18(nn):
    class Block(nn.Module):
        def __init__(self, before, width, stride):
            super().__init__()
            first, second = conv(before, width, 3, stride), conv(width, width, 3, 1)
            self.body = nn.Sequential(*first, nn.ReLU(), *second)
            same = stride == 1 and before == width
            self.past = nn.Identity() if same else nn.Sequential(*conv(before, width, 1, stride))
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(self.body(x) + self.past(x))

    def conv(before, width, kernel, stride):
        convolution = nn.Conv2d(before, width, kernel, stride, kernel // 2, bias=False)
        return convolution, nn.BatchNorm2d(width)

    layers, before = [*conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width in (64, 128, 256, 512):
        layers += [Block(before, width, 1 if width == 64 else 2), Block(width, width, 1)]
        before = width
    end = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)
    return nn.Sequential(*layers, *end)
