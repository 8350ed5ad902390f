"""From the words of a command line to the library's values; a refusal is one sentence about the word that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.errors import DataError, PeopleError, RequestError, UnknownName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ketasim.dosing.regimen import Regimen
    from ketasim.model.component import Parameter
    from ketasim.model.model import Model
    from ketasim.population.people import People
    from ketasim.simulation.dataset import DataSet

DEFAULT_POPULATION, DEFAULT_PATIENTS = "healthy-adults", 100


def model_of(name: str) -> Model:
    """A model of the shelf by name."""
    from ketasim.pharmacology import shelf

    return shelf.model(name)


def model_for(name: str, regimens: Sequence[Regimen]) -> Model:
    """The part of a model that these regimens need: the same numbers, compiled sooner."""
    from ketasim.pharmacology import shelf

    needed = {(table.drug, table.route) for regimen in regimens for table in regimen.tables}
    return shelf.model(name, needed) if needed else shelf.model(name)


# the concentrations that are read out where --outputs does not say: venous plasma of what was given
SHOWN = {
    "esketamine": ("plasma esketamine", "plasma S-norketamine"),
    "arketamine": ("plasma arketamine", "plasma R-norketamine"),
    "ketamine": ("plasma ketamine", "plasma esketamine", "plasma arketamine", "plasma norketamine"),
}
ALWAYS = ("plasma hydroxynorketamine",)
CONCENTRATIONS = ("plasma ", "arterial ")


def default_outputs(model: Model, regimen: Regimen) -> tuple[str, ...] | None:
    """The outputs to show for these drugs, in the model's order: their venous concentrations, and every effect.

    None (all) where the model has none of those concentrations.
    """
    wanted = {name for drug in regimen.drugs for name in (*SHOWN.get(drug, ()), *ALWAYS)}
    names = [output.name for output in model.outputs]
    if not wanted.intersection(names):
        return None
    return tuple(name for name in names if name in wanted or not name.startswith(CONCENTRATIONS))


def common_outputs(model: Model, regimens: Sequence[Regimen]) -> tuple[str, ...] | None:
    """The outputs to show of all the drugs in several regimens."""
    wanted = {name for regimen in regimens for name in default_outputs(model, regimen) or ()}
    return tuple(output.name for output in model.outputs if output.name in wanted) or None


def regimen_of(text: str) -> Regimen:
    """A preset by name, a regimen file by path, or "none"."""
    from ketasim.dosing.regimen import Regimen

    return Regimen.load(text)


def people_of(
    population: str | None, patients: int | None, people: Path | None, person: str | None, seed: int
) -> People:
    """Virtual people of a named population, people of a file, or one person; exactly one of the three."""
    from ketasim.population.people import from_csv, one

    asked = [n for n, v in (("--population", population), ("--people", people), ("--person", person)) if v is not None]
    if len(asked) > 1:
        raise RequestError(f"{' and '.join(asked)} both say who is treated; give one of them.")
    if patients is not None and patients < 1:
        raise PeopleError(f"A population needs at least 1 patient, got --patients {patients}.")
    if patients is not None and asked and asked[0] != "--population":
        raise RequestError(f"--patients draws virtual people and does not go with {asked[0]}; leave one out.")
    if people is not None:
        return from_csv(people)
    if person is not None:
        return one(**covariates_of(person))
    from ketasim.population import named

    return named.population(population or DEFAULT_POPULATION, patients or DEFAULT_PATIENTS, seed)


def covariates_of(text: str) -> dict[str, float | str]:
    """ "AGE=45,WT=80,SEX=female" as a mapping; numbers become numbers."""
    found: dict[str, float | str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, value = (w.strip() for w in part.partition("="))
        if not equals or not name or not value:
            raise PeopleError(f'--person takes NAME=VALUE pairs as in "AGE=45,WT=80,SEX=female", got {part!r}.')
        if name.upper() in found:
            raise PeopleError(f"--person names {name.upper()} twice.")
        try:
            found[name.upper()] = float(value)
        except ValueError:
            found[name.upper()] = value
    if not found:
        raise PeopleError('--person is empty; say who, as in "AGE=45,WT=80,SEX=female".')
    return found


def parameters_of(model: Model) -> dict[str, Parameter]:
    """The model's parameters by qualified name "component.name"."""
    return {f"{c.name}.{p.name}": p for c in model.components for p in c.parameters}


def overrides_of(words: Sequence[str] | None, model: Model) -> dict[str, float]:
    """NAME=VALUE words as typical values in the parameter's own unit; a value may carry a unit ("80 L/h")."""
    from ketasim import units

    overrides: dict[str, float] = {}
    for word in words or ():
        name, equals, value = (w.strip() for w in word.partition("="))
        if not equals or not value:
            raise RequestError(f'--param takes NAME=VALUE, as in "CL=80" or "CL=80 L/h", got {word!r}.')
        full = qualified(name, model)
        if full in overrides:
            raise RequestError(f"--param gives {full} twice.")
        overrides[full] = units.quantity(value, parameters_of(model)[full].unit)
    return overrides


def qualified(name: str, model: Model) -> str:
    """The full name of a parameter given by its full or, where that is unambiguous, its bare name."""
    known = parameters_of(model)
    if name in known:
        return name
    matches = [full for full in known if full.rpartition(".")[2] == name]
    if len(matches) > 1:
        raise RequestError(f"{name!r} could be {', '.join(matches)} in model {model.name!r}; give the full name.")
    if not matches:
        raise UnknownName("parameter", name, known, f"Model {model.name!r} was asked.")
    return matches[0]


def outputs_of(text: str | None, model: Model) -> tuple[str, ...] | None:
    """Comma-separated output names, each known to the model; None for the model's own choice."""
    if text is None:
        return None
    known = [output.name for output in model.outputs]
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in known:
            raise UnknownName("output", name, known, f"Model {model.name!r} was asked.")
    if not names:
        raise RequestError('--outputs is empty; name some, as in "plasma esketamine,NMDA occupancy".')
    return names


def times_of(text: str | None) -> NDArray[np.float64] | None:
    """Ascending hours at which to keep results, from single times with or without a unit and grids START:STOP:STEP."""
    from ketasim.simulation import times

    return None if text is None else times.given(text)


def data_of(path: Path, model: Model) -> DataSet:
    """A NONMEM-style data set, read for a model."""
    from ketasim.simulation import dataset

    if not path.is_file():
        raise DataError(f"There is no data set {str(path)!r}; --data takes the path of a NONMEM-style CSV file.")
    return dataset.read(path, model)


def refuse_people_beside_data(
    population: str | None, patients: int | None, people: Path | None, person: str | None
) -> None:
    """A data set says itself who is treated."""
    given = {"--population": population, "--patients": patients, "--people": people, "--person": person}
    for name, value in given.items():
        if value is not None:
            raise RequestError(
                f"A data set says itself who is treated, so {name} does not go with --data; leave it out."
            )
