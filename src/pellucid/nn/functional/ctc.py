"""Connectionist temporal classification: labels of a sequence, when nobody says at which time.

Let l' be the labels l with a blank before, between and after them: b l₁ b l₂ ... b.  A path stands
at one place s of l' at each time: it begins at place 0 or 1, ends at the last or the last but one,
and meanwhile stays, goes one place on, or two, if so it passes a blank between unequal labels.
What it reads is l once repetitions, then blanks, are taken out.  Over all paths of T times,

    -log p(l) = -log Σ_paths Π_t y_t(l'_s(t))

    a_t(s) = log Σ_r exp α_{t-1}(r),  r ∈ {s, s-1, s-2}        α_t(s) = a_t(s) + log y_t(l'_s)

The way back needs no second recursion in logarithms.  Of the paths at s at time t the share
w_t(r, s) = exp(α_{t-1}(r) - a_t(s)) was at r before, so that the probability γ_t(s) = p(s at t | l)
comes from γ_{t+1} by products alone, and sums to one however long the sequence is:

    γ_{t-1}(r) = Σ_s γ_t(s) w_t(r, s)         ∂L/∂log y_t(k) = -Σ_{s: l'_s = k} γ_t(s)

A. Graves, S. Fernández, F. Gomez, J. Schmidhuber, *Connectionist Temporal Classification: Labelling
Unsegmented Sequence Data with Recurrent Neural Networks*, ICML 2006.
"""

import math

import numpy as np

from pellucid.autograd import Tensor, op, unrecorded
from pellucid.nn.functional.losses import reduce

__all__ = ["ctc_loss", "surprise_of_labels"]

IMPOSSIBLE = -1e35  # log 0, of which differences can be taken


@op
def surprise_of_labels(
    log_probs,
    places: np.ndarray,
    skips: np.ndarray,
    n_times: np.ndarray,
    n_labels: np.ndarray,
    zero_infinity=False,
):
    """-log p(l) of each sequence; where no path is short enough ∞ and NaN, or 0 and 0.

    ``log_probs`` (T, N, C) are log y, ``places`` (N, S) the label at each place, ``skips`` (N, S)
    where one may come from two places before, ``n_times`` and ``n_labels`` (N,) the lengths.
    """
    T, (N, S) = log_probs.shape[0], places.shape
    tables = places, skips, n_times, n_labels
    places, skips, n_times, n_labels = (np.asarray(a, like=log_probs) for a in tables)
    s, end = np.arange(S, like=log_probs), 2 * n_labels[:, None]
    read = np.maximum(log_probs[:, np.arange(N)[:, None], places], IMPOSSIBLE)  # (T, N, S)
    nowhere = np.full_like(log_probs, IMPOSSIBLE, shape=(N, S))
    alphas, shares = [np.where(s == 0, 0.0, nowhere)], []
    for t in range(T):
        came, w = _arrivals(alphas[-1], skips)
        alphas.append(np.maximum(came + read[t], IMPOSSIBLE))  # (N, S)
        shares.append(w)  # (3, N, S)
    last = np.stack(alphas, 0)[n_times, np.arange(N)]
    log_p, at_end = _log_sum(np.where((s == end) | (s == end - 1), last, nowhere), 1)
    too_short = np.less(log_p[:, 0], IMPOSSIBLE / 2)

    def vjp(dy):
        weight = np.expand_dims(np.where(too_short, 0.0 if zero_infinity else math.nan, dy), 1)
        gamma, gammas = at_end * 0, []
        for t in range(T, 0, -1):
            if t < T:
                gamma = _departures(gamma, shares[t])
            gamma = np.where((t == n_times)[:, None], at_end, gamma)  # (N, S)
            gammas.append(np.where((t <= n_times)[:, None], gamma * weight, 0))
        by_place = np.stack(gammas[::-1], 1)  # (N, T, S)
        return -np.swapaxes(by_place @ _one_hot(places, log_probs), 0, 1)  # (T, N, C)

    return np.where(too_short, 0.0 if zero_infinity else math.inf, -log_p[:, 0]), vjp


def _arrivals(alpha, skips):
    """a (N, S), and the shares (3, N, S) of those that stayed, came one place, came two."""
    never = np.full_like(alpha, IMPOSSIBLE, shape=(alpha.shape[0], 2))
    before = np.concatenate([never, alpha], 1)  # (N, S + 2)
    two = np.where(skips, before[:, :-2], IMPOSSIBLE)
    came, w = _log_sum(np.stack([alpha, before[:, 1:-1], two], 0), 0)
    return came[0], w


def _departures(gamma, w):
    """γ_{t-1} from γ_t: each place has what went from it to itself, one place on, and two."""
    nowhere = np.zeros_like(gamma, shape=(gamma.shape[0], 2))
    to_one, to_two = (np.concatenate([gamma * share, nowhere], 1) for share in w[1:])
    return gamma * w[0] + to_one[:, 1:-1] + to_two[:, 2:]


def _log_sum(x, axis):
    """log Σ eˣ, and the share that each has in the sum."""
    top = np.max(x, axis, keepdims=True)
    e = np.exp(x - top)
    total = np.sum(e, axis, keepdims=True)
    return top + np.log(total), e / total


@unrecorded
def _one_hot(places, like):
    N, S = places.shape
    hot = np.zeros_like(like, shape=(N, S, like.shape[2]))
    hot[np.arange(N)[:, None], np.arange(S), places] = 1
    return hot


def ctc_loss(
    log_probs,
    targets,
    input_lengths,
    target_lengths,
    blank=0,
    reduction="mean",
    zero_infinity=False,
):
    """-log Σ_paths Π_t y_t: how surprising the labels are, at whatever times they are said.

    Gradients are those of this very sum; PyTorch's own are right behind a ``log_softmax`` alone.

    Parameters
    ----------
    log_probs : Tensor (T, N, C) or (T, C)
        log y, as ``log_softmax`` gives it.
    targets : Tensor (N, S), or all labels one sequence after the other
        l, without blanks.
    input_lengths, target_lengths : Tensor or sequence of ints (N,), or Tensor ()
        How many times and how many labels each sequence has.
    blank : int
        The class that says nothing.
    reduction : {"mean", "sum", "none"}
        The mean is of each sequence's loss divided by its number of labels.
    zero_infinity : bool
        Whether a sequence that is too short for its labels costs nothing, instead of ∞.
    """
    if log_probs.ndim not in (2, 3) or not log_probs.numel():
        raise RuntimeError(
            f"ctc_loss: log_probs tensor must not be empty, and be (T, N, C) or (T, C), not "
            f"{tuple(log_probs.shape)}"
        )
    batch = log_probs if log_probs.ndim == 3 else log_probs.unsqueeze(1)
    T, N, C = batch.shape
    n_times = _lengths(input_lengths, "input_lengths", N, T)
    n_labels = _lengths(target_lengths, "target_lengths", N)
    places = _places(targets.numpy(force=True), n_labels, blank, C)
    skips = np.zeros(places.shape, bool)
    skips[:, 2:] = places[:, 2:] != places[:, :-2]
    each = surprise_of_labels(batch, places, skips, n_times, n_labels, zero_infinity)
    if reduction == "mean":
        each = each / np.asarray(np.maximum(n_labels, 1), batch._array.dtype, like=each)
    return reduce(each[0] if log_probs.ndim == 2 else each, reduction)


def _lengths(lengths, name, n_sequences, most=math.inf):
    lengths = np.atleast_1d(lengths.numpy(force=True) if isinstance(lengths, Tensor) else lengths)
    if lengths.dtype.kind not in "iu":
        raise RuntimeError(f"ctc_loss: {name} must be integers, not {lengths.dtype}")
    if lengths.shape != (n_sequences,):
        raise RuntimeError(
            f"{name} must be of size batch_size: {lengths.shape} is not ({n_sequences},)"
        )
    for n in lengths:
        if not 0 <= n <= most:
            bound = f"at least 0 and at most {most}"
            raise RuntimeError(f"Expected {name} to have value {bound}, but got value {n}")
    return lengths


def _places(targets, n_labels, blank, n_classes):
    """l' of each sequence, (N, 2 max |l| + 1), with blanks behind its end."""
    if not 0 <= blank < n_classes:
        raise RuntimeError(f"blank must be in label range: {blank} of {n_classes} classes")
    N, longest = len(n_labels), n_labels.max()
    labelled = np.arange(longest) < n_labels[:, None]  # (N, max |l|)
    if targets.ndim == 2:
        if len(targets) != N or targets.shape[1] < longest:
            raise RuntimeError(
                f"targets of size {targets.shape} for {N} sequences of up to {longest} labels"
            )
        labels = targets[:, :longest][labelled]
    else:
        labels = targets
    if labels.shape != (n_labels.sum(),):
        raise RuntimeError(
            f"Expected targets of size ({n_labels.sum()},), the sum of target_lengths, but got "
            f"size {targets.shape}"
        )
    if np.any((labels < 0) | (labels >= n_classes)):
        raise IndexError(f"a target is out of bounds: classes are 0 to {n_classes - 1}")
    places = np.full((N, 2 * longest + 1), blank)
    places[:, 1::2][labelled] = labels
    return places
