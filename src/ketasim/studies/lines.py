"""The line of patients behind an observation: the phases that led to its arm, as a design that can be run.

A phase that follows another continues its patients: their earlier doses come first, on the same clock. An arm with a
baseline of its own starts afresh at its phase, for the paper describes re-randomised patients as they are then. Time 0
of the line is its first dose. What the patients can tell of their treatment is that of their first arm, until they
come to know more: when treatment is opened, or when control gives way to the drug.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ketasim.measurement.scale import scale
from ketasim.simulation.times import sessions
from ketasim.studies.chain import RELAPSERS, Link, selects, watched_after
from ketasim.studies.chain import chain as chain_of
from ketasim.studies.record import Arm, Moment, Observation, Phase, Study
from ketasim.studies.regimens import regimen
from ketasim.trials import design as trial
from ketasim.trials.rules import EVERYONE, rule

DAY, WEEK = 24.0, 168.0
CARRIED = ("LOCF", "intention to treat")
RESPONDED = "responded before"
LATER = "remission without relapse"
AROUND_DOSE = (0.0, 0.17, 0.33, 0.5, 0.67, 0.83, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0)
RELAPSE = ("relapse", "time to relapse", LATER)


@dataclass(frozen=True)
class Line:
    """Patients of one arm in one phase: the design that leads there, and where its observations lie.

    `start` is where the phase begins and `origin` where time to relapse is counted from; `sessions` are those of the
    arm's own drug (h on the clock of the line). Where the people are relapsers, `earlier` is the course that they had
    responded to before: the same as their first phase, counted an hour later so that it was another day of theirs.
    """

    study: Study
    arm: Arm
    first: Arm
    phase: str
    design: trial.Design
    start: float
    origin: float
    sessions: tuple[float, ...]
    opened: float = 0.0  # when patients come to know more, if they do (covariate CONTROL_LATER)
    earlier: trial.Design | None = None

    def hours(self, when: Moment) -> float:
        """When something was seen, on the clock of the line."""
        return _hours(when, self.start, self.sessions)


def line(study: Study, arm: Arm, phase: Phase | None, seen: Iterable[Observation], relapse: bool = False) -> Line:
    """The line of an arm in a phase, seen at every moment of these observations."""
    moments = [o.time for o in seen]
    carried = any(o.analysis in CARRIED for o in seen)
    chain = chain_of(study, arm, phase)
    starts = [DAY * sum(p.days for p, _ in chain[:k]) for k in range(len(chain))]
    own = _sessions(study, chain, starts)
    hours = [_hours(m, starts[-1], own) for m in moments]
    end = max(starts[-1] + DAY * chain[-1][0].days, *hours, starts[-1] + 1.0)
    opened, later = _learnt(study, chain, starts)
    covariates = {**_covariates(study, chain[0]), "CONTROL_LATER": later}
    phases = [
        trial.Phase(f"{k}: {p.name}", (starts[k + 1] if k + 1 < len(chain) else end) - starts[k],
                    (_arm(study, chain, starts, k, end, covariates),), ())
        for k, (p, _) in enumerate(chain)
    ]  # fmt: skip
    start = starts[-1]
    if relapse and len(chain) == 1:
        phases, start = _then_followed(study, arm, phases, own, end, [o for o in seen if o.endpoint.name in RELAPSE])
    visits = {h - start for h in hours if h >= start}
    visits |= {WEEK * k for k in range(1, int((end - start) // WEEK) + 1)} if carried else set()
    if any(o.endpoint.kind == "concentration" for o in seen):
        visits |= {s + d - start for s in own for d in AROUND_DOSE if start <= s + d <= max(hours)}
    last = phases[-1]
    phases[-1] = trial.Phase(
        last.name, last.hours, last.arms, tuple(sorted(visits)), _dropout(arm, hours, seen, start), relapse
    )  # fmt: skip
    origin = max((s for s in own if s <= start), default=start) if start != starts[-1] else start
    earlier = _earlier(phases[0]) if chain[0][0].select == RELAPSERS else None
    made = trial.Design(study.id, tuple(phases))
    return Line(study, arm, chain[0][1], phases[-1].name, made, start, origin, own, opened, earlier)


def _earlier(first: trial.Phase) -> trial.Design:
    """A course as that of the first phase, and those who responded to it."""
    well = replace(first.arms[0], select=rule("responders", scale("MADRS")))
    course = replace(first, hours=first.hours + 1.0, visits=(), dropout=trial.STAY, relapse=False)
    return trial.Design("earlier course", (course, trial.Phase(RESPONDED, 1.0, (well,), ())))


def _hours(when: Moment, start: float, own: tuple[float, ...]) -> float:
    if when.anchor == "start":
        return start + when.hours
    given = own or (start,)
    return given[-1 if when.dose == -1 else min(when.dose, len(given)) - 1] + when.hours


def _sessions(study: Study, chain: list[Link], starts: list[float]) -> tuple[float, ...]:
    """Dosing sessions of the last arm on the clock of the line, those of its own phase if it has any there."""
    arm = chain[-1][1]
    given = trial.from_first_dose(regimen(study, arm)).schedule()
    first = next(s for s, (_, a) in zip(starts, chain, strict=True) if a.name == arm.name)
    times = [first + float(t) for t in sessions([g.time for g in given])]
    return tuple([t for t in times if t >= starts[-1] - 1e-6] or times)


def _arm(
    study: Study, chain: list[Link], starts: list[float], k: int, end: float, covariates: Mapping[str, float | str]
) -> trial.Arm:  # fmt: skip
    """The k-th arm with the doses that fall into its phase; an arm that goes on goes on with its doses."""
    phase, arm = chain[k]
    begun = next(s for s, (_, a) in zip(starts, chain, strict=True) if a.name == arm.name)
    until = starts[k + 1] if k + 1 < len(chain) else end
    doses = trial.window(trial.from_first_dose(regimen(study, arm)), starts[k] - begun, until - begun)
    chosen = (
        EVERYONE
        if k == 0 or chain[k - 1][0].name == phase.name
        else rule(selects(phase.select, arm.name), scale("MADRS"))
    )
    return trial.Arm(arm.name, doses, covariates=covariates, select=chosen, titration=titration(phase, arm))


def titration(phase: Phase, arm: Arm) -> trial.Titration | None:
    """A dose rule of the phase that names arm, amount, day and a rule on the score; else doses are as written."""
    rungs = [r for r in phase.titrate if arm.active and {"to", "when", "visit"} <= set(r) and r.get("rule") == arm.name]
    if not rungs:
        return None
    visits = tuple((float(r["visit"].removeprefix("day ")) - 1.0) * DAY for r in rungs)
    first = str(arm.doses[0]["amount"])
    ladder = tuple(dict.fromkeys([first, *(str(r["to"]) for r in rungs)]))
    return trial.Titration(visits, ladder, rule(str(rungs[0]["when"]), scale("MADRS")))


def _then_followed(
    study: Study,
    arm: Arm,
    phases: list[trial.Phase],
    own: tuple[float, ...],
    end: float,
    watched: list[Observation],
) -> tuple[list[trial.Phase], float]:
    """Relapse watched without a phase of its own: those who had got better a day after the last dose, from then on.

    Where remission at one visit and no relapse since is counted, everybody from that visit on.
    """
    begin, select = (own[-1] if own else 0.0) + DAY, watched_after(study, arm, watched)
    if any(o.endpoint.name == LATER for o in watched):
        seen = [o.time for o in study.observations if o.endpoint.kind == "remission" and o.arm == arm.name]
        begin, select = min((_hours(m, 0.0, own) for m in seen), default=begin), "all"
    treated, one = phases[-1], phases[-1].arms[0]
    later = replace(one, regimen=trial.window(one.regimen, begin), select=rule(select, scale("MADRS")))
    return [
        trial.Phase(treated.name, begin, treated.arms, ()),
        trial.Phase("followed", max(end - begin, 1.0), (later,), ()),
    ], begin  # fmt: skip


def _dropout(arm: Arm, hours: list[float], seen: Iterable[Observation], start: float) -> trial.Dropout:
    """The share of the arm that is missing from those counted at the last visit, as a constant hazard."""
    own = [(h, o) for h, o in zip(hours, seen, strict=True) if o.arm == arm.name and not o.versus]
    counted = [(h, o.n) for h, o in own if o.analysis in ("observed", "LS mean") and o.n < arm.n and h > start]
    if not counted:
        return trial.STAY
    last, n = max(counted)
    return trial.reported(1.0 - n / arm.n, last - start)


def _learnt(study: Study, chain: list[Link], starts: list[float]) -> tuple[float, str]:
    """(hour, control) from which patients know more than at first: the drug given openly, or else not withheld."""
    told = [study.control(arm, phase) for phase, arm in chain]
    better = {"open": (), "none": ("open",)}.get(told[0], ("open", "none"))
    return next(((starts[told.index(one)], one) for one in better if one in told), (0.0, "same"))


def _covariates(study: Study, link: Link) -> dict[str, float | str]:
    phase, arm = link
    admitted = float(study.population.get("inpatients", 0.0)) >= 0.5
    return {
        "CONTROL": study.control(arm, phase),
        "BACKGROUND": arm.background,
        "SETTING": "admitted" if admitted else "outpatient",
    }
