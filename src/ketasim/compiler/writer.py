"""Nodes of the graph as Python text: shared nodes become variables, the others stay inside their expression."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from ketasim.compiler.graph import Graph, Node

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "and": "&", "or": "|"}
LANE_CALLS = {"exp": "expo", "log": "logn", "pow": "power", "sin": "sine", "cos": "cosine", "tanh": "tangent_h"}
SCALAR_CALLS = {name: f"math.{name}" for name in ("exp", "log", "pow", "sin", "cos", "tanh")}


def number(value: float) -> str:
    """A number that reads back to the same bits."""
    if not math.isfinite(value):
        return {"nan": "NAN", "inf": "INF", "-inf": "-INF"}[str(value)]
    return f"({value!r})" if value < 0 else repr(value)


class Writer:
    """Writes blocks of straight-line text; `env` gives the text of what is already at hand."""

    def __init__(self, graph: Graph, env: Mapping[Node, str], prefix: str, *, lanes: bool = True) -> None:
        """Temporaries are called prefix + node number; `lanes` chooses vectorised functions, else those of math."""
        self.graph, self.prefix = graph, prefix
        self.env = dict(env)
        self.calls = LANE_CALLS if lanes else SCALAR_CALLS

    def block(self, roots: Iterable[Node]) -> list[str]:
        """Assignments of every node that the roots need more than once; afterwards `text` may be asked of the roots."""
        roots = list(roots)
        uses: Counter[Node] = Counter(roots)
        stack, seen = list(set(roots)), set(roots)
        while stack:
            node = stack.pop()
            if node in self.env:
                continue
            for child in self.graph.children(node):
                uses[child] += 1
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        lines = []
        for node in sorted(seen):
            if uses[node] > 1 and node not in self.env and self.graph.keys[node][0] != "const":
                lines.append(f"{self.prefix}{node} = {self._build(node)}")
                self.env[node] = f"{self.prefix}{node}"
        return lines

    def text(self, node: Node) -> str:
        """The expression of a node."""
        known = self.env.get(node)
        return known if known is not None else self._build(node)

    def _build(self, node: Node) -> str:
        key = self.graph.keys[node]
        name = key[0]
        if name == "const":
            return number(key[1])
        if name == "powi":
            return self._whole_power(self.text(key[1]), key[2])
        parts = [self.text(child) for child in self.graph.children(node)]
        if name in INFIX:
            return f"({parts[0]} {INFIX[name]} {parts[1]})"
        match name:
            case "neg":
                return f"(-{parts[0]})"
            case "not":
                return f"(not {parts[0]})"
            case "select":
                return f"({parts[1]} if {parts[0]} else {parts[2]})"
            case "max" | "min":
                return f"{'larger' if name == 'max' else 'smaller'}({parts[0]}, {parts[1]})"
            case "sqrt":
                return f"math.sqrt({parts[0]})"
            case "abs":
                return f"abs({parts[0]})"
            case "call":
                return f"math.{key[1]}({', '.join(parts)})"
        return f"{self.calls[name]}({', '.join(parts)})"

    @staticmethod
    def _whole_power(base: str, n: int) -> str:
        """Multiplications by repeated squaring; the base is evaluated once by `square`-like helpers."""
        if n == 2:
            return f"square({base})"
        if n == 3:
            return f"cube({base})"
        half = Writer._whole_power(base, n // 2)
        return f"square({half})" if n % 2 == 0 else f"({base} * square({half}))"
