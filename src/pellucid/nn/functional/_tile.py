"""A tile of a product of matrices, whose sums stay in registers while all terms are added.

    out += a w,    a (R, K), w (K, J), out (R, J)

The terms may lie on more axes than one, a (R, ..., K) and w (..., K, J), and those of a anywhere.
A loop over arrays would fetch and put back each sum for every few terms, at half the speed.  Numba
has no word for a register, so this innermost loop is written in LLVM's: sums are vectors of eight,
twelve of them, which with one of ``a`` and what is read of w are as many as every processor has;
direct convolution takes sixteen, so that its panels part 32, 64 and 128 filters evenly.
"""

from contextlib import ExitStack

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = [
    *("NARROW", "ROW", "ROWS", "WIDE", "WIDTH"),
    *("add_four", "add_four_rows", "add_one", "add_row", "add_three", "add_two"),
]

NUMBER, LANES, VECTORS = ir.FloatType(), 8, 12
VECTOR = ir.VectorType(NUMBER, LANES)
FUSED = ("contract",)  # a product and a sum in one instruction
ROWS, WIDTH = 4, LANES * VECTORS // 4  # of a tile of many rows,
ROW, WIDE = 1, LANES * VECTORS  # and of one row alone,
NARROW = 4 * LANES  # and of one to four rows of a direct convolution


def _tile(rows, vectors):
    @intrinsic
    def add(context, a, w, out):
        def generate(context, builder, signature, arguments):
            a, w, out = (
                _Matrix(builder, context.make_array(kind)(context, builder, value))
                for kind, value in zip(signature.args, arguments, strict=True)
            )
            places = [(r, v) for r in range(rows) for v in range(vectors)]
            sums = {(r, v): cgutils.alloca_once_value(builder, out.vector(v, r)) for r, v in places}
            with ExitStack() as loops:
                each = [cgutils.for_range(builder, length) for length in w.shape[:-1]]
                at = [loops.enter_context(loop).index for loop in each]
                terms = [w.vector(v, *at) for v in range(vectors)]
                factors = [a.spread(r, *at) for r in range(rows)]
                for r, v in places:
                    product = builder.fmul(factors[r], terms[v], flags=FUSED)
                    total = builder.fadd(builder.load(sums[r, v]), product, flags=FUSED)
                    builder.store(total, sums[r, v])
            for r, v in places:
                builder.store(builder.load(sums[r, v]), out.place(v, r), align=4)
            return context.get_dummy_value()

        return types.void(a, w, out), generate

    return add


class _Matrix:
    """A float32 array whose numbers lie anywhere; vectors are taken along its last axis."""

    def __init__(self, builder, array):
        self.builder, self.start = builder, array.data
        self.shape = cgutils.unpack_tuple(builder, array.shape)
        self.steps = cgutils.unpack_tuple(builder, array.strides)  # in bytes

    def number(self, *at):
        """The address of a number."""
        address = self.start
        for place, step in zip(at, self.steps, strict=False):
            place = ir.IntType(64)(place) if isinstance(place, int) else place
            offset = self.builder.mul(place, step)
            address = cgutils.pointer_add(self.builder, address, offset, NUMBER.as_pointer())
        return address

    def place(self, v, *at):
        """The address of the v-th vector of a row."""
        start = self.builder.gep(self.number(*at), [ir.IntType(64)(v * LANES)])
        return self.builder.bitcast(start, VECTOR.as_pointer())

    def vector(self, v, *at):
        return self.builder.load(self.place(v, *at), align=4)

    def spread(self, *at):
        """A vector of one number."""
        first, nothing = ir.IntType(32)(0), ir.Constant(VECTOR, ir.Undefined)
        number = self.builder.load(self.number(*at))
        vector = self.builder.insert_element(nothing, number, first)
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.builder.shuffle_vector(vector, nothing, everywhere)


add_four_rows, add_row = _tile(ROWS, VECTORS // ROWS), _tile(ROW, VECTORS // ROW)
add_one, add_two, add_three, add_four = (_tile(rows, NARROW // LANES) for rows in (1, 2, 3, 4))
