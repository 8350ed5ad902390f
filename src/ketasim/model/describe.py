"""A model in words: its equations as text and LaTeX, its parameters with spread, source and grade."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from ketasim import units
from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter
from ketasim.model.compose import compose, wired
from ketasim.model.expression import Node, parse
from ketasim.model.model import Inlet, Model
from ketasim.model.typeset import latex_name, latex_unit, to_latex, to_text
from ketasim.model.variability import CovariateEffect, Variability
from ketasim.model.wiring import Wired


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter as printed: all fields but `value` are text."""

    parameter: str
    value: float
    unit: str
    between: str
    occasion: str
    covariates: str
    source: str
    grade: str
    meaning: str


HEAD = ("parameter", "typical", "unit", "between patients", "between occasions", "covariates", "source", "grade")
SHORT = ("parameter", "typical", "unit", "grade")  # what stands side by side where all of them are too wide


def cv_percent(variability: Variability) -> float:
    """Coefficient of variation in percent of a log-normal effect, 100·sqrt(exp(ω²) − 1)."""
    return 100.0 * math.sqrt(math.expm1(variability.variance))


def _spread(variability: Variability | None) -> str:
    if variability is None:
        return ""
    text = f"ω² {variability.variance:.4g}"
    if variability.scale == "lognormal":
        return f"{text} (CV {cv_percent(variability):.3g} %)"
    return f"{text} ({'natural' if variability.scale == 'normal' else 'logit'} scale)"


def effect_text(effect: CovariateEffect) -> str:
    """One covariate effect as a formula: "· (WT/70)^0.75"."""
    x, ref = effect.covariate, f"{effect.reference:g}"
    k, unit = f"{effect.coefficient.number:g}", effect.coefficient.unit
    k += f" {unit}" if unit not in ("1", "dimensionless") else ""
    match effect.form:
        case "power":
            return f"· ({x}/{ref})^{k}"
        case "exponential":
            return f"· exp({k} · ({x} − {ref}))"
        case "linear":
            return f"+ {k} · ({x} − {ref})"
        case "linear_above":
            return f"+ {k} · max(0, {x} − {ref})"
        case "categorical":
            return f"· {k} if {x} is {' or '.join(effect.levels)}"
        case "maturation":
            return f"· {x}^{k}/({x}^{k} + {ref}^{k})"


def _source(fact: Fact) -> str:
    return ", ".join(fact.citation) + (f" ({fact.where})" if fact.where else "")


def parameter_table(model: Model) -> list[Row]:
    """One Row a parameter, in the order of `Layout.parameters`; the worst grade of value, spread and effects."""
    found = wired(model)
    return [_row(name, parameter) for name, parameter in found.parameters.items()]


def _row(name: str, parameter: Parameter) -> Row:
    behind = [parameter.fact, *(e.coefficient for e in parameter.effects)]
    behind += [v.fact for v in (parameter.between, parameter.occasion) if v is not None and v.fact is not None]
    sources = dict.fromkeys(_source(fact) for fact in behind)
    return Row(
        parameter=name,
        value=parameter.fact.number * units.factor(parameter.fact.unit, parameter.unit),
        unit=parameter.unit,
        between=_spread(parameter.between),
        occasion=_spread(parameter.occasion),
        covariates="; ".join(effect_text(e) for e in parameter.effects),
        source="; ".join(sources),
        grade=max(fact.grade for fact in behind),
        meaning=parameter.meaning or parameter.fact.quantity,
    )


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """Rows as plain text in columns; a column without any content is left out."""
    kept = [i for i in range(len(head)) if any(row[i] for row in rows)]
    width = {i: max(len(str(line[i])) for line in (head, *rows)) for i in kept}
    lines = ["  ".join(str(line[i]).ljust(width[i]) for i in kept).rstrip() for line in (head, *rows)]
    return "\n".join([lines[0], "  ".join("-" * width[i] for i in kept), *lines[1:]])


def parameters_text(model: Model, width: int | None = None) -> str:
    """The parameter table as plain text; where it is wider than `width`, what else is known stands below each name."""
    rows = []
    for row in parameter_table(model):
        cells = [f"{cell:.6g}" if isinstance(cell, float) else cell for cell in astuple(row)]
        rows.append(cells[: len(HEAD)])
    whole = table(rows, HEAD)
    if width is None or max(map(len, whole.splitlines())) <= width:
        return whole
    short, long = [HEAD.index(name) for name in SHORT], [k for k, name in enumerate(HEAD) if name not in SHORT]
    lines = table([[row[k] for k in short] for row in rows], SHORT).splitlines()
    shown = lines[:2]
    for line, cells in zip(lines[2:], rows, strict=True):
        shown += [line, *(f"    {HEAD[k]}: {cells[k]}" for k in long if cells[k])]
    return "\n".join(shown)


def _fold(part: str, width: int) -> str:
    """Lines of at most `width` columns, what goes on indented below; a longer word stays whole."""
    folded = []
    for line in part.split("\n"):
        below = " " * (len(line) - len(line.lstrip()) + 4)
        folded += textwrap.wrap(
            line, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False
        ) or [""]  # fmt: skip
    return "\n".join(folded)


def text(model: Model, width: int | None = None) -> str:
    """The whole model as plain text: what it is, equations by component, doses, outputs, parameters, limits.

    Lines are as long as they come, or at most `width` columns.
    """
    compose(model)
    found = wired(model)
    parts = [f"{model.name}: {model.title}  [{model.status}]"]
    parts += [model.note] if model.note else []
    parts += [_component_text(part, found) for part in model.components]
    if model.inlets:
        parts.append("\n".join(["Doses enter", *(f"  {i.name} > {i.state}, {_inlet(i)}" for i in model.inlets)]))
    parts.append("\n".join(["Outputs", *(f"  {o.name} = {o.symbol}, in {o.unit}" for o in model.outputs)]))
    parts.append("Parameters\n" + parameters_text(model, width))
    if model.correlations:
        lines = (f"  {c.first} ~ {c.second}: {c.value:g}" for c in model.correlations)
        parts.append("\n".join(["Correlations between patients", *lines]))
    if model.limits.population:
        people = f" ({model.limits.n} {'person' if model.limits.n == 1 else 'people'})" if model.limits.n else ""
        parts.append(f"Data behind it: {model.limits.population}{people}. {model.limits.note}".rstrip())
    if model.citations:
        parts.append("Sources: " + ", ".join(model.citations))
    return "\n\n".join(parts if width is None else [_fold(part, width) for part in parts]) + "\n"


def _inlet(inlet: Inlet) -> str:
    shown = {"fraction": inlet.fraction, "lag": inlet.lag, "duration": inlet.duration, "rate": inlet.rate}
    return ", ".join(f"{field} {value}" for field, value in shown.items() if value is not None)


def _component_text(part: Component, found: Wired) -> str:
    lines = [part.name + (f": {part.doc.strip().splitlines()[0]}" if part.doc.strip() else "")]
    for port in part.inputs:
        sources = found.feeds[f"{part.name}.{port.name}"]
        lines.append(f"  {port.name} = {' + '.join(sources) or f'{port.default:g} [{port.unit}] (not linked)'}")
    lines += [f"  {left} = {to_text(node)}" for left, node in _lines(part)]
    lines += [f"  {s.name}(0) = {s.initial}" for s in part.states if s.initial != "0"]
    return "\n".join(lines)


def _lines(part: Component) -> list[tuple[str, Node]]:
    """Left and right sides of a component's equations in its own names, as they were written."""
    made = []
    for equation in part.equations:
        left, _, right = equation.partition("=")
        made.append((" ".join(left.split()), parse(right.strip(), equation)))
    return made


def latex(model: Model) -> str:
    """The equations as LaTeX, one align block a component, symbols with their units in a list below each."""
    compose(model)
    found = wired(model)
    return "\n".join(_component_latex(part, found) for part in model.components)


def _component_latex(part: Component, found: Wired) -> str:
    fed = {port.name: found.feeds[f"{part.name}.{port.name}"] for port in part.inputs}
    lines = [
        f"{latex_name(p)} &= {' + '.join(latex_name(s) for s in sources)}" for p, sources in fed.items() if sources
    ]
    for left, node in _lines(part):
        rate = left.removeprefix("d/dt").strip("() ") if left.startswith("d/dt") else ""
        shown = rf"\frac{{\mathrm{{d}} {latex_name(rate)}}}{{\mathrm{{d}} t}}" if rate else latex_name(left)
        lines.append(f"{shown} &= {to_latex(node)}")
    for state in part.states:
        start = to_latex(parse(state.initial))
        lines.append(rf"{latex_name(state.name)}(0) &= {start}")
    symbols = [(s.name, s.unit) for s in part.states] + [(p.name, p.unit) for p in part.parameters]
    listed = ", ".join(f"${latex_name(name)}$ [${latex_unit(unit)}$]" for name, unit in symbols)
    body = " \\\\\n".join(lines)
    return f"\\paragraph{{{part.name.replace('_', ' ')}}}\n\\begin{{align}}\n{body}\n\\end{{align}}\n{listed}.\n"
