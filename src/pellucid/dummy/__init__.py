"""Baselines that look at no feature: what a model must beat."""

from pellucid.dummy.classifier import DummyClassifier
from pellucid.dummy.regressor import DummyRegressor

__all__ = ["DummyClassifier", "DummyRegressor"]
