"""The loop of stochastic gradient descent: one example, one step.

    w ← (1 - η (1-ρ) α) w - η c ∂ℓ(y_i, s_i)/∂s x_i,        s_i = w·x_i + b

with the example's weight c, and for the ρ α ‖w‖₁ part of the penalty a pull towards zero that stops
there.  Four devices make a step cost no more than the example has entries (Bottou 2012):

- w = scale · v, so that shrinking is one multiplication;
- the L1 pull is kept as one running total, and a weight is brought up to date when an example
  touches it (Tsuruoka, Tsujii & Ananiadou 2009);
- the sum of all iterates is summed + mass · v, so that an average costs no more (Xu 2011);
- a dense row is a sparse one that lists all its columns, and so needs no list.

References: L. Bottou (2012), Stochastic gradient descent tricks; Y. Tsuruoka, J. Tsujii &
S. Ananiadou (2009), Stochastic gradient descent training for L1-regularized log-linear models with
cumulative penalty; W. Xu (2011), Towards optimal one pass large scale learning with averaged
stochastic gradient descent; K. Crammer et al. (2006), Online passive-aggressive algorithms.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from scipy.sparse import issparse

from pellucid._compile import kernel
from pellucid.losses.compiled import compiled

__all__ = ["Penalty", "Rows", "Walk", "epoch", "unsigned"]

AHEAD = 12  # how many examples before its turn one is fetched from memory
LINE = 64  # bytes that are fetched together
STEEPEST = 1e12  # the size beyond which a gradient is cut off
SMALLEST = 1e-3  # the scale below which it is multiplied into the weights, lest rounding grow


class Rows(NamedTuple):
    """The rows of X as compressed rows; ``columns`` is empty where a row has an entry in each."""

    values: np.ndarray  # (entries,)
    columns: np.ndarray  # (entries,) or (0,)
    starts: np.ndarray  # (N + 1,) or (0,)
    width: int  # D
    intercept_rate: float  # the intercept learns more slowly where most x_ij are zero

    @classmethod
    def of(cls, X):
        """X dense or CSR, without a copy."""
        if issparse(X):
            return cls(X.data, unsigned(X.indices), X.indptr.astype(np.int64), X.shape[1], 0.01)
        return cls(X.ravel(), np.empty(0, np.uint32), np.empty(0, np.int64), X.shape[1], 1.0)


def unsigned(indices):
    """Indices that a kernel need not suspect of counting from the end."""
    return indices.view(np.uint32) if indices.itemsize == 4 else indices.astype(np.uint32)


class Penalty(NamedTuple):
    """l2 ‖w‖² / 2 + l1 ‖w‖₁"""

    l2: float
    l1: float


class Walk(NamedTuple):
    """Where a descent stands: its weights, and what the penalty and the average remember."""

    weights: np.ndarray  # (D,)
    intercept: float
    step: float  # t of the next step
    pulled: np.ndarray  # (D,) L1 pull that each weight has had
    pull: float  # that each should have had
    summed: np.ndarray  # (D,) the sum of the weights from step ``average_from`` on
    summed_intercept: float
    averaged: float  # how many steps that is


def epoch(walk, rows, y, weight, order, loss, rate, penalty, average_from, learn_intercept, watch):
    """Visit the examples in this order; the walk after it, and the objective summed on the way.

    That is Σ ℓ(y_i, s_i) + R(w), each with the weights of that moment; 0 unless ``watch``.
    """
    functions = compiled(loss, "value"), compiled(loss, "gradient")
    intercept_rate = rows.intercept_rate if learn_intercept else 0.0
    parts = rows.values, rows.columns, rows.starts, rows.width
    options = rate, penalty, float(average_from), intercept_rate, watch
    return _epoch(walk, *parts, y[order], weight[order], order, *functions, *options)


@kernel(fastmath={"reassoc", "nsz", "contract"})
def _epoch(
    walk,
    values,
    columns,
    starts,
    width,
    y,
    weight,
    order,
    loss,
    gradient,
    rate,
    penalty,
    average_from,
    intercept_rate,
    watch,
):
    v, pulled, summed = walk.weights, walk.pulled, walk.summed
    b, summed_b, t, pull = walk.intercept, walk.summed_intercept, walk.step, walk.pull
    averaged = walk.averaged
    scale, mass, total = 1.0, 0.0, 0.0
    squares, sizes = np.sum(v * v), np.sum(np.abs(v))  # followed where ``watch``

    for n in range(len(order)):
        if n + AHEAD < len(order):
            start, stop = _span(order[n + AHEAD], starts, width)
            for k in range(start, stop, LINE // values.itemsize):
                _prefetch(values, k)
                if len(columns):
                    _prefetch(columns, k)
        start, stop = _span(order[n], starts, width)
        x, j = values[start:stop], columns[start:stop]
        raw = scale * _dot(x, j, v) + b
        if watch:
            total += loss(y[n], raw)
            total += penalty.l2 / 2 * scale * scale * squares + penalty.l1 * scale * sizes
        eta = rate.top
        if rate.power == 1.0:
            eta /= t + rate.delay
        elif rate.power != 0.0:
            eta /= (t + rate.delay) ** rate.power
        slope = gradient(y[n], raw)
        if rate.aggressive:
            far, square = loss(y[n], raw), np.sum(x * x)
            if rate.aggressive == 2:
                far /= square + 0.5 / rate.top
            else:
                far = min(rate.top, far / square) if square else 0.0
            step = -np.sign(slope) * far
        else:
            step = -eta * min(max(slope, -STEEPEST), STEEPEST)
        step *= weight[n]

        if penalty.l2:
            scale *= max(0.0, 1 - eta * penalty.l2)
            if scale < SMALLEST:
                squares, sizes = squares * scale * scale, sizes * scale
                scale, mass = _fold(v, summed, scale, mass)
        if step != 0:
            if watch:
                change = _change(x, j, step / scale, v)
                squares, sizes = squares + change[0], sizes + change[1]
            _add(x, j, step / scale, v, summed, mass)
            b += step * intercept_rate
        if penalty.l1:
            pull += eta * penalty.l1
            change = _truncate(len(x), j, scale, v, pull, pulled, summed, mass)
            squares, sizes = squares + change[0], sizes + change[1]
        if 0 < average_from <= t:
            mass += scale
            summed_b += b
            averaged += 1
        t += 1
    _fold(v, summed, scale, mass)
    return Walk(v, b, t, pulled, pull, summed, summed_b, averaged), total


@kernel
def _span(i, starts, width):
    """Where example i begins and ends."""
    return (starts[i], starts[i + 1]) if len(starts) else (i * width, (i + 1) * width)


@intrinsic
def _prefetch(context, array, index):
    """Ask the processor for ``array[index]``, without waiting for it."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
        builder.call(fetch, [place, number(0), number(3), number(1)])  # to read, and keep near
        return context.get_dummy_value()

    return types.void(array, index), generate


@kernel(fastmath={"reassoc", "nsz", "contract"})
def _dot(x, columns, v):
    """x · v"""
    total = 0.0
    if len(columns):
        for k in range(len(x)):
            total += x[k] * v[columns[k]]
    else:
        for k in range(len(x)):
            total += x[k] * v[k]
    return total


@kernel(fastmath={"reassoc", "nsz", "contract"})
def _add(x, columns, step, v, summed, mass):
    """v ← v + step x, and summed + mass · v as it was."""
    if len(columns):
        for k in range(len(x)):
            v[columns[k]] += step * x[k]
    else:
        for k in range(len(x)):
            v[k] += step * x[k]
    if mass:
        _add(x, columns, -step * mass, summed, summed, 0.0)


@kernel(fastmath={"reassoc", "nsz", "contract"})
def _change(x, columns, step, v):
    """What v ← v + step x adds to Σ v² and to Σ |v|."""
    squares = sizes = 0.0
    for k in range(len(x)):
        before = v[columns[k] if len(columns) else k]
        after = before + step * x[k]
        squares += (after - before) * (after + before)
        sizes += abs(after) - abs(before)
    return squares, sizes


@kernel
def _truncate(size, columns, scale, v, pull, pulled, summed, mass):
    """Bring the weights of an example up to date with the pull, as far as zero.

    Returns what that adds to Σ v² and to Σ |v|.
    """
    squares = sizes = 0.0
    for k in range(size):
        j = columns[k] if len(columns) else k
        before = scale * v[j]
        after = before
        if before > 0:
            after = max(0.0, before - (pull + pulled[j]))
        elif before < 0:
            after = min(0.0, before + (pull - pulled[j]))
        pulled[j] += after - before
        v[j] = after / scale
        squares += (after - before) * (after + before) / scale**2
        sizes += (abs(after) - abs(before)) / scale
        if mass:
            summed[j] += mass * (before - after) / scale
    return squares, sizes


@kernel
def _fold(v, summed, scale, mass):
    """Begin again with w = v and Σ w = summed."""
    if mass:
        for j in range(len(v)):
            summed[j] += mass * v[j]
    if scale != 1:
        for j in range(len(v)):
            v[j] *= scale
    return 1.0, 0.0
