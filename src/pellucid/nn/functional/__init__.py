"""The layers' ops as functions of tensors."""

from pellucid.nn.functional import (
    activation_kernels,
    convolution_kernels,
    ctc_kernels,
    linear_kernel,
    normalization_kernels,
    row_kernels,
    tensor_methods,
)
from pellucid.nn.functional.activations import (
    affine,
    celu,
    elu,
    exponential,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from pellucid.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
)
from pellucid.nn.functional.affine_maps import (
    bilinear,
    linear,
)
from pellucid.nn.functional.attention import (
    dot_product_attention,
    scaled_dot_product_attention,
)
from pellucid.nn.functional.contrastive import (
    nce_loss,
)
from pellucid.nn.functional.convolution import (
    conv1d,
    conv2d,
)
from pellucid.nn.functional.cross_entropy_loss import (
    cross_entropy,
    nll_loss,
)
from pellucid.nn.functional.ctc import (
    ctc_loss,
)
from pellucid.nn.functional.distances import (
    cosine_embedding_loss,
    cosine_similarity,
    pairwise_distance,
    pdist,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from pellucid.nn.functional.drawing import gumbel_softmax, rrelu
from pellucid.nn.functional.dropping import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
)
from pellucid.nn.functional.gru import (
    gru_layer,
)
from pellucid.nn.functional.heads import multi_head_attention_forward
from pellucid.nn.functional.interpolation import (
    interpolate,
    upsample,
    upsample_bilinear,
    upsample_nearest,
)
from pellucid.nn.functional.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
)
from pellucid.nn.functional.lstm import (
    lstm_layer,
)
from pellucid.nn.functional.margin_losses import (
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
)
from pellucid.nn.functional.normalization import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    normalize,
    rms_norm,
)
from pellucid.nn.functional.padding import (
    pad,
)
from pellucid.nn.functional.pooling import (
    avg_pool1d,
    avg_pool2d,
    lp_pool1d,
    lp_pool2d,
    max_pool1d,
    max_pool2d,
)
from pellucid.nn.functional.rearranging import (
    channel_shuffle,
    fold,
    pixel_shuffle,
    pixel_unshuffle,
    unfold,
)
from pellucid.nn.functional.response import local_response_norm
from pellucid.nn.functional.shares import log_softmax, softmax, softmin
from pellucid.nn.functional.simple_recurrence import (
    rnn_layer,
)
from pellucid.nn.functional.sparse import (
    embedding,
    embedding_bag,
    one_hot,
)
from pellucid.nn.functional.transposed_convolution import (
    conv_transpose1d,
    conv_transpose2d,
)
from pellucid.nn.functional.unpooling import max_unpool1d, max_unpool2d
from pellucid.nn.functional.variational import (
    bernoulli_vae_loss,
)
from pellucid.nn.functional.wasserstein import (
    gradient_penalty,
    wgan_critic_loss,
    wgan_generator_loss,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "affine",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "bernoulli_vae_loss",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dot_product_attention",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "embedding",
    "embedding_bag",
    "exponential",
    "feature_alpha_dropout",
    "fold",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "gradient_penalty",
    "group_norm",
    "gru_layer",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lstm_layer",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_unpool1d",
    "max_unpool2d",
    "mish",
    "mse_loss",
    "multi_head_attention_forward",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nce_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "rnn_layer",
    "rrelu",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
    "wgan_critic_loss",
    "wgan_generator_loss",
]
