"""The compiled body of CTC: one sequence after the other, all places at once.

    a = m + log(e^(x₀ - m) + e^(x₁ - m) + e^(x₂ - m)),  m = max x,  shares e^(xᵢ - m) / Σ

The sum lies between 1 and 3, so that its logarithm is a short series, which the compiler lays side
by side over the places, as it does the exponentials.  Those are kept as shares, and so the way back
has none.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._blocks import is_single
from pellucid.nn.functional._exponential import ONE, TWO, exp
from pellucid.nn.functional.ctc import IMPOSSIBLE, surprise_of_labels
from pellucid.reduction import blocks, map_blocks

NEVER = np.float32(IMPOSSIBLE)
HALF_LOG_3, SQRT_3 = np.float32(math.log(3) / 2), np.float32(math.sqrt(3))
THIRD, FIFTH, SEVENTH, NINTH, ELEVENTH = (np.float32(1 / k) for k in (3, 5, 7, 9, 11))
SHARE = 1 << 18  # bytes of shares that are work enough for a core

together = kernel(borrows=True, error_model="numpy", fastmath={"contract", "nsz"})


@together
def _log_up_to_three(x):
    """log √3 + 2 artanh z with z = (x - √3) / (x + √3), |z| <= 0.27."""
    z = (x - SQRT_3) / (x + SQRT_3)
    square = z * z
    tail = (((ELEVENTH * square + NINTH) * square + SEVENTH) * square + FIFTH) * square + THIRD
    return HALF_LOG_3 + TWO * (z + z * square * tail)


@together
def _arrive(alpha, closed, read, stayed, one, two, after):
    """α of the next time from α of this, both behind two places that are never reached."""
    for s in range(len(read)):
        x, y, z = alpha[s + 2], alpha[s + 1], alpha[s] + closed[s]
        top = max(max(x, y), z)
        x, y, z = exp(x - top), exp(y - top), exp(z - top)
        total = x + y + z
        share = ONE / total
        stayed[s], one[s], two[s] = x * share, y * share, z * share
        arrived = top + _log_up_to_three(total) + read[s]
        after[s + 2] = NEVER if arrived < NEVER else arrived  # NaN stays


@kernel(borrows=True)
def _forward(first, last, log_probs, places, closed, n_times, shares, alphas, read):
    """The shares (N, T, 3, S); in alphas (N, 2, S + 2) what stands last is at [T_n mod 2]."""
    for n in range(first, last):
        alphas[n, :, :] = NEVER
        alphas[n, 0, 2] = 0
        for t in range(n_times[n]):
            for s in range(places.shape[1]):
                read[n, s] = log_probs[t, n, places[n, s]]
            w = shares[n, t]
            before, after = alphas[n, t % 2], alphas[n, (t + 1) % 2]
            _arrive(before, closed[n], read[n], w[0], w[1], w[2], after)


@together
def _depart(gamma, stayed, one, two, before):
    """γ of the time before from γ of this, both before two places that are nowhere."""
    for s in range(len(gamma) - 2):
        before[s] = gamma[s] * stayed[s] + gamma[s + 1] * one[s + 1] + gamma[s + 2] * two[s + 2]


@kernel(borrows=True)
def _backward(first, last, places, n_times, shares, gammas, dy, dx):
    """∂L/∂log y (T, N, C), from γ at the last time of each sequence in gammas (N, 2, S + 2)."""
    for n in range(first, last):
        T = n_times[n]
        for back in range(T):
            t = T - 1 - back
            gamma = gammas[n, back % 2]
            for s in range(places.shape[1]):
                dx[t, n, places[n, s]] -= gamma[s] * dy[n]
            w = shares[n, t]
            _depart(gamma, w[0], w[1], w[2], gammas[n, (back + 1) % 2])


@surprise_of_labels.kernel
def _(
    log_probs,
    places: np.ndarray,
    skips: np.ndarray,
    n_times: np.ndarray,
    n_labels: np.ndarray,
    zero_infinity=False,
):
    if not is_single(log_probs):
        return surprise_of_labels.body(log_probs, places, skips, n_times, n_labels, zero_infinity)
    y = np.array(log_probs, order="C")
    (T, N, _), S = y.shape, places.shape[1]
    shares = np.zeros((N, T, 3, S + 2), np.float32)
    alphas, read = np.empty((N, 2, S + 2), np.float32), np.empty((N, S), np.float32)
    closed = np.where(skips, np.float32(0), NEVER)
    parts = blocks(N, shares[0].nbytes, SHARE)

    def forward(part):
        _forward(part.start, part.stop, y, places, closed, n_times, shares, alphas, read)

    map_blocks(forward, parts)
    n, s = np.arange(N), np.arange(S)
    last, end = alphas[n, n_times % 2, 2:], 2 * n_labels[:, None]  # (N, S)
    last = np.where((s == end) | (s == end - 1), last, NEVER)
    top = np.max(last, 1, keepdims=True)
    at_end = np.exp(last - top)
    total = np.sum(at_end, 1, keepdims=True)
    log_p = (top + np.log(total))[:, 0]
    too_short = log_p < NEVER / 2

    def vjp(dy):
        weight = np.where(too_short, 0.0 if zero_infinity else math.nan, dy).astype(np.float32)
        gammas, dx = np.zeros((N, 2, S + 2), np.float32), np.zeros_like(y)
        gammas[:, 0, :S] = at_end / total

        def backward(part):
            _backward(part.start, part.stop, places, n_times, shares, gammas, weight, dx)

        map_blocks(backward, parts)
        dx[np.isnan(weight) & (np.arange(T)[:, None] < n_times)] = math.nan
        return dx

    return np.where(too_short, 0.0 if zero_infinity else math.inf, -log_p), vjp
