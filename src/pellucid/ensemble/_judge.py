"""When to stop: a score after every iteration, which must not stay the same for too long."""

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.utils import resample

from pellucid.tree._walk import add_trees

__all__ = ["SMALL", "Judge"]

SMALL = 10_000  # rows of the training data at most that a scorer sees


class Judge:
    """Scores a booster on its training data, and on what is held out if there is any.

    Called with the raw scores (K, N) it appends to ``train_score_`` and ``validation_score_``.
    """

    def __init__(self, model, X, y, weight, held):
        self.model, self.rows = model, slice(None)
        self.scorer = None if model.scoring == "loss" else check_scoring(model, model.scoring)
        if self.scorer is not None and len(X) > SMALL:
            self.rows = _small_part(len(X), y if is_classifier(model) else None, model._random_seed)
        self.train = _cut(self.rows, X, y, weight)
        self.held = held
        if held is not None:
            self.held_raw = model._sum(held[0]).T.copy()
            self.counted = len(model._predictors)

    def __call__(self, raw):
        model = self.model
        score = self._score(*self.train, raw[:, self.rows])
        model.train_score_ = np.append(model.train_score_, score)
        if self.held is None:
            return
        for trees in model._predictors[self.counted :]:
            for k, tree in enumerate(trees):
                add_trees([tree], self.held[0], self.held_raw[k][:, None])
        self.counted = len(model._predictors)
        score = self._score(*self.held, self.held_raw)
        model.validation_score_ = np.append(model.validation_score_, score)

    def says_stop(self):
        model = self.model
        scores = model.train_score_ if self.held is None else model.validation_score_
        return model._should_stop(scores)

    def _score(self, X, y, weight, raw):
        model = self.model
        if self.scorer is None:
            args = (y.astype(int), raw.T) if len(raw) > 1 else (y, raw[0])
            return -np.average(model._loss.value(*args), weights=weight)
        if is_classifier(model):
            y = model.classes_[y.astype(int)]
        model._known = X, raw.T  # so that the scorer need not go through all trees again
        try:
            return self.scorer(model, X, y, **({} if weight is None else {"sample_weight": weight}))
        finally:
            del model._known


def _small_part(N, labels, seed):
    return resample(
        np.arange(N), replace=False, n_samples=SMALL, stratify=labels, random_state=seed
    )


def _cut(rows, X, y, weight):
    return X[rows], y[rows], None if weight is None else weight[rows]
