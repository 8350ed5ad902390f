from dataclasses import replace
from types import ModuleType

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.errors import ModelError
from ketasim.model.component import Component, Port, StateVar
from ketasim.model.compose import compose
from ketasim.model.expression import symbol
from ketasim.model.model import Link, Model, Output


def with_part(model: Model, part: Component) -> Model:
    return replace(model, components=tuple(part if c.name == part.name else c for c in model.components))


def test_the_system_of_a_chain(chain: Model) -> None:
    system = compose(chain)
    assert [str(s) for s in system.states] == ["gut.A", "body.A", "effect.Ce"]
    assert [str(p) for p in system.parameters][:4] == ["gut.ka", "gut.F", "body.CL", "body.V"]
    assert [str(a) for a, _ in system.assignments] == ["gut.uptake", "body.C", "effect.ratio", "effect.E"]
    A, B = symbol("gut.A"), symbol("body.C")
    assert dict(system.assignments)[symbol("gut.uptake")] == symbol("gut.ka") * A
    assert system.derivatives[1] == symbol("gut.uptake") - 10 * B * symbol("body.CL")
    assert system.outputs == (10000 * B, 100 * symbol("effect.E"))
    assert system.time == symbol("t")


def test_expressions_use_only_what_comes_before(chain: Model) -> None:
    system = compose(chain)
    known = {*system.parameters, *system.states, system.time}
    for name, expression in system.assignments:
        assert expression.free_symbols <= known
        known.add(name)
    for expression in (*system.derivatives, *system.outputs):
        assert expression.free_symbols <= known


def test_composition_is_kept_and_the_same_again(chain: Model) -> None:
    assert compose(chain) is compose(replace(chain))


def test_links_into_one_port_add_up(chain: Model, make: ModuleType) -> None:
    second = replace(make.GUT, name="skin")
    model = replace(
        chain, components=(*chain.components, second), links=(*chain.links, Link("skin.uptake", "body.inflow"))
    )
    assigned = dict(compose(model).assignments)
    assert assigned[symbol("body.inflow")] == symbol("gut.uptake") + symbol("skin.uptake")


def test_order_does_not_depend_on_the_order_of_equations(chain: Model, make: ModuleType) -> None:
    turned = with_part(chain, replace(make.EFFECT, equations=make.EFFECT.equations[::-1]))
    assert compose(turned).assignments == compose(chain).assignments


def test_initial_values_are_written_out_in_parameters(make: ModuleType) -> None:
    part = Component(
        "turnover",
        parameters=(make.parameter("kin", 6.0, "mg/h"), make.parameter("kout", 2.0, "1/h")),
        states=(StateVar("R", "mg", initial="base"),),
        equations=("base = kin / kout", "d/dt(R) = kin - kout * R"),
    )
    model = Model("t", "t", (part,), (Output("R", "turnover.R", "mg"),))
    assert compose(model).initial == (symbol("turnover.kin") / symbol("turnover.kout"),)
    with pytest.raises(ModelError, match="parameters only"):
        compose(with_part(model, replace(part, states=(StateVar("R", "mg", initial="R"),))))


def _edit(part: Component, old: str, new: str) -> Component:
    assert any(old in e for e in part.equations)
    return replace(part, equations=tuple(e.replace(old, new) for e in part.equations))


@pytest.mark.parametrize(
    ("part", "old", "new", "says"),
    [
        ("BODY", "A / V", "A / W", "unknown name 'W'"),
        ("BODY", "A / V", "A / gut.ka", "reached through ports"),
        ("BODY", "A / V", "A / v", "did you mean 'V'"),
        ("BODY", "A / V", "A * V", r"the right side is in dL\*mg"),
        ("BODY", "10 [dL/L]", "1", "joins 'body.inflow' in mg/h"),
        ("BODY", "10 [dL/L]", "10 [foo]", "Cannot read the unit 'foo'"),
        ("BODY", "C = A / V", "C = A / V + 1 [mg/L]", "10 times the size|0.1 times the size"),
        ("BODY", "d/dt(A) = inflow", "d/dt(B) = inflow", "'B' is not a state"),
        ("BODY", "C = A / V", "D = A / V", "unknown name 'C'|output port 'C'"),
        ("BODY", "C = A / V", "V = A / C", "'V' stands twice|unknown name"),
        ("BODY", "C = A / V", "C == A / V", "write 'name = expression'"),
        ("BODY", "C = A / V", "t = A / V", "unknown name 'C'|cannot be a name"),
        ("BODY", "C = A / V", "C = A / V / 0", "no finite real value"),
        ("EFFECT", "max(Ce, 0) / EC50", "max(Ce, 0)", "not a constant"),
        ("EFFECT", "max(Ce, 0) / EC50", "max(Ce, 1) / EC50", "'max' joins"),
        ("EFFECT", "t < 1000 [h]", "t < 1000", "compares 't'"),
        ("EFFECT", "ratio / (1 + ratio)", "exp(Ce)", "exp takes a pure number"),
        ("EFFECT", "baseline + ", "E + ", "circle.*effect.E > effect.E"),
    ],
)
def test_a_wrong_equation_is_named(chain: Model, make: ModuleType, part: str, old: str, new: str, says: str) -> None:
    component = getattr(make, part)
    with pytest.raises(ModelError, match=says) as caught:
        compose(with_part(chain, _edit(component, old, new)))
    assert "chain" in str(caught.value)
    assert component.name in str(caught.value)


UNITS = {"mg": "kg", "mg/h": "mg/min", "1/h": "1/min", "L/h": "mL/min", "mg/dL": "mg/L", "dL": "L", "1": "%"}
PLACES = [
    (c, kind, i)
    for c, kind, count in [
        (0, "parameters", 1), (0, "states", 1), (0, "outputs", 1),
        (1, "parameters", 2), (1, "states", 1), (1, "inputs", 1), (1, "outputs", 1),
        (2, "parameters", 3), (2, "states", 1), (2, "inputs", 2), (2, "outputs", 1),
    ]
    for i in range(count)
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PLACES), st.booleans())
def test_one_unit_changed_and_composition_fails_naming_where(
    chain: Model, place: tuple[int, str, int], dimension: bool
) -> None:
    index, kind, i = place
    part = chain.components[index]
    items = list(getattr(part, kind))
    unit = "kelvin" if dimension else UNITS[items[i].unit]
    change = {"unit": unit}
    if kind == "parameters":
        change["fact"] = replace(items[i].fact, unit=unit)
    items[i] = replace(items[i], **change)
    changed = with_part(chain, replace(part, **{kind: tuple(items)}))
    with pytest.raises(ModelError) as caught:
        compose(changed)
    assert any(f"equation {e!r}" in str(caught.value) for p in changed.components for e in p.equations) or any(
        word in str(caught.value) for word in ("link", "port", "inlet")
    )
    assert items[i].name in str(caught.value) or part.name in str(caught.value)


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ((Link("gut.uptake", "body.inflow"),), r"input port 'effect\.C'.*not linked.*body\.C"),
        ((Link("gut.uptak", "body.inflow"),), r"did you mean 'gut\.uptake'"),
        ((Link("gut.uptake", "body.inflo"),), r"did you mean 'body\.inflow'"),
        ((Link("body.C", "body.inflow"),), "gives 'concentration of drug'.*takes 'flow of drug'"),
        ((Link("gut.uptake", "body.inflow"),) * 2, "stands twice"),
    ],
)
def test_wrong_links(chain: Model, links: tuple[Link, ...], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        compose(replace(chain, links=links))


def test_a_unit_that_differs_over_a_link_names_both_ends(chain: Model, make: ModuleType) -> None:
    part = replace(make.EFFECT, inputs=(replace(make.EFFECT.inputs[0], unit="mg/L"), make.EFFECT.inputs[1]))
    with pytest.raises(ModelError, match=r"body\.C > effect\.C.*mg/dL.*mg/L.*multiply by"):
        compose(with_part(chain, part))


def test_a_circle_through_ports_is_named(make: ModuleType) -> None:
    def half(name: str) -> Component:
        return Component(name, inputs=(Port("x", "1", "k"),), outputs=(Port("y", "1", "k"),), equations=("y = 2 * x",))

    model = Model("ring", "", (half("a"), half("b")), (), links=(Link("a.y", "b.x"), Link("b.y", "a.x")))
    with pytest.raises(ModelError, match=r"a\.x > b\.y > b\.x > a\.y > a\.x"):
        compose(model)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"states": ()}, "no state|not a state|unknown name"),
        ({"equations": ("uptake = ka * A",)}, r"no equation d/dt\(A\)"),
        ({"equations": ("uptake = ka * A", "uptake = A", "d/dt(A) = -uptake")}, "defined twice"),
        ({"equations": ("uptake = ka * A", "d/dt(A) = -uptake", "d/dt(A) = uptake")}, "defined twice"),
        ({"outputs": (Port("uptak", "mg/h", "flow of drug"),)}, "output port 'uptak'"),
        ({"name": "a-b"}, "cannot be a name"),
        ({"name": "lambda"}, "cannot be a name"),
        ({"name": "exp"}, "cannot be a name"),
        ({"name": "body"}, "stands twice"),
    ],
)
def test_wrong_components(chain: Model, make: ModuleType, change: dict[str, object], says: str) -> None:
    part = replace(make.GUT, **change)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=says):
        compose(replace(chain, components=(part, *chain.components[1:])))


@pytest.mark.parametrize(
    ("out", "says"),
    [
        (Output("x", "body.D", "mg"), r"unknown symbol 'body\.D'"),
        (Output("x", "body.C", "mg"), "cannot be shown in 'mg'"),
        (Output("x", "body.C", "foo"), "Cannot read the unit"),
        (Output("effect", "body.C", "mg/L"), "two outputs"),
    ],
)
def test_wrong_outputs(chain: Model, out: Output, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        compose(replace(chain, outputs=(*chain.outputs, out)))


def test_lists_are_refused_in_words(chain: Model) -> None:
    with pytest.raises(ModelError, match="must be tuples"):
        compose(replace(chain, outputs=list(chain.outputs)))  # type: ignore[arg-type]


def test_an_open_port_has_its_default(chain: Model) -> None:
    assigned = dict(compose(chain).assignments)
    assert isinstance(assigned[symbol("effect.E")], sp.Piecewise)
    assert symbol("effect.baseline") not in assigned[symbol("effect.E")].free_symbols
