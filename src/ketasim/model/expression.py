"""Expressions of the model language: a small parser that knows arithmetic, a few functions, and nothing else.

Python's `ast` reads the text, a white list of nodes decides what is an expression, and a Node of our own goes on;
nothing that a user writes is ever executed. `2 [h]` is a number with a unit.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import ModelError, UnknownName

F64 = NDArray[np.float64]
FUNCTIONS = {"exp": 1, "log": 1, "sqrt": 1, "abs": 1, "min": 2, "max": 2, "if_else": 3}
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
LONGEST, DEEPEST = 20_000, 120
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_UNIT = re.compile(r"\[([^\[\]]*)\]")
_HINTS = {
    ast.BitXor: "a power is written **",
    ast.Attribute: "a name is written component.symbol",
    ast.BoolOp: "nest if_else instead of 'and' and 'or'",
    ast.IfExp: "write if_else(condition, then, otherwise)",
    ast.Not: "turn the comparison round instead of 'not'",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One step of an expression.

    `op`: "number" (value, unit), "name" (name), "neg", + - * / **, a comparison, or a function's name.
    `at` is the column in the text, from 1.
    """

    op: str
    args: tuple[Node, ...] = ()
    name: str = ""
    value: float = 0.0
    unit: str = ""
    at: int = 0


class _Reader:
    """Turns an ast of one text into Nodes; raises ModelError with the place."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self.masked = _UNIT.sub(lambda m: "[" + "_" * max(1, len(m[1])) + "]", text)
        if "[]" in text.replace(" ", ""):
            raise self.error("an empty unit in [ ]", text.index("[") + 1)

    def error(self, what: str, column: int) -> ModelError:
        start = f"{self.where}: " if self.where else ""
        return ModelError(f"{start}cannot read {self.text[:200]!r} at column {column}: {what}.")

    def read(self) -> Node:
        if len(self.text) > LONGEST:
            raise ModelError(f"{self.where}: an expression has at most {LONGEST} characters; {len(self.text)} came.")
        if not self.masked.isascii():
            bad = next(i for i, c in enumerate(self.masked) if not c.isascii())
            raise self.error(f"the character {self.text[bad]!r}; names and operators are plain ASCII", bad + 1)
        if "\n" in self.masked.strip() or "\0" in self.masked or "#" in self.masked:
            raise self.error("an expression is one line without comments", 1)
        indent = len(self.masked) - len(self.masked.lstrip())
        try:
            tree = ast.parse(self.masked.strip(), mode="eval")
        except SyntaxError as why:
            raise self.error(f"{why.msg}", (why.offset or 1) + indent) from why
        except (RecursionError, MemoryError, ValueError) as why:
            raise self.error("it is nested too deeply", 1) from why
        self.indent = indent
        return self.node(tree.body, 0)

    def node(self, tree: ast.expr, depth: int) -> Node:
        at = tree.col_offset + 1 + self.indent
        if depth > DEEPEST:
            raise self.error(f"it is nested more than {DEEPEST} deep; split it into assignments", at)
        match tree:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return self.number(value, at)
            case ast.Subscript(value=ast.Constant(value=int() | float() as value)):
                unit = self.text[tree.slice.col_offset + self.indent : (tree.slice.end_col_offset or 0) + self.indent]
                return self.number(value, at, unit.strip())
            case ast.Name(id=name):
                return Node("name", name=name, at=at)
            case ast.Attribute(value=ast.Name(id=component), attr=symbol):
                return Node("name", name=f"{component}.{symbol}", at=at)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Node("neg", (self.node(operand, depth + 1),), at=at)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.node(operand, depth + 1)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return Node(_OPERATORS[type(op)], (self.node(left, depth + 1), self.node(right, depth + 1)), at=at)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(name, args, depth, at)
            case ast.Compare():
                raise self.error("a comparison may stand only as the condition of if_else", at)
        kind = type(tree.op) if isinstance(tree, ast.BinOp | ast.UnaryOp) else type(tree)
        hint = _HINTS.get(kind, "only + - * / **, numbers, names and " + ", ".join(FUNCTIONS) + " may be used")
        raise self.error(f"{kind.__name__} is not part of the language; {hint}", at)

    def number(self, value: float, at: int, unit: str = "") -> Node:
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if not np.isfinite(number):
            raise self.error("a number too large", at)
        return Node("number", value=number, unit=unit, at=at)

    def call(self, name: str, args: list[ast.expr], depth: int, at: int) -> Node:
        if name not in FUNCTIONS:
            raise self.error(str(UnknownName("function", name, FUNCTIONS)).rstrip("."), at)
        wanted = FUNCTIONS[name]
        if len(args) != wanted and not (name in ("min", "max") and len(args) > 1):
            raise self.error(f"{name} takes {wanted} arguments; {len(args)} came", at)
        if name == "if_else":
            first = self.condition(args[0], depth + 1)
            return Node(name, (first, *(self.node(a, depth + 1) for a in args[1:])), at=at)
        return Node(name, tuple(self.node(a, depth + 1) for a in args), at=at)

    def condition(self, tree: ast.expr, depth: int) -> Node:
        at = tree.col_offset + 1 + self.indent
        match tree:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
                return Node(_OPERATORS[type(op)], (self.node(left, depth + 1), self.node(right, depth + 1)), at=at)
        raise self.error("the condition of if_else is one comparison, such as t < 2 [h]", at)


@lru_cache(maxsize=8192)
def parse(text: str, where: str = "") -> Node:
    """The Node for a text; ModelError with `where` (which equation of which component) and the column."""
    if not isinstance(text, str) or not text.strip():
        raise ModelError(f"{where + ': ' if where else ''}an expression must be text such as 'CL * C'; {text!r} came.")
    return _Reader(text, where).read()


def names(node: Node) -> Iterator[Node]:
    """Every name in an expression, in order of appearance, as often as it appears."""
    if node.op == "name":
        yield node
    for arg in node.args:
        yield from names(arg)


@lru_cache(maxsize=1)
def _sympy() -> dict[str, Any]:
    import sympy as sp

    return {
        "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
        "**": _power, "neg": lambda a: -a, "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "==": sp.Eq,
        "!=": sp.Ne, "exp": sp.exp, "log": sp.log, "sqrt": sp.sqrt, "abs": sp.Abs, "min": sp.Min, "max": sp.Max,
        "if_else": lambda c, a, b: sp.Piecewise((a, c), (b, True)),
        "number": lambda v: sp.Integer(int(v)) if v == int(v) and abs(v) < 2**53 else sp.Float(v),
    }  # fmt: skip


def _power(base: Any, exponent: Any) -> Any:
    """base ** exponent; numbers that would grow without end (9**9**9) go over to floating point first."""
    import sympy as sp

    if base.is_number and exponent.is_number:
        try:
            folded = float(base) ** float(exponent)
        except (OverflowError, ZeroDivisionError, TypeError) as why:
            raise ModelError(f"The constant power ({base}) ** ({exponent}) has no finite value.") from why
        if isinstance(folded, complex):
            raise ModelError(f"The constant power ({base}) ** ({exponent}) is not real.")
        small = exponent.is_Integer and abs(folded) < 1e15
        return base**exponent if small else sp.Float(folded)
    if exponent.is_number:
        size = abs(float(exponent)) * abs(math.log(abs(float(base.as_coeff_Mul()[0])) or 1.0))
        return base**exponent if exponent.is_Integer and size < 30 else base ** _as_float(exponent)
    return base**exponent


def _as_float(number: Any) -> Any:
    import sympy as sp

    return number if number == sp.Rational(1, 2) or number == -sp.Rational(1, 2) else sp.Float(number)


@lru_cache(maxsize=8192)
def symbol(name: str) -> Any:
    """The sympy symbol of a qualified name; real, so that derivatives of abs, min and max stay simple."""
    import sympy as sp

    return sp.Symbol(name, real=True)


def to_sympy(node: Node, values: Mapping[str, Any] | None = None) -> Any:
    """The sympy expression; a name becomes `values[name]`, or its own symbol."""
    if node.op == "number":
        return _sympy()["number"](node.value)
    if node.op == "name":
        return symbol(node.name) if values is None else values[node.name]
    return _sympy()[node.op](*(to_sympy(arg, values) for arg in node.args))


def _fold(function: Any) -> Any:
    return lambda first, *rest: _fold(function)(function(first, rest[0]), *rest[1:]) if rest else first


_NUMPY: dict[str, Any] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power, "neg": np.negative,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "min": _fold(np.minimum), "max": _fold(np.maximum),
    "if_else": np.where,
}  # fmt: skip


def evaluate(text: str, values: Mapping[str, F64], where: str = "") -> F64:
    """The value of an expression over arrays (NumPy broadcasting); 1/0 and log(-1) give inf and nan, not errors.

    UnknownName if the text uses a name that `values` lacks.
    """
    node = parse(text, where)
    for one in names(node):
        if one.name not in values:
            raise UnknownName("name", one.name, values, f"It stands in {text!r}.")
    with np.errstate(all="ignore"):
        return np.asarray(_value(node, values), dtype=np.float64)


def _value(node: Node, values: Mapping[str, F64]) -> Any:
    if node.op == "number":
        return np.float64(node.value)
    if node.op == "name":
        return np.asarray(values[node.name], dtype=np.float64)
    return _NUMPY[node.op](*(_value(arg, values) for arg in node.args))


def evaluate_node(node: Node) -> float:
    """The value of an expression without names."""
    with np.errstate(all="ignore"):
        return float(_value(node, {}))
