"""Exact derivatives on the graph: forward, sparse, finite where the function is flat at zero."""

from __future__ import annotations

from ketasim.compiler.graph import STATE, TIME, Graph, Node

Slope = dict[int, Node]  # state index (or TIME_KEY) to the derivative by it
TIME_KEY = -1
POWER_FLOOR = 1e-10  # below it the slope of a broken power is taken at it, so that 0**0.7 has a finite one


def slopes(graph: Graph, roots: tuple[Node, ...]) -> list[Slope]:
    """Derivatives of each root by every state and by time, exact zeros left out."""
    wanted = _reachable(graph, roots)
    known: dict[Node, Slope] = {}
    for node in sorted(wanted):
        known[node] = _slope(graph, node, known) if graph.kinds[node] >= TIME else {}
    return [known[root] for root in roots]


def _reachable(graph: Graph, roots: tuple[Node, ...]) -> set[Node]:
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(graph.children(node))
    return seen


def _slope(g: Graph, node: Node, known: dict[Node, Slope]) -> Slope:
    key = g.keys[node]
    name = key[0]
    if name == "state":
        return {int(key[1]): g.const(1.0)}
    if name == "time":
        return {TIME_KEY: g.const(1.0)}
    if name in {"lt", "le", "and", "or", "not"}:
        return {}
    parts = g.children(node)
    if name == "select":
        return _select(g, key[1], known[key[2]], known[key[3]])
    if name in {"max", "min"}:
        a, b = sorted(parts, key=lambda part: -g.kinds[part])  # at a tie the one that moves counts
        lost = g.make("lt", a, b) if name == "max" else g.make("lt", b, a)
        return _select(g, lost, known[b], known[a])
    by_part = _partials(g, node)
    result: Slope = {}
    for part, outer in zip(parts, by_part, strict=True):
        for index, inner in known[part].items():
            term = g.mul(outer, inner)
            result[index] = g.add(result[index], term) if index in result else term
    return {index: n for index, n in result.items() if g.value(n) != 0.0}


def _select(g: Graph, condition: Node, yes: Slope, no: Slope) -> Slope:
    zero = g.const(0.0)
    return {i: g.make("select", condition, yes.get(i, zero), no.get(i, zero)) for i in sorted(yes.keys() | no.keys())}


def _partials(g: Graph, node: Node) -> tuple[Node, ...]:
    """Derivative of a node by each of its children."""
    key = g.keys[node]
    one = g.const(1.0)
    match key[0]:
        case "add":
            return one, one
        case "sub":
            return one, g.const(-1.0)
        case "neg":
            return (g.const(-1.0),)
        case "mul":
            return key[2], key[1]
        case "div":
            return g.div(one, key[2]), g.neg(g.div(node, key[2]))
        case "powi":
            return (g.mul(g.const(key[2]), g.powi(key[1], key[2] - 1)),)
        case "pow":
            return _power_partials(g, node, key[1], key[2])
        case _:
            return (_function_partial(g, node, key[0], key[1]),)


def _power_partials(g: Graph, node: Node, base: Node, exponent: Node) -> tuple[Node, Node]:
    floor = g.make("max", base, g.const(POWER_FLOOR)) if g.kinds[base] >= TIME else base
    by_base = g.mul(exponent, g.power(floor, g.sub(exponent, g.const(1.0))))
    by_exponent = g.mul(node, g.call("log", floor)) if g.kinds[exponent] >= TIME else g.const(0.0)
    return by_base, by_exponent


def _function_partial(g: Graph, node: Node, name: str, a: Node) -> Node:
    one, zero = g.const(1.0), g.const(0.0)
    match name:
        case "exp":
            return node
        case "log":
            return g.div(one, a)
        case "sqrt":
            return g.div(g.const(0.5), g.make("max", node, g.const(POWER_FLOOR)))
        case "sin":
            return g.call("cos", a)
        case "cos":
            return g.neg(g.call("sin", a))
        case "tanh":
            return g.sub(one, g.mul(node, node))
        case "abs":
            return g.make("select", g.make("lt", a, zero), g.const(-1.0), one)
    raise AssertionError(f"no derivative for {name} of kind {g.kinds[node]} (states are {STATE})")
