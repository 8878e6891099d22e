"""Tensors whose operations go on a tape, and the gradients read from it."""

from pellucid.autograd import functional as functional
from pellucid.autograd import methods as _methods  # gives Tensor its methods
from pellucid.autograd import random as _random  # and those that draw
from pellucid.autograd.anomaly import detect_anomaly, set_detect_anomaly
from pellucid.autograd.described import Size
from pellucid.autograd.differences import gradcheck, gradgradcheck
from pellucid.autograd.function import Function, Variable
from pellucid.autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from pellucid.autograd.reverse import backward, grad
from pellucid.autograd.rules import primitive, sum_to
from pellucid.autograd.tape import op, unrecorded
from pellucid.autograd.tensor import Tensor

__all__ = [
    "Function",
    "Size",
    "Tensor",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "op",
    "primitive",
    "set_detect_anomaly",
    "set_grad_enabled",
    "sum_to",
    "unrecorded",
]
del _methods, _random
