"""*Atomic* access to memory that several threads write to, each a single instruction.

What stands before one of these in a kernel is done before it, and what stands after it, after.
"""

import platform
import sys

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["decrease", "give_way", "load", "pause", "store", "swap"]

WORD, ORDER = ir.IntType(64), "seq_cst"


@intrinsic
def load(context, address):
    """The number at the address."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(_pointer(builder, *arguments), ORDER, 8)

    return types.int64(types.uintp), generate


@intrinsic
def store(context, address, number):
    """Put the number there."""

    def generate(context, builder, signature, arguments):
        address, number = arguments
        builder.store_atomic(number, _pointer(builder, address), ORDER, 8)
        return context.get_dummy_value()

    return types.void(types.uintp, types.int64), generate


@intrinsic
def decrease(context, address):
    """Take one off the number there."""

    def generate(context, builder, signature, arguments):
        builder.atomic_rmw("sub", _pointer(builder, *arguments), WORD(1), ORDER)
        return context.get_dummy_value()

    return types.void(types.uintp), generate


@intrinsic
def swap(context, address, old, new):
    """Put the new number there if the old one still is; whether it was."""

    def generate(context, builder, signature, arguments):
        address, old, new = arguments
        found = builder.cmpxchg(_pointer(builder, address), old, new, ORDER)
        return builder.extract_value(found, 1)

    return types.boolean(types.uintp, types.int64, types.int64), generate


@intrinsic
def give_way(context):
    """Let another thread have the core, if one waits for it."""

    def generate(context, builder, signature, arguments):
        if sys.platform != "win32":
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def pause(context):
    """Nothing, for some ten nanoseconds, in which the core's other thread may work."""

    def generate(context, builder, signature, arguments):
        if platform.machine().lower() in ("x86_64", "amd64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause")
            builder.call(hint, [])
        return context.get_dummy_value()

    return types.void(), generate


def _pointer(builder, address):
    return builder.inttoptr(address, WORD.as_pointer())
