"""Eight numbers at once, for compiled loops that a compiler does not see through by itself.

A loop over short runs of several arrays spends most of its time on finding out that the arrays do
not overlap. Here the numbers of a run are held in the processor's own registers instead:
:func:`load` eight neighbours, compare and choose among them, :func:`store` them. Usable in
compiled functions only.
"""

# ruff: noqa: ANN401, ARG001, ARG005 - numba's own values have no types, and it calls with all these

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, models, register_model

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 8
"""Numbers that are taken at once."""


class Lanes(types.Type):  # type: ignore[misc]
    """Eight numbers, or eight answers, of one kind."""

    def __init__(self, of: Any) -> None:
        self.of = of
        super().__init__(name=f"lanes({of})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    """As one register, or as many as the processor needs."""

    def __init__(self, manager: Any, kind: Lanes) -> None:
        element = ir.IntType(1) if kind.of == types.boolean else manager[kind.of].get_value_type()
        super().__init__(manager, kind, ir.VectorType(element, WIDTH))


_TRUTH = Lanes(types.boolean)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Return a pointer to eight neighbours in a contiguous array of one dimension."""
    data = context.make_array(kind)(context, builder, array).data
    element = context.get_value_type(kind.dtype)
    return builder.bitcast(builder.gep(data, [at]), ir.VectorType(element, WIDTH).as_pointer())


@intrinsic
def load(typing: Any, array: Any, at: Any) -> Any:
    """Return eight numbers of an array of one dimension from an index on."""

    def made(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = signature.args[0]
        pointer = _pointer(context, builder, kind, values[0], values[1])
        return builder.load(pointer, align=kind.dtype.bitwidth // 8)

    return Lanes(array.dtype)(array, types.intp), made


@intrinsic
def store(typing: Any, array: Any, at: Any, lanes: Any) -> Any:
    """Write eight numbers into an array of one dimension from an index on."""

    def made(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = signature.args[0]
        pointer = _pointer(context, builder, kind, values[0], values[1])
        builder.store(values[2], pointer, align=kind.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(array, types.intp, lanes), made


@intrinsic
def spread(typing: Any, value: Any) -> Any:
    """Return one number eight times."""

    def made(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = ir.VectorType(context.get_value_type(signature.args[0]), WIDTH)
        one = builder.insert_element(
            ir.Constant(kind, ir.Undefined), values[0], ir.Constant(ir.IntType(32), 0)
        )
        first = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), first)

    return Lanes(value)(value), made


def _of_two(
    name: str, doc: str, result: Callable[[Any], Any], made: Callable[[Any, Any, Any], Any]
) -> Any:
    def typed(typing: Any, one: Any, other: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return made(builder, values[0], values[1])

        return result(one)(one, other), code

    typed.__name__, typed.__doc__ = name, doc
    return intrinsic(typed)


plus = _of_two(
    "plus", "Return sums of floats.", lambda kind: kind, lambda b, one, other: b.fadd(one, other)
)
above = _of_two(
    "above",
    "Tell which floats are above others.",
    lambda kind: _TRUTH,
    lambda b, one, other: b.fcmp_ordered(">", one, other),
)
same = _of_two(
    "same",
    "Tell which whole numbers are the same.",
    lambda kind: _TRUTH,
    lambda b, one, other: b.icmp_signed("==", one, other),
)


@intrinsic
def chosen(typing: Any, truth: Any, one: Any, other: Any) -> Any:
    """Return the first where it is true, the second elsewhere."""

    def made(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(*values)

    return one(truth, one, other), made
