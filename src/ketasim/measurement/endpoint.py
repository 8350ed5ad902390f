"""Endpoints by name: what a study reports, on which scale, and of what kind.

"MADRS change" and the like are made of a scale and one of the kinds below; a few endpoints stand alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ketasim.errors import UnknownName
from ketasim.measurement.scale import names, scale

Kind = Literal["score", "change", "response", "remission", "response and remission", "event", "time", "concentration"]
_SCALE_KINDS: dict[str, Kind] = {
    "": "score",
    "change": "change",
    "response": "response",
    "remission": "remission",
    "response and remission": "response and remission",
}
_ALONE: dict[str, Kind] = {
    "relapse": "event",
    "remission without relapse": "event",
    "discontinuation": "event",
    "time to relapse": "time",
    "time to remission": "time",
}
_SUBSTANCES = (
    "ketamine", "esketamine", "arketamine", "norketamine", "S-norketamine", "R-norketamine", "hydroxynorketamine",
)  # fmt: skip
_SITES = ("plasma", "serum", "arterial")
_PLASMA = re.compile(rf"({'|'.join(_SITES)}) (.+)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is reported: its `name`, `kind`, the `scale` it is read from ("" if none), and its natural `unit`."""

    name: str
    kind: Kind
    scale: str
    unit: str

    @property
    def mood(self) -> bool:
        """Whether it is an endpoint of mood: on a depression scale, or relapse and remission of depression."""
        return (self.kind in ("event", "time") and self.name != "discontinuation") or (
            bool(self.scale) and scale(self.scale).domain == "depression"
        )

    @property
    def binary(self) -> bool:
        """Whether it counts patients."""
        return self.kind in ("response", "remission", "response and remission", "event")


def known() -> tuple[str, ...]:
    """Every endpoint name that can be used."""
    on_scales = [f"{s} {k}".strip() for s in names() for k in _SCALE_KINDS]
    return (*on_scales, *_ALONE, *(f"plasma {s}" for s in _SUBSTANCES))


def in_words() -> str:
    """What can be used, by its parts: scales and what is said of them, those that stand alone, concentrations."""
    kinds = ", ".join(repr(k) for k in _SCALE_KINDS if k)
    return (
        f"a scale ({', '.join(names())}), alone for its score or followed by one of {kinds}; {', '.join(_ALONE)}; "
        f"{', '.join(_SITES[:-1])} or {_SITES[-1]} with one of {', '.join(_SUBSTANCES)}"
    )


def endpoint(name: str) -> Endpoint:
    """The endpoint with this name; UnknownName with the nearest names if there is none."""
    if name in _ALONE:
        return Endpoint(name, _ALONE[name], "", "day" if _ALONE[name] == "time" else "1")
    for one in sorted(names(), key=len, reverse=True):
        if name == one or name.startswith(one + " "):
            kind = _SCALE_KINDS.get(name[len(one) :].strip())
            if kind:
                return Endpoint(name, kind, one, "point" if kind in ("score", "change") else "1")
    found = _PLASMA.fullmatch(name)
    if found and found[2] in _SUBSTANCES:
        return Endpoint(name, "concentration", "", "ng/mL")
    raise UnknownName("endpoint", name, known(), shown=in_words())
