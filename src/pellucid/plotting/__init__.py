"""Pictures of models and of what they learned; matplotlib is imported when one is drawn."""

from pellucid.plotting.classification import (
    plot_calibration,
    plot_confusion_matrix,
    plot_precision_recall,
    plot_roc,
)
from pellucid.plotting.learning import plot_importance, plot_learning_curve
from pellucid.plotting.mixtures import plot_mixture
from pellucid.plotting.regions import plot_decision_regions
from pellucid.plotting.regression import plot_predicted_against_true, plot_residuals
from pellucid.plotting.shap import plot_shap, plot_waterfall
from pellucid.plotting.states import plot_state_path
from pellucid.plotting.topics import plot_topics

__all__ = [
    "plot_calibration",
    "plot_confusion_matrix",
    "plot_decision_regions",
    "plot_importance",
    "plot_learning_curve",
    "plot_mixture",
    "plot_precision_recall",
    "plot_predicted_against_true",
    "plot_residuals",
    "plot_roc",
    "plot_shap",
    "plot_state_path",
    "plot_topics",
    "plot_waterfall",
]
