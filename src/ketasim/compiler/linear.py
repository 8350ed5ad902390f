"""Linear models as text: the entries of A(p), c(p), initial values and outputs of x' = A(p) x + c(p) + rates.

A model counts as linear if every derivative has slopes that depend on parameters only. Outputs may be any function of
states, parameters and time; they are evaluated after the states are known.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from pathlib import Path

import ketasim.engine
from ketasim.compiler.graph import PARAMETER, Graph, Node
from ketasim.compiler.program import Program, needed

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "and": "and", "or": "or"}
PREFIX = {"neg": "-", "not": "not "}
CALLS = {"max": "max", "min": "min", "abs": "abs", "pow": "math.pow"}
HEAD = '''"""{title}: coefficients and outputs of a linear model. Generated; self-contained."""

import math

from numba import njit

'''
DECORATOR = '@njit(nogil=True, cache=True, error_model="numpy", _nrt=False)\n'


def is_linear(program: Program) -> bool:
    """Whether all states follow x' = A(p) x + c(p)."""
    return len(program.linear) == program.n_states


def linear_text(program: Program) -> str:
    """The module that `engine.closed.model` reads: places of entries, `coefficients` and `outputs`."""
    graph = program.graph
    places = sorted(place for place, node in program.jacobian.items() if graph.value(node) != 0.0)
    constant = [at_zero(graph, node) for node in program.f]
    auxiliary = _auxiliary(program)
    facts = {
        "N_STATES": program.n_states,
        "N_PARAMETERS": len(program.parameter_names),
        "N_OUTPUTS": len(program.outputs),
        "N_AUXILIARY": len(auxiliary),
        "ROW": tuple(r for r, _ in places),
        "COL": tuple(c for _, c in places),
        "CONSTANT": tuple(graph.value(node) != 0.0 for node in constant),
        "STARTS": tuple(graph.value(node) != 0.0 for node in program.initial),
        "NEEDED": program.watched,
    }
    head = HEAD.format(title=program.name.replace("\\", "/").replace('"', "'"))
    lines = [f"{name} = {value!r}" for name, value in facts.items()]
    targets = [(f"a[r, {i}]", program.jacobian[place]) for i, place in enumerate(places)]
    targets += [(f"c[r, {i}]", node) for i, node in enumerate(constant) if graph.value(node) != 0.0]
    targets += [(f"initial[r, {i}]", node) for i, node in enumerate(program.initial) if graph.value(node) != 0.0]
    targets += [(f"auxiliary[r, {i}]", node) for i, node in enumerate(auxiliary)]
    return head + "\n".join(lines) + "\n\n\n" + _coefficients(program, targets) + "\n\n" + _outputs(program, auxiliary)


def at_zero(graph: Graph, root: Node) -> Node:
    """The node with all states at zero: the constant input of a linear derivative."""
    known: dict[Node, Node] = {}
    build: dict[str, Callable[..., Node]] = {
        "add": graph.add,
        "sub": graph.sub,
        "mul": graph.mul,
        "div": graph.div,
        "neg": graph.neg,
    }
    for node in sorted(_below(graph, [root])):
        key = graph.keys[node]
        if graph.kinds[node] <= PARAMETER:
            known[node] = node
        elif key[0] == "state":
            known[node] = graph.const(0.0)
        elif key[0] == "powi":
            known[node] = graph.powi(known[key[1]], key[2])
        else:
            arguments = [known[child] for child in graph.children(node)]
            known[node] = build[key[0]](*arguments) if key[0] in build else graph.make(key[0], *arguments)
    return known[root]


def _below(graph: Graph, roots: list[Node]) -> set[Node]:
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(graph.children(node))
    return seen


def _auxiliary(program: Program) -> list[Node]:
    """What outputs use and only parameters decide: computed once per parameter row."""
    graph = program.graph
    at_hand = needed(graph, list(program.outputs))
    return sorted(n for n in at_hand if graph.kinds[n] == PARAMETER and graph.keys[n][0] != "par")


def _coefficients(program: Program, targets: list[tuple[str, Node]]) -> str:
    lines = [DECORATOR + "def coefficients(p, a, c, initial, auxiliary):", "    for r in range(p.shape[0]):"]
    names: dict[Node, str] = {}
    for node in sorted(_below(program.graph, [n for _, n in targets])):
        _define(program.graph, node, names, lines, "r", program)
    lines += [f"        {target} = {names[node]}" for target, node in targets]
    return "\n".join([*lines, "        continue", ""])


def _outputs(program: Program, auxiliary: list[Node]) -> str:
    lines = [
        DECORATOR + "def outputs(x, row, t, p, auxiliary, y):",
        "    for o in range(x.shape[0]):",
        "        r = row[o]",
        "        if r < 0:",
        "            for j in range(y.shape[1]):",
        "                y[o, j] = math.nan",
        "            continue",
    ]
    names = {node: f"auxiliary[r, {i}]" for i, node in enumerate(auxiliary)}
    at = {state: i for i, state in enumerate(program.watched)}
    for node in sorted(needed(program.graph, list(program.outputs))):
        if node not in names:
            _define(program.graph, node, names, lines, "r", program, at)
    for i, (node, name, text) in enumerate(
        zip(program.outputs, program.output_names, program.output_texts, strict=True)
    ):
        comment = " ".join(f"{name} = {text}".split())
        lines += [f"        # {comment}", f"        y[o, {i}] = {names[node]}"]
    return "\n".join([*lines, ""])


def _define(
    graph: Graph,
    node: Node,
    names: dict[Node, str],
    lines: list[str],
    row: str,
    program: Program,
    at: dict[int, int] | None = None,
) -> None:
    """Name a node: a leaf by where it stands, anything else by an assignment."""
    key = graph.keys[node]
    kind = key[0]
    if kind == "const":
        names[node] = _number(key[1])
    elif kind == "time":
        names[node] = "t[o]"
    elif kind == "state" and at is not None:
        names[node] = f"x[o, {at[key[1]]}]"
    else:
        names[node] = f"n{node}"
        leaf = f"p[{row}, {key[1]}]  # {program.parameter_names[key[1]]}" if kind == "par" else ""
        lines.append(f"        n{node} = {leaf or _formula(graph, node, names)}")


def _formula(graph: Graph, node: Node, names: dict[Node, str]) -> str:
    key = graph.keys[node]
    kind = key[0]
    args = [names[child] for child in graph.children(node)]
    if kind in INFIX:
        return f"({args[0]} {INFIX[kind]} {args[1]})"
    if kind in PREFIX:
        return f"({PREFIX[kind]}{args[0]})"
    if kind == "select":
        return f"({args[1]} if {args[0]} else {args[2]})"
    if kind == "powi":
        return f"({args[0]} ** {key[2]})"
    if kind == "call":
        return f"math.{key[1]}({', '.join(args)})"
    return f"{CALLS.get(kind, f'math.{kind}')}({', '.join(args)})"


def _number(value: float) -> str:
    if math.isnan(value):
        return "math.nan"
    if value in {float("inf"), float("-inf")}:
        return "math.inf" if value > 0.0 else "(-math.inf)"
    return f"({value!r})" if value < 0.0 else repr(value)


def kernel_text() -> str:
    """The kernels of the closed form as one self-contained file: Numba's cache watches one file only."""
    folder = Path(ketasim.engine.__file__).parent
    parts = ("closed_schur.py", "closed_modes.py", "closed_steps.py", "closed_run.py")
    return joined(*(folder / part for part in parts))


def joined(*paths: Path) -> str:
    """Several source files as one, without what they import from us."""
    parts = ["from __future__ import annotations\n"]
    for path in paths:
        source = path.read_text(encoding="utf-8")
        drop: set[int] = set()
        for node in ast.parse(source).body:
            ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("ketasim", "__future__"))
            if ours or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
                drop.update(range(node.lineno - 1, node.end_lineno or node.lineno))
        parts.append("\n".join(line for i, line in enumerate(source.splitlines()) if i not in drop))
    return "\n".join(parts) + "\n"
