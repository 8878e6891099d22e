"""The Mersenne twister MT19937, from the recurrence of its paper.

    x₍ₖ₊₆₂₄₎ = x₍ₖ₊₃₉₇₎ ⊕ A(upper bit of xₖ, lower 31 bits of x₍ₖ₊₁₎)         624 words, in place
    Ay = y >> 1, ⊕ 9908B0DF where y is odd

and each word is tempered on its way out.  NumPy's has the same words in twice the time.

Matsumoto and Nishimura, *Mersenne Twister* (1998).
"""

import numpy as np

from pellucid._compile import kernel

u32 = np.uint32
SIZE, AHEAD = 624, 397


@kernel(borrows=True)
def _twist(x, following, ahead):
    y = (x & u32(0x80000000)) | (following & u32(0x7FFFFFFF))
    return ahead ^ (y >> u32(1)) ^ ((y & u32(1)) * u32(0x9908B0DF))


@kernel(borrows=True)
def draw(x, position, out):
    """Fill ``out`` with the words from ``position`` on, and return where the next one stands."""
    done = 0
    while done < len(out):
        if position == SIZE:
            for k in range(SIZE - AHEAD):
                x[k] = _twist(x[k], x[k + 1], x[k + AHEAD])
            for k in range(SIZE - AHEAD, SIZE - 1):
                x[k] = _twist(x[k], x[k + 1], x[k + AHEAD - SIZE])
            x[SIZE - 1] = _twist(x[SIZE - 1], x[0], x[AHEAD - 1])
            position = 0
        count = min(SIZE - position, len(out) - done)
        for k in range(count):
            y = x[position + k]
            y ^= y >> u32(11)
            y ^= (y << u32(7)) & u32(0x9D2C5680)
            y ^= (y << u32(15)) & u32(0xEFC60000)
            out[done + k] = y ^ (y >> u32(18))
        position += count
        done += count
    return position
