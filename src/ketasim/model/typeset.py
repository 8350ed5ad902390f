"""Expressions as people read them: plain text and LaTeX, with no more brackets than they need."""

from __future__ import annotations

from ketasim.model.expression import COMPARISONS, Node

_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}
_LATEX_SIGNS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}


def _rank(node: Node) -> int:
    if node.op == "number":
        return 5 if node.value >= 0 and not node.unit else 4
    return 0 if node.op in COMPARISONS else _RANK.get(node.op, 5)


def _wrap(text: str, yes: bool) -> str:
    return f"({text})" if yes else text


def to_text(node: Node) -> str:
    """An expression in the language itself; parsing it gives the same expression."""
    if node.op == "number":
        value = repr(int(node.value)) if node.value == int(node.value) and abs(node.value) < 1e15 else repr(node.value)
        return f"{value} [{node.unit}]" if node.unit else value
    if node.op == "name":
        return node.name
    args = [to_text(arg) for arg in node.args]
    ranks = [_rank(arg) for arg in node.args]
    own = _rank(node)
    if node.op == "neg":
        return "-" + _wrap(args[0], ranks[0] <= own)
    if node.op == "**":
        return f"{_wrap(args[0], ranks[0] <= own)}**{_wrap(args[1], ranks[1] < own)}"
    if node.op in _RANK or node.op in COMPARISONS:
        left = _wrap(args[0], ranks[0] < own)
        return f"{left} {node.op} {_wrap(args[1], ranks[1] <= own or node.args[1].op == 'neg')}"
    return f"{node.op}({', '.join(args)})"


def latex_name(name: str) -> str:
    r"""A symbol as LaTeX: "pk.CL_R" becomes \mathrm{CL\_R}^{\mathrm{pk}}, "t" stays t."""
    component, _, symbol = name.rpartition(".")
    body = symbol.replace("_", r"\_")
    shown = body if len(symbol) == 1 else rf"\mathrm{{{body}}}"
    return shown + rf"^{{\mathrm{{{component.replace('_', ' ')}}}}}" if component else shown


def latex_unit(unit: str) -> str:
    """A unit as upright LaTeX text."""
    return rf"\mathrm{{{unit.replace('%', chr(92) + '%').replace('**', '^').replace('*', chr(92) + 'cdot ')}}}"


def to_latex(node: Node) -> str:
    """An expression as LaTeX (mathematics mode)."""
    if node.op == "number":
        shown = f"{node.value:.15g}"
        if "e" in shown:
            mantissa, _, power = shown.partition("e")
            shown = rf"{mantissa}\cdot 10^{{{int(power)}}}"
        return rf"{shown}\,{latex_unit(node.unit)}" if node.unit else shown
    if node.op == "name":
        return latex_name(node.name)
    args = [to_latex(arg) for arg in node.args]
    ranks = [_rank(arg) for arg in node.args]
    return _latex_operation(node, args, ranks)


def _bracket(text: str, yes: bool) -> str:
    return rf"\left({text}\right)" if yes else text


def _latex_operation(node: Node, args: list[str], ranks: list[int]) -> str:
    match node.op:
        case "neg":
            return "-" + _bracket(args[0], ranks[0] < 2)
        case "/":
            return rf"\frac{{{args[0]}}}{{{args[1]}}}"
        case "*":
            return rf"{_bracket(args[0], ranks[0] < 2)} \cdot {_bracket(args[1], ranks[1] < 2 or ranks[1] == 3)}"
        case "+":
            return f"{args[0]} + {_bracket(args[1], ranks[1] == 3)}"
        case "-":
            return f"{args[0]} - {_bracket(args[1], ranks[1] in (1, 3))}"
        case "**":
            plain = node.args[0].op == "number" or (node.args[0].op == "name" and "." not in node.args[0].name)
            return rf"{_bracket(args[0], not plain)}^{{{args[1]}}}"
        case "sqrt":
            return rf"\sqrt{{{args[0]}}}"
        case "abs":
            return rf"\left|{args[0]}\right|"
        case "if_else":
            return (
                rf"\begin{{cases}} {args[1]} & \text{{if }} {args[0]} \\ {args[2]} & \text{{otherwise}} \end{{cases}}"
            )
        case "exp" | "log" | "min" | "max":
            name = {"log": "ln"}.get(node.op, node.op)
            return rf"\{name}\left({', '.join(args)}\right)"
    return f"{args[0]} {_LATEX_SIGNS.get(node.op, node.op)} {args[1]}"
