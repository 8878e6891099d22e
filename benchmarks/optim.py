"""A step of an optimiser, theirs with ``fused=True``; the figure is the sum of what it moved."""

import numpy as np

from benchmarks.rows import benchmark

SIZES = ("10000000 in 20", "200000 in 200")  # numbers in so many tensors


def _library(library):
    """Parameters, optimisers, and how to make tensors."""
    if library.name == "torch":
        import torch

        return torch.nn, torch.optim, torch.tensor

    from pellucid import nn, optim
    from pellucid.autograd.creation import tensor

    return nn, optim, tensor


def _step(library, size, name, **options):
    numbers, tensors = (int(part) for part in size.split(" in "))
    nn, optim, tensor = _library(library)
    rng = np.random.default_rng(0)
    parameters = []
    for _ in range(tensors):
        p, g = rng.normal(size=(2, numbers // tensors)).astype(np.float32)
        parameters.append(nn.Parameter(tensor(p)))
        parameters[-1].grad = tensor(g)
    if library.name == "torch":
        options["fused"] = True
    optimiser = getattr(optim, name)(parameters, **options)

    def step():
        optimiser.step()
        return float(parameters[0].detach().numpy()[:1000].sum())

    return step


@benchmark(*SIZES, peer="torch")
def adam(library, size):
    return _step(library, size, "Adam")


@benchmark(*SIZES, peer="torch")
def adamw(library, size):
    return _step(library, size, "AdamW")


@benchmark(*SIZES, peer="torch")
def sgd_with_momentum(library, size):
    return _step(library, size, "SGD", momentum=0.9)
