"""Layers: modules with their parameters, and the functions that they call."""

from pellucid.nn import (
    functional,
    init,
    utils,
)
from pellucid.nn.modules.attention import (
    MultiheadAttention,
)
from pellucid.nn.modules.containers import (
    ModuleDict,
    ModuleList,
    ParameterList,
    Sequential,
)
from pellucid.nn.modules.dropouts import (
    AlphaDropout,
    Dropout,
    Dropout1d,
    Dropout2d,
    Dropout3d,
)
from pellucid.nn.modules.embeddings import (
    Embedding,
    EmbeddingBag,
    PReLU,
)
from pellucid.nn.modules.linear import (
    Bilinear,
    Flatten,
    Identity,
    Linear,
    Unflatten,
)
from pellucid.nn.modules.losses import (
    LOSSES,
)
from pellucid.nn.modules.module import (
    Module,
)
from pellucid.nn.modules.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    LayerNorm,
    RMSNorm,
)
from pellucid.nn.modules.parameterless import (
    MODULES,
)
from pellucid.nn.modules.recurrent import (
    GRU,
    LSTM,
    RNN,
)
from pellucid.nn.modules.recurrent_cells import (
    GRUCell,
    LSTMCell,
    RNNCell,
)
from pellucid.nn.modules.transformer import (
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from pellucid.nn.parameter import (
    Parameter,
)

globals().update(MODULES | LOSSES)

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "Affine",
    "AlphaDropout",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bilinear",
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "Embedding",
    "EmbeddingBag",
    "Exponential",
    "Flatten",
    "GRUCell",
    "GaussianNLLLoss",
    "GroupNorm",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "KLDivLoss",
    "L1Loss",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MarginRankingLoss",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiheadAttention",
    "NLLLoss",
    "PReLU",
    "PairwiseDistance",
    "Parameter",
    "ParameterList",
    "PoissonNLLLoss",
    "RMSNorm",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "TripletMarginLoss",
    "Unflatten",
    "functional",
    "init",
    "utils",
]
