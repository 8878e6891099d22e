"""What one does with parameters, gradients and sequences beside the layers."""

from pellucid.nn.utils import rnn

__all__ = ["rnn"]
