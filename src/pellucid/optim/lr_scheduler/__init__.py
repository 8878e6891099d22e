"""Schedules of the learning rate."""

from pellucid.optim.lr_scheduler.composite import ChainedScheduler, SequentialLR
from pellucid.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from pellucid.optim.lr_scheduler.cycles import CyclicLR, OneCycleLR
from pellucid.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from pellucid.optim.lr_scheduler.king import KingLR
from pellucid.optim.lr_scheduler.noam import NoamLR
from pellucid.optim.lr_scheduler.plateau import ReduceLROnPlateau
from pellucid.optim.lr_scheduler.scheduler import EPOCH_DEPRECATION_WARNING, LRScheduler
from pellucid.optim.lr_scheduler.scheduler import LRScheduler as _LRScheduler

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "KingLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "NoamLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
