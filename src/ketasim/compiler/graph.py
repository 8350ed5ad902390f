"""Expressions as one shared graph: equal subexpressions are one node, and each node knows what it depends on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

CONSTANT, PARAMETER, TIME, STATE = 0, 1, 2, 3
Node = int
Key = tuple[Any, ...]
COMMUTATIVE = {"add", "mul", "max", "min", "and", "or"}
UNARY = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tanh": math.tanh}


@dataclass(slots=True)
class Graph:
    """A growing list of nodes in order of evaluation; `kind` is the most variable thing a node depends on."""

    keys: list[Key] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    _ids: dict[Key, Node] = field(default_factory=dict)

    def make(self, *key: Any) -> Node:
        """The node of a key such as ("add", 3, 5), made if it is new."""
        if key[0] in COMMUTATIVE:
            key = (key[0], *sorted(key[1:]))
        found = self._ids.get(key)
        if found is not None:
            return found
        self.keys.append(key)
        self.kinds.append(self._kind(key))
        self._ids[key] = len(self.keys) - 1
        return len(self.keys) - 1

    def _kind(self, key: Key) -> int:
        leaf = {"const": CONSTANT, "par": PARAMETER, "time": TIME, "state": STATE}.get(key[0])
        return leaf if leaf is not None else max(self.kinds[a] for a in self.children_of(key))

    @staticmethod
    def children_of(key: Key) -> tuple[Node, ...]:
        """Nodes that a key refers to."""
        if key[0] in {"const", "par", "time", "state"}:
            return ()
        if key[0] == "powi":
            return (key[1],)
        if key[0] == "call":
            return tuple(key[2:])
        return tuple(key[1:])

    def children(self, node: Node) -> tuple[Node, ...]:
        """Nodes that a node refers to."""
        return self.children_of(self.keys[node])

    def const(self, value: float) -> Node:
        """A number; -0.0 counts as 0.0."""
        return self.make("const", float(value) + 0.0)

    def value(self, node: Node) -> float | None:
        """The number a node is, or None."""
        return float(self.keys[node][1]) if self.keys[node][0] == "const" else None

    def add(self, a: Node, b: Node) -> Node:
        """a + b."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x + y)
        if x == 0.0:
            return b
        if y == 0.0:
            return a
        if self.keys[b][0] == "neg":
            return self.sub(a, self.keys[b][1])
        if self.keys[a][0] == "neg":
            return self.sub(b, self.keys[a][1])
        return self.make("add", a, b)

    def sub(self, a: Node, b: Node) -> Node:
        """a - b."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x - y)
        if y == 0.0:
            return a
        if a == b:
            return self.const(0.0)
        if x == 0.0:
            return self.neg(b)
        if self.keys[b][0] == "neg":
            return self.add(a, self.keys[b][1])
        return self.make("sub", a, b)

    def neg(self, a: Node) -> Node:
        """-a."""
        x = self.value(a)
        if x is not None:
            return self.const(-x)
        if self.keys[a][0] == "neg":
            return int(self.keys[a][1])
        if self.keys[a][0] == "sub":
            return self.sub(self.keys[a][2], self.keys[a][1])
        return self.make("neg", a)

    def mul(self, a: Node, b: Node) -> Node:
        """a b."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x * y)
        if x is not None or y is not None:
            number, other = (x, b) if x is not None else (y, a)
            if number in {0.0, 1.0, -1.0}:
                return {0.0: self.const(0.0), 1.0: other, -1.0: self.neg(other)}[number or 0.0]
        if self.keys[a][0] == "neg":
            return self.neg(self.mul(self.keys[a][1], b))
        if self.keys[b][0] == "neg":
            return self.neg(self.mul(a, self.keys[b][1]))
        return self.make("mul", a, b)

    def div(self, a: Node, b: Node) -> Node:
        """a / b; what moves becomes a times 1/b, so that a function and its slopes share one division."""
        x, y = self.value(a), self.value(b)
        if x is not None and y:
            return self.const(x / y)
        if y == 1.0 or x == 0.0:
            return a
        if self.keys[a][0] == "neg":
            return self.neg(self.div(self.keys[a][1], b))
        if x == 1.0 or (self.kinds[b] <= PARAMETER and self.kinds[a] <= PARAMETER):
            return self.make("div", a, b)
        return self.mul(a, self.make("div", self.const(1.0), b))

    def powi(self, a: Node, n: int) -> Node:
        """a to a whole power."""
        if n == 0:
            return self.const(1.0)
        if n == 1:
            return a
        if n < 0:
            return self.div(self.const(1.0), self.powi(a, -n))
        x = self.value(a)
        return self.const(x**n) if x is not None else self.make("powi", a, n)

    def power(self, a: Node, b: Node) -> Node:
        """a to the power b."""
        y = self.value(b)
        if y is not None and y == int(y) and abs(y) <= 64:
            return self.powi(a, int(y))
        if y == 0.5:
            return self.call("sqrt", a)
        return self.make("pow", a, b)

    def call(self, name: str, a: Node) -> Node:
        """A function of one argument that kernels know: exp, log, sqrt, sin, cos, tanh, abs."""
        x = self.value(a)
        if x is not None and name in UNARY and (x > 0.0 or name not in {"log", "sqrt"}):
            return self.const(UNARY[name](x))
        return self.make(name, a)

    def total(self, terms: list[Node]) -> Node:
        """A sum, what moves least first, so that its parameter-only part is one node."""
        result = self.const(0.0)
        for term in sorted(terms, key=lambda node: (self.kinds[node], node)):
            result = self.add(result, term)
        return result

    def product(self, factors: list[Node]) -> Node:
        """A product, what moves least first."""
        result = self.const(1.0)
        for factor in sorted(factors, key=lambda node: (self.kinds[node], node)):
            result = self.mul(result, factor)
        return result
