"""Scalar losses, each written once: value, gradient, Hessian, link; for all that minimises one."""

from pellucid.losses.base import Loss
from pellucid.losses.classification import (
    CrossEntropy,
    ExponentialLoss,
    HingeLoss,
    LogLoss,
    ModifiedHuberLoss,
    PerceptronLoss,
    SquaredHingeLoss,
)
from pellucid.losses.deviances import (
    BinomialDeviance,
    Deviance,
    GammaDeviance,
    InverseGaussianDeviance,
    NormalDeviance,
    PoissonDeviance,
    TweedieDeviance,
)
from pellucid.losses.links import HalfLogitLink, IdentityLink, InverseLink, Link, LogitLink, LogLink
from pellucid.losses.regression import (
    AbsoluteLoss,
    EpsilonInsensitiveLoss,
    GammaLoss,
    HuberLoss,
    PoissonLoss,
    QuantileLoss,
    SquaredEpsilonInsensitiveLoss,
    SquaredLoss,
)

__all__ = [
    "AbsoluteLoss",
    "BinomialDeviance",
    "CrossEntropy",
    "Deviance",
    "EpsilonInsensitiveLoss",
    "ExponentialLoss",
    "GammaDeviance",
    "GammaLoss",
    "HalfLogitLink",
    "HingeLoss",
    "HuberLoss",
    "IdentityLink",
    "InverseGaussianDeviance",
    "InverseLink",
    "Link",
    "LogLink",
    "LogLoss",
    "LogitLink",
    "Loss",
    "ModifiedHuberLoss",
    "NormalDeviance",
    "PerceptronLoss",
    "PoissonDeviance",
    "PoissonLoss",
    "QuantileLoss",
    "SquaredEpsilonInsensitiveLoss",
    "SquaredHingeLoss",
    "SquaredLoss",
    "TweedieDeviance",
]
