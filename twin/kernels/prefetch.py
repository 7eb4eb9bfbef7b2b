"""Ask for memory before it is needed: a hint to the processor that changes no result.

Who needs something next is a row of a million residents that no cache holds. Asked for a
few events ahead, the row is there when its turn comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llvmlite import ir
from numba.core import cgutils, config, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FOR_READING: Final = 0
_KEEP_NEAR: Final = 3
_DATA: Final = 1


def _prefetch_code(
    _context: Any,  # noqa: ANN401 - Numba's types are untyped
    array: Any,  # noqa: ANN401
    _index: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Return type and code of the hint for one element, counted in memory order."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        kind = signature.args[0]
        view = context.make_array(kind)(context, builder, arguments[0])
        if kind.layout == "C":
            address = builder.gep(view.data, [arguments[1]])
        else:
            stride = cgutils.unpack_tuple(builder, view.strides, kind.ndim)[-1]
            address = cgutils.pointer_add(builder, view.data, builder.mul(arguments[1], stride))
        byte = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        hint = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, number, number, number]),
            "llvm.prefetch.p0",
        )
        how = [ir.Constant(number, one) for one in (_FOR_READING, _KEEP_NEAR, _DATA)]
        builder.call(hint, [builder.bitcast(address, byte), *how])
        return context.get_dummy_value()

    return types.void(array, types.int64), code


if config.DISABLE_JIT:

    def prefetch(array: NDArray[Any], index: int | np.integer[Any]) -> None:
        """Do nothing: plain Python has no such hint."""

else:
    prefetch = intrinsic(_prefetch_code)
