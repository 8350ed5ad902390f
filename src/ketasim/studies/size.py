"""How large a trial was, and how much more of the effect of a drug a small one shows than a large one.

Small trials find larger effects than large ones do (Dechartres 2013, Nuesch 2010), by what they are and by which of
them are printed. The effect of the drug in a trial of N people is that in a very large one times::

    1 + excess * sqrt(40 / N)
"""

from __future__ import annotations

from math import sqrt

from ketasim.studies.record import Study

USUAL = 40


def enrolled(study: Study) -> int:
    """People who entered the trial, as its record tells: those of the arms of its first phase, in a crossover once."""
    begun = next((p.arms for p in study.phases if p.arms and not p.after), ()) or tuple(a.name for a in study.arms)
    sizes = [study.arm(name).n for name in begun]
    return max(sizes) if study.design == "crossover" else sum(sizes)


def shown(excess: float, people: int) -> float:
    """The factor on the effect of the drug in a trial of so many people; `excess` is that of a trial of 40."""
    return 1.0 + excess * sqrt(USUAL / people)
