"""What `ketasim demo` shows: stepped infusions in arterial blood (Kamp 2020), nasal esketamine (Perez-Ruixo 2021), and
the whole path to mood (`whole_path`).

Nothing of Kamp's curves was used to build the platform model; Perez-Ruixo's table is the exposure that paper's own
model gives, so it is a published prediction rather than an observation.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import numpy as np

from ketasim.calibration.known import estimates
from ketasim.dosing.regimen import Regimen
from ketasim.engine.abi import F64
from ketasim.errors import PeopleError
from ketasim.evidence.store import fact
from ketasim.model.model import Model
from ketasim.pharmacology import shelf
from ketasim.population.named import population
from ketasim.population.people import People, listed
from ketasim.reproduction.whole_path import WholePath, whole_path
from ketasim.simulation.beside import Beside, beside
from ketasim.simulation.leaning import Leaning, of_runs
from ketasim.simulation.run import Run
from ketasim.simulation.simulate import simulate

Step = Callable[[str], None]
KAMP: Final = "kamp2020bja"
INFUSIONS: Final = {"esketamine": "kamp-esketamine-stepped", "racemate": "kamp-racemate-stepped"}
ANALYTES: Final = {  # Kamp's words: (our output, fact of the molar mass)
    "S-ketamine": ("arterial esketamine", "pk.mass.ketamine"),
    "R-ketamine": ("arterial arketamine", "pk.mass.ketamine"),
    "S-norketamine": ("arterial S-norketamine", "pk.mass.norketamine"),
    "R-norketamine": ("arterial R-norketamine", "pk.mass.norketamine"),
}
DOSES: Final = (28, 56, 84)
# stratum of the table: (population, ages, ancestry, words); "over 60" is taken as 65 to 75 years
STRATA: Final = {
    "white_18_60": ("trd-adults", (18.0, 60.0), "white", "white, 18 to 60 years"),
    "asian_18_60": ("trd-adults", (18.0, 60.0), "asian", "Asian, 18 to 60 years"),
    "japanese_18_60": ("trd-adults", (18.0, 60.0), "japanese", "Japanese, 18 to 60 years"),
    "white_over_60": ("adults-65-plus", (65.0, 75.0), "white", "white, over 60 years"),
    "asian_over_60": ("adults-65-plus", (65.0, 75.0), "asian", "Asian, over 60 years"),
    "japanese_over_60": ("adults-65-plus", (65.0, 75.0), "japanese", "Japanese, over 60 years"),
}
MEASURES: Final = (
    ("plasma esketamine", "esketamine", "Cmax", "cmax"),
    ("plasma esketamine", "esketamine", "AUC24", "auc"),
    ("plasma S-norketamine", "noresketamine", "Cmax", "cmax"),
    ("plasma S-norketamine", "noresketamine", "AUC24", "auc"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One published mean curve: hours and ng/mL (points,), beside what was predicted for the same times."""

    panel: str
    infusion: str
    analyte: str
    output: str
    hours: F64
    values: F64
    beside: Beside
    citation: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Published peaks or areas of the three nasal doses in one stratum, beside the predicted ones."""

    stratum: str
    people: str
    output: str
    measure: str
    beside: Beside
    citation: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Demonstration:
    """All that the demonstration ran: infusions by name, nasal runs of the first stratum by dose, comparisons, mood.

    `leans` says what predictions lean on: peaks of the infusions, and the whole path with and without the drug.
    """

    infusions: dict[str, Run]
    curves: tuple[Curve, ...]
    sprays: dict[int, Run]
    exposures: tuple[Exposure, ...]
    path: WholePath
    leans: tuple[Leaning, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run that is shown."""
        return (*self.infusions.values(), *self.sprays.values(), *self.path.runs.values())


def demonstrate(n: int = 200, seed: int = 0, step: Step | None = None, **how: Any) -> Demonstration:
    """Simulate the studies and the path to mood in `n` people each; `step` hears what is done.

    `how` goes to `simulate`.
    """
    say = step or (lambda _: None)
    infusions = {}
    for name in INFUSIONS:
        say(f"stepped infusion, {name}")
        infusions[name] = infusion(name, n, seed, **how)
    curves = tuple(_curve(rows, infusions) for rows in kamp_curves())
    sprays: dict[int, Run] = {}
    exposures: list[Exposure] = []
    for stratum in STRATA:
        say(f"nasal esketamine, {STRATA[stratum][3]}")
        runs = {dose: spray(dose, stratum, n, seed, **how) for dose in DOSES}
        sprays = sprays or runs
        exposures += _exposures(stratum, runs)
    say("from dose to mood, four weeks")
    path = whole_path(n, seed, **how)
    say("what predictions lean on")
    return Demonstration(infusions, curves, sprays, tuple(exposures), path, _leans(infusions, path))


def _leans(infusions: dict[str, Run], path: WholePath) -> tuple[Leaning, ...]:
    known = estimates(next(iter(path.runs.values())).model)
    peaks = [one for name, run in infusions.items() for one in of_runs({f"stepped infusion, {name}": run}, areas=())]
    return (*peaks, *of_runs(path.runs, None, path.reading, known))


def platform(regimen: Regimen) -> Model:
    """The part of the platform model that a regimen needs."""
    return shelf.model("platform", {(table.drug, table.route) for table in regimen.tables})


def infusion(name: str, n: int, seed: int, **how: Any) -> Run:
    """One of Kamp's stepped infusions in `n` healthy adults of 70 kg, sampled every 5 minutes over 6 hours."""
    regimen = Regimen.preset(INFUSIONS[name])
    model = platform(regimen)
    known = {output.name for output in model.outputs}
    wanted = [output for output, _ in ANALYTES.values() if output in known]
    grid = np.union1d(np.arange(0, 6.0001, 1 / 12).round(9), np.unique(np.concatenate([r[4] for r in kamp_curves()])))
    return simulate(model, adults_of_70_kg(n, seed), regimen, times=grid, outputs=wanted, seed=seed, **how)


def spray(dose: int, stratum: str, n: int, seed: int, **how: Any) -> Run:
    """One nasal dose in `n` people of a stratum of Perez-Ruixo's table, over a day."""
    regimen = Regimen.preset(f"spravato-{dose}-single")
    wanted = tuple(dict.fromkeys(measure[0] for measure in MEASURES))
    return simulate(platform(regimen), people_of(stratum, n, seed), regimen, days=1, outputs=wanted, seed=seed, **how)


def adults_of_70_kg(n: int, seed: int) -> People:
    """Healthy adults with a weight of 70 kg each: the study gives doses per kg and its curves for 70 kg."""
    columns = population("healthy-adults", n, seed).chunk(0, n)
    kept = {name: values for name, values in columns.items() if name not in ("WT", "HT")}
    weight = np.full(n, fact("pk.standard_weight").number)
    return listed({**kept, "WT": weight}, "healthy adults of 70 kg", {"kind": "demonstration", "seed": seed})


def people_of(stratum: str, n: int, seed: int) -> People:
    """The first `n` people of the ages of a stratum, all of its ancestry."""
    name, (low, high), ancestry, words = STRATA[stratum]
    pool = population(name, 8 * n, seed).chunk(0, 8 * n)
    chosen = np.flatnonzero((pool["AGE"] >= low) & (pool["AGE"] <= high))[:n]
    if chosen.size < n:
        raise PeopleError(f"Only {chosen.size} of {n} people of {low:g} to {high:g} years were found; ask for fewer.")
    columns = {column: values[chosen] for column, values in pool.items()}
    columns["ANCESTRY"] = np.full(n, ancestry)
    return listed(columns, words, {"kind": "demonstration", "seed": seed})


Rows = tuple[str, str, str, F64, F64]  # panel, analyte, infusion; then ng/mL and hours


def kamp_curves() -> list[tuple[str, str, str, F64, F64]]:
    """Panel, analyte, infusion, ng/mL and hours of each published curve that is used, without time 0 and zeros."""
    text = (files("ketasim.evidence") / "data" / "kamp2020" / "curves.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    found = []
    for panel in dict.fromkeys(row["curve"] for row in rows):
        mine = [r for r in rows if r["curve"] == panel and float(r["time_h"]) > 0 and float(r["nmol_per_ml"]) > 0]
        analyte = mine[0]["analyte"]
        if analyte in ANALYTES:
            mass = fact(ANALYTES[analyte][1]).number
            values = np.array([float(row["nmol_per_ml"]) for row in mine]) * mass
            found.append((panel, analyte, mine[0]["regimen"], values, np.array([float(row["time_h"]) for row in mine])))
    return found


def _curve(rows: Rows, runs: dict[str, Run]) -> Curve:
    panel, analyte, name, values, hours = rows
    run, output = runs[name], ANALYTES[analyte][0]
    at = np.searchsorted(run.times, hours - 1e-6)
    label = f"{analyte}, {name}"
    found = beside(label, run.unit(output), [f"{h:g} h" for h in hours], values, run.array(output)[:, at])
    return Curve(panel, name, analyte, output, hours, values, found, (KAMP,))


def _exposures(stratum: str, runs: dict[int, Run]) -> Sequence[Exposure]:
    tables = {dose: run.nca() for dose, run in runs.items()}
    found = []
    for output, analyte, measure, key in MEASURES:
        published = fact(f"pk.table4.{stratum}.{analyte}_{key}")
        predicted = [table.loc[table["output"] == output, measure].to_numpy() for table in tables.values()]
        at = [f"{dose} mg" for dose in runs]
        row = beside(
            f"{analyte} {measure}", published.unit, at, np.asarray(published.value), np.column_stack(predicted)
        )
        found.append(Exposure(stratum, STRATA[stratum][3], output, measure, row, published.citation))
    return found
