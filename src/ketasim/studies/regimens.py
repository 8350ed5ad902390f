"""What an arm was given, as a Regimen: nothing, a preset, a regimen file beside the study, or doses written inline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ketasim.dosing.regimen import Regimen
from ketasim.studies.record import Arm, Study


def regimen(study: Study, arm: Arm | str) -> Regimen:
    """The regimen of an arm of a study (or of the arm with that name)."""
    one = study.arm(arm) if isinstance(arm, str) else arm
    return regimen_of(one.regimen, one.doses, study.path.parent, f"{study.id}: {one.name}")


def regimen_of(name: str, doses: Sequence[Mapping[str, Any]], folder: Path, label: str) -> Regimen:
    """A regimen from the fields of an arm; RegimenError if it cannot be given, UnknownName for an unknown preset."""
    if name == "none":
        return Regimen.none()
    if name == "inline":
        return Regimen.from_text(as_toml(doses, label), source=label)
    path = folder / name
    return Regimen.from_toml(path) if name.endswith(".toml") or path.is_file() else Regimen.preset(name)


def as_toml(doses: Sequence[Mapping[str, Any]], label: str) -> str:
    """Dose tables as the text of a regimen file; remarks are left out."""
    lines = [f"name = {_text(label)}"]
    for dose in doses:
        lines.append("[[dose]]")
        lines += [f"{field} = {_text(value)}" for field, value in dose.items() if field != "note"]
    return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    return "[" + ", ".join(_text(v) for v in value) + "]" if isinstance(value, list) else json.dumps(value)
