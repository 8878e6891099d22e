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
        special,
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
    "special",
    "training",
    "tree",
    "utils",
]

TENSORS = (  # what ``import pellucid as torch`` has beside the families
    *("BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator"),
    *("HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "abs", "abs_"),
    *("absolute", "absolute_", "accelerator", "acos", "acos_", "acosh", "acosh_", "add", "addbmm"),
    *("addcdiv", "addcmul", "addmm", "addmv", "addr", "all", "allclose", "amax", "amin", "aminmax"),
    *("amp", "angle", "any", "arange", "arccos", "arccos_", "arccosh", "arcsin", "arcsin_"),
    *("arcsinh", "arctan", "arctan2", "arctan_", "arctanh", "are_deterministic_algorithms_enabled"),
    *("argmax", "argmin", "argsort", "argwhere", "as_strided", "as_tensor", "asarray", "asin"),
    *("asin_", "asinh", "asinh_", "atan", "atan2", "atan_", "atanh", "atanh_", "atleast_1d"),
    *("atleast_2d", "atleast_3d", "autocast", "backends", "baddbmm", "bernoulli", "bfloat16"),
    *("bincount", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or"),
    *("bitwise_right_shift", "bitwise_xor", "block_diag", "bmm", "bool", "broadcast_shapes"),
    *("broadcast_tensors", "broadcast_to", "bucketize", "can_cast", "cartesian_prod", "cat"),
    *("cdist", "ceil", "ceil_", "celu", "cfloat", "chain_matmul", "cholesky", "cholesky_inverse"),
    *("cholesky_solve", "chunk", "clamp", "clamp_max", "clamp_min", "clip", "clone"),
    *("column_stack", "combinations", "compile", "complex", "complex128", "complex64", "concat"),
    *("concatenate", "conj", "contiguous_format", "copysign", "corrcoef", "cos", "cos_", "cosh"),
    *("cosh_", "count_nonzero", "cov", "cross", "cuda", "cummax", "cummin", "cumprod", "cumsum"),
    *("cumulative_trapezoid", "default_generator", "deg2rad", "det", "detach", "device", "diag"),
    *("diag_embed", "diagflat", "diagonal", "diagonal_scatter", "diff", "digamma", "digamma_"),
    *("dist", "div", "divide", "dot", "double", "dsplit", "dstack", "dtype", "e", "einsum"),
    *("empty", "empty_like", "enable_grad", "eq", "equal", "erf", "erf_", "erfc", "erfc_"),
    *("erfinv", "erfinv_", "exp", "exp2", "exp2_", "exp_", "expand", "expm1", "expm1_", "eye"),
    *("fill_", "finfo", "fix", "flatten", "flip", "fliplr", "flipud", "float", "float16"),
    *("float32", "float64", "float_power", "floor", "floor_", "floor_divide", "fmax", "fmin"),
    *("fmod", "frac", "from_numpy", "frombuffer", "full", "full_like", "gather", "gcd", "ge"),
    *("ger", "get_default_device", "get_default_dtype", "get_num_threads", "get_rng_state"),
    *("gradient", "greater", "greater_equal", "gt", "half", "heaviside", "histc", "histogram"),
    *("hsplit", "hstack", "hypot", "iinfo", "imag", "index_add", "index_copy", "index_fill"),
    *("index_put", "index_put_", "index_reduce", "index_select", "inf", "inference_mode"),
    *("initial_seed", "inner", "int", "int16", "int32", "int64", "int8", "inverse", "is_complex"),
    *("is_floating_point", "is_grad_enabled", "is_nonzero", "is_tensor", "isclose", "isfinite"),
    *("isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "kron", "kthvalue", "lcm"),
    *("ldexp", "le", "lerp", "less", "less_equal", "lgamma", "lgamma_", "linspace", "log", "log10"),
    *("log10_", "log1p", "log1p_", "log2", "log2_", "log_", "log_softmax", "logaddexp"),
    *("logaddexp2", "logcumsumexp", "logdet", "logical_and", "logical_not", "logical_or"),
    *("logical_xor", "logit", "logspace", "logsumexp", "long", "lt", "manual_seed", "masked_fill"),
    *("masked_scatter", "masked_select", "matmul", "matrix_exp", "matrix_power", "max", "maximum"),
    *("mean", "median", "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim", "msort"),
    *("mul", "multinomial", "multiply", "mv", "nan", "nan_to_num", "nanmean", "nanmedian"),
    *("nanquantile", "nansum", "narrow", "ne", "neg", "neg_", "negative", "negative_", "newaxis"),
    *("nextafter", "no_grad", "nonzero", "norm", "normal", "not_equal", "numel", "ones"),
    *("ones_like", "outer", "permute", "pi", "pinverse", "polar", "polygamma", "positive", "pow"),
    *("prelu", "preserve_format", "prod", "promote_types", "put", "qr", "quantile", "rad2deg"),
    *("rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "random", "randperm"),
    *("ravel", "real", "reciprocal", "reciprocal_", "relu", "relu_", "remainder", "renorm"),
    *("repeat", "repeat_interleave", "reshape", "result_type", "roll", "rot90", "round", "round_"),
    *("row_stack", "rsqrt", "rsqrt_", "rsub", "scatter", "scatter_add", "scatter_reduce"),
    *("searchsorted", "seed", "select", "select_scatter", "selu", "set_default_device"),
    *("set_default_dtype", "set_float32_matmul_precision", "set_grad_enabled", "set_num_threads"),
    *("set_printoptions", "set_rng_state", "sgn", "short", "sigmoid", "sigmoid_", "sign", "sign_"),
    *("signbit", "sin", "sin_", "sinc", "sinh", "sinh_", "slice_scatter", "slogdet", "softmax"),
    *("sort", "split", "split_with_sizes", "sqrt", "sqrt_", "square", "square_", "squeeze"),
    *("stack", "std", "std_mean", "strided", "sub", "subtract", "sum", "sum_to_size", "svd"),
    *("swapaxes", "swapdims", "t", "take", "take_along_dim", "tan", "tan_", "tanh", "tanh_"),
    *("tensor", "tensor_split", "tensordot", "tile", "topk", "trace", "transpose", "trapezoid"),
    *("trapz", "tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc", "trunc_"),
    *("uint8", "unbind", "unflatten", "unique", "unique_consecutive", "unravel_index", "unsqueeze"),
    *("use_deterministic_algorithms", "vander", "var", "var_mean", "vdot", "view"),
    *("view_as_complex", "view_as_real", "vsplit", "vstack", "where", "xlogy", "zero_", "zeros"),
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
