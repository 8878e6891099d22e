"""Second names that PyTorch has for functions: NumPy's, mostly."""

__all__ = ["SAME"]

SAME = {
    "arccosh": "acosh",
    "arcsinh": "asinh",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "argwhere": "nonzero",
    "clip": "clamp",
    "concat": "cat",
    "concatenate": "cat",
    "divide": "div",
    "fix": "trunc",
    "ger": "outer",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "moveaxis": "movedim",
    "not_equal": "ne",
    "row_stack": "vstack",
    "split_with_sizes": "split",
    "subtract": "sub",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "trapz": "trapezoid",
    "true_divide": "div",
}
