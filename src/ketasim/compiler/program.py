"""A model as a program: nodes of one graph, sorted into what moves with states, with time, or with parameters only."""

from __future__ import annotations

from dataclasses import dataclass

from ketasim.compiler.factorise import Factors, factorise
from ketasim.compiler.graph import PARAMETER, Graph, Node
from ketasim.compiler.jacobian import TIME_KEY, slopes
from ketasim.compiler.lower import Lowering
from ketasim.compiler.order import elimination_order
from ketasim.errors import ModelError
from ketasim.model.system import System


@dataclass(frozen=True, slots=True)
class Program:
    """Everything that text is written from; no language yet.

    `linear` rows have constant slopes and no time; `hoisted` nodes depend on parameters only and are computed when a
    parameter row changes; `watched` states enter the outputs.
    """

    name: str
    state_names: tuple[str, ...]
    parameter_names: tuple[str, ...]
    output_names: tuple[str, ...]
    equations: tuple[str, ...]
    output_texts: tuple[str, ...]
    graph: Graph
    f: tuple[Node, ...]
    jacobian: dict[tuple[int, int], Node]
    f_time: dict[int, Node]
    initial: tuple[Node, ...]
    outputs: tuple[Node, ...]
    factors: Factors
    linear: frozenset[int]
    hoisted: tuple[Node, ...]
    watched: tuple[int, ...]
    staged: tuple[int, ...]

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.f)


def build(system: System) -> Program:
    """Lower a system, differentiate it, order and factorise its matrix, and sort its nodes."""
    graph = Graph()
    leaves = {s: graph.make("state", i) for i, s in enumerate(system.states)}
    leaves |= {p: graph.make("par", i) for i, p in enumerate(system.parameters)}
    lowering = Lowering(graph, {**leaves, system.time: graph.make("time")})
    for symbol, expression in system.assignments:
        lowering.define(symbol, expression)
    f = tuple(lowering.node(e) for e in system.derivatives)
    outputs = tuple(lowering.node(e) for e in system.outputs)
    initial = tuple(lowering.node(e) for e in system.initial)
    if any(graph.kinds[n] > PARAMETER for n in initial):
        raise ModelError(f"Initial values of {system.name} may use parameters only, not states or time.")
    by_row = slopes(graph, f)
    jacobian = {(r, c): n for r, row in enumerate(by_row) for c, n in row.items() if c != TIME_KEY}
    f_time = {r: row[TIME_KEY] for r, row in enumerate(by_row) if TIME_KEY in row}
    linear = frozenset(r for r, row in enumerate(by_row) if _is_linear(graph, f[r], row))
    n = len(f)
    used = needed(graph, [f[r] for r in range(n) if r not in linear])
    return Program(
        name=system.name,
        state_names=tuple(str(s) for s in system.states),
        parameter_names=tuple(str(p) for p in system.parameters),
        output_names=system.output_names,
        equations=tuple(str(e) for e in system.derivatives),
        output_texts=tuple(str(e) for e in system.outputs),
        graph=graph,
        f=f,
        jacobian=jacobian,
        f_time=f_time,
        initial=initial,
        outputs=outputs,
        factors=factorise(jacobian, elimination_order(jacobian, n)),
        linear=linear,
        hoisted=_hoisted(graph, (*f, *jacobian.values(), *f_time.values(), *outputs)),
        watched=tuple(sorted(graph.keys[m][1] for m in needed(graph, list(outputs)) if graph.keys[m][0] == "state")),
        staged=tuple(sorted(graph.keys[m][1] for m in used if graph.keys[m][0] == "state")),
    )


def _is_linear(graph: Graph, node: Node, slope: dict[int, Node]) -> bool:
    bent = {"time", "select", "lt", "le", "max", "min", "abs"}
    moving = (m for m in needed(graph, [node]) if graph.kinds[m] > PARAMETER)
    return all(graph.kinds[n] <= PARAMETER for n in slope.values()) and not any(
        graph.keys[m][0] in bent for m in moving
    )


def needed(graph: Graph, roots: list[Node]) -> set[Node]:
    """Nodes that must be at hand to evaluate the roots, hoisted ones as leaves."""
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if graph.kinds[node] > PARAMETER:
                stack.extend(graph.children(node))
    return seen


def _hoisted(graph: Graph, roots: tuple[Node, ...]) -> tuple[Node, ...]:
    at_hand = needed(graph, list(roots))
    return tuple(sorted(n for n in at_hand if graph.kinds[n] == PARAMETER))
