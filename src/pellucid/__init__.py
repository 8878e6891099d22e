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
    *("HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "abs", "absolute"),
    *("acos", "acosh", "add", "addcdiv", "addcmul", "addmm", "addmv", "addr", "all", "allclose"),
    *("amax", "amin", "any", "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan"),
    *("arctan2", "arctanh", "argmax", "argmin", "argsort", "argwhere", "as_tensor", "asin"),
    *("asinh", "atan", "atan2", "atanh", "atleast_1d", "atleast_2d", "atleast_3d", "backends"),
    *(
        "baddbmm",
        "bernoulli",
        "bincount",
        "bitwise_and",
        "bitwise_left_shift",
        "bitwise_not",
        "bitwise_or",
        "bitwise_right_shift",
    ),
    *("bitwise_xor", "bmm", "bool", "broadcast_tensors", "broadcast_to", "bucketize"),
    *("cartesian_prod", "cat", "cdist", "ceil", "celu", "cfloat", "chunk", "clamp", "clamp_max"),
    *("clamp_min", "clip", "clone", "column_stack", "complex128", "complex64", "concat"),
    *("concatenate", "corrcoef", "cos", "cosh", "count_nonzero", "cov", "cross", "cuda", "cumprod"),
    *("cumsum", "default_generator", "detach", "device", "diag", "diag_embed", "diagflat"),
    *("diagonal", "diff", "digamma", "dist", "div", "divide", "dot", "double", "dstack", "dtype"),
    *("e", "einsum", "empty", "empty_like", "enable_grad", "eq", "equal", "erf", "erfinv", "exp"),
    *("exp2", "expand", "expm1", "eye", "finfo", "fix", "flatten", "flip", "fliplr", "flipud"),
    *("float", "float16", "float32", "float64", "floor", "floor_divide", "fmod", "frac"),
    *("from_numpy", "full", "full_like", "gather", "ge", "ger", "get_default_dtype"),
    *("get_rng_state", "greater", "greater_equal", "gt", "half", "hstack", "iinfo", "index_add"),
    *("index_copy", "index_fill", "index_select", "inf", "inference_mode", "initial_seed", "inner"),
    *("int", "int16", "int32", "int64", "int8", "is_floating_point", "is_grad_enabled"),
    *("is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan", "kron", "le", "lerp", "less"),
    *("less_equal", "lgamma", "linspace", "log", "log10", "log1p", "log2", "log_softmax"),
    *("logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logspace"),
    *("logsumexp", "long", "lt", "manual_seed", "masked_fill", "masked_select", "matmul", "max"),
    *("maximum", "mean", "median", "meshgrid", "min", "minimum", "mm", "moveaxis", "movedim"),
    *("mul", "multinomial", "multiply", "mv", "nan", "nan_to_num", "nanmean", "nansum", "narrow"),
    *("ne", "neg", "negative", "newaxis", "no_grad", "nonzero", "norm", "normal", "not_equal"),
    *("numel", "ones", "ones_like", "outer", "permute", "pi", "positive", "pow", "prelu", "prod"),
    *("quantile", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like"),
    *("randperm", "ravel", "reciprocal", "relu", "remainder", "repeat", "repeat_interleave"),
    *("reshape", "result_type", "roll", "rot90", "round", "row_stack", "rsqrt", "scatter"),
    *("scatter_add", "searchsorted", "seed", "select", "selu", "set_default_dtype"),
    *("set_grad_enabled", "set_rng_state", "short", "sigmoid", "sign", "signbit", "sin", "sinh"),
    *("softmax", "sort", "split", "split_with_sizes", "sqrt", "square", "squeeze", "stack", "std"),
    *("std_mean", "sub", "subtract", "sum", "swapaxes", "swapdims", "t", "take", "take_along_dim"),
    *("tan", "tanh", "tensor", "tensor_split", "tensordot", "tile", "topk", "trace", "transpose"),
    *("tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc", "uint8", "unbind"),
    *("unflatten", "unique", "unsqueeze", "var", "var_mean", "view", "vstack", "where", "zeros"),
    *("zeros_like",),
)
_FUNCTIONS = {"load": "pellucid.persistence", "save": "pellucid.persistence"}


def __getattr__(name):
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(_FUNCTIONS[name]), name)
    if name in __all__:
        return importlib.import_module(f"pellucid.{name}")
    if name in TENSORS:  # which are called so often that the next time they are to be found here
        globals()[name] = found = importlib.import_module("pellucid._tensors").NAMES[name]
        return found
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__():
    return [*__all__, *TENSORS]
