"""The layers' ops as functions of tensors."""

from pellucid.nn.functional.linear import bilinear, linear

__all__ = ["bilinear", "linear"]
