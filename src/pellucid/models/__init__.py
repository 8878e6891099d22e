"""Models, each on one page: what the layers are for."""

from pellucid.models.mlp import MLP
from pellucid.models.neural_net_mlp import NeuralNetMLP

__all__ = ["MLP", "NeuralNetMLP"]
