"""The platform model: the links joined, one structure and one set of numbers for every route and product."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ketasim.errors import UnknownName
from ketasim.model.component import Component
from ketasim.model.model import Link, Model, Output
from ketasim.model.variability import Residual
from ketasim.pharmacology.absorption import GUT, PLACES, gut, place
from ketasim.pharmacology.disposition import disposition
from ketasim.pharmacology.hydroxynorketamine import hydroxynorketamine
from ketasim.pharmacology.liver import liver
from ketasim.pharmacology.norketamine import norketamine
from ketasim.pharmacology.occupancy import occupancy
from ketasim.pharmacology.parts import ENANTIOMERS, cited, correlation, residual
from ketasim.pharmacology.reach import age, ancestry, limits, weight
from ketasim.pharmacology.routes import ALL, WAYS, dose_routes, inlets
from ketasim.pharmacology.sampling import sampling

_NAMES = {"S": ("esketamine", "S-norketamine"), "R": ("arketamine", "R-norketamine")}
TITLE = "Platform: every route, both enantiomers, arterial and venous plasma, receptor occupancy"


def model(routes: Iterable[tuple[str, str]] | None = None) -> Model:
    """The platform model, or only its part for some (drug, route) pairs, which costs less and gives the same numbers.

    UnknownName for a drug or route that does not exist.
    """
    return _model(ALL if routes is None else tuple(sorted(set(routes))))


@lru_cache(maxsize=32)
def _model(chosen: tuple[tuple[str, str], ...]) -> Model:
    for drug, route in chosen:
        if drug not in ENANTIOMERS:
            raise UnknownName("drug", drug, ENANTIOMERS)
        if route not in WAYS:
            raise UnknownName("route", route, WAYS)
    kinds = tuple(e for e in ("S", "R") if any(e in ENANTIOMERS[drug] for drug, _ in chosen))
    places = tuple(p for p in PLACES if any(p in WAYS[route].places for _, route in chosen))
    entries = tuple(w for w in GUT if any(w in WAYS[route].entries for _, route in chosen))
    components = _components(kinds, places, entries)
    declared = dose_routes(chosen)
    return Model(
        name="platform",
        title=TITLE,
        components=components,
        outputs=_outputs(kinds),
        links=_links(kinds, places, bool(entries)),
        inlets=inlets(chosen),
        routes=declared,
        covariates=(weight("people.weight_range"), age("range.age.perez_ruixo21", "people.age_median"), ancestry()),
        correlations=(correlation("body.tissue", "liver.Qh", "pk.platform.corr_tissue_Qh"),),
        limits=limits(
            "adults, healthy or with depression", None, "venous and arterial", "sessions.largest.esketamine",
            note="Derived from models of healthy volunteers and adults with depression; children by weight alone.",
            weekly="sessions.weekly.platform",
        ),
        status="examined",
        citations=cited(components, declared),
        note="docs/exposure.md lays it beside what was observed, with independent studies apart and every miss.",
    )  # fmt: skip


def _components(kinds: tuple[str, ...], places: tuple[str, ...], entries: tuple[str, ...]) -> tuple[Component, ...]:
    return (
        *(place(name, kinds) for name in places),
        *((gut(kinds, entries),) if entries else ()),
        disposition(kinds),
        liver(kinds),
        sampling(kinds),
        norketamine(kinds),
        hydroxynorketamine(),
        occupancy(kinds),
    )


def _links(kinds: tuple[str, ...], places: tuple[str, ...], has_gut: bool) -> tuple[Link, ...]:
    joined: list[tuple[str, str]] = [("norketamine.cleared", "hydroxynorketamine.cleared")]
    for e in kinds:
        joined += [(f"{name}.direct_{e}", f"body.inflow_{e}") for name in places]
        joined += [(f"rectum.presystemic_{e}", f"norketamine.formed_{e}")] if "rectum" in places else []
        if has_gut:
            joined += [(f"gut.portal_{e}", f"liver.portal_{e}"), (f"gut.presystemic_{e}", f"norketamine.formed_{e}")]
        joined += [
            (f"body.C_{e}", f"liver.C_{e}"),
            (f"liver.back_{e}", f"body.inflow_{e}"),
            (f"liver.formed_{e}", f"norketamine.formed_{e}"),
            (f"body.C_{e}", f"site.C_{e}"),
            (f"site.plasma_{e}", f"receptor.K_{e}"),
            (f"norketamine.C_{e}", f"receptor.N_{e}"),
        ]
    return tuple(Link(*pair) for pair in joined)


def _outputs(kinds: tuple[str, ...]) -> tuple[Output, ...]:
    drug = residual(log_sd="pk.pr21.sigma_esk")
    metabolite = residual(log_sd="pk.pr21.sigma_nor")
    shown: list[Output] = []
    for label, site in (("plasma", "venous"), ("arterial", "arterial")):
        parent = {e: f"site.plasma_{e}" if label == "plasma" else f"body.C_{e}" for e in kinds}
        shown += [_shown(f"{label} {_NAMES[e][0]}", parent[e], site, drug) for e in kinds]
        shown += [_shown(f"{label} ketamine", f"site.{label}", site, drug)]
        shown += [_shown(f"{label} {_NAMES[e][1]}", f"norketamine.C_{e}", site, metabolite) for e in kinds]
        shown += [_shown(f"{label} norketamine", "norketamine.C", site, metabolite)]
        shown += [_shown(f"{label} hydroxynorketamine", "hydroxynorketamine.C", site, metabolite)]
    shown.append(Output("NMDA occupancy", "receptor.occupancy", "1", "share of NMDA receptors blocked", "venous"))
    return tuple(shown)


def _shown(name: str, symbol: str, site: str, error: Residual) -> Output:
    return Output(name, symbol, "ng/mL", site=site, residual=error)
