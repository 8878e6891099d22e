"""Layers: modules with their parameters, and the functions that they call."""

from pellucid.nn import functional, init
from pellucid.nn.modules.containers import ModuleDict, ModuleList, ParameterList, Sequential
from pellucid.nn.modules.linear import Bilinear, Flatten, Identity, Linear, Unflatten
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = [
    "Bilinear",
    "Flatten",
    "Identity",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "ParameterList",
    "Sequential",
    "Unflatten",
    "functional",
    "init",
]
