"""Models, each on one page: what the layers are for."""

from pellucid.models.char_lstm import CharLSTM
from pellucid.models.cnn import CNN
from pellucid.models.gpt import GPT
from pellucid.models.mlp import MLP
from pellucid.models.neural_net_mlp import NeuralNetMLP
from pellucid.models.next_token import draw, next_token_loss
from pellucid.models.rbm import RBM
from pellucid.models.resnet import BasicBlock, ResNet
from pellucid.models.skip_connections import (
    SkipConnectionConvModule,
    SkipConnectionIdentityModule,
)
from pellucid.models.wavenet import WaveNet, WavenetResidualModule

__all__ = [
    "CNN",
    "GPT",
    "MLP",
    "RBM",
    "BasicBlock",
    "CharLSTM",
    "NeuralNetMLP",
    "ResNet",
    "SkipConnectionConvModule",
    "SkipConnectionIdentityModule",
    "WaveNet",
    "WavenetResidualModule",
    "draw",
    "next_token_loss",
]
