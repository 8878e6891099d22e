"""A tile of a product of matrices, whose sums stay in registers while all terms are added.

    out += a w,    a (R, K), w (K, J), out (R, J)

A loop over arrays would fetch and put back each sum for every few terms, at half the speed.  Numba
has no word for a register, so this innermost loop is written in LLVM's: sums are vectors of eight,
twelve of them, which with one of ``a`` and what is read of w are as many as every processor has.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["ROW", "ROWS", "WIDE", "WIDTH", "add_four_rows", "add_row"]

NUMBER, LANES, VECTORS = ir.FloatType(), 8, 12
VECTOR = ir.VectorType(NUMBER, LANES)
FUSED = ("contract",)  # a product and a sum in one instruction
ROWS, WIDTH = 4, LANES * VECTORS // 4  # of a tile of many rows,
ROW, WIDE = 1, LANES * VECTORS  # and of one row alone


def _tile(rows):
    @intrinsic
    def add(context, a, w, out):
        def generate(context, builder, signature, arguments):
            a, w, out = (
                _Matrix(builder, context.make_array(kind)(context, builder, value))
                for kind, value in zip(signature.args, arguments, strict=True)
            )
            places = [(r, v) for r in range(rows) for v in range(VECTORS // rows)]
            sums = {(r, v): cgutils.alloca_once_value(builder, out.vector(r, v)) for r, v in places}
            with cgutils.for_range(builder, w.length) as loop:
                terms = [w.vector(loop.index, v) for v in range(VECTORS // rows)]
                factors = [a.spread(r, loop.index) for r in range(rows)]
                for r, v in places:
                    product = builder.fmul(factors[r], terms[v], flags=FUSED)
                    total = builder.fadd(builder.load(sums[r, v]), product, flags=FUSED)
                    builder.store(total, sums[r, v])
            for r, v in places:
                builder.store(builder.load(sums[r, v]), out.place(r, v), align=4)
            return context.get_dummy_value()

        return types.void(a, w, out), generate

    return add


class _Matrix:
    """A float32 matrix whose rows lie anywhere, each in one piece."""

    def __init__(self, builder, array):
        self.builder, self.start = builder, array.data
        self.length = builder.extract_value(array.shape, 0)
        self.step = builder.extract_value(array.strides, 0)  # in bytes

    def number(self, row, column):
        """The address of a number."""
        row, column = (ir.IntType(64)(k) if isinstance(k, int) else k for k in (row, column))
        offset = self.builder.mul(row, self.step)
        start = cgutils.pointer_add(self.builder, self.start, offset, NUMBER.as_pointer())
        return self.builder.gep(start, [column])

    def place(self, row, v):
        """The address of the v-th vector of a row."""
        return self.builder.bitcast(self.number(row, v * LANES), VECTOR.as_pointer())

    def vector(self, row, v):
        return self.builder.load(self.place(row, v), align=4)

    def spread(self, row, column):
        """A vector of one number."""
        first, nothing = ir.IntType(32)(0), ir.Constant(VECTOR, ir.Undefined)
        number = self.builder.load(self.number(row, column))
        vector = self.builder.insert_element(nothing, number, first)
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.builder.shuffle_vector(vector, nothing, everywhere)


add_four_rows, add_row = _tile(ROWS), _tile(ROW)
