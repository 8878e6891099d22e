"""Which rows learn and which judge."""

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from pellucid.tables import InputError

__all__ = ["choose_folds", "hold_out", "sample"]

LEAST_ROWS = 10


def hold_out(y, stratify, seed) -> tuple[np.ndarray, np.ndarray]:
    """``(development, held out)``: every fifth row of a shuffled table, of each class alike."""
    if len(y) < LEAST_ROWS:
        raise InputError(f"{len(y)} usable rows are too few: {LEAST_ROWS} are needed")
    order = np.random.default_rng(seed).permutation(len(y))
    if stratify:
        order = order[np.argsort(y[order], kind="stable")]
    held = np.zeros(len(y), dtype=bool)
    held[order[2::5]] = True  # of three rows of a class, one at most
    return np.flatnonzero(~held), np.flatnonzero(held)


def sample(rows, y, most, least, stratify, seed) -> np.ndarray:
    """About ``most`` of ``rows``: the same share of each class, but ``least`` of a rare one."""
    if len(rows) <= most:
        return rows
    rows = np.random.default_rng(seed).permutation(rows)
    if not stratify:
        return np.sort(rows[:most])
    classes = np.unique(y[rows], return_inverse=True)[1]
    by_class = np.split(
        rows[np.argsort(classes, kind="stable")], np.cumsum(np.bincount(classes))[:-1]
    )
    share = most / len(rows)
    return np.sort(np.concatenate([r[: max(int(share * len(r)), least)] for r in by_class]))


def choose_folds(y, wanted, stratify, seed):
    """``(splitter, notices)``: fewer folds than wanted where a class has too few rows."""
    rarest = int(np.unique(y, return_counts=True)[1].min()) if stratify else len(y) // 2
    folds = min(wanted, rarest)
    of_what = "the rarest class" if stratify else "the table"
    notices = [f"{folds} folds instead of {wanted}, because {of_what} is small"]
    kind = StratifiedKFold if stratify else KFold
    splitter = kind(folds, shuffle=True, random_state=seed)
    return splitter, notices if folds < wanted else []
