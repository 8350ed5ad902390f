"""The unit of an expression, strictly: dimension and scale alike. A misfit is an error that shows both sides."""

from __future__ import annotations

from collections.abc import Callable

from ketasim import units
from ketasim.errors import ModelError, UnitError
from ketasim.model.expression import COMPARISONS, Node, names
from ketasim.model.expression import evaluate_node as value_of
from ketasim.model.typeset import to_text
from ketasim.units import Measure

ONE = Measure(1.0, (), ())


def unit_of(node: Node, unit: Callable[[str], Measure], where: str) -> Measure | None:
    """The unit of an expression over names with units; None for a bare 0, which is zero in every unit.

    ModelError begins with `where` and shows the two sides that do not fit.
    """
    if node.op == "number":
        if node.unit:
            try:
                return units.measure(node.unit)
            except UnitError as why:
                raise ModelError(f"{where}: {why}") from why
        return None if node.value == 0 else ONE
    if node.op == "name":
        return unit(node.name)
    if node.op == "**":
        return _power(node, unit, where)
    parts = [unit_of(arg, unit, where) for arg in node.args]
    first = parts[0]
    match node.op:
        case "neg" | "abs":
            return first
        case "*":
            return (first or ONE) * (parts[1] or ONE) if first and parts[1] else None
        case "/":
            return first / (parts[1] or ONE) if first else None
        case "sqrt":
            return first.power(0.5) if first else None
        case "exp" | "log":
            if first and not first.fits(ONE):
                raise ModelError(
                    f"{where}: {node.op} takes a pure number, but {to_text(node.args[0])!r} is in {first.text}; "
                    "divide by a reference in the same unit."
                )
            return ONE
        case "if_else":
            return _alike(node, parts[1:], node.args[1:], where)
    return _alike(node, parts, node.args, where)


def _power(node: Node, unit: Callable[[str], Measure], where: str) -> Measure | None:
    base, exponent = (unit_of(arg, unit, where) for arg in node.args)
    if exponent and not exponent.fits(ONE):
        raise ModelError(f"{where}: the exponent {to_text(node.args[1])!r} is in {exponent.text}; it must be a number.")
    if base is None or base.fits(ONE):
        return ONE if base or any(names(node)) else None
    if any(names(node.args[1])):
        raise ModelError(
            f"{where}: {to_text(node.args[0])!r} is in {base.text} and its exponent {to_text(node.args[1])!r} is not a "
            "constant; divide by a reference first, as in (C / EC50)**n."
        )
    return base.power(value_of(node.args[1]))


def _alike(node: Node, parts: list[Measure | None], args: tuple[Node, ...], where: str) -> Measure | None:
    known = [(part, arg) for part, arg in zip(parts, args, strict=True) if part is not None]
    for part, arg in known[1:]:
        first, shown = known[0]
        if not part.fits(first):
            does = "compares" if node.op in COMPARISONS else "joins"
            raise ModelError(
                f"{where}: {node.op!r} {does} {to_text(shown)!r} in {first.text} with {to_text(arg)!r} in "
                f"{part.text}{scale_hint(part, first)}."
            )
    return known[0][0] if known else None


def scale_hint(came: Measure, wanted: Measure) -> str:
    """What to multiply by where only the scale is wrong; nothing where the dimension is."""
    if came.powers != wanted.powers:
        return " (the dimensions differ)"
    ratio = f"{came.factor / wanted.factor:.12g}"
    return f" (same dimension, but {ratio} times the size: multiply by {ratio} [{wanted.text}/({came.text})])"
