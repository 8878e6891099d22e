"""MurmurHash3 (x86, 32 bits) of many strings in one compiled pass."""

import numpy as np

from pellucid._compile import kernel

__all__ = ["murmur3"]


def murmur3(tokens, seed=0):
    """The signed 32-bit hash of each token's UTF-8 bytes, an int32 array (V,)."""
    encoded = [t if isinstance(t, bytes) else t.encode() for t in tokens]
    ends = np.cumsum([0, *map(len, encoded)])
    text = np.frombuffer(b"".join(encoded), np.uint8)
    out = np.empty(len(encoded), np.uint32)
    _murmur3(text, ends, np.uint32(seed), out)
    return out.view(np.int32)


@kernel
def _rotate(x, bits):
    return np.uint32(x << bits) | np.uint32(x >> (32 - bits))


@kernel
def _times(x, factor):
    return np.uint32(x * factor)  # the product is 64 bits wide in Numba, as in C it is not


@kernel
def _scramble(k):
    return _times(_rotate(_times(k, 0xCC9E2D51), 15), 0x1B873593)


@kernel
def _murmur3(text, ends, seed, out):
    """``sklearn.utils.murmurhash3_32(text[ends[i]:ends[i + 1]], seed)`` for each i."""
    for i in range(len(out)):
        length = ends[i + 1] - ends[i]
        tail = ends[i + 1] - length % 4
        h = np.uint32(seed)
        for at in range(ends[i], tail, 4):
            h = _rotate(h ^ _scramble(_word(text, at, 4)), 13)
            h = np.uint32(_times(h, 5) + 0xE6546B64)
        h ^= _scramble(_word(text, tail, length % 4)) ^ np.uint32(length)
        h = _times(h ^ (h >> 16), 0x85EBCA6B)  # every bit stirs every other
        h = _times(h ^ (h >> 13), 0xC2B2AE35)
        out[i] = h ^ (h >> 16)


@kernel
def _word(text, at, n_bytes):
    """The number that up to four bytes make, the first one lowest."""
    k = np.uint32(0)
    for byte in range(n_bytes):
        k |= np.uint32(text[at + byte] << (8 * byte))
    return k
