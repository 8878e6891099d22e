"""A tile of a product of matrices, whose sums stay in registers while all terms are added.

    out += a w,    a (R, K), w (K, J), out (R, J);    or out = a w
    out = a wᵀ + bias,    w (J, K)

The terms may lie on more axes than one, a (..., R, K) and w (..., K, J), and those of a anywhere.
A loop over arrays would fetch and put back each sum for every few terms, at half the speed.  Numba
has no word for a register, so this innermost loop is written in LLVM's: sums are vectors of eight,
twelve of them, which with one of ``a`` and what is read of w are as many as every processor has.
Convolutions, whose panels part 32, 64 and 128 filters evenly, and products of few rows take vectors
of sixteen numbers, which a processor without such makes of two.
"""

from contextlib import ExitStack

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = [
    *("NARROW", "ROW", "ROWS", "WIDE", "WIDTH"),
    *("add_eight", "add_four", "add_four_rows", "add_one", "add_pack", "add_pack_turned"),
    *("add_row", "add_three", "add_two"),
    *("LONG", "multiply_eight_rows", "multiply_four_rows"),
    *("scalar_products", "scalar_products_of_row"),
]

NUMBER, LANES, VECTORS, LONG = ir.FloatType(), 8, 12, 16
FUSED = ("contract",)  # a product and a sum in one instruction
ROWS, WIDTH = 4, LANES * VECTORS // 4  # of a tile of many rows,
ROW, WIDE = 1, LANES * VECTORS  # and of one row alone,
NARROW = 2 * LONG  # and of one to eight rows of a direct convolution


def _tile(rows, vectors, lanes=LANES, adds=True, steps=((), (), ())):
    """For so many rows and vectors; last ``steps`` that are known leave addresses no arithmetic."""

    @intrinsic
    def tile(context, a, w, out):
        def generate(context, builder, signature, arguments):
            matrices = _matrices(context, builder, signature, arguments, lanes)
            for matrix, known in zip(matrices, steps, strict=True):
                matrix.know(known)
            a, w, out = matrices
            places = [(r, v) for r in range(rows) for v in range(vectors)]
            nothing = ir.Constant(out.kind, [0.0] * lanes)
            sums = {(r, v): out.vector(lanes * v, r) if adds else nothing for r, v in places}
            sums = {at: cgutils.alloca_once_value(builder, first) for at, first in sums.items()}
            with ExitStack() as loops:
                each = [cgutils.for_range(builder, length) for length in w.shape[:-1]]
                at = [loops.enter_context(loop).index for loop in each]
                terms = [w.vector(lanes * v, *at) for v in range(vectors)]
                factors = [a.spread(*at[:-1], r, at[-1]) for r in range(rows)]
                for r, v in places:
                    _add_product(builder, factors[r], terms[v], sums[r, v])
            for r, v in places:
                builder.store(builder.load(sums[r, v]), out.place(lanes * v, r), align=4)
            return context.get_dummy_value()

        return types.void(a, w, out), generate

    return tile


def _scalar_products(rows, columns, lanes):
    """Each sum is a vector too, whose numbers are added up at last: so w is read as it lies."""

    @intrinsic
    def tile(context, a, w, bias, out):
        def generate(context, builder, signature, arguments):
            matrices = _matrices(context, builder, signature, arguments, lanes)
            a, w, bias, out = matrices
            places = [(r, c) for r in range(rows) for c in range(columns)]
            nothing, length = ir.Constant(a.kind, [0.0] * lanes), ir.IntType(64)(lanes)
            sums = {at: cgutils.alloca_once_value(builder, nothing) for at in places}

            def add(k, of=lambda terms: terms):
                terms = [of(w.vector(k, c)) for c in range(columns)]
                for r in range(rows):
                    factor = of(a.vector(k, r))
                    for c in range(columns):
                        _add_product(builder, factor, terms[c], sums[r, c])

            with cgutils.for_range(builder, builder.udiv(a.shape[1], length)) as loop:
                add(builder.mul(loop.index, length))
            rest = builder.urem(a.shape[1], length)
            with builder.if_then(builder.icmp_unsigned(">", rest, length.type(0))):
                new = _last(builder, rest, lanes)
                add(builder.sub(a.shape[1], length), lambda x: builder.select(new, x, nothing))
            kind, name = ir.FunctionType(NUMBER, [NUMBER, a.kind]), "llvm.vector.reduce.fadd"
            total = cgutils.get_or_insert_function(builder.module, kind, f"{name}.v{lanes}f32")
            for r, c in places:
                parts = [builder.load(bias.number(c)), builder.load(sums[r, c])]
                builder.store(builder.call(total, parts, fastmath=("reassoc",)), out.number(r, c))
            return context.get_dummy_value()

        return types.void(a, w, bias, out), generate

    return tile


def _last(builder, n, lanes):
    """Which numbers of a vector are the last n."""
    word, numbers = ir.IntType(64), range(lanes, 0, -1)
    n = _everywhere(builder, n, lanes)
    return builder.icmp_signed("<=", ir.Constant(ir.VectorType(word, lanes), list(numbers)), n)


def _everywhere(builder, number, lanes):
    """A vector of one number."""
    nothing = ir.Constant(ir.VectorType(number.type, lanes), ir.Undefined)
    vector = builder.insert_element(nothing, number, ir.IntType(32)(0))
    same = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(vector, nothing, same)


def _matrices(context, builder, signature, arguments, lanes):
    return [
        _Matrix(builder, context.make_array(kind)(context, builder, value), lanes)
        for kind, value in zip(signature.args, arguments, strict=True)
    ]


def _add_product(builder, a, b, total):
    product = builder.fmul(a, b, flags=FUSED)
    builder.store(builder.fadd(builder.load(total), product, flags=FUSED), total)


class _Matrix:
    """A float32 array whose numbers lie anywhere; vectors are taken along its last axis."""

    def __init__(self, builder, array, lanes):
        self.builder, self.start, self.lanes = builder, array.data, lanes
        self.kind = ir.VectorType(NUMBER, lanes)
        self.shape = cgutils.unpack_tuple(builder, array.shape)
        self.steps = cgutils.unpack_tuple(builder, array.strides)  # in bytes

    def know(self, steps):
        """That the last steps are these, in bytes."""
        known = [ir.IntType(64)(step) for step in steps]
        self.steps = [*self.steps[: len(self.steps) - len(known)], *known]

    def number(self, *at):
        """The address of a number."""
        address = self.start
        for place, step in zip(at, self.steps, strict=False):
            place = ir.IntType(64)(place) if isinstance(place, int) else place
            offset = self.builder.mul(place, step)
            address = cgutils.pointer_add(self.builder, address, offset, NUMBER.as_pointer())
        return address

    def place(self, j, *row):
        """The address of the vector that begins at the j-th number of a row."""
        j = ir.IntType(64)(j) if isinstance(j, int) else j
        start = self.builder.gep(self.number(*row), [j])
        return self.builder.bitcast(start, self.kind.as_pointer())

    def vector(self, j, *row):
        return self.builder.load(self.place(j, *row), align=4)

    def spread(self, *at):
        """A vector of one number."""
        return _everywhere(self.builder, self.builder.load(self.number(*at)), self.lanes)


add_four_rows, add_row = _tile(ROWS, VECTORS // ROWS), _tile(ROW, VECTORS // ROW)
PACK = 4 * LONG  # bytes of a row of numbers in a pack
add_pack, add_pack_turned = (
    _tile(8, 1, LONG, steps=(steps, (PACK, 4), (PACK, 4))) for steps in ((PACK, 4), (4, PACK))
)
add_one, add_two, add_three, add_four, add_eight = (
    _tile(rows, NARROW // LONG, LONG) for rows in (1, 2, 3, 4, 8)
)
multiply_eight_rows, multiply_four_rows = (
    _tile(rows, vectors, LONG, adds=False) for rows, vectors in ((8, 2), (4, 4))
)
scalar_products, scalar_products_of_row = _scalar_products(4, 6, LONG), _scalar_products(1, 8, LONG)
