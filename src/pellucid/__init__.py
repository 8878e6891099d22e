"""Machine learning you can read: hand-derived in NumPy, proven equal to the usual libraries.

Importing this module imports the standard library alone; a family is loaded when first named.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid import (
        autograd,
        base,
        callbacks,
        cluster,
        conformance,
        decomposition,
        discriminant_analysis,
        distributions,
        dummy,
        emissions,
        ensemble,
        feature_extraction,
        hmm,
        impute,
        language_model,
        linalg,
        linear_model,
        losses,
        mixture,
        models,
        naive_bayes,
        neighbors,
        nn,
        optim,
        persistence,
        plotting,
        preprocessing,
        reduction,
        training,
        tree,
        utils,
    )
    from pellucid.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "autograd",
    "base",
    "callbacks",
    "cluster",
    "conformance",
    "decomposition",
    "discriminant_analysis",
    "distributions",
    "dummy",
    "emissions",
    "ensemble",
    "feature_extraction",
    "hmm",
    "impute",
    "language_model",
    "linalg",
    "linear_model",
    "load",
    "losses",
    "mixture",
    "models",
    "naive_bayes",
    "neighbors",
    "nn",
    "optim",
    "persistence",
    "plotting",
    "preprocessing",
    "reduction",
    "save",
    "training",
    "tree",
    "utils",
]

TENSORS = (  # what ``import pellucid as torch`` has beside the families
    *("BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator"),
    *("HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "abs"),
    *("absolute", "acos", "acosh", "add", "addmm", "all", "allclose", "amax", "amin"),
    *("any", "arange", "arccos", "arcsin", "arctan", "argmax", "argmin", "argsort"),
    *("as_tensor", "asin", "asinh", "atan", "atan2", "atanh", "bernoulli", "bincount"),
    *("bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "bmm", "bool"),
    *("broadcast_to", "bucketize", "cat", "ceil", "celu", "cfloat", "chunk", "clamp"),
    *("clamp_max", "clamp_min", "clone", "complex128", "complex64", "cos", "cosh", "cuda"),
    *("cumprod", "cumsum", "default_generator", "detach", "device", "diag", "diagonal"),
    *("digamma", "div", "dot", "double", "dtype", "einsum", "empty", "empty_like"),
    *("enable_grad", "eq", "equal", "erf", "erfinv", "exp", "exp2", "expand", "expm1"),
    *("eye", "finfo", "flatten", "flip", "float", "float16", "float32", "float64", "floor"),
    *("floor_divide", "fmod", "from_numpy", "full", "full_like", "gather", "ge"),
    *("get_default_dtype", "get_rng_state", "gt", "half", "hstack", "iinfo"),
    *("index_select", "inference_mode", "initial_seed", "int", "int16", "int32", "int64"),
    *("int8", "is_floating_point", "is_grad_enabled", "is_tensor", "isclose", "isfinite"),
    *("isinf", "isnan", "le", "lerp", "lgamma", "linspace", "log", "log10", "log1p"),
    *("log2", "log_softmax", "logical_and", "logical_not", "logical_or", "logical_xor"),
    *("logspace", "logsumexp", "long", "lt", "manual_seed", "masked_fill", "masked_select"),
    *("matmul", "max", "maximum", "mean", "median", "meshgrid", "min", "minimum", "mm"),
    *("movedim", "mul", "multinomial", "multiply", "mv", "narrow", "ne", "neg", "negative"),
    *("no_grad", "nonzero", "norm", "normal", "numel", "ones", "ones_like", "outer"),
    *("permute", "positive", "pow", "prelu", "prod", "rand", "rand_like", "randint"),
    *("randint_like", "randn", "randn_like", "randperm", "ravel", "reciprocal", "relu"),
    *("remainder", "repeat", "repeat_interleave", "reshape", "result_type", "roll"),
    *("round", "rsqrt", "scatter", "scatter_add", "seed", "select", "selu"),
    *("set_default_dtype", "set_grad_enabled", "set_rng_state", "short", "sigmoid", "sign"),
    *("signbit", "sin", "sinh", "softmax", "sort", "split", "sqrt", "square", "squeeze"),
    *("stack", "std", "std_mean", "sub", "sum", "t", "take", "tan", "tanh", "tensor"),
    *("tile", "topk", "transpose", "tril", "tril_indices", "triu", "triu_indices", "trunc"),
    *("uint8", "unbind", "unflatten", "unique", "unsqueeze", "var", "var_mean", "view"),
    *("vstack", "where", "zeros"),
    "zeros_like",
)
_FUNCTIONS = {"load": "pellucid.persistence", "save": "pellucid.persistence"}


def __getattr__(name):
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(_FUNCTIONS[name]), name)
    if name in __all__:
        return importlib.import_module(f"pellucid.{name}")
    if name in TENSORS:
        return importlib.import_module("pellucid._tensors").NAMES[name]
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__():
    return [*__all__, *TENSORS]
