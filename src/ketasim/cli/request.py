"""From the words of a command line to the library's values; a refusal is one sentence about the word that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ketasim.cli.console import readable
from ketasim.errors import PeopleError, RequestError, UnitError, UnknownName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ketasim.dosing.regimen import Regimen
    from ketasim.measurement.reading import Reading
    from ketasim.model.model import Model
    from ketasim.pharmacology.comparators import Comparator
    from ketasim.population.people import People
    from ketasim.simulation.dataset import Carry, DataSet

DEFAULT_POPULATION, DEFAULT_PATIENTS = "healthy-adults", 100
DEFAULT_PATIENTS_OF_MOOD = "trd-adults"
DAYS_OF_MOOD = 27.0  # the start of day 28
DAYS_FOLLOWED, WEEK = 28.0, 168.0  # how long those who are well at a time are followed by default; h
LEAST = ("esketamine", "nasal")  # the part of a model for people who are given no dose


def model_of(name: str) -> Model:
    """A model of the shelf by name."""
    from ketasim.pharmacology import shelf

    return shelf.model(name)


def model_for(
    name: str, regimens: Sequence[Regimen], outputs: str | None = None, params: Sequence[str] | None = None
) -> Model:
    """The part of a model that these regimens need: the same numbers, compiled sooner.

    The whole model where an output or parameter that is asked for is not in that part.
    """
    from ketasim.dosing.check import routes_of
    from ketasim.pharmacology import shelf

    whole = shelf.model(name)
    try:
        needed = {(r.drug, r.route) for one in regimens for r in routes_of(one, whole.routes)} or {LEAST}
    except UnknownName as why:
        raise UnknownName(why.kind, why.name, why.available, _elsewhere(why.name)) from None
    part = shelf.model(name, needed)
    wanted = set(outputs_of(outputs, whole) or ())
    changed = {qualified(word.partition("=")[0].strip(), whole) for word in params or () if word.find("=") > 0}
    enough = wanted <= {output.name for output in part.outputs} and changed <= units_of(part).keys()
    return part if enough else whole


def _elsewhere(drug: str) -> str:
    """Which models take a drug that the one asked for does not know."""
    from ketasim.pharmacology import shelf

    found = [name for name in shelf.names() if any(r.drug == drug for r in shelf.model(name).routes)]
    known = "These are the drugs this model has a route for."
    return f"{known} {drug} is a drug of --model {' or '.join(found[:2])}." if found else known


def model_name(asked: str | None, outputs: str | None, mood: bool) -> str:
    """The model that was asked for; else platform, or pathway where something of mood is asked for.

    The platform solves in closed form and is compiled in a few seconds, the pathway is not: it is taken where needed.
    """
    if asked is not None:
        return asked
    from ketasim.pharmacology import shelf

    known = {output.name for output in shelf.model("platform").outputs}
    beyond = {output.name for output in shelf.model("pathway").outputs} - known
    wanted = {word.strip() for word in (outputs or "").split(",")}
    return "pathway" if mood or wanted & beyond else "platform"


# the concentrations that are read out where --outputs does not say: venous plasma of what was given
SHOWN = {
    "esketamine": ("plasma esketamine", "plasma S-norketamine"),
    "arketamine": ("plasma arketamine", "plasma R-norketamine"),
    "ketamine": ("plasma ketamine", "plasma esketamine", "plasma arketamine", "plasma norketamine"),
    "memantine": ("plasma memantine",),
    "lanicemine": ("plasma lanicemine",),
}
ALWAYS = ("plasma hydroxynorketamine",)
CONCENTRATIONS = ("plasma ", "arterial ")


# the way from dose to mood, and no intermediate of it
PATH = ("NMDA occupancy", "glutamate", "fast plasticity", "slow plasticity", "MADRS")


def default_outputs(model: Model, regimen: Regimen) -> tuple[str, ...] | None:
    """The outputs to show for these drugs, in the model's order: their venous concentrations, and the main effects.

    None (all) where the model has none of those concentrations.
    """
    from ketasim.simulation.relapsed import BESIDE

    names = [output.name for output in model.outputs]
    shown = {name for drug in regimen.drugs for name in (*SHOWN.get(drug, ()), *ALWAYS)}
    effects = {name for name in names if not name.startswith(CONCENTRATIONS)}
    to_mood = set(PATH) <= set(names)
    effects &= (set(PATH) if regimen.drugs else {PATH[-1]}) if to_mood else effects
    if not shown.intersection(names) and (regimen.drugs or not to_mood):
        return None
    relapse = BESIDE if to_mood else frozenset()
    return tuple(name for name in names if name in shown | effects | relapse)


def common_outputs(model: Model, regimens: Sequence[Regimen]) -> tuple[str, ...] | None:
    """The outputs to show of all the drugs in several regimens."""
    wanted = {name for regimen in regimens for name in default_outputs(model, regimen) or ()}
    return tuple(output.name for output in model.outputs if output.name in wanted) or None


def regimen_of(text: str) -> Regimen:
    """A preset by name, a treatment without doses by name, a regimen file by path, or "none"."""
    from ketasim.dosing.regimen import Regimen

    if not text.strip():
        raise RequestError("A regimen was expected, a preset of `ketasim list presets` or a .toml file; nothing came.")
    if (other := comparator_of(text)) is not None:
        return Regimen(other.name, title=other.title, source=other.source)
    try:
        return Regimen.load(text)
    except UnknownName:
        from ketasim.studies import shelf

        if text in shelf.studies():
            why = f"{text!r} is a published study, not a regimen; `ketasim reproduce {text}` predicts its results."
            raise RequestError(why) from None
        raise


def comparator_of(text: str | None) -> Comparator | None:
    """The treatment without ketamine that has this name ("oral-antidepressant"), if one has."""
    from ketasim.pharmacology.comparators import COMPARATORS

    return COMPARATORS.get(text or "")


def circumstances_of(model: Model, asked: Mapping[str, str | None], other: Comparator | None = None) -> dict[str, str]:
    """What holds for everybody beside the doses, by covariate: as asked ("control", …), as the treatment says.

    RequestError for a word or an option that the model or the treatment does not go with.
    """
    from ketasim.pharmacology.comparators import CIRCUMSTANCES

    known = {covariate.name: covariate for covariate in model.covariates}
    found: dict[str, str] = {}
    for option, name in CIRCUMSTANCES.items():
        word, fixed = asked.get(option), other.gives.get(name) if other is not None else None
        if (word is not None or fixed is not None) and name not in known:
            what = f"--{option}" if word is not None else f"The treatment {other.name if other else ''!r}"
            raise RequestError(f"{what} concerns mood, which model {model.name!r} has not; give --model pathway.")
        if word is not None and fixed is not None and word != fixed:
            raise RequestError(
                f"{other.name if other else ''!r} goes with {option} {fixed!r}, so --{option} {word!r} does not fit; "
                "simulate the regimen none with the options you want."
            )
        if word is not None and word not in known[name].levels:
            raise UnknownName(option, word, known[name].levels, f"--{option} takes one of these.")
        if name in known:
            found[name] = fixed or word or str(known[name].default)
    return found


def typical_person(model: Model, given: Mapping[str, str]) -> People:
    """The person whom a model's typical values describe, with what holds beside the doses."""
    from ketasim.simulation.columns import reference_person

    return reference_person(model, dict(given))


def days_of(days: float | None, regimen: Regimen | None, reading: Reading | None) -> float | None:
    """Days to simulate: as asked; for mood at least to day 28, at which trials of nasal esketamine end."""
    if days is not None or regimen is None or reading is None:
        return days
    return common_days_of(days, [regimen], reading)


def followed_from(
    reading: Reading | None, text: str | None, model: Model, regimens: Sequence[Regimen], days: float | None
) -> Reading | None:
    """How mood is read, with the times at which those who are followed for relapse must be well, if any."""
    if text is None:
        return reading
    if reading is None:
        raise RequestError(f"--well-at asks for relapse, which model {model.name!r} has not; give --model pathway.")
    undosed = [one.name for one in regimens if not one.tables]
    if undosed or not regimens:
        came = undosed[0] if undosed else "a data set"
        raise RequestError(f"--well-at follows people under regimens with doses, but {came} came; leave it out.")
    hours = following("--well-at", text, "day 29, day 113")
    last = float(hours[-1])
    if days is not None and 24.0 * days < last + WEEK:
        raise RequestError(
            f"--well-at {text!r} follows people for a week or longer, so --days {last / 24.0 + 7.0:g} or more was "
            f"expected; {days:g} came."
        )
    return replace(reading, well_at=tuple(hours.tolist()))


def following(option: str, text: str, example: str) -> NDArray[np.float64]:
    """Hours of one time, or of several that follow each other; RequestError for what is none."""
    expected = f'{option} is a time, or several that follow each other, such as "{example}"; {text!r} came.'
    try:
        hours = times_of(text) if text.strip() else None
    except RequestError as why:
        raise RequestError(f"{expected} {why}") from why
    if hours is None or not hours.size:
        raise RequestError(expected)
    return hours


def listed(texts: Sequence[str] | None) -> str | None:
    """An option that may be given several times, as one list."""
    return None if texts is None else ", ".join(texts)


def visits_of(
    at: Sequence[str] | None, reading: Reading | None, model: Model, wanted: Sequence[str] | None, data: Path | None
) -> NDArray[np.float64] | None:
    """The hours of --at in order, each once, if they are asked for; `wanted` are the outputs asked for, if any were."""
    import numpy as np

    if at is None:
        return None
    hours = np.unique(np.concatenate([following("--at", text, "24 h, day 28") for text in at]))
    with_visits("--at", reading, model, wanted, data)
    return hours


def with_visits(
    option: str, reading: Reading | None, model: Model, wanted: Sequence[str] | None, data: Path | None
) -> Reading:
    """How mood is read at visits; RequestError where an option that tells of them has none to tell of."""
    if reading is None:
        raise RequestError(f"{option} tells of mood, which model {model.name!r} has not; give --model pathway.")
    if data is not None:
        raise RequestError(f"{option} tells of visits of a regimen; a data set has its own times: leave it out.")
    if wanted is not None and reading.output not in wanted:
        raise RequestError(f"{option} is read from {reading.output}, which --outputs leaves out; name it there too.")
    return reading


def visited(reading: Reading | None, hours: NDArray[np.float64] | None) -> Reading | None:
    """How mood is read, with the visits that are asked for."""
    return reading if reading is None or hours is None else replace(reading, at=tuple(hours.tolist()))


def common_days_of(days: float | None, regimens: Sequence[Regimen], reading: Reading | None) -> float:
    """Days to simulate all of these regimens: as asked, else to a day after the last dose; for mood to day 28, and
    for relapse from a time of the user's on to four weeks after it.
    """
    from ketasim.simulation.comparison import common_days

    if days is not None:
        return days
    followed = 0.0 if reading is None or not reading.well_at else reading.well_at[-1] / 24.0 + DAYS_FOLLOWED
    return max(common_days(regimens), 0.0 if reading is None else DAYS_OF_MOOD, followed)


def kept(days: float | None, times: str | None, regimen: Regimen | None, reading: Reading | None) -> dict[str, object]:
    """`days` or `times` of a simulation; visits that are asked for, and when who is followed must be well, are among
    the times.
    """
    import numpy as np

    from ketasim.simulation.times import given

    also = () if reading is None else (*reading.at, *reading.well_at)
    if times is None and regimen is not None and reading is not None and also:
        return span_of(days, [regimen], reading, np.array(reading.at) if reading.at else None)
    hours = times_of(times)
    if hours is not None and also:
        hours = given(np.union1d(hours, also))
    return {"days": days_of(days, regimen, reading), "times": hours}


def span_of(
    days: float | None, regimens: Sequence[Regimen], reading: Reading | None, visits: NDArray[np.float64] | None
) -> dict[str, object]:
    """What is kept where visits are asked for: `days`, or for mood the same `times` for every regimen, visits among
    them.

    Where no `days` are asked, it goes on to the last visit; RequestError where a visit lies after the days asked.
    """
    import numpy as np

    from ketasim.simulation.comparison import common_times

    if days is not None and visits is not None and visits[-1] > 24.0 * days:
        raise RequestError(
            f"--at asks for {visits[-1]:g} h, but --days {days:g} ends at {24.0 * days:g} h; give --days "
            f"{np.ceil(visits[-1] / 24.0):g} or more, or leave it out."
        )
    whole = common_days_of(days, regimens, reading)
    also = [] if visits is None else visits.tolist()
    also += [] if reading is None else [*reading.well_at]
    if days is None and visits is not None:
        whole = max(whole, float(visits[-1]) / 24.0)
    return {"days": whole} if reading is None else {"times": common_times(regimens, whole, also)}


def scales_of(
    names: Sequence[str] | None, model: Model, reading: Reading | None, wanted: Sequence[str] | None, data: Path | None
) -> tuple[str, ...]:
    """Scales on which the course is told too, each with a link; `wanted` are the outputs asked for, if any were."""
    from ketasim.simulation import linked

    if not names:
        return ()
    reading = with_visits("--scale", reading, model, wanted, data)
    return tuple(dict.fromkeys(linked.checked(name.strip(), reading) for name in names))


def people_under(
    people: People, given: Mapping[str, str], asked: Mapping[str, str | None], other: Comparator | None = None
) -> People:
    """The people with what holds for everybody; where they say it themselves, that stands unless it was asked too, or
    a treatment without ketamine says it of all who get it.
    """
    from ketasim.pharmacology.comparators import CIRCUMSTANCES
    from ketasim.population.people import with_columns

    over = other.gives if other else {}
    told = {CIRCUMSTANCES[option] for option, word in asked.items() if word is not None} | over.keys()
    return with_columns(people, {n: w for n, w in given.items() if n in told or n not in people.names}, over)


def people_of(
    population: str | None,
    patients: int | None,
    people: Path | None,
    person: str | None,
    seed: int,
    mood: bool = False,
    model: Model | None = None,
) -> People:
    """Virtual people of a named population, people of a file, or one person `model` can tell; one of the three."""
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
        return one(**covariates_of(person, model))
    from ketasim.population import named

    usual = DEFAULT_PATIENTS_OF_MOOD if mood else DEFAULT_POPULATION
    return named.population(population or usual, patients or DEFAULT_PATIENTS, seed)


def covariates_of(text: str, model: Model | None = None) -> dict[str, float | str]:
    """ "AGE=45,WT=80,SEX=female" as a mapping; numbers become numbers. UnknownName for what says nothing to `model`."""
    from ketasim.population.covariates import KNOWN

    own = {covariate.name for covariate in model.covariates} if model is not None else set()
    found: dict[str, float | str] = {}
    for part in filter(None, (p.strip() for p in readable(text).split(","))):
        name, equals, value = (w.strip() for w in part.partition("="))
        if not equals or not name or not value:
            raise PeopleError(f'--person takes NAME=VALUE pairs as in "AGE=45,WT=80,SEX=female", got {part!r}.')
        if name.upper() in found:
            raise PeopleError(f"--person names {name.upper()} twice.")
        if model is not None and name.upper() not in {*KNOWN, *own, "ID"}:
            raise UnknownName("covariate", name.upper(), {*KNOWN, *own}, "--person takes these, as NAME=VALUE.")
        try:
            found[name.upper()] = float(value)
        except ValueError:
            found[name.upper()] = value
    if not found:
        raise PeopleError('--person is empty; say who, as in "AGE=45,WT=80,SEX=female".')
    return found


def units_of(model: Model) -> dict[str, str]:
    """Units of what can be set: parameters by "component.name", coefficients of covariate effects by their facts."""
    from ketasim.evidence.certainty import EXACT

    parameters = [(f"{c.name}.{p.name}", p) for c in model.components for p in c.parameters]
    effects = [e.coefficient for _, p in parameters for e in p.effects if e.coefficient.meaning not in EXACT]
    return {fact.id: fact.unit for fact in effects} | {name: p.unit for name, p in parameters}


def overrides_of(words: Sequence[str] | None, model: Model) -> dict[str, float]:
    """NAME=VALUE words as typical values in the parameter's own unit; a value may carry a unit ("80 L/h")."""
    overrides: dict[str, float] = {}
    for word in words or ():
        name, equals, value = (w.strip() for w in word.partition("="))
        if not equals or not name or not value:
            raise RequestError(f'--param takes NAME=VALUE, as in "CL=80" or "CL=80 L/h", got {word!r}.')
        full = qualified(name, model)
        if full in overrides:
            raise RequestError(f"--param gives {full} twice.")
        overrides[full] = _finite(name, value, units_of(model)[full])
    return overrides


def _finite(name: str, value: str, unit: str) -> float:
    """A finite number from "80" or "80 L/h"; RequestError for what is none, UnitError for a unit that does not fit."""
    from ketasim import units

    try:
        number = units.quantity(value, unit) if not _is_number(value) else float(value)
    except UnitError as why:
        raise UnitError(f"--param {name}: {str(why).rstrip('.')}.") from None
    if not math.isfinite(number):
        raise RequestError(
            f"--param {name} takes a finite number{'' if unit == '1' else f' in {unit}'}, got {value!r}."
        )
    return number


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def qualified(name: str, model: Model) -> str:
    """The full name of a parameter by its full or, where that is unambiguous, bare name; a coefficient by its fact."""
    known = units_of(model)
    if name in known:
        return name
    parameters = [f"{c.name}.{p.name}" for c in model.components for p in c.parameters]
    matches = [full for full in parameters if full.rpartition(".")[2] == name]
    if len(matches) > 1:
        raise RequestError(f"{name!r} could be {', '.join(matches)} in model {model.name!r}; give the full name.")
    if not matches:
        raise UnknownName("parameter", name, known, f"`ketasim equations {model.name}` lists the parameters.")
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


def data_of(path: Path, model: Model, carry: str | None) -> DataSet:
    """A NONMEM-style data set, read for a model; `carry` as --carry says, NONMEM's way where it says nothing."""
    from ketasim.simulation import dataset

    return dataset.read(path, model, cast("Carry", carry or "nocb"))


def refuse_carry_without_data(carry: str | None, data: Path | None) -> None:
    """RequestError where covariates are to be carried and there are no records."""
    if carry is not None and data is None:
        raise RequestError(f"--carry {carry} says how covariates of --data hold between records; add --data FILE.csv.")


def refuse_people_beside_data(
    population: str | None, patients: int | None, people: Path | None, person: str | None, **held: str | None
) -> None:
    """A data set says itself who is treated, and in its columns what else holds for them."""
    given: dict[str, object] = {
        "--population": population,
        "--patients": patients,
        "--people": people,
        "--person": person,
    }
    given |= {f"--{option}": word for option, word in held.items()}
    for name, value in given.items():
        if value is not None:
            raise RequestError(
                f"A data set says itself who is treated, so {name} does not go with --data; leave it out."
            )
