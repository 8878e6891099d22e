"""Box and Muller's normals, rounded as PyTorch's CPU kernels round them.

    z₀ = √(-2 log(1 - u)) cos(2πv),    z₁ = √(-2 log(1 - u)) sin(2πv),    u, v uniform in [0, 1)

Float32 goes through the polynomials of Moshier's Cephes library with fused multiply-adds, float64
through the C library.  Each result is then μ + σz, in one rounding too.

Cephes: Moshier, *Methods and Programs for Mathematical Functions* (1989), `logf`, `sinf`, `cosf`.
"""

import math

import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from pellucid._compile import kernel

f32, i32 = np.float32, np.int32
TWO_PI, SQRT_HALF = f32(2 * math.pi), f32(math.sqrt(0.5))
# log(1 + m) = m - m²/2 + m³ P(m)
LOG = tuple(
    f32(c)
    for c in (
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    )
)
SIN = f32(-1.9515295891e-4), f32(8.3321608736e-3), f32(-1.6666654611e-1)
COS = f32(2.443315711809948e-5), f32(-1.388731625493765e-3), f32(4.166664568298827e-2)
# what is large and short, and the rest: e · LN2_HIGH and j · QUARTER_HIGH are then exact
LN2_HIGH, LN2_LOW = f32(0.693359375), f32(-2.12194440e-4)
QUARTER_HIGH, QUARTER_MIDDLE = f32(-0.78515625), f32(-2.4187564849853515625e-4)
QUARTER_LOW, FOUR_OVER_PI = f32(-3.77489497744594108e-8), f32(1.27323954473516)


@intrinsic
def fma(typing, a, b, c):
    """a · b + c, rounded once."""

    def build(context, builder, signature, values):
        kind = values[0].type
        name = "llvm.fma.f32" if isinstance(kind, ir.FloatType) else "llvm.fma.f64"
        function = builder.module.declare_intrinsic(
            name, (kind,), ir.FunctionType(kind, [kind] * 3)
        )
        return builder.call(function, values)

    return a(a, a, a), build


@kernel(borrows=True)
def affine(x, mean, std):
    """x ← μ + σx."""
    for i in range(len(x)):
        x[i] = fma(x[i], std, mean)


@kernel(borrows=True)
def normals_float32(mantissa, exponent, v, first, second, mean, std):
    """1 - u = 2ᵉ · mantissa, in [1/2, 1).  No branch: eight or sixteen go through at once."""
    for i in range(len(v)):
        small = mantissa[i] < SQRT_HALF
        m = mantissa[i] + (mantissa[i] if small else f32(0)) - f32(1)
        e = f32(exponent[i] - i32(1 if small else 0))
        p = LOG[0]
        for c in LOG[1:]:
            p = fma(p, m, c)
        log = fma(p * m, m * m, e * LN2_LOW)
        log = fma(e, LN2_HIGH, m + fma(m * m, f32(-0.5), log))
        radius = np.sqrt(f32(-2) * log)

        angle = TWO_PI * v[i]
        octant = (i32(angle * FOUR_OVER_PI) + i32(1)) & i32(-2)
        j = f32(octant)
        t = fma(j, QUARTER_LOW, fma(j, QUARTER_MIDDLE, fma(j, QUARTER_HIGH, angle)))
        tt = t * t
        sin = fma(fma(fma(SIN[0], tt, SIN[1]), tt, SIN[2]) * tt, t, t)
        cos = fma(fma(COS[0], tt, COS[1]), tt, COS[2]) * tt
        cos = fma(cos, tt, f32(-0.5) * tt) + f32(1)
        turned = octant & i32(2)  # by a right angle
        x, y = -sin if turned else cos, cos if turned else sin
        opposite = octant & i32(4)
        first[i] = fma(radius * (-x if opposite else x), std, mean)
        second[i] = fma(radius * (-y if opposite else y), std, mean)


@kernel(borrows=True)
def normals_float64(u, v, first, second, mean, std):
    """The same in double precision."""
    for i in range(len(v)):
        radius = math.sqrt(-2 * math.log(1 - u[i]))
        first[i] = fma(radius * math.cos(2 * math.pi * v[i]), std, mean)
        second[i] = fma(radius * math.sin(2 * math.pi * v[i]), std, mean)


@kernel(borrows=True)
def pairs(u, out):
    """One pair after the other, of v and u, as few normals and scattered ones are drawn."""
    for i in range(0, len(u), 2):
        radius = math.sqrt(-2 * math.log1p(-u[i + 1]))
        out[i] = radius * math.cos(2 * math.pi * u[i])
        out[i + 1] = radius * math.sin(2 * math.pi * u[i])


@kernel(borrows=True)
def exponentials(u, scale):
    """u ← -log(1 - u) / λ."""
    for i in range(len(u)):
        u[i] = scale * math.log1p(-u[i])


@kernel(borrows=True)
def shuffle(order, words):
    """Fisher and Yates: place i is exchanged with one of those from i on."""
    n = len(order)
    for i in range(n - 1):
        j = i + words[i] % (n - i)
        order[i], order[j] = order[j], order[i]
