"""SymPy expressions into the graph. This is the only place that walks SymPy trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from ketasim.compiler.graph import PARAMETER, Graph, Node
from ketasim.errors import ModelError

UNARY = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tanh: "tanh",
    sympy.Abs: "abs",
}
SCALAR = {sympy.gamma: "gamma", sympy.loggamma: "lgamma", sympy.erf: "erf", sympy.erfc: "erfc", sympy.atan: "atan"}
RELATION = {
    sympy.StrictLessThan: ("lt", False),
    sympy.LessThan: ("le", False),
    sympy.StrictGreaterThan: ("lt", True),
    sympy.GreaterThan: ("le", True),
}


class Lowering:
    """Turns expressions into nodes; remembers what each symbol stands for."""

    def __init__(self, graph: Graph, symbols: Mapping[Any, Node]) -> None:
        """Start from leaves: symbol to node."""
        self.graph = graph
        self.known: dict[Any, Node] = dict(symbols)

    def define(self, symbol: Any, expression: Any) -> None:
        """Let a symbol stand for an expression (an assignment of the model)."""
        self.known[symbol] = self.node(expression)

    def node(self, e: Any) -> Node:
        """The node of an expression; ModelError names what kernels do not know."""
        e = sympy.sympify(e)
        if e in self.known:
            return self.known[e]
        result = self._build(e)
        self.known[e] = result
        return result

    def _build(self, e: Any) -> Node:
        g = self.graph
        if e.is_Symbol:
            raise ModelError(f"The symbol {e} is neither a state, a parameter, time nor an earlier assignment.")
        if e.is_number and not e.has(sympy.I):
            return g.const(float(e))
        if e.is_Add:
            return g.total([self.node(a) for a in e.args])
        if e.is_Mul:
            return self._mul(e)
        if e.is_Pow:
            return self._pow(e.base, e.exp)
        if isinstance(e, sympy.Max | sympy.Min):
            name, nodes = ("max" if isinstance(e, sympy.Max) else "min"), [self.node(a) for a in e.args]
            result = nodes[0]
            for other in nodes[1:]:
                result = g.make(name, result, other)
            return result
        if isinstance(e, sympy.Piecewise):
            return self._piecewise(e)
        return self._function(e)

    def _function(self, e: Any) -> Node:
        name = UNARY.get(e.func)
        if name is not None and len(e.args) == 1:
            return self.graph.call(name, self.node(e.args[0]))
        scalar = SCALAR.get(e.func)
        if scalar is not None:
            node = self.graph.make("call", scalar, *(self.node(a) for a in e.args))
            if self.graph.kinds[node] <= PARAMETER:
                return node
            raise ModelError(f"{e.func} may be used on parameters only, not on states or time: {e}.")
        raise ModelError(
            f"Kernels do not know the function {e.func} in {e}; there are exp, log, powers, sqrt, abs, min, max, sin, "
            "cos, tanh and conditions, and gamma, loggamma, erf, erfc, atan of parameters."
        )

    def _mul(self, e: Any) -> Node:
        above: list[Node] = []
        below: list[Node] = []
        for a in e.args:
            if a.is_Pow and a.exp.is_number and a.exp.is_negative:
                below.append(self._pow(a.base, -a.exp))
            else:
                above.append(self.node(a))
        g = self.graph
        fixed = [n for n in below if g.kinds[n] <= PARAMETER]
        moving = [n for n in below if g.kinds[n] > PARAMETER]
        constant = g.product([n for n in above if g.kinds[n] <= PARAMETER])
        if fixed:
            constant = g.div(constant, g.product(fixed))
        result = g.product([constant, *(n for n in above if g.kinds[n] > PARAMETER)])
        return g.div(result, g.product(moving)) if moving else result

    def _pow(self, base: Any, exponent: Any) -> Node:
        g = self.graph
        if base == sympy.E:
            return g.call("exp", self.node(exponent))
        b, x = self.node(base), self.node(exponent)
        number = g.value(x)
        if number is not None and number < 0:
            return g.div(g.const(1.0), self._clipped(b, g.const(-number)))
        return self._clipped(b, x)

    def _clipped(self, base: Node, exponent: Node) -> Node:
        """A power; a moving base under a broken exponent counts as 0 below 0, where it could only be NaN."""
        g = self.graph
        number = g.value(exponent)
        whole = number is not None and number == int(number)
        if not whole and g.kinds[base] > PARAMETER and g.keys[base][0] not in {"exp", "abs", "sqrt"}:
            base = g.make("max", base, g.const(0.0))
        return g.power(base, exponent)

    def _piecewise(self, e: Any) -> Node:
        pieces = list(e.args)
        last, always = pieces[-1][0], pieces[-1][1] == sympy.true
        result = self.node(last) if always else self.graph.const(float("nan"))
        for value, condition in reversed(pieces[:-1] if always else pieces):
            result = self.graph.make("select", self.condition(condition), self.node(value), result)
        return result

    def condition(self, c: Any) -> Node:
        """The node of a condition; true is 1, false is 0."""
        g = self.graph
        if c in {sympy.true, sympy.false}:
            return g.make("lt", g.const(0.0), g.const(1.0 if c == sympy.true else 0.0))
        if c.func in RELATION:
            name, swap = RELATION[c.func]
            a, b = self.node(c.lhs), self.node(c.rhs)
            return g.make(name, b, a) if swap else g.make(name, a, b)
        if isinstance(c, sympy.Eq | sympy.Ne):
            a, b = self.node(c.lhs), self.node(c.rhs)
            equal = g.make("and", g.make("le", a, b), g.make("le", b, a))
            return equal if isinstance(c, sympy.Eq) else g.make("not", equal)
        if isinstance(c, sympy.And | sympy.Or):
            nodes = [self.condition(a) for a in c.args]
            result = nodes[0]
            for other in nodes[1:]:
                result = g.make("and" if isinstance(c, sympy.And) else "or", result, other)
            return result
        if isinstance(c, sympy.Not):
            return g.make("not", self.condition(c.args[0]))
        raise ModelError(f"Kernels do not know the condition {c}; use comparisons, and, or, not.")
