"""`ketasim simulate`: one regimen, or a data set, in one person or many."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli import leaning, options, request
from ketasim.cli.console import emit, filled, frame_rows, notice, once_each, say, table
from ketasim.cli.files import write
from ketasim.cli.work import going_on, perform, provenance
from ketasim.errors import RequestError, UnknownName
from ketasim.report.style import NOTICE, brief, few, people_only, unit_label

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.clinic import Visit
    from ketasim.simulation.leaning import Leaning
    from ketasim.simulation.linked import OnScale
    from ketasim.simulation.run import Run


def simulate(
    regimen: Annotated[
        str | None, typer.Argument(metavar="REGIMEN", help="A preset of `ketasim list presets`, or a .toml file.")
    ] = None,
    model: options.ChosenModel = None,
    population: options.Population = None,
    patients: options.Patients = None,
    people: options.People = None,
    person: options.Person = None,
    data: options.Data = None,
    carry: options.Carry = None,
    days: options.Days = None,
    times: options.Times = None,
    outputs: options.Outputs = None,
    param: options.Param = None,
    scale: options.Scale = None,
    at: options.AlsoAt = None,
    well_at: options.WellAt = None,
    control: options.Control = None,
    background: options.Background = None,
    setting: options.Setting = None,
    typical: options.Typical = False,
    residual: options.Residual = False,
    quantiles: options.Quantiles = False,
    out: options.Out = None,
    force: options.Force = False,
    seed: options.Seed = 0,
    workers: options.Workers = None,
    chunk: options.Chunk = None,
    device: options.Device = "cpu",
    as_json: options.Json = False,
) -> None:
    """Simulate a regimen, or a data set, in one person or a population.

    `--model pathway` goes on to mood: MADRS, response and remission. The regimen oral-antidepressant stands for a new
    oral antidepressant alone.
    """
    refuse_what_is_said_twice(regimen, data, days, times, carry)
    from ketasim.pharmacology import readings

    asked_for = {"control": control, "background": background, "setting": setting}
    other = request.comparator_of(regimen)
    name = request.model_name(model, outputs, any([*asked_for.values(), other, scale, at, well_at is not None]))
    given: Any = request.regimen_of(regimen) if regimen is not None else None
    chosen = request.model_of(name) if given is None else request.model_for(name, [given], outputs, param)
    named = request.outputs_of(outputs, chosen)
    reading = request.followed_from(readings.reading(chosen), well_at, chosen, [given] if given else [], days)
    reading = request.visited(reading, request.visits_of(at, reading, chosen, named, data))
    scales = request.scales_of(scale, chosen, reading, named, data)
    settings: dict[str, Any] = {
        **request.kept(days, times, given, reading),
        "outputs": named if given is None else named or request.default_outputs(chosen, given),
        "overrides": request.overrides_of(param, chosen),
        "typical": typical,
        "residual": residual,
        "quantiles": quantiles,
        "reading": reading,
        "seed": seed,
        "workers": workers,
        "chunk": chunk,
        "device": device,
        "out": out,
        "force": force,
    }
    held = request.circumstances_of(chosen, asked_for, other) if data is None else {}
    if data is not None:
        request.refuse_people_beside_data(population, patients, people, person, **asked_for)
        who, given = None, request.data_of(data, chosen, carry)
    elif typical and people is None and person is None:
        refuse_people_beside_typical(population, patients)
        who = request.typical_person(chosen, held)
    else:
        everyone = request.people_of(population, patients, people, person, seed, reading is not None, chosen)
        who = request.people_under(everyone, held, asked_for, other)
    with going_on(out):
        run = perform(chosen, who, given, label=regimen or str(data), settings=settings)
        run = replace(run, warnings=run.warnings + sparse(run, times, at))
        said = asked(regimen, data, settings, carry, run) | in_words(held, reading, run)
        finish(run, out, said, reading, as_json, scales)


def refuse_what_is_said_twice(
    regimen: str | None, data: Path | None, days: float | None, times: str | None, carry: str | None
) -> None:
    """RequestError unless one of regimen and data set is given, at most one of days and times, `carry` with data."""
    if (regimen is None) == (data is None):
        raise RequestError("Say what is given: either a REGIMEN (a preset or a .toml file) or --data FILE.csv.")
    if days is not None and times is not None:
        raise RequestError("--times names the times to keep and --days how long to simulate; give one of them.")
    request.refuse_carry_without_data(carry, data)


def sparse(run: Run, times: Any, at: Any) -> tuple[str, ...]:
    """A sentence where peaks and areas rest on times that the user chose, or cannot be read from so few."""
    from ketasim.report.courses import is_exposure
    from ketasim.report.run import measured

    if times is None or not any(is_exposure(run, name) for name in run.outputs):
        return ()
    n = run.times.size
    which = f"the {n} times that were" if n > 1 else "the one time that was"
    asked = f"{which} asked for ({'--times' if at is None else '--times and --at'})."
    if measured(run):
        return (f"Cmax, Tmax, AUC and half-life are read from {asked}",)
    return (f"Cmax, Tmax, AUC and half-life are not told, for they cannot be read from {asked}",)


def refuse_people_beside_typical(population: str | None, patients: int | None) -> None:
    """UnknownName for a population that is none, RequestError for virtual people: none are drawn with --typical."""
    from ketasim.population import named

    if population is not None and population not in named.names():
        raise UnknownName("population", population, named.names())
    for option, value in (("--population", population), ("--patients", patients)):
        if value is not None:
            raise RequestError(
                f"--typical is one typical person of the model, so {option} {value} is not used; leave one out, or say "
                "who with --person."
            )


def finish(
    run: Run, out: Path | None, words: dict[str, str], reading: Reading | None, as_json: bool, scales: tuple[str, ...]
) -> None:
    """Write, print and warn; say why where mood cannot be told as a clinic would find it."""
    leans, others = leaning.of({"": run}, reading), on_scales(run, reading, scales)
    if out is not None:
        leaning.note(out, leans, reading)
        say("Writing the report ...")
        write_report(run, out, words, reading, leans, others)
    if as_json:
        emit(as_mapping(run, out, reading, leans, others))
    else:
        show(run, reading, leans)
        show_scales(run, reading, others)
        leaning.show_trials(leans)
        leaning.show(leans)
    notice(run.warnings)
    for why in untold(run, reading):
        say(filled(why))
    if out is not None:
        say(f"Wrote {out} with the report {out / 'report.html'}.")
    elif not as_json:
        say("Nothing was written; add --out DIR to keep the results and a report.")


def untold(run: Run, reading: Reading | None) -> tuple[str, ...]:
    """Why scores at visits, or relapse from a time of the user's on, cannot be told, where they would be expected."""
    from ketasim.simulation import clinic, lasting

    told = reading is not None and run.regimen is not None and reading.output in run.outputs
    scores = clinic.why_not(run, reading) if told and reading is not None else ""
    return tuple(filter(None, (lasting.why_not(run, reading), scores)))


def asked(
    regimen: str | None, data: Path | None, settings: dict[str, Any], carry: str | None, run: Run
) -> dict[str, str]:
    """The request in words, for the report."""
    from ketasim.simulation import noise

    noisy = ", ".join(noise.added(run.study))
    found = {"Regimen": regimen, "Data set": None if data is None else str(data)}
    found |= {"Covariates carried": carry}
    found |= {"Changed parameters": ", ".join(f"{k} = {v:g}" for k, v in settings["overrides"].items())}
    found |= {"Typical person": "yes" if settings["typical"] else None, "Seed": str(settings["seed"])}
    error = f"added to {noisy}" if noisy else "asked for, but the model has none for what is kept"
    found |= {"Residual error": error if settings["residual"] else None}
    found |= {"Computed on": "a CUDA device" if settings["device"] == "cuda" else None}
    return {name: value for name, value in found.items() if value}


def in_words(held: dict[str, str], reading: Reading | None, run: Run) -> dict[str, str]:
    """What holds beside the doses, who is followed for relapse, and which visits are told too, for the report."""
    from ketasim.report import beside
    from ketasim.simulation.lasting import days

    names = {"CONTROL": "What the patient can tell", "BACKGROUND": "Oral antidepressant", "SETTING": "Setting"}
    found = {names[name]: word for name, word in held.items()}
    if said := beside.trials(run):
        found["Effect of the drug"] = said
    if reading is not None and reading.well_at:
        found["Followed for relapse"] = f"who is well on {days(reading.well_at)}"
    if reading is not None and reading.at:
        found["Visits asked for"] = days(reading.at)
    return found


def write_report(
    run: Run,
    out: Path,
    words: dict[str, str],
    reading: Reading | None,
    leans: tuple[Leaning, ...] = (),
    others: tuple[OnScale, ...] = (),
) -> None:
    """report.html in the run folder, and scores.csv where there is mood; each whole or not at all."""
    from ketasim.report import mood, page
    from ketasim.report import run as of_run

    given = {**words, "Doses": "; ".join(map(str, run.regimen.tables))} if run.regimen is not None else words
    seen = found_by_the_clinic(run, reading)
    if seen:
        write(out / "scores.csv", mood.as_csv(seen))
    write(out / "report.html", page.render(of_run.page(run, given, provenance(run), seen, reading, leans, others)))


def found_by_the_clinic(run: Run, reading: Reading | None) -> tuple[Visit, ...]:
    """Scores, response and remission day by day, where the run kept what they are read from."""
    from ketasim.simulation import clinic

    return clinic.visits(run, reading) if reading is not None and clinic.can_tell(run, reading) else ()


def on_scales(run: Run, reading: Reading | None, scales: tuple[str, ...]) -> tuple[OnScale, ...]:
    """The course on each of these scales, where the run kept what it is read from."""
    from ketasim.simulation import clinic, linked

    if reading is None or not clinic.can_tell(run, reading):
        return ()
    return tuple(linked.on_scale(run, reading, name) for name in scales)


def as_mapping(
    run: Run,
    out: Path | None,
    reading: Reading | None = None,
    leans: tuple[Leaning, ...] = (),
    others: tuple[OnScale, ...] = (),
) -> dict[str, Any]:
    """The result for machines."""
    from ketasim.report import linked, mood, trials
    from ketasim.report.courses import is_exposure
    from ketasim.report.leaning import record
    from ketasim.simulation import clinic, clock
    from ketasim.simulation.against import of_data_set
    from ketasim.simulation.lasting import lasting
    from ketasim.simulation.sessions import by_session

    curves = {}
    for name in run.outputs:
        low, median, high = clinic.band(run, reading, name)
        curves[name] = {"unit": run.unit(name), "p5": low, "median": median, "p95": high}
    return {
        "model": run.model.name,
        "regimen": run.regimen.name if run.regimen is not None else None,
        "people": {"n": run.n, "label": run.people.label},
        "status": run.status,
        "warnings": (*run.warnings, *untold(run, reading)),
        "notice": NOTICE,
        "clock": clock.said(run.study),
        "summary": frame_rows(run.summary()),
        "well_at_h": () if reading is None else reading.well_at,
        "at_h": () if reading is None else reading.at,
        "sessions": [asdict(one) for one in by_session(run) if is_exposure(run, one.output)],
        "time_h": run.times,
        "curves": curves,
        "scores": [asdict(one) for one in found_by_the_clinic(run, reading)],
        "relapse": mood.relapse_record(lasting(run, reading), leans),
        "scales": [linked.record(one) for one in others],
        "observed": [asdict(one) for one in of_data_set(run)],
        "leaning": [record(one) for one in leans],
        "trial_note": trials.caveat(leans),
        "folder": None if out is None else str(out),
    }


def show(run: Run, reading: Reading | None = None, leans: tuple[Leaning, ...] = ()) -> None:
    """The exposure of the people as a table, and what a clinic finds of their mood."""
    from ketasim.report.run import extrapolated, marked, measured, span, who
    from ketasim.simulation import clock

    rows = measured(run)
    n = ("n",) if any(row["n"] < run.n for row in rows) else ()
    head: tuple[str, ...] = ("output", "measure", "unit", *n, "median", "5 %", "95 %", "CV %")
    keys = ("output", "measure", "unit", *n, "median", "p5", "p95", "cv_percent")
    shown = [[{**r, "unit": unit_label(r["unit"]), "measure": marked(r)}[c] for c in keys] for r in rows]
    if run.n == 1:
        head, shown = (*head[:3], "value"), [row[:4] for row in shown]
    title = run.regimen.title or run.regimen.name if run.regimen is not None else "data set"
    print(f"{title}\n{who(run)}, {span(float(run.times[-1]))}, model {run.model.name}\n")
    if shown:
        table(head, once_each(shown))
    effects = show_effects(run, reading)
    if shown or effects:
        clocks = clock.said(run.study) if shown and clock.begin(run.study) > 0 else ""
        remarks = (extrapolated(rows, run.n), few(run.n), people_only(run.n), clocks)
        for line in filter(None, remarks):
            print(filled(line) + "\n")
    show_observed(run)
    show_mood(run, reading, leans)


def show_effects(run: Run, reading: Reading | None) -> bool:
    """Outputs without such measures at the start, at their largest change and at the end; whether there are any.

    The score is left to the table of visits where there is one.
    """
    from ketasim.report.courses import is_exposure
    from ketasim.simulation import clinic
    from ketasim.simulation.relapsed import BESIDE
    from ketasim.simulation.turning import moments

    told = {reading.output} if reading is not None and clinic.can_tell(run, reading) else set()
    told |= BESIDE if set(run.outputs) - BESIDE else frozenset()
    found = moments(run, [name for name in run.outputs if not is_exposure(run, name) and name not in told])
    rows = [[m.output, m.when, brief(m.hours), m.median, m.low, m.high] for m in found]
    head: tuple[str, ...] = ("output", "when", "at", "median", "5 %", "95 %")
    if run.n == 1:
        head, rows = (*head[:3], "value"), [row[:4] for row in rows]
    if rows:
        table(head, once_each(rows))
    return bool(rows)


def show_observed(run: Run) -> None:
    """What a data set observed against the predictions, output by output."""
    from ketasim.report.run import against_note, against_table
    from ketasim.simulation.against import of_data_set

    if found := of_data_set(run):
        print("Observed against predicted")
        table(*against_table(found))
        print(filled(against_note(run)) + "\n")


def show_mood(run: Run, reading: Reading | None, leans: tuple[Leaning, ...] = ()) -> None:
    """Score, change, response and remission at a few visits."""
    from ketasim.report import beside, mood
    from ketasim.simulation import clinic, lasting

    if reading is None or not clinic.can_tell(run, reading):
        return
    seen = clinic.visits(run, reading, clinic.usual(run, reading))
    print(f"{reading.scale.name} as a clinic would find it")
    typical = run.study.typical
    table(mood.head(run.n, typical), mood.rows(seen, typical))
    if line := " ".join(filter(None, (beside.line(run), beside.trials(run)))):
        print(filled(line) + "\n")
    print(filled(mood.note(reading, run.n, typical)) + "\n")
    if (found := lasting.lasting(run, reading)) is not None and (found.of_responders or found.of_remitters):
        print(mood.RELAPSE.format(found.after))
        table(*mood.relapse_table(found, leans))
        print(filled(mood.relapse_note(found, leans)) + "\n")


def show_scales(run: Run, reading: Reading | None, others: tuple[OnScale, ...]) -> None:
    """The course on other scales at a few visits, with the papers behind the links."""
    from ketasim.report import linked
    from ketasim.simulation import clinic

    if reading is None:
        return
    for one in others:
        shown = linked.table(one, clinic.usual(run, reading), run.study.typical)
        print(linked.title(one, reading))
        table(shown.columns, shown.rows)
        print(filled(linked.note(one, reading)) + "\n")
