"""Functions of each number by itself, and their derivatives.

y = f(x): x̄ = ȳ f'(x), summed over the axes along which x was broadcast.  A derivative is written by
the input or by the output, whichever says it: only that is kept for the way back.
"""

import math
from numbers import Number

import numpy as np
import scipy.special

from pellucid.autograd.devices import anywhere
from pellucid.autograd.rules import primitive, sum_to
from pellucid.autograd.tape import op, unrecorded

__all__ = ["BINARY", "UNARY", "clip", "conjugate", "imag", "joined", "real", "where"]

BY_INPUT = {
    "log": (np.log, lambda x: 1 / x),
    "log1p": (np.log1p, lambda x: 1 / (1 + x)),
    "log2": (np.log2, lambda x: 1 / (x * math.log(2))),
    "log10": (np.log10, lambda x: 1 / (x * math.log(10))),
    "square": (np.square, lambda x: 2 * x),
    "abs": (np.absolute, lambda x: _direction(x)),
    "sin": (np.sin, lambda x: np.cos(x)),
    "cos": (np.cos, lambda x: -np.sin(x)),
    "asin": (np.arcsin, lambda x: 1 / np.sqrt(1 - x * x)),
    "acos": (np.arccos, lambda x: -1 / np.sqrt(1 - x * x)),
    "atan": (np.arctan, lambda x: 1 / (1 + x * x)),
    "sinh": (np.sinh, lambda x: np.cosh(x)),
    "cosh": (np.cosh, lambda x: np.sinh(x)),
    "asinh": (np.arcsinh, lambda x: 1 / np.sqrt(1 + x * x)),
    "acosh": (np.arccosh, lambda x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1))),
    "atanh": (np.arctanh, lambda x: 1 / (1 - x * x)),
    "erfc": (scipy.special.erfc, lambda x: -2 / math.sqrt(math.pi) * np.exp(-x * x)),
    "erf": (scipy.special.erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)),
    "lgamma": (scipy.special.gammaln, anywhere(scipy.special.digamma)),
    "digamma": (scipy.special.digamma, lambda x: zeta(2, x)),
}
BY_NUMBER = {"negative": (np.negative, -1), "positive": (np.positive, 1)}
BY_OUTPUT = {
    "exp": (np.exp, lambda y: y),
    "exp2": (np.exp2, lambda y: y * math.log(2)),
    "expm1": (np.expm1, lambda y: y + 1),
    "sqrt": (np.sqrt, lambda y: 0.5 / y),
    "rsqrt": (lambda x: 1 / np.sqrt(x), lambda y: -0.5 * y * y * y),
    "reciprocal": (lambda x: 1 / x, lambda y: -y * y),
    "tan": (np.tan, lambda y: 1 + y * y),
    "tanh": (np.tanh, lambda y: 1 - y * y),
    "sigmoid": (scipy.special.expit, lambda y: y * (1 - y)),
    "erfinv": (
        scipy.special.erfinv,
        lambda y: math.sqrt(math.pi) / 2 * np.exp(y * y),
    ),
}
FLAT = {  # their derivative is zero wherever there is one
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
    "trunc": np.trunc,
    "sign": np.sign,
}


def _by_input(name, function, derivative):
    compute = anywhere(function)

    def body(x):
        return compute(x), lambda dy: dy * derivative(x)

    return _unary(name, function, body)


def _by_output(name, function, derivative):
    compute = anywhere(function)

    def body(x):
        y = compute(x)
        return y, lambda dy: dy * derivative(y)

    return _unary(name, function, body)


def _by_number(name, function, slope):
    def body(x):
        return function(x), lambda dy: dy * slope

    return _unary(name, function, body)


def _flat(name, function):
    def body(x):
        return function(x), lambda dy: np.zeros_like(dy)

    return _unary(name, function, body)


def _unary(name, function, body):
    body.__name__ = body.__qualname__ = name
    return primitive(*[function] if isinstance(function, np.ufunc) else [])(body)


UNARY = {
    **{name: _by_input(name, *row) for name, row in BY_INPUT.items()},
    **{name: _by_output(name, *row) for name, row in BY_OUTPUT.items()},
    **{name: _by_number(name, *row) for name, row in BY_NUMBER.items()},
    **{name: _flat(name, function) for name, function in FLAT.items()},
}


def _binary(name, function, derivatives):
    """z = f(x, y); ``derivatives`` are ∂f/∂x and ∂f/∂y, as functions of x and y."""
    by_x, by_y = derivatives

    @primitive(function)
    def body(x, y):
        shapes = np.shape(x), np.shape(y)

        def vjp(dz):
            return (
                lambda: sum_to(dz * by_x(x, y), shapes[0]),
                lambda: sum_to(dz * by_y(x, y), shapes[1]),
            )

        return function(x, y), vjp

    body.__name__ = name
    return body


def _direction(x):
    """The slope of |x|: the sign of x; of a complex one, the conjugate of x / |x|."""
    if np.dtype(x.dtype).kind != "c":
        return np.sign(x)
    size = np.absolute(x)
    return np.conjugate(x) / np.where(np.equal(size, 0), np.ones_like(size), size)


def _squares(x, y):
    """x² + y²; 1 at the origin, where an angle has no slope, and that is taken as zero."""
    squares = x * x + y * y
    return np.where(np.equal(squares, 0), np.ones_like(squares), squares)


@primitive(np.conjugate)
def conjugate(x):
    return np.conjugate(x), lambda dy: np.conjugate(dy)


@primitive(np.real)
def real(x):
    return np.real(x), lambda dy: np.astype(dy, x.dtype)


@primitive(np.imag)
def imag(x):
    return np.imag(x), lambda dy: joined(np.zeros_like(dy), -dy)


@op
def joined(x, y):
    """x + iy, where also infinity stays what it is."""
    return _joined(x, y), lambda dz: (np.real(dz), -np.imag(dz))


@unrecorded
def _joined(x, y):
    z = np.empty(np.broadcast_shapes(x.shape, y.shape), np.result_type(x, np.complex64))
    z.real, z.imag = x, y
    return z


def _wins(compare, x, y):
    """One where x wins, one half where they are equal."""
    kind = getattr(x, "dtype", None) or y.dtype
    return np.astype(compare(x, y), kind) + np.astype(np.equal(x, y), kind) / 2


@op
def zeta(s: float, x):
    """Hurwitz' ζ(s, x) = Σ 1 / (x + n)ˢ; its derivative by x is -s ζ(s + 1, x)."""
    return _zeta(s, x), lambda dy: -s * dy * zeta(s + 1, x)


_zeta = unrecorded(anywhere(scipy.special.zeta))


@primitive(np.add)
def add(x, y):
    shapes = np.shape(x), np.shape(y)
    return x + y, lambda dz: (lambda: sum_to(dz, shapes[0]), lambda: sum_to(dz, shapes[1]))


@primitive(np.subtract)
def subtract(x, y):
    shapes = np.shape(x), np.shape(y)
    return x - y, lambda dz: (lambda: sum_to(dz, shapes[0]), lambda: sum_to(-dz, shapes[1]))


@primitive(np.multiply)
def multiply(x, y):
    if isinstance(y, Number):  # then x is not kept, and may be changed in place
        return x * y, lambda dz: (dz * y, None)
    if isinstance(x, Number):
        return x * y, lambda dz: (None, dz * x)

    def vjp(dz):
        return lambda: sum_to(dz * y, np.shape(x)), lambda: sum_to(dz * x, np.shape(y))

    return x * y, vjp


@primitive(np.divide)
def divide(x, y):
    if isinstance(y, Number):
        return x / y, lambda dz: (dz / y, None)

    def vjp(dz):
        return lambda: sum_to(dz / y, np.shape(x)), lambda: sum_to(-dz * x / (y * y), np.shape(y))

    return x / y, vjp


@primitive(np.power)
def power(x, y):
    """z = xʸ; ∂z/∂x = y xʸ⁻¹, which is 0 where y = 0; ∂z/∂y = xʸ log x, 0 where x = 0 <= y."""
    z = x**y

    def by_x(dz):
        less = np.where(np.equal(y, 0), np.ones_like(y), y - 1) if np.ndim(y) else y - 1 if y else 1
        return dz * y * x**less

    def by_y(dz):
        none = np.logical_and(np.equal(x, 0), np.greater_equal(y, 0))
        return dz * np.where(none, np.zeros_like(z), z * np.log(np.where(none, np.ones_like(z), x)))

    def vjp(dz):
        return lambda: sum_to(by_x(dz), np.shape(x)), lambda: sum_to(by_y(dz), np.shape(y))

    return z, vjp


@primitive(np.where)
def where(condition, x, y):
    shapes = np.shape(x), np.shape(y)

    def vjp(dz):
        nothing = np.zeros_like(dz)
        return (
            None,
            lambda: sum_to(np.where(condition, dz, nothing), shapes[0]),
            lambda: sum_to(np.where(condition, nothing, dz), shapes[1]),
        )

    return np.where(condition, x, y), vjp


@primitive(np.clip)
def clip(x, low=None, high=None):
    """min(max(x, low), high); the gradient goes to x on [low, high], else to the bound."""
    below = False if low is None else np.less(x, low)
    above = False if high is None else np.greater(x, high)
    crossed = False if low is None or high is None else low > high
    if np.any(crossed):  # there the upper bound holds
        below = np.logical_and(below, np.logical_not(crossed))
        above = np.logical_or(above, crossed)

    def vjp(dz):
        inside = np.logical_not(np.logical_or(below, above))
        return (
            lambda: sum_to(dz * inside, np.shape(x)),
            lambda: sum_to(dz * below, np.shape(low)),
            lambda: sum_to(dz * above, np.shape(high)),
        )

    return np.clip(x, low, high), vjp


BINARY = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "power": power,
    **{
        name: _binary(name, function, derivatives)
        for name, function, derivatives in [
            (
                "maximum",
                np.maximum,
                (
                    lambda x, y: _wins(np.greater, x, y),
                    lambda x, y: _wins(np.less, x, y),
                ),
            ),
            (
                "minimum",
                np.minimum,
                (
                    lambda x, y: _wins(np.less, x, y),
                    lambda x, y: _wins(np.greater, x, y),
                ),
            ),
            (
                "arctan2",
                np.arctan2,
                (lambda x, y: y / _squares(x, y), lambda x, y: -x / _squares(x, y)),
            ),
            ("remainder", np.remainder, (lambda x, y: 1, lambda x, y: -np.floor(x / y))),
            ("fmod", np.fmod, (lambda x, y: 1, lambda x, y: -np.trunc(x / y))),
        ]
    },
}
