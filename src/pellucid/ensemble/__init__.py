"""Forests, boosting, bagging and votes: many models that answer as one."""

from pellucid.ensemble.hist_gradient_boosting import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

__all__ = ["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"]
