"""Coordinate descent for the elastic net, on as few columns as will do.

    P(w) = ½‖y - Xw‖² + λ₁‖w‖₁ + ½λ₂‖w‖²

With r = y - Xw and c = Xᵀr - λ₂w, the best w_j, all others held, is

    w_j ← S(c_j + (‖x_j‖² + λ₂) w_j, λ₁) / (‖x_j‖² + λ₂),     S(a, λ) = sign(a) max(|a| - λ, 0)

and the scaled residual s r, s = min(1, λ₁ / max|c_j|), is a feasible point of the dual problem, so
that P(w) is at most

    gap = ½(1 + s²)(‖r‖² + λ₂‖w‖²) + λ₁‖w‖₁ - s rᵀy

above its minimum.  ``solve`` descends on a working set of columns until their gap is small, adds
those others that would be wrong to leave at zero (|c_j| > λ₁), the worst first, and is done when
the gap of all columns is small (Massias, Gramfort & Salmon 2018).  ``_designs`` says how for each
form of X.

References: J. Friedman, T. Hastie & R. Tibshirani (2010), Regularization paths for generalized
linear models via coordinate descent; E. Ndiaye et al. (2017), Gap safe screening rules for sparsity
enforcing penalties; M. Massias, A. Gramfort & J. Salmon (2018), Celer: a fast solver for the lasso
with dual extrapolation.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["descend_columns", "descend_gram", "duality_gap", "solve"]

FIRST = 100  # columns that the working set begins with
NEARLY = 0.95  # of λ₁: a column as near as that is taken in before it is wrong


def solve(design, w, l1, l2, *, tol, max_iter, positive=False, random_state=None):
    """Minimise P from ``w`` on, until gap ≤ tol ‖y‖² or ``max_iter`` sweeps are made.

    Returns w (D,), the gap and the number of sweeps.  ``random_state`` picks the columns in random
    order; without it each is visited in turn.
    """
    w = np.array(w, dtype=np.float64)
    design.include(np.flatnonzero(w))
    sweeps = 0
    while True:
        rr, ry, c = design.state(w)
        c -= l2 * w
        gap = duality_gap(rr, ry, w, c, l1, l2, positive)
        if gap <= tol * design.yy or sweeps >= max_iter or not np.isfinite(gap):
            return w, gap, sweeps
        wrong = np.flatnonzero((c if positive else np.abs(c)) > NEARLY * l1)
        room = max(FIRST, 2 * np.count_nonzero(w))
        if len(wrong) > room:
            wrong = wrong[np.argpartition(-np.abs(c[wrong]), room)[:room]]
        design.include(wrong)
        seed = 0 if random_state is None else random_state.randint(1, np.iinfo(np.int32).max)
        rule = (l1, l2, positive, seed, max_iter - sweeps)
        sweeps += design.descend(w, gap, tol, rule)


@kernel
def duality_gap(rr, ry, w, c, l1, l2, positive):
    """The gap above from ‖r‖², rᵀy, w and c = Xᵀr - λ₂w, which is a bound on P(w) - min P.

    Without λ₁ it is ‖c‖²/(2λ₂); without either no multiple of r need be feasible, and it is ‖c‖².
    """
    if l1 == 0:
        cc = np.sum(c * c)
        return cc / (2 * l2) if l2 > 0 else cc
    peak = np.max(c) if positive else np.max(np.abs(c))
    s = l1 / peak if peak > l1 else 1.0
    return (1 + s * s) / 2 * (rr + l2 * np.sum(w * w)) + l1 * np.sum(np.abs(w)) - s * ry


@kernel
def _best(a, square, l1, l2, positive):
    """The best coefficient of a column with ‖x‖² = ``square``, and a = xᵀr without its share."""
    if a > l1:
        return (a - l1) / (square + l2)
    if a < -l1 and not positive:
        return (a + l1) / (square + l2)
    return 0.0


@kernel
def descend_gram(gram, xy, yy, w, target, still, l1, l2, positive, seed, max_sweeps):
    """Sweep over all w, keeping c = Xᵀr by rows of the Gram matrix; the number of sweeps.

    The gap is looked at when no coordinate moves by more than ``still`` times the largest.
    """
    if seed:
        np.random.seed(seed)  # noqa: NPY002  (compiled, there is no other)
    c = xy - gram @ w
    D = len(w)
    sweeps = 0
    while sweeps < max_sweeps:
        sweeps += 1
        moved = largest = 0.0
        for k in range(D):
            j = np.random.randint(0, D) if seed else k  # noqa: NPY002
            if gram[j, j] == 0:
                w[j] = 0
                continue
            step = _best(c[j] + gram[j, j] * w[j], gram[j, j], l1, l2, positive) - w[j]
            if step:
                w[j] += step
                row = gram[j]
                for i in range(D):
                    c[i] -= step * row[i]
            moved, largest = max(moved, abs(step)), max(largest, abs(w[j]))
        if largest == 0 or moved <= still * largest:
            rr, ry = yy - np.sum((xy + c) * w), yy - np.sum(xy * w)
            if duality_gap(rr, ry, w, c - l2 * w, l1, l2, positive) <= target:
                break
    return sweeps


@kernel
def descend_columns(
    values, rows, starts, chosen, weight, mean, y, yy, w, target, l1, l2, positive, seed, max_sweeps
):
    """Sweep over the chosen columns, keeping r; the number of sweeps.

    ``rows`` is empty if columns have an entry in each.  Centring takes no work: with
    r = y - Xw and the intercept o = m·w it adds, Σ s_i (x_ij - m_j)(r_i + o) is
    Σ s_i x_ij r_i + o m_j Σ s_i, because Σ s_i (r_i + o) is zero.
    """
    if seed:
        np.random.seed(seed)  # noqa: NPY002  (compiled, there is no other)
    total = np.sum(weight) if len(weight) else float(len(y))
    r, o = y.copy(), 0.0
    square, c = np.empty(len(w)), np.empty(len(w))
    for k in range(len(w)):
        start, stop = starts[chosen[k]], starts[chosen[k] + 1]
        x, i = values[start:stop], rows[start:stop]
        raw = _square(x, i, weight)
        square[k] = raw - total * mean[k] ** 2
        if square[k] <= 1e-13 * raw:
            square[k] = w[k] = 0.0
        _add(x, i, -w[k], r)
        o += mean[k] * w[k]
    sweeps = 0
    while sweeps < max_sweeps:
        sweeps += 1
        for n in range(len(w)):
            k = np.random.randint(0, len(w)) if seed else n  # noqa: NPY002
            if square[k] == 0:
                continue
            start, stop = starts[chosen[k]], starts[chosen[k] + 1]
            x, i = values[start:stop], rows[start:stop]
            slope = _dot(x, i, weight, r) + o * mean[k] * total
            step = _best(slope + square[k] * w[k], square[k], l1, l2, positive) - w[k]
            if step:
                w[k] += step
                _add(x, i, -step, r)
                o += mean[k] * step
        if sweeps == 2 or sweeps % 4 == 0:  # as dear as a sweep
            for k in range(len(w)):
                start, stop = starts[chosen[k]], starts[chosen[k] + 1]
                slope = _dot(values[start:stop], rows[start:stop], weight, r) + o * mean[k] * total
                c[k] = slope - l2 * w[k]
            rr = ry = 0.0
            for n in range(len(y)):
                scaled = (r[n] + o) * (weight[n] if len(weight) else 1.0)
                rr += scaled * (r[n] + o)
                ry += scaled * y[n]
            if duality_gap(rr, ry, w, c, l1, l2, positive) <= target:
                break
    return sweeps


@kernel(fastmath={"reassoc", "nsz", "contract"})
def _dot(x, rows, weight, r):
    """Σ_i s_i x_ij r_i"""
    total = 0.0
    if len(weight):
        for k in range(len(x)):
            total += x[k] * weight[rows[k]] * r[rows[k]]
    elif len(rows):
        for k in range(len(x)):
            total += x[k] * r[rows[k]]
    else:
        for k in range(len(x)):
            total += x[k] * r[k]
    return total


@kernel(fastmath={"reassoc", "nsz", "contract"})
def _square(x, rows, weight):
    """Σ_i s_i x_ij²"""
    total = 0.0
    for k in range(len(x)):
        total += x[k] * x[k] * (weight[rows[k]] if len(weight) else 1.0)
    return total


@kernel(fastmath={"reassoc", "nsz", "contract"})
def _add(x, rows, step, r):
    """r ← r + step x_j"""
    if len(rows):
        for k in range(len(x)):
            r[rows[k]] += step * x[k]
    else:
        for k in range(len(x)):
            r[k] += step * x[k]
