"""How far to go along a direction: a step that satisfies the strong Wolfe conditions."""

import math

import numpy as np

__all__ = ["cubic_minimum", "strong_wolfe"]


def strong_wolfe(at, t, d, loss, gradient, slope, least, most, c1=1e-4, c2=0.9):
    """A t with f(t) <= f(0) + c₁ t f'(0) and |f'(t)| <= c₂ |f'(0)|, by cubics through two points.

    First ever longer steps until two of them enclose such a t, then ever narrower intervals.

    Parameters
    ----------
    at : callable
        Of t, the loss and the gradient at θ + t d.
    t : float
        The step to try first.
    d : array
        The direction.
    loss, gradient, slope : float, array, float
        f(0), its gradient and f'(0) = g·d.
    least : float
        Of an interval, in the largest of |t d|, below which it is not parted.
    most : int
        Evaluations after the first.
    c1, c2 : float
        c₁ and c₂.

    Returns
    -------
    loss, gradient, t, evaluations

    References
    ----------
    Nocedal, Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6.
    """

    def point(t):
        loss, gradient = at(t)
        return t, loss, gradient, float(np.dot(gradient, d))

    def enough(p):
        return p[1] <= loss + c1 * p[0] * slope

    def flat(p):
        return abs(p[3]) <= -c2 * slope

    before, tried = (0.0, loss, gradient, slope), point(t)
    calls, found = 1, None
    for turn in range(most):
        if not enough(tried) or (turn and tried[1] >= before[1]):
            break
        if flat(tried):
            found = tried
            break
        if tried[3] >= 0:
            break
        bounds = tried[0] + 0.01 * (tried[0] - before[0]), 10 * tried[0]
        before, tried = tried, point(cubic_minimum(before, tried, bounds))
        calls += 1
    else:
        before = (0.0, loss, gradient, slope)
    if found:
        return found[1], found[2], found[0], calls

    low, high = sorted((before, tried), key=lambda p: p[1])  # low: the better so far
    width, stuck = float(np.max(np.abs(d))), False
    while calls <= most and abs(high[0] - low[0]) * width >= least:
        left, right = sorted((low[0], high[0]))
        t, margin = cubic_minimum(low, high), 0.1 * (right - left)
        if min(right - t, t - left) < margin:  # too near an end: once is let pass
            if stuck or t >= right or t <= left:
                t, stuck = (right - margin if right - t < t - left else left + margin), False
            else:
                stuck = True
        else:
            stuck = False
        tried = point(t)
        calls += 1
        if not enough(tried) or tried[1] >= low[1]:
            high = tried
            low, high = sorted((low, high), key=lambda p: p[1])
        else:
            if flat(tried):
                low = tried
                break
            if tried[3] * (high[0] - low[0]) >= 0:
                high = low
            low = tried
    return low[1], low[2], low[0], calls


def cubic_minimum(p, q, bounds=None):
    """Where the cubic with the values and slopes of two points is least, between the bounds."""
    (t1, f1, _, g1), (t2, f2, _, g2) = sorted((p, q), key=lambda point: point[0])
    left, right = bounds or (t1, t2)
    if t1 == t2:
        return (left + right) / 2
    d1 = g1 + g2 - 3 * (f1 - f2) / (t1 - t2)
    square = d1 * d1 - g1 * g2
    if not square >= 0:
        return (left + right) / 2
    d2 = math.sqrt(square)
    rise = g2 - g1 + 2 * d2
    if rise == 0:  # a straight line, least at an end
        return right if g2 < 0 else left
    t = t2 - (t2 - t1) * ((g2 + d2 - d1) / rise)
    return min(max(t, left), right)
