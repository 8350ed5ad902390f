"""`ketasim compare`: several regimens in the same virtual people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli import leaning, options, request
from ketasim.cli.console import emit, filled, notice, plain, say, table
from ketasim.cli.files import folder_for, write_all
from ketasim.cli.work import going_on, perform, provenance
from ketasim.errors import RequestError
from ketasim.report.style import NOTICE, people_in_words, unit_label

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.comparison import Difference
    from ketasim.simulation.leaning import Leaning
    from ketasim.simulation.run import Run

FILES = ("comparison.csv", "report.html", "run.json")
RATIO = "these people alone; ratio: of the means (what predictions lean on has that of the geometric means)."
AGAIN = "Interrupted; nothing was written, and a comparison cannot be resumed: the same command starts it again."


def compare(
    regimens: Annotated[
        list[str],
        typer.Argument(
            metavar="REGIMEN REGIMEN …",
            help="Presets or .toml files, the reference first; oral-antidepressant is a new one alone.",
        ),
    ],
    model: options.ChosenModel = None,
    population: options.Population = None,
    patients: options.Patients = None,
    people: options.People = None,
    person: options.Person = None,
    days: options.Days = None,
    outputs: options.Outputs = None,
    param: options.Param = None,
    control: options.Control = None,
    background: options.Background = None,
    setting: options.Setting = None,
    at: options.At = None,
    well_at: options.WellAt = None,
    out: options.Out = None,
    force: options.Force = False,
    seed: options.Seed = 0,
    workers: options.Workers = None,
    chunk: options.Chunk = None,
    as_json: options.Json = False,
) -> None:
    """Compare regimens in the same virtual people: exposure, and with `--model pathway` MADRS, response and remission.

    Each difference has its standard error: that of the mean difference for the number of people asked, each compared
    with themselves. --control, --background and --setting hold where oral-antidepressant and placebo-spray say nothing.
    """
    from ketasim.pharmacology import readings
    from ketasim.pharmacology.comparators import CIRCUMSTANCES

    if len(regimens) < 2:
        raise RequestError(f"A comparison takes two regimens or more, got {regimens[0]!r} alone.")
    given = {regimen.name: regimen for regimen in map(request.regimen_of, regimens)}
    if len(given) < len(regimens):
        raise RequestError("Two of the regimens have the same name; give each its own `name`.")
    place = None if out is None else folder_for(out, FILES, force)
    asked = {"control": control, "background": background, "setting": setting}
    others = {name: request.comparator_of(name) for name in given}
    name = request.model_name(model, outputs, any([*asked.values(), *others.values(), at, well_at is not None]))
    every = list(given.values())
    chosen = request.model_for(name, every, outputs, param)
    reading = request.followed_from(readings.reading(chosen), well_at, chosen, every, days)
    named = request.outputs_of(outputs, chosen)
    visits = request.visits_of(at, reading, chosen, named, None)
    who = request.people_of(population, patients, people, person, seed, reading is not None, chosen)
    settings: dict[str, Any] = {
        **request.span_of(days, every, reading, visits),
        "outputs": named or request.common_outputs(chosen, every),
        "overrides": request.overrides_of(param, chosen),
        "seed": seed,
        "workers": workers,
        "chunk": chunk,
    }
    runs = {}
    for title, one in given.items():
        other = others[title]
        held = {k: v for k, v in asked.items() if other is None or CIRCUMSTANCES[k] not in other.gives}
        same = request.people_under(who, request.circumstances_of(chosen, held, other), held, other)
        runs[title] = perform(chosen, same, one, label=title, settings=settings, again=AGAIN)
    with going_on(out, AGAIN):
        found = found_in(runs, reading, visits)
    finish(found, regimens, asked | {"at": request.listed(at), "well at": well_at}, place, as_json)


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison found: runs by regimen, differences of exposure and of mood, how mood was read.

    `leans` says what the predictions lean on, `visits` (h) when mood is compared.
    """

    runs: dict[str, Run]
    exposure: tuple[Difference, ...]
    mood: tuple[Difference, ...]
    reading: Reading | None
    leans: tuple[Leaning, ...]
    visits: tuple[float, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know, each sentence once, with the regimens that it is of where it is not of all."""
        from ketasim.simulation import clock, lasting

        studies = {name: run.study for name, run in self.runs.items()}
        told = {
            name: tuple(filter(None, (*run.warnings, lasting.why_not(run, self.reading))))
            for name, run in self.runs.items()
        }
        return (*clock.apart(studies), *clock.unequally_after(studies, self.visits), *each_once(told))


def each_once(told: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Every sentence that is told of regimens once, after their names where it is not told of all."""
    whose = {line: [name for name, lines in told.items() if line in lines] for lines in told.values() for line in lines}
    return tuple(line if len(names) == len(told) else f"{', '.join(names)}: {line}" for line, names in whose.items())


def found_in(runs: dict[str, Run], reading: Reading | None, asked: Any) -> Found:
    """What is found in these runs, mood at the hours `asked` for or at the usual ones."""
    leans = leaning.of(runs, reading, None if asked is None else asked.tolist())
    hours = mood_hours(runs, reading, asked)
    return Found(runs, exposures(runs), moods(runs, reading, hours), reading, leans, hours)


def exposures(runs: dict[str, Run]) -> tuple[Difference, ...]:
    """Differences of peaks, times and areas between the regimens that have doses, of outputs that have such, and of the
    highest glutamate and plasticity.
    """
    from ketasim.pharmacology.readings import highest
    from ketasim.report.courses import is_exposure
    from ketasim.simulation.comparison import differences

    dosed = {name: run for name, run in runs.items() if run.regimen is not None and run.regimen.tables}
    if not dosed:
        return ()
    first = next(iter(dosed.values()))
    found, effects = differences(dosed), highest(first.model)
    return tuple(
        one for one in found if is_exposure(first, one.output) or (one.measure == "Cmax" and one.output in effects)
    )


def mood_hours(runs: dict[str, Run], reading: Reading | None, asked: Any) -> tuple[float, ...]:
    """When mood is compared (h): as asked or at the usual visits, and when who is followed must be well."""
    from ketasim.simulation import clinic

    if reading is None or not all(clinic.can_tell(run, reading) for run in runs.values()):
        return ()
    seen = clinic.usual(next(iter(runs.values()))) if asked is None else asked.tolist()
    return tuple(sorted({*seen, *reading.well_at}))


def moods(runs: dict[str, Run], reading: Reading | None, hours: tuple[float, ...]) -> tuple[Difference, ...]:
    """Differences of change, response and remission, and of relapse if it is asked for, where the runs have mood."""
    from ketasim.simulation import clinic, relapsing

    if reading is None or not hours:
        return ()
    return (*clinic.contrasts(runs, reading, hours), *relapsing.contrasts(runs, reading))


def finish(found: Found, regimens: list[str], asked: dict[str, str | None], place: Path | None, as_json: bool) -> None:
    """Write, print and warn."""
    if place is not None:
        say("Writing the report ...")
        write_all(place, documents(found, regimens, asked))
    if as_json:
        emit(as_mapping(found, place))
    else:
        show(found)
    notice(found.warnings)
    if place is not None:
        say(f"Wrote {', '.join(FILES)} in {place}.")


def as_mapping(found: Found, out: Path | None) -> dict[str, Any]:
    """The comparison for machines."""
    from ketasim.report import trials
    from ketasim.report.leaning import record
    from ketasim.simulation import clock

    runs = found.runs
    first = next(iter(runs.values()))
    return {
        "model": first.model.name,
        "regimens": list(runs),
        "reference": next(iter(runs)),
        "people": {"n": first.n, "label": first.people.label},
        "hours": first.times[-1],
        "at_h": found.visits,
        "well_at_h": () if found.reading is None else found.reading.well_at,
        "status": {name: run.status for name, run in runs.items()},
        "warnings": found.warnings,
        "notice": NOTICE,
        "clock": {name: clock.said(run.study) for name, run in runs.items()},
        "comparison": [asdict(one) for one in (*found.exposure, *found.mood)],
        "leaning": [record(one) for one in found.leans],
        "trial_note": trials.caveat(found.leans),
        "folder": None if out is None else str(out),
    }


def show(found: Found) -> None:
    """The comparison as one table per output, regimens by letter."""
    from ketasim.report import beside, mood
    from ketasim.report.run import span
    from ketasim.simulation import clock

    runs = found.runs
    first = next(iter(runs.values()))
    letters = dict(zip(runs, ascii_uppercase, strict=False))
    print(
        f"{people_in_words(first.n)} ({first.people.label}), {span(float(first.times[-1]))}, model {first.model.name}"
    )
    for name, run in runs.items():
        title = run.regimen.title if run.regimen is not None else ""
        line = f"{letters[name]}  {name}{': ' if title else ''}{title}"
        print(filled(line, first="  ", later="     "))
    print(filled(f"Difference: mean over people of a regimen less A; SE: its standard error, from {RATIO}"))
    print()
    for name, line in clock.late({name: run.study for name, run in runs.items()}).items():
        print(filled(f"{letters[name]}: {line}") + "\n")
    for output in dict.fromkeys(one.output for one in found.exposure):
        rows, reference = [], found.exposure[0].regimen
        for one in (d for d in found.exposure if d.output == output):
            mine = one.regimen == reference
            gap: list[object] = ["", "", ""] if mine else [one.difference, one.se, one.ratio]
            unit = unit_label(one.unit)
            name = (f"{one.measure} ({unit})" if unit else one.measure) if mine else ""
            rows.append([name, letters[one.regimen], one.mean, one.sd, *gap])
        table((output, "", "mean", "SD", "difference", "SE", "ratio"), rows)
    if found.mood and found.reading is not None:
        table((found.reading.scale.name, *mood.CONTRAST[1:]), mood.contrast_rows(found.mood, letters))
        for line in beside.lines(runs, letters):
            print(filled(line))
        print()
        print(filled(mood.contrast_note(found.reading)) + "\n")
    leaning.show_trials(found.leans, letters)
    leaning.show(found.leans)


def documents(found: Found, regimens: list[str], asked: dict[str, str | None]) -> dict[str, str]:
    """The files of a comparison by name."""
    from ketasim.report import beside, comparison, page
    from ketasim.report.leaning import record
    from ketasim.simulation.note import of_runs

    first = next(iter(found.runs.values()))
    words = {"Regimens": ", ".join(regimens), "Seed": str(first.study.seed)}
    words |= {option.capitalize(): word for option, word in asked.items() if word is not None}
    given = {name: run.regimen.title for name, run in found.runs.items() if run.regimen is not None}
    words |= {f"Regimen {name}": title for name, title in given.items() if title}
    words |= {f"Beside it, {name}": line for name, run in found.runs.items() if (line := beside.line(run))}
    made = comparison.page(
        found.runs, found.exposure, words, provenance(first), found.mood, found.reading, found.leans, found.warnings
    )
    said = {"regimens": regimens, **{option: word for option, word in asked.items() if word is not None}}
    note = plain({**of_runs(found.runs, said), "leaning": [record(one) for one in found.leans]})
    texts = (comparison.as_csv((*found.exposure, *found.mood)), page.render(made))
    return dict(zip(FILES, (*texts, json.dumps(note, indent=1, sort_keys=True) + "\n"), strict=True))
