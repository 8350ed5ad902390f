"""Regimens that come with ketasim, one TOML file each with its source; nothing here reads or checks them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ketasim.errors import UnknownName


@cache
def names() -> tuple[str, ...]:
    """The names of all presets, "none" included."""
    found = (e.name.removesuffix(".toml") for e in files(__name__).iterdir() if e.name.endswith(".toml"))
    return tuple(sorted([*found, "none"]))


def text(name: str) -> str:
    """The TOML text of a preset; UnknownName with the nearest there are."""
    if name not in names() or name == "none":
        raise UnknownName("preset", name, names(), "See `ketasim list presets`.")
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
