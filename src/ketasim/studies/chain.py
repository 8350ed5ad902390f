"""Who stands behind an arm in a phase: the phases that led there, and by which rule its patients were chosen.

A phase that follows another continues its patients. An arm with a baseline of its own starts afresh at its phase, for
the paper describes re-randomised patients as they are then.
"""

from __future__ import annotations

from collections.abc import Iterable

from ketasim.studies.called import called
from ketasim.studies.record import Arm, Observation, Phase, Study

RELAPSERS = "relapsers"
Link = tuple[Phase, Arm]


def phase_of(study: Study, arm: str, named: str) -> Phase | None:
    """The phase of an observation: the named one, else the first that holds the arm."""
    if named:
        return next(p for p in study.phases if p.name == named)
    return next((p for p in study.phases if arm in p.arms), None)


def chain(study: Study, arm: Arm, phase: Phase | None) -> list[Link]:
    """The phases that lead to this one, first to last, each with the arm that these patients were in."""
    if phase is None:
        return [(Phase("all", 0.0, (arm.name,), "all", "", ()), arm)]
    found = [(phase, arm)]
    while found[0][0].after and not found[0][1].baseline:
        earlier = next(p for p in study.phases if p.name == found[0][0].after)
        if not earlier.arms:  # the paper gives no arm of it: the patients are taken as they come
            break
        name = found[0][1].name if found[0][1].name in earlier.arms else _source(study, earlier, found[0][0].select)
        found.insert(0, (earlier, study.arm(name)))
    return found


def _source(study: Study, phase: Phase, select: str) -> str:
    """Where patients come from who change their arm: non-responders from control, others from the drug."""
    wanted = select != "non-responders"
    return next((name for name in phase.arms if study.arm(name).active == wanted), phase.arms[0])


def selects(select: str, arm: str) -> str:
    """The words of the rule by which patients go on into an arm: that of the phase, narrowed by the arm's name."""
    stable = "stable " if arm.startswith("stable") else ""
    named = called(arm)
    if named == "remitters":
        return f"{stable}remitters"
    if select not in ("all", "", RELAPSERS) and named == "responders" and "non" not in select:
        return f"{stable}responders without remission"
    return "all" if select in ("", RELAPSERS) else select


def watched_after(study: Study, arm: Arm, seen: Iterable[Observation]) -> str:
    """Who is watched for relapse without a phase of its own: remitters, if as many had remitted as are watched."""
    watched = {o.n if o.arm == arm.name else o.n_versus for o in seen if arm.name in (o.arm, o.versus)}
    remitted = (o for o in study.observations if o.endpoint.kind == "remission" and o.arm == arm.name)
    return "remitters" if any(o.events in watched for o in remitted if o.events is not None) else "responders"
