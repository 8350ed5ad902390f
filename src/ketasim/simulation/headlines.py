"""The headline numbers of a run, and what each would have been with other numbers.

A peak, an area and the highest value of an effect are of one patient, on the log scale. The change of a score is told
of one patient as found at a visit and as the mean of all; response and remission are shares of all, at the last visit.
For scores each of the people is moved, on the latent scale, by as much as the batch is on average; for relapse, and for
the chance that nothing has happened yet, on the scale of the logarithm of the summed hazard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import Status
from ketasim.simulation import clinic, nca, relapsed
from ketasim.simulation.sensitivity import Moved, copies

if TYPE_CHECKING:
    from ketasim.engine.abi import F64
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.run import Run

ONE, MEAN, SHARE = "one patient", "mean", "share"
READ: Final = 500  # people whose scores are moved
SHARES: Final = ("response", "remission")
EDGE: Final = 1e-9  # from certainty: a chance of 0 or 1 stays finite as a logarithm of a hazard


@dataclass(frozen=True, slots=True, eq=False)
class Headline:
    """One number that a run predicts.

    `of`: "one patient", "mean" or "share" of the n people. `people` (n,) are its values person by person and `centre`
    (rows,) what the batch of `sensitivity` makes of it, both logarithms where `logarithmic`; `visits` is the variance
    of one person's value from visit to visit, the mean over people (of a share: that each is counted or not), `fate`
    that of whether the person relapses. `value` is what the run says, in `unit`.
    """

    output: str
    measure: str
    unit: str
    of: str
    n: int
    value: float
    people: F64
    centre: F64
    visits: float = 0.0
    fate: float = 0.0
    logarithmic: bool = False


def headlines(
    run: Run,
    batch: Moved,
    peaks: Sequence[str],
    areas: Sequence[str] = (),
    highest: Sequence[str] = (),
    chances: Sequence[str] = (),
    reading: Reading | None = None,
    visits: Sequence[float] | None = None,
) -> tuple[Headline, ...]:
    """Peaks and areas of the outputs named, effects, and scores at visits (hours; the usual ones), as a run has them.

    `highest`: effects whose highest value is told; `chances`: each person's chance (0 to 1) that nothing has happened
    yet, whose mean at the last time is. Effects are told where the run kept them.
    """
    others = copies(run) if run.n == 1 and not run.study.typical else None
    spread = run if others is None else replace(run, study=others[0], kept=others[1], table=None, visits=None)
    measured = [
        *(("peak", "Cmax", name) for name in peaks),
        *(("AUC", "AUClast", name) for name in areas),
        *(("highest", "Cmax", name) for name in highest if name in run.outputs),
    ]
    found = [one for what in measured if (one := _measured(run, spread, batch, *what)) is not None]
    if run.table is None and (run.codes == Status.FINISHED).any():
        found += [_lasting(run, spread, batch, name) for name in chances if name in run.outputs]
    if reading is not None and clinic.can_tell(run, reading):
        run, spread = clinic.at_visits(run), spread if others is not None else clinic.at_visits(run)
        hours = clinic.usual(run, reading) if visits is None else visits
        for t in hours:
            found += _scores(run, spread, batch, reading, t, last=t == hours[-1])
    return tuple(found)


def _measured(run: Run, spread: Run, batch: Moved, said: str, measure: str, output: str) -> Headline | None:
    """A measure of exposure of one patient; None where it is not above 0 in everybody."""
    k, j = run.position(output), nca.MEASURES.index(measure)
    here, people, moved = (kept.measure(k, j) for kept in (run.kept, spread.kept, batch.kept))
    solved = here[np.isfinite(here)]
    if not solved.size or not all(np.all(values[np.isfinite(values)] > 0.0) for values in (people, moved)):
        return None
    logs, unit = (np.log(people), batch.middle(np.log(moved))), nca.unit_of(measure, run.unit(output))
    return Headline(output, said, unit, ONE, run.n, float(np.median(solved)), *logs, logarithmic=True)


def _lasting(run: Run, spread: Run, batch: Moved, output: str) -> Headline:
    """The mean chance at the last time that nothing has happened yet."""
    k, at = run.position(output), run.times.size - 1
    here, people, moved = (kept.block(k, at, at + 1)[0] for kept in (run.kept, spread.kept, batch.kept))
    z = _log_hazard(people[np.isfinite(people)])
    z, middle = z[:: -(-z.size // READ) or 1], batch.middle(_log_hazard(moved))
    centre = np.array([np.exp(-np.exp(z + shift)).mean() for shift in middle - middle[0]])
    kind, chance = SHARE if run.n > 1 else ONE, float(np.nanmean(people * (1.0 - people)))
    about = (output, clinic.clock(float(run.times[-1])), "1", kind, run.n, float(np.nanmean(here)))
    return Headline(*about, people, centre, chance if kind == SHARE else 0.0)


def _log_hazard(chance: F64) -> F64:
    return np.asarray(np.log(-np.log(np.clip(chance, EDGE, 1.0 - EDGE))))


def _scores(run: Run, spread: Run, batch: Moved, reading: Reading, hours: float, last: bool) -> list[Headline]:
    before, groups = clinic.states(spread, reading)(hours)
    shown, here = clinic.effects(run, reading, hours), clinic.read(groups, reading, before)
    told, expected = here["change"], reading.expected(groups.score)
    between = groups.mean(expected**2) - groups.mean(expected) ** 2  # of what one person may be
    visits, fate = float(np.nanmean(groups.mean(reading.variance(groups.score)))), float(np.nanmean(between))
    centres = _centres(batch, spread, reading, before, hours)
    when = clinic.clock(hours)
    value = {what: float(np.nanmean(values)) for what, values in shown.items()}
    base = (reading.output, f"change, {when}", "point")
    made = [Headline(*base, ONE, run.n, float(np.nanmedian(shown["change"])), told, centres["change"], visits, fate)]
    if run.n > 1:
        made.append(Headline(*base, MEAN, run.n, value["change"], told, centres["change"], visits, fate))
    if last:
        kind = SHARE if run.n > 1 else ONE
        for what in SHARES:
            about = (reading.output, f"{what}, {when}", "1", kind, run.n, value[what])
            each = here[what]
            counted = float(np.nanmean(each * (1.0 - each))) if kind == SHARE else 0.0
            made.append(Headline(*about, each, centres[what], counted))
    return made


def _centres(batch: Moved, spread: Run, reading: Reading, before: F64, hours: float) -> dict[str, F64]:
    """Mean change, response and remission of people (people,) moved as each row (rows,) moves the batch."""
    begin, solved = relapsed.begins(spread.study, reading.output), np.flatnonzero(spread.codes == Status.FINISHED)
    some = solved[:: -(-solved.size // READ) or 1]
    before = before[some]
    people = relapsed.remembered(relapsed.inputs_of(spread.study, spread.kept, reading, some))
    shifts = _shifts(batch, reading)
    found = {what: np.full(batch.noise.size, np.nan) for what in ("change", *SHARES)}
    for row in np.flatnonzero(np.isfinite(shifts.severity(hours))):
        read = reading if np.isnan(batch.noise[row]) else replace(reading, noise=float(batch.noise[row]))
        groups = relapsed.groups(_moved(people, shifts, int(row)), read, before, begin, hours)
        for what, values in clinic.read(groups, read, before).items():
            found[what][row] = values.mean()
    return found


def _shifts(batch: Moved, reading: Reading) -> relapsed.Inputs:
    """What each row (rows,) of the batch adds to severity, on average, and to the logarithm of a hazard that rises."""
    there = relapsed.inputs_of(batch.study, batch.kept, reading)

    def apart(values: F64) -> F64:
        middle = batch.middle(values)
        return np.asarray(middle - middle[0])

    return relapsed.remembered(
        relapsed.Inputs(
            lambda t: apart(there.severity(t)),
            lambda t: apart(there.treated(t)),
            lambda a, b: apart(np.log(np.maximum(there.risen(a, b), EDGE))),
        )
    )


def _moved(people: relapsed.Inputs, shifts: relapsed.Inputs, row: int) -> relapsed.Inputs:
    """The inputs of people as one row of the batch has it."""
    return relapsed.Inputs(
        lambda t: people.severity(t) + shifts.severity(t)[row],
        lambda t: people.treated(t) + shifts.treated(t)[row],
        lambda a, b: people.risen(a, b) * np.exp(shifts.risen(a, b)[row]),
    )
