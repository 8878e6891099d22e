"""Attention of one head, 64 queries at a time: their scores never leave the core's cache.

    S = Q Kᵀ,  P = exp(S - log Σ exp S),  O = P V
    V̄ = Pᵀ Ō,  P̄ = Ō Vᵀ,  S̄ = P (P̄ - Σ_s P̄ P),  Q̄ = S̄ K,  K̄ = S̄ᵀ Q

Of the weights P only log Σ exp S is kept, from which the way back has them again.  Arrays (B, H, L,
E) come as their memory, so that the heads of one large product are read where they lie.

T. Dao et al., *FlashAttention: Fast and Memory-Efficient Exact Attention* (2022).
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._exponential import ONE, ZERO, exp

__all__ = ["attend", "attend_back", "memory_of", "table_of"]

QUERIES = 64
FAST = {"contract", "reassoc", "nsz"}  # sums in any order
NONE = np.float32(-np.inf)


def memory_of(a):
    """The memory of a (B, H, L, E) as one row, how far apart b, h and l are there, the shape."""
    if a.strides[-1] != a.itemsize or min(a.strides) < 0 or not a.flags.writeable:
        a = np.array(a, order="C")
    steps = np.array(a.strides[:3]) // a.itemsize
    span = int(steps @ (np.array(a.shape[:3]) - 1)) + a.shape[3]
    return np.lib.stride_tricks.as_strided(a, (span,), (a.itemsize,)), steps, a.shape


def table_of(a, lead, L, S):
    """Which of the tables (K, L, S) each head takes, and the tables; none of them, without a."""
    if a is None:
        return np.zeros(0, np.intp), np.zeros((0, L, S), np.float32)
    if a.dtype == bool:
        a = np.where(a, ZERO, NONE)
    own = a.shape[:-2]
    which = np.reshape(np.arange(math.prod(own)), own)
    tables = np.broadcast_to(a, (*own, L, S)).astype(np.float32)
    return np.ravel(np.broadcast_to(which, lead)), np.reshape(tables, (-1, L, S))


@kernel
def attend(head, q, k, v, mask, keep, causal, scale, out, log_total):
    """``out`` (B, L, H, V) and log Σ exp S (B H, L), of one head."""
    n_heads, L, S = q[2][1], q[2][2], k[2][2]
    b, h = head // n_heads, head % n_heads
    keys, values = rows(k, head, 0, S), rows(v, head, 0, S)
    for first in range(0, L, QUERIES):
        last = min(first + QUERIES, L)
        seen = min(last, S) if causal else S
        p = scores(head, first, last, scale, rows(q, head, first, last), keys[:seen], mask, causal)
        totals = np.empty(last - first, p.dtype)
        for r in range(last - first):
            top = largest(p[r])
            totals[r] = exps(p[r], top)
            log_total[head, first + r] = top + np.log(totals[r]) if totals[r] != 0 else -NONE
        multiply(p, head, first, keep)
        o = np.dot(p, values[:seen])
        for r in range(last - first):
            share = ONE / totals[r] if totals[r] != 0 else ZERO
            for e in range(o.shape[1]):
                out[b, first + r, h, e] = o[r, e] * share


@kernel(fastmath=FAST)
def attend_back(head, q, k, v, mask, keep, causal, scale, log_total, d_out, dq, dk, dv):
    """``dq`` (B, L, H, E), ``dk`` and ``dv`` of one head, given ``d_out`` (B, L, H, V)."""
    n_heads, L, S = q[2][1], q[2][2], k[2][2]
    b, h = head // n_heads, head % n_heads
    keys, values = rows(k, head, 0, S), rows(v, head, 0, S)
    d_keys, d_values = np.zeros_like(keys), np.zeros_like(values)
    for first in range(0, L, QUERIES):
        last = min(first + QUERIES, L)
        seen = min(last, S) if causal else S
        queries = rows(q, head, first, last)
        p = scores(head, first, last, scale, queries, keys[:seen], mask, causal)
        d_o = np.empty((last - first, values.shape[1]), p.dtype)
        for r in range(last - first):
            d_o[r] = d_out[b, first + r, h]
            exps(p[r], log_total[head, first + r])
        ds = np.dot(d_o, values[:seen].T)
        multiply(ds, head, first, keep)
        for r in range(last - first):
            spread = ZERO
            for s in range(seen):
                spread += ds[r, s] * p[r, s]
            for s in range(seen):
                ds[r, s] = p[r, s] * (ds[r, s] - spread) * scale
        multiply(p, head, first, keep)
        d_values[:seen] += np.dot(p.T, d_o)
        d_keys[:seen] += np.dot(ds.T, queries)
        d_queries = np.dot(ds, keys[:seen])
        for r in range(last - first):
            dq[b, first + r, h] = d_queries[r]
    for s in range(S):
        dk[b, s, h] = d_keys[s]
        dv[b, s, h] = d_values[s]


@kernel
def rows(memory, head, first, last):
    """Rows first ... last of a head, side by side."""
    flat, steps, (_, n_heads, _, width) = memory
    start = head // n_heads * steps[0] + head % n_heads * steps[1]
    out = np.empty((last - first, width), flat.dtype)
    for r in range(first, last):
        place = start + r * steps[2]
        out[r - first] = flat[place : place + width]
    return out


@kernel(fastmath={"contract"})
def scores(head, first, last, scale, queries, keys, mask, causal):
    """S of these queries, with -∞ where nothing may be seen."""
    s = np.dot(queries, keys.T)
    which, tables = mask
    for r in range(last - first):
        for j in range(s.shape[1]):
            s[r, j] *= scale
        if len(tables):
            row = tables[which[head], first + r]
            for j in range(s.shape[1]):
                s[r, j] += row[j]
        if causal:
            s[r, first + r + 1 :] = NONE
    return s


@kernel(borrows=True)
def multiply(p, head, first, keep):
    """p times dropout's mask, if there is one."""
    which, tables = keep
    if len(tables):
        for r in range(len(p)):
            row = tables[which[head], first + r]
            for s in range(p.shape[1]):
                p[r, s] *= row[s]


@kernel(borrows=True, fastmath={"nnan", "nsz"})
def largest(row):
    """max, and 0 of what has none."""
    top = NONE
    for s in range(len(row)):
        top = max(top, row[s])
    return top if top != NONE else ZERO


@kernel(borrows=True, error_model="numpy", fastmath=FAST)
def exps(row, top):
    """row = exp(row - top), and its sum."""
    total = ZERO
    for s in range(len(row)):
        row[s] = exp(row[s] - top)
        total += row[s]
    return total
