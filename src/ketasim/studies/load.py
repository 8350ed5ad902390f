"""A study file to a Study, strictly: every field known, every name defined, every citation in the bibliography."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ketasim import units
from ketasim.dosing.quantities import LONGEST_H
from ketasim.errors import EvidenceError, RegimenError, UnitError, UnknownName
from ketasim.evidence import bibliography
from ketasim.measurement.scale import scale
from ketasim.studies import check
from ketasim.studies.observed import observation
from ketasim.studies.place import Place, toml
from ketasim.studies.record import COURSES, QUESTIONS, ROUTES, Arm, Background, Control, Observation, Phase, Study, Use
from ketasim.studies.regimens import regimen_of
from ketasim.studies.sound import sound

CONTROLS = ("none", "saline", "placebo spray", "placebo tablet", "midazolam", "masked")
BACKGROUNDS = ("none", "stable", "new oral antidepressant")
DESIGNS = ("parallel", "crossover", "open", "randomised withdrawal")
DRUGS = ("ketamine", "esketamine", "arketamine", "memantine", "lanicemine")
BLINDINGS = ("double blind", "single blind", "open")
SELECTIONS = (
    "all", "responders", "remitters", "non-responders", "stable remitters", "stable responders", "relapsers",
)  # fmt: skip
_RULE = re.compile(r"[A-Z][\w-]+ (fall|score) (>=|<=|>|<) \d+(\.\d+)?( %)?")
_TOP = {
    "id", "trial", "title", "citation", "use", "design", "blinding", "route", "question", "course", "split_round",
    "note", "population", "arm", "phase", "observation",
}  # fmt: skip
_POPULATION = {
    "diagnosis", "age", "female", "weight_kg", "baseline", "failed_treatments", "ancestry", "country", "inpatients",
    "note",
}  # fmt: skip
_STATISTICS = ("mean", "sd", "median", "low", "high")
_POSSIBLE = {"age": (0.0, 130.0), "weight_kg": (0.1, 700.0), "failed_treatments": (0.0, 1000.0)}
_ARM = {"name", "n", "regimen", "dose", "control", "background", "comparator", "baseline", "note"}
_USUAL = {"open": "open"}  # blinding of a design where the file says none
_PHASE = {"name", "length", "arms", "select", "after", "titrate", "blinding", "note"}
_DOSE = {
    "drug", "product", "route", "amount", "salt", "start", "every", "at", "times", "duration", "rate", "note",
}  # fmt: skip


def read(path: Path | str, keys: Collection[str] | None = None) -> Study:
    """The study in a file; citations must be in `keys` (our bibliography unless told) or in a .bib file beside it.

    StudyError says file, line, field, and what is wrong, in one sentence.
    """
    root, at = toml(Path(path))
    if "dose" in root and "arm" not in root:
        why = "this is a regimen file, which `ketasim simulate` gives; in a study an [[arm]] names it as its regimen"
        at.refuse("dose", why)
    check.fields(root, _TOP, at)
    known = bibliography.keys() if keys is None else keys
    folder = Path(path).parent
    arms = tuple(_arm(row, at.table("arm", i), folder) for i, row in enumerate(check.tables(root, "arm", at)))
    if not arms:
        at.refuse("arm", "a study needs at least one [[arm]]")
    names = _distinct([a.name for a in arms], "arm", at)
    rows = check.tables(root, "phase", at)
    phases = tuple(_phase(row, at.table("phase", i), names) for i, row in enumerate(rows))
    named = _distinct([p.name for p in phases], "phase", at)
    for i, one in enumerate(phases):
        if one.after and one.after not in named[:i]:
            at.table("phase", i).refuse("after", f"{one.after!r} is no earlier phase")
    size = {a.name: a.n for a in arms}
    seen = [_with_sizes(row, size) if len(phases) < 2 else row for row in check.tables(root, "observation", at)]
    observed = tuple(observation(row, at.table("observation", i), names, named) for i, row in enumerate(seen))
    for i, (row, stated) in enumerate(zip(seen, observed, strict=True)):
        sound(row, stated, at.table("observation", i), arms, phases)
    if not observed:
        at.refuse("observation", "a study needs at least one [[observation]]")
    _no_copies(observed, at)
    _check_doses(arms, observed, folder, at)
    course = check.choice(root, "course", COURSES, at, "repeated")
    return Study(
        id=check.text(root, "id", at), trial=check.text(root, "trial", at), title=check.text(root, "title", at, ""),
        citation=_citation(root, at, known, folder),
        use=cast(Use, check.choice(root, "use", ("calibrate", "judge"), at)),
        design=check.choice(root, "design", DESIGNS, at, "parallel"),
        blinding=check.choice(root, "blinding", BLINDINGS, at, _USUAL.get(root.get("design", ""), "double blind")),
        route=check.choice(root, "route", ROUTES, at, "none"),
        question=check.choice(root, "question", QUESTIONS, at, "efficacy"), course=course,
        split_round=check.whole(root, "split_round", at, 1, 1), population=_population(root, at),
        arms=arms, phases=phases, observations=observed, note=check.text(root, "note", at, ""), path=Path(path),
    )  # fmt: skip


def _with_sizes(row: Any, size: Mapping[str, int]) -> Any:
    """The row of a comparison that says nothing of people, with all those of its arms; another as it is."""
    if not isinstance(row, dict) or {"n", "n_versus"} & row.keys():
        return row
    arm, versus = row.get("arm"), row.get("versus")
    if isinstance(arm, str) and isinstance(versus, str) and {arm, versus} <= size.keys():
        return row | {"n": size[arm], "n_versus": size[versus]}
    return row


def _no_copies(observed: Sequence[Observation], at: Place) -> None:
    """Refuse an observation that says what one above it says: it would count twice."""
    first: dict[Observation, int] = {}
    for i, one in enumerate(observed):
        line = first.setdefault(replace(one, line=0, note="", seen=""), one.line)
        if line != one.line:
            at.table("observation", i).refuse(
                "arm", f"the same result stands in the observation of line {line} already"
            )


def _distinct(names: list[str], section: str, at: Place) -> list[str]:
    for i, name in enumerate(names):
        if name in names[:i]:
            at.table(section, i).refuse("name", f"{name!r} stands twice")
    return names


def _citation(root: Mapping[str, Any], at: Place, known: Collection[str], folder: Path) -> tuple[str, ...]:
    value = root.get("citation")
    cited = [value] if isinstance(value, str) else value
    if not cited or not isinstance(cited, list) or not all(isinstance(c, str) and c for c in cited):
        at.refuse("citation", "is missing; cite a key of the bibliography, or several in an array")
    own = [key for key in cited if key not in known]
    if own:
        _beside(own, folder, at)
    return tuple(cited)


def _beside(cited: Sequence[str], folder: Path, at: Place) -> None:
    """Refuse a key without an entry that can be read in the .bib files of the folder; they are read only if needed."""
    try:
        entries = bibliography.Bibliography(folder)
        missing = [key for key in cited if key not in entries]
        for key in cited:
            if key in entries:
                entries[key]
    except EvidenceError as why:
        at.refuse("citation", str(why).rstrip("."))
    if missing:
        read_here = ", ".join(path.name for path in sorted(folder.glob("*.bib")))
        looked = f" (looked in {read_here})" if read_here else ""
        why_not = "is not in the bibliography; put an entry in a .bib file beside the study file"
        at.refuse("citation", f"{missing[0]!r} {why_not}{looked}")


def _population(root: Mapping[str, Any], at: Place) -> Mapping[str, Any]:
    table = root.get("population", {})
    here = at.table("population", 0)
    check.fields(table, _POPULATION, here)
    check.number(table, "female", here, 0.0, 1.0)
    if not isinstance(table.get("inpatients"), bool):
        check.number(table, "inpatients", here, 0.0, 1.0)
    check.text(table, "diagnosis", here, "")
    told = {name: _several(table, name, here) for name in _POSSIBLE if name in table}
    _baseline(table, here)
    return {**table, **told}


def _several(table: Mapping[str, Any], name: str, at: Place) -> Mapping[str, Any]:
    """What a paper prints of a number of its patients, by statistic; a number alone is their mean."""
    value, (least, most) = table[name], _POSSIBLE[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"mean": check.number(table, name, at, least, most)}
    if not isinstance(value, Mapping):
        at.refuse(name, f"write a mean, or a table such as {{mean = 45, sd = 12}}; {value!r} came")
    check.fields(value, _STATISTICS, at.within(name))
    for field in _STATISTICS:
        check.number(value, field, at.within(name), 0.0 if field == "sd" else least, most)
    return value


def _baseline(table: Mapping[str, Any], at: Place) -> Mapping[str, Any]:
    value = table.get("baseline", {})
    if not value:
        return {}
    if not isinstance(value, Mapping):
        at.refuse("baseline", f"write the scale too, as in {{scale = 'MADRS', mean = 33, sd = 6}}; {value!r} came")
    at = at.within("baseline")
    check.fields(value, {"scale", "mean", "sd", "n"}, at)
    try:
        one = scale(check.text(value, "scale", at))
    except UnknownName as why:
        at.refuse("scale", str(why).rstrip("."))
    check.number(value, "mean", at, one.low, one.high)
    check.number(value, "sd", at, 0.0, one.high - one.low)
    return dict(value)


def _arm(row: Any, at: Place, folder: Path) -> Arm:
    check.fields(row, _ARM, at)
    doses = tuple(_dose(d, at) for d in check.tables(row, "dose", at))
    regimen = check.text(row, "regimen", at, "inline" if doses else "none")
    if doses and regimen != "inline":
        at.refuse("regimen", f"doses are written out, so the regimen is 'inline'; {regimen!r} came")
    if regimen == "inline" and not doses:
        at.refuse("regimen", "an inline regimen needs dose = [{...}] or [[arm.dose]] tables")
    if row.get("control") == "open":
        at.refuse(
            "control", "is 'none' where the drug is given openly; write blinding = \"open\", of the study or a phase"
        )
    control = check.choice(row, "control", CONTROLS, at, "none")
    if regimen == "none" and control == "none" and not row.get("comparator"):
        others = ", ".join(repr(one) for one in CONTROLS if one != "none")
        at.refuse("control", f"an arm without doses and comparator needs what its patients could tell: {others}")
    name = check.text(row, "name", at)
    try:
        regimen_of(regimen, doses, folder, name)
    except (RegimenError, UnknownName) as why:
        at.refuse("dose" if doses else "regimen", " ".join(str(why).split()).rstrip("."))
    return Arm(
        name=name, n=check.whole(row, "n", at, 1), regimen=regimen, doses=doses,
        control=cast(Control, control),
        background=cast(Background, check.choice(row, "background", BACKGROUNDS, at, "stable")),
        comparator=check.text(row, "comparator", at, ""), baseline=_baseline(row, at),
        note=check.text(row, "note", at, ""),
    )  # fmt: skip


def _check_doses(arms: Sequence[Arm], observed: Sequence[Observation], folder: Path, at: Place) -> None:
    """Refuse a time after a dose that its arm is not given; an arm without doses counts those of another."""
    tables = {arm.name: regimen_of(arm.regimen, arm.doses, folder, arm.name).tables for arm in arms}
    given = {name: len({time for table in own for time in table.times}) for name, own in tables.items()}
    for i, seen in enumerate(observed):
        if 0 < given[seen.arm] < seen.time.dose:
            why = f"{seen.time.text!r} names dose {seen.time.dose}, but {seen.arm!r} is given {given[seen.arm]}"
            at.table("observation", i).refuse("time", why)


def _dose(row: Any, at: Place) -> Mapping[str, Any]:
    check.fields(row, _DOSE, at)
    inside = at.within("dose")
    check.choice(row, "drug", DRUGS, inside)
    for field in ("route", "amount"):
        check.text(row, field, inside)
    try:
        number, unit = units.split(row["amount"])
        known = any(_fits(unit, like) for like in ("mg", "mg/kg", "mg/m^2"))
    except UnitError as why:
        inside.refuse("amount", str(why).rstrip("."))
    if not known or number <= 0:
        inside.refuse("amount", f"must be a dose above 0 such as '84 mg' or '0.5 mg/kg'; {row['amount']!r} came")
    return dict(row)


def _fits(unit: str, like: str) -> bool:
    try:
        units.factor(unit, like)
    except UnitError:
        return False
    return True


def _phase(row: Any, at: Place, arms: Collection[str]) -> Phase:
    check.fields(row, _PHASE, at)
    inside = row.get("arms", list(arms))
    if not isinstance(inside, list):
        at.refuse("arms", f"must be an array of arm names; {inside!r} came")
    for name in inside:
        if name not in arms:
            at.refuse("arms", f"{name!r} is no arm of this study (arms: {', '.join(arms)})")
    select = check.text(row, "select", at, "all")
    if select not in SELECTIONS and not _RULE.fullmatch(select):
        at.refuse("select", f"{select!r} is unknown; known: {', '.join(SELECTIONS)}, or 'MADRS fall >= 50 %'")
    titrate = row.get("titrate", [])
    if not isinstance(titrate, list):
        at.refuse("titrate", "must be an array of tables {visit, rule}")
    for rule in titrate:
        check.fields(rule, {"visit", "rule", "to", "when"}, at)
    try:
        days = units.quantity(check.text(row, "length", at), "day")
    except UnitError as why:
        at.refuse("length", str(why).rstrip("."))
    if not 1.0 <= 24.0 * days <= LONGEST_H:
        at.refuse("length", f"must be from an hour to a century; {row['length']!r} came")
    return Phase(
        check.text(row, "name", at), days, tuple(inside), select, check.text(row, "after", at, ""), tuple(titrate),
        check.text(row, "note", at, ""), check.choice(row, "blinding", BLINDINGS, at, "") if "blinding" in row else "",
    )  # fmt: skip
