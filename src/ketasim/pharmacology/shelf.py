"""The shelf of models, by name: published ones as printed, the platform that joins the links, the way to mood."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from ketasim.errors import UnknownName
from ketasim.model.model import Model

if TYPE_CHECKING:
    from ketasim.pharmacology.mood.blockers import Blocker
    from ketasim.pharmacology.mood.glutamate import Mechanism

_PUBLISHED = (
    "perez-ruixo-2021",
    "simons-2022",
    "otto-2021",
    "kamp-2020",
    "domino-1982",
    "clements-1981",
    "hijazi-2003",
    "herd-2007",
    "elkomy-2015",
    "sherwin-2015",
    "flint-2017",
    "hornik-2018",
)
_PATHWAYS: dict[str, Mechanism] = {
    "pathway": "disinhibition",
    "pathway-direct-inhibition": "direct inhibition",
    "pathway-metabolite": "metabolite",
    "pathway-mixture": "mixture",
}
_CONTROLS: dict[str, Blocker] = {"pathway-memantine": "memantine", "pathway-lanicemine": "lanicemine"}


def names() -> list[str]:
    """Every model: the platform, the whole path to mood with rivals and negative controls, then the published ones."""
    return ["platform", *_PATHWAYS, *_CONTROLS, *_PUBLISHED]


def exposure_names() -> list[str]:
    """The models that end at the receptor: the platform and the published ones."""
    return ["platform", *_PUBLISHED]


def model(name: str, routes: Iterable[tuple[str, str]] | None = None) -> Model:
    """A model by name; for platform and pathway, `routes` as (drug, route) leaves out what they do not need.

    UnknownName with the nearest names if there is none.
    """
    if name == "platform":
        from ketasim.pharmacology import platform

        return platform.model(routes)
    if name in _PATHWAYS:
        from ketasim.pharmacology.mood import pathway

        return pathway.model(routes, _PATHWAYS[name])
    if name in _CONTROLS:
        from ketasim.pharmacology.mood import pathway

        return pathway.control(_CONTROLS[name])
    if name not in _PUBLISHED:
        raise UnknownName("model", name, names())
    return _published(name)


@lru_cache(maxsize=len(_PUBLISHED))
def _published(name: str) -> Model:
    found: Model = import_module(f"ketasim.pharmacology.published.{name.replace('-', '_')}").model()
    return found
