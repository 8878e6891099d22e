"""Whole nets against PyTorch: training steps, and inference, in float32 from the same weights.

The figure is the loss that is reached.
"""

import importlib

import numpy as np

from benchmarks.rows import benchmark

MLP = {"batch 1": 1, "batch 32": 32, "batch 512": 512}
STEPS = {1: 50, 32: 30, 512: 5}  # a call of some 50 ms


@benchmark(*MLP, peer="torch")
def mlp_training(library, size):
    """784-512-512-10, Adam."""
    return mlp_steps(library, STEPS[MLP[size]], *mlp(library, MLP[size]))


def mlp_steps(library, number, net, x, y):
    """So many steps of Adam on one batch."""
    # PyTorch's fused Adam is its fastest; ours has one form.
    fused = {"fused": True} if library.name == "torch" else {}
    optimizer = library.optim.Adam(net.parameters(), **fused)
    cross_entropy = library.nn__functional.cross_entropy

    def steps():
        for _ in range(number):
            optimizer.zero_grad()
            loss = cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
        return loss.item()

    return steps


@benchmark(*MLP, peer="torch")
def mlp_inference(library, size):
    """784-512-512-10."""
    net, x, y = mlp(library, MLP[size])
    net.eval()
    package = importlib.import_module(library.name)

    def infer():
        with package.no_grad():
            for _ in range(4 * STEPS[MLP[size]]):
                scores = net(x)
        return library.nn__functional.cross_entropy(scores, y).item()

    return infer


def mlp(library, batch):
    """The net, a batch and its classes."""
    package, nn = importlib.import_module(library.name), library.nn
    package.manual_seed(0)  # which gives both the same weights
    layers = nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    rng = np.random.default_rng(0)
    x = package.from_numpy(rng.random((batch, 784), np.float32))
    y = package.from_numpy(rng.integers(0, 10, batch))
    return nn.Sequential(*layers), x, y
