"""Components joined by name: every symbol found, every port fed, every name resolved. Units come after, in compose."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ketasim.errors import ModelError
from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.model.expression import FUNCTIONS, Node, names, parse
from ketasim.model.model import Model

TIME = "t"
RESERVED = {TIME, "nth", "d", "dt", *FUNCTIONS}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_EQUATION = re.compile(
    r"\s*(?:d/dt\s*\(\s*(?P<state>[^()\s]*)\s*\)|(?P<name>[^=<>!\s]+))\s*=(?!=)\s*(?P<right>.+)", re.S
)


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation of one component: the qualified symbol on its left, and its right side in qualified names."""

    symbol: str
    node: Node
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Wired:
    """All symbols of a model by qualified name, in order of components; `feeds` says what fills each input port."""

    model: Model
    parameters: Mapping[str, Parameter]
    states: Mapping[str, StateVar]
    inputs: Mapping[str, Port]
    outputs: Mapping[str, Port]
    assignments: Mapping[str, Equation]
    rates: Mapping[str, Equation]
    initials: Mapping[str, Equation]
    feeds: Mapping[str, tuple[str, ...]]

    def __contains__(self, name: str) -> bool:
        return any(name in group for group in (self.parameters, self.states, self.inputs, self.assignments))

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every qualified name."""
        return (*self.parameters, *self.states, *self.inputs, *self.assignments)


def near(name: str, available: Iterable[str]) -> str:
    """A hint with the nearest names, or with those there are."""
    known = sorted(available)
    lower = {k.lower(): k for k in known}
    if found := [lower[k] for k in get_close_matches(name.lower(), lower, n=3, cutoff=0.5)]:
        return f"did you mean {' or '.join(repr(f) for f in found)}?"
    return f"there is {', '.join(known[:15]) + (', …' if len(known) > 15 else '') if known else 'nothing'}."


def wire(model: Model) -> Wired:
    """Find every symbol of a model and join the ports; ModelError names the component, equation or port."""
    start = f"Model {model.name!r}"
    _unique([c.name for c in model.components], f"{start}: component")
    if not model.components:
        raise ModelError(f"{start} has no components.")
    parameters: dict[str, Parameter] = {}
    states: dict[str, StateVar] = {}
    inputs: dict[str, Port] = {}
    outputs: dict[str, Port] = {}
    assignments: dict[str, Equation] = {}
    rates: dict[str, Equation] = {}
    initials: dict[str, Equation] = {}
    for part in model.components:
        where = f"{start}, component {part.name!r}"
        _check_name(part.name, where)
        own = _own_equations(part, where)
        _check_symbols(part, own, where)
        parameters |= {f"{part.name}.{p.name}": p for p in part.parameters}
        states |= {f"{part.name}.{s.name}": s for s in part.states}
        inputs |= {f"{part.name}.{i.name}": i for i in part.inputs}
        assignments |= own[0]
        rates |= own[1]
        initials |= own[2]
        for port in part.outputs:
            name = f"{part.name}.{port.name}"
            if name not in own[0] and name not in states:
                raise ModelError(
                    f"{where}: output port {port.name!r} is neither a state nor on the left of an equation."
                )
            outputs[name] = port
    feeds = _feeds(model, inputs, outputs, start)
    return Wired(model, parameters, states, inputs, outputs, assignments, rates, initials, feeds)


def _unique(names_: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names_:
        if name in seen:
            raise ModelError(f"{what} {name!r} stands twice.")
        seen.add(name)


def _check_name(name: str, where: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or keyword.iskeyword(name) or name in RESERVED:
        raise ModelError(
            f"{where}: {name!r} cannot be a name; names are letters, digits and _, begin with a letter, and are not "
            f"one of {', '.join(sorted(RESERVED))} or a word of Python."
        )


Own = tuple[dict[str, Equation], dict[str, Equation], dict[str, Equation]]


def _own_equations(part: Component, where: str) -> Own:
    """Assignments, rates and initial values of one component, in its own qualified names."""
    assignments: dict[str, Equation] = {}
    rates: dict[str, Equation] = {}
    for text in part.equations:
        here = f"{where}, equation {text!r}"
        found = _EQUATION.fullmatch(text)
        if not found:
            raise ModelError(f"{here}: write 'name = expression' or 'd/dt(state) = expression'.")
        group, left = (rates, found["state"]) if found["state"] is not None else (assignments, found["name"])
        symbol = f"{part.name}.{left}"
        if group is rates and left not in {s.name for s in part.states}:
            raise ModelError(f"{here}: {left!r} is not a state; {near(left, (s.name for s in part.states))}")
        if symbol in group:
            raise ModelError(f"{here}: {left!r} is defined twice; the other is {group[symbol].text!r}.")
        group[symbol] = Equation(symbol, parse(found["right"].strip(), here), text, here)
    initials = {
        f"{part.name}.{s.name}": Equation(
            f"{part.name}.{s.name}",
            parse(s.initial, f"{where}, initial {s.name!r}"),
            s.initial,
            f"{where}, initial {s.name!r}",
        )
        for s in part.states
    }
    known = {name.name for name in part.parameters} | {name.name for name in part.states}
    known |= {name.name for name in part.inputs} | {name.split(".")[1] for name in assignments}
    for group in (assignments, rates, initials):
        for symbol, one in group.items():
            group[symbol] = Equation(symbol, _qualify(one.node, part.name, known, one.where), one.text, one.where)
    return assignments, rates, initials


def _qualify(node: Node, component: str, known: set[str], where: str) -> Node:
    if node.op == "name":
        if node.name == TIME:
            return node
        if node.name not in known:
            hint = " (other components are reached through ports)" if "." in node.name else ""
            raise ModelError(f"{where}: unknown name {node.name!r}{hint}; {near(node.name, known)}")
        return Node("name", name=f"{component}.{node.name}", at=node.at)
    args = tuple(_qualify(arg, component, known, where) for arg in node.args)
    return Node(node.op, args, node.name, node.value, node.unit, node.at)


def _check_symbols(part: Component, own: Own, where: str) -> None:
    symbols = [p.name for p in part.parameters] + [s.name for s in part.states] + [i.name for i in part.inputs]
    symbols += [name.split(".", 1)[1] for name in own[0]]
    for name in symbols:
        _check_name(name, where)
    _unique(symbols, f"{where}: the symbol")
    _unique([p.name for p in part.outputs], f"{where}: output port")
    for state in part.states:
        if f"{part.name}.{state.name}" not in own[1]:
            raise ModelError(f"{where}: state {state.name!r} has no equation d/dt({state.name}) = ...")


def _feeds(
    model: Model, inputs: Mapping[str, Port], outputs: Mapping[str, Port], start: str
) -> dict[str, tuple[str, ...]]:
    feeds: dict[str, tuple[str, ...]] = dict.fromkeys(inputs, ())
    for link in model.links:
        here = f"{start}, link {link.source} > {link.target}"
        if link.source not in outputs:
            raise ModelError(f"{here}: no output port {link.source!r}; {near(link.source, outputs)}")
        if link.target not in inputs:
            raise ModelError(f"{here}: no input port {link.target!r}; {near(link.target, inputs)}")
        if link.source in feeds[link.target]:
            raise ModelError(f"{here} stands twice.")
        source, target = outputs[link.source], inputs[link.target]
        if source.kind != target.kind:
            raise ModelError(f"{here}: {link.source!r} gives {source.kind!r}, {link.target!r} takes {target.kind!r}.")
        feeds[link.target] += (link.source,)
    for name, sources in feeds.items():
        if not sources and inputs[name].default is None:
            kind = inputs[name].kind
            fitting = [o for o, port in outputs.items() if port.kind == kind]
            able = f"output ports of that kind: {', '.join(fitting)}" if fitting else "no output port gives that"
            raise ModelError(f"{start}: input port {name!r} ({kind}) is not linked and has no default; {able}.")
    return feeds


def used(equation: Equation) -> tuple[str, ...]:
    """Qualified names on the right side of an equation, each once, in order; time left out."""
    return tuple(dict.fromkeys(n.name for n in names(equation.node) if n.name != TIME))
