"""What one run of ``pellucid fit`` found, for whoever prints or draws it."""

from dataclasses import dataclass

import numpy as np

from pellucid.tables import Schema

__all__ = ["Candidate", "Experiment"]


@dataclass
class Candidate:
    """One model, cross-validated."""

    name: str
    scores: np.ndarray  # (folds,) nan where a fold failed
    fit_seconds: float  # mean over the folds
    error: str | None = None
    is_baseline: bool = False

    @property
    def mean(self) -> float:
        """The mean score over the folds; nan when one of them failed."""
        return float(np.mean(self.scores))


@dataclass
class Experiment:
    """Everything that was tried, which model won, and how it did on rows that no choice saw."""

    source: str  # the file's name
    target: str
    task: str  # classification or regression
    metric: str  # a scorer of scikit-learn: greater is better, ``neg_`` in front of a loss
    seed: int
    folds: int
    n_rows: int
    schema: Schema
    notices: list[str]
    candidates: list[Candidate]  # best first
    left_out: list[str]  # what the budget did not reach
    winner: str
    pipeline: object  # refitted on all rows
    holdout_pipeline: object  # fitted without the held-out fifth
    X_holdout: object  # a polars frame
    y_holdout: np.ndarray
    prediction: np.ndarray  # of holdout_pipeline for X_holdout
    probability: np.ndarray | None  # (N, K), of the same
    classes: np.ndarray | None
    holdout_scores: dict[str, float]
    baseline_scores: dict[str, float]
    learning_curve: dict[str, np.ndarray] | None  # sizes (S,), train and validation (S, folds)
    importance: list[tuple[str, float, float]]  # (column, mean, std) of the metric's fall
    coefficients: list[tuple[str, str, float]] | None  # (feature, class or "", value)
    attributions: dict[str, object] | None = None  # names, X (N, D), values (N, D, R)
    seconds: float = 0.0
