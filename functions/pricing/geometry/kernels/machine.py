"""What processors can do and numba has no words for: unaligned loads, prefetching, atomic updates.

`compare_and_swap` and `fetch_add` are what lets two threads share one table without a lock. They order memory as
`acq_rel` and `monotonic` of LLVM's reference.
"""

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_item_pointer
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

_WORD = ir.IntType(32)


def _pointer(context, builder, array_type, array, index):
    return get_item_pointer(context, builder, array_type, make_array(array_type)(context, builder, array), [index])


@intrinsic
def load_word(_, octets, at):
    """Return the four bytes of `octets` from `at` on as a uint32, wherever they lie."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments)
        return builder.load(builder.bitcast(pointer, _WORD.as_pointer()), align=1)

    return types.uint32(octets, types.intp), generate


@intrinsic
def prefetch(_, array, index):
    """Ask for the element's cache line, soon to be written to."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments)
        pointer = builder.bitcast(pointer, ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, _WORD, _WORD, _WORD])
        function = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], kind)
        write, keep, data = (_WORD(number) for number in (1, 3, 1))
        builder.call(function, [pointer, write, keep, data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic
def compare_and_swap(_, array, index, expected, replacement):
    """Put `replacement` where `expected` is, at once; return what was there, be it expected or not."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments[:2])
        pair = builder.cmpxchg(pointer, arguments[2], arguments[3], "acq_rel", "acquire")
        return builder.extract_value(pair, 0)

    return array.dtype(array, types.intp, array.dtype, array.dtype), generate


@intrinsic
def fetch_add(_, array, index, amount):
    """Add to an element, at once; return what was there before."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments[:2])
        return builder.atomic_rmw("add", pointer, arguments[2], "monotonic")

    return array.dtype(array, types.intp, array.dtype), generate
