"""Attention of one head by tiles: the scores of 64 queries by 64 keys never leave the core's cache.

    S = Q Kᵀ,  P = exp(S - log Σ exp S),  O = P V
    V̄ = Pᵀ Ō,  P̄ = Ō Vᵀ,  S̄ = P (P̄ - Σ Ō O),  Q̄ = S̄ K,  K̄ = S̄ᵀ Q

The largest score of a query is known only after its last tile: until then O and Σ exp S are about
the largest so far, and shrink by exp(before - now) when it grows.  Of the weights P only log Σ exp
S is kept, from which the way back has them again.  Where queries are causal, no tile above the
diagonal is computed.  Arrays (B, H, L, E) come as their memory, so that the heads of one large
product are read where they lie.

T. Dao et al., *FlashAttention: Fast and Memory-Efficient Exact Attention* (2022).
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._exponential import ONE, ZERO, exp
from pellucid.nn.functional._rows import exponentials, largest, product

__all__ = ["attend", "attend_back", "memory_of", "table_of"]

TILE = 64  # so that a product is of less than a million terms, which BLAS takes without copies
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
def attend(heads, q, k, v, mask, keep, causal, scale, out, log_total):
    """``out`` (B, L, H, V) and log Σ exp S (B H, L), of some heads."""
    L, S = q[2][2], k[2][2]
    for head in heads:
        queries, o = rows(q, head, 0, L), np.zeros((L, v[2][3]), log_total.dtype)
        queries *= scale
        tops, totals = np.full(L, NONE), np.zeros(L, log_total.dtype)
        for start in range(0, S, TILE):
            stop = min(start + TILE, S)
            across, values = turned(rows(k, head, start, stop)), rows(v, head, start, stop)
            for first in range(start if causal else 0, L, TILE):
                own = slice(first, min(first + TILE, L))
                p = np.dot(queries[own], across)
                hide(p, head, first, start, mask, causal)
                sum_up(p, tops[own], totals[own], o[own])
                multiply(p, head, first, start, keep)
                add(np.dot(p, values), o[own])
        for l in range(L):
            seen = totals[l] != 0
            log_total[head, l] = tops[l] + np.log(totals[l]) if seen else -NONE
            o[l] *= ONE / totals[l] if seen else ZERO
        lay(o, head, 0, out)


@kernel
def attend_back(heads, q, k, v, mask, keep, causal, scale, out, log_total, d_out, dq, dk, dv):
    """``dq`` (B, L, H, E), ``dk`` and ``dv`` of some heads, given ``d_out`` and ``out``."""
    L, S = q[2][2], k[2][2]
    for head in heads:
        queries, o, d_o = rows(q, head, 0, L), rows(out, head, 0, L), rows(d_out, head, 0, L)
        queries *= scale
        d_queries, along = np.zeros_like(queries), np.empty(L, queries.dtype)
        for l in range(L):
            along[l] = product(d_o[l], o[l])
        for start in range(0, S, TILE):
            stop = min(start + TILE, S)
            keys, values = rows(k, head, start, stop), rows(v, head, start, stop)
            keys_across, values_across = turned(keys), turned(values)
            d_keys, d_values = np.zeros_like(keys), np.zeros_like(values)
            for first in range(start if causal else 0, L, TILE):
                own = slice(first, min(first + TILE, L))
                p, ds = np.dot(queries[own], keys_across), np.dot(d_o[own], values_across)
                hide(p, head, first, start, mask, causal)
                multiply(ds, head, first, start, keep)
                weigh(p, ds, log_total[head, own], along[own])
                multiply(p, head, first, start, keep)
                add(np.dot(p.T, d_o[own]), d_values)
                add(np.dot(ds.T, queries[own]), d_keys)
                add(np.dot(ds, keys), d_queries[own])
            lay(d_keys, head, start, dk)
            lay(d_values, head, start, dv)
        d_queries *= scale
        lay(d_queries, head, 0, dq)


@kernel
def rows(memory, head, first, last):
    """Rows first ... last of a head, side by side."""
    flat, steps, (_, n_heads, _, width) = memory
    start = head // n_heads * steps[0] + head % n_heads * steps[1]
    out = np.empty((last - first, width), flat.dtype)
    for r in range(first, last):
        place = start + r * steps[2]
        row, to = flat[place : place + width], out[r - first]
        for e in range(width):
            to[e] = row[e]
    return out


@kernel(borrows=True)
def lay(a, head, first, out):
    """Put rows of a head into ``out`` (B, L, H, E), from its row ``first`` on."""
    n_heads = out.shape[2]
    for r in range(len(a)):
        row, to = a[r], out[head // n_heads, first + r, head % n_heads]
        for e in range(len(row)):
            to[e] = row[e]


@kernel
def turned(a):
    """Aᵀ laid out anew, by which BLAS multiplies faster than by a view."""
    out = np.empty((a.shape[1], a.shape[0]), a.dtype)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j, i] = a[i, j]
    return out


@kernel(borrows=True)
def hide(s, head, first, start, mask, causal):
    """Add the mask, and -∞ where a causal query may not see."""
    which, tables = mask
    for r in range(len(s)):
        if len(tables):
            row = tables[which[head], first + r]
            for j in range(s.shape[1]):
                s[r, j] += row[start + j]
        if causal:
            for j in range(max(0, first + r + 1 - start), s.shape[1]):
                s[r, j] = NONE


@kernel(borrows=True)
def multiply(p, head, first, start, keep):
    """p times dropout's mask, if there is one."""
    which, tables = keep
    if len(tables):
        for r in range(len(p)):
            row = tables[which[head], first + r]
            for j in range(p.shape[1]):
                p[r, j] *= row[start + j]


@kernel(borrows=True, error_model="numpy")
def sum_up(s, tops, totals, o):
    """S becomes exp(S - top), top the largest so far, to which its sum and o shrink."""
    for r in range(len(s)):
        before = tops[r]
        tops[r] = max(before, largest(s[r]))
        top = tops[r] if tops[r] != NONE else ZERO
        shrink = exp(before - top)
        totals[r] = totals[r] * shrink + exponentials(s[r], top)
        for e in range(o.shape[1]):
            o[r, e] *= shrink


@kernel(borrows=True)
def weigh(s, ds, log_totals, along):
    """S becomes P, and P̄ becomes S̄."""
    for r in range(len(s)):
        exponentials(s[r], log_totals[r])
        for j in range(s.shape[1]):
            ds[r, j] = s[r, j] * (ds[r, j] - along[r])


@kernel(borrows=True)
def add(part, total):
    """total += part: NumPy's words for it, compiled, cost a third of the product before."""
    for i in range(len(part)):
        for j in range(part.shape[1]):
            total[i, j] += part[i, j]
