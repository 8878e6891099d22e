"""What one does with parameters, gradients and sequences beside the layers."""

from pellucid.nn.utils import parametrizations as parametrizations
from pellucid.nn.utils import parametrize as parametrize
from pellucid.nn.utils import rnn as rnn
from pellucid.nn.utils.clipping import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from pellucid.nn.utils.reparametrised import remove_weight_norm, weight_norm
from pellucid.nn.utils.spectral import remove_spectral_norm, spectral_norm
from pellucid.nn.utils.vectors import parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "remove_spectral_norm",
    "remove_weight_norm",
    "spectral_norm",
    "vector_to_parameters",
    "weight_norm",
]
