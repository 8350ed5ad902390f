"""The page docs/scoreboard.md with its pictures: `python -m ketasim.report.scoreboard [FOLDER]` writes it.

Its first lines carry fingerprints of the posterior and the studies; a test goes red when they are no longer those.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.report import reproduction as words
from ketasim.report import scoreboard_figures as figures
from ketasim.report.figures import png

if TYPE_CHECKING:
    from ketasim.reproduction.misses import Miss
    from ketasim.reproduction.reproduce import Reproduction

PAGE, PICTURES = "scoreboard.md", "pictures"
NAMES = {name: f"scoreboard-{name}.png" for name in ("judge", "calibrate", "coverage")}
_HEAD = """# Scoreboard: published studies of mood, observed and predicted

Written by `python -m ketasim.report.scoreboard`; do not edit. Stands on {stamp}.

Every trial is marked `calibrate` (its results are for estimating the parameters) or `judge` (they are not) by a hash,
before any fit. At most eight results of a trial count. A prediction holds parameter uncertainty, differences
between studies, sampling error for the n given, and the uncertainty of fixed facts by their grade. `ketasim reproduce`
prints all of this, `--json` with the shares of variance and the weakest facts of each prediction.
"""
_WAITING = (
    "Marked `calibrate` in a later round of the draw, these wait for the next calibration: their results are shown "
    "among the others and count in no score:"
)
_REFERENCES = """CRPS in SDs of the calibrate results of each kind (the lower, the better), in brackets 95 %
bootstrap intervals over trials. References, from calibrate studies only and computed in the same run: the mean and
spread of the calibrate results of that kind, kind of arm and time; and the bi-exponential kernel of Nunes and Singh
fitted to them. *Sampling alone* is the error that a perfect forecast would have.
"""


def stamped() -> str:
    """The fingerprints as the page states them."""
    from ketasim.reproduction.stamp import stamp

    return ", ".join(f"{name} `{text}`" for name, text in stamp().items())


def text(found: Reproduction) -> str:
    """The page."""
    from ketasim.reproduction.misses import misses, of_targets
    from ketasim.studies.shelf import studies, waits

    lines = [_HEAD.format(stamp=stamped())]
    if found.totals["parameters"] != "posterior":
        lines.append(f"**Parameters are drawn from the {found.totals['parameters']}.**\n")
    if waiting := [s.id for s in studies().values() if waits(s)]:
        lines.append(f"{_WAITING} {', '.join(waiting)}.\n")
    lines += ["## Scores\n", _REFERENCES, *_table(("score", "calibrate", "judge"), words.over_all(found))]
    lines += [f"\n![Coverage]({PICTURES}/{NAMES['coverage']})\n", figures.CALIBRATION]
    lines += ["\n## Targets on judge studies\n", *_table(("target", "found", "reached"), words.targets(found))]
    if reasons := of_targets(found):
        lines += ["\nMissed, with the likely reason:\n", *(f"- {name}: {why}." for name, why in reasons.items())]
    lines += ["\n## Results outside their 90 % interval\n", *_misses(misses(found, tuple(studies().values())))]
    for use, title in (("judge", words.USES["judge"]), ("calibrate", words.USES["calibrate"])):
        lines += [f"\n## {title}\n", f"![Observed and predicted]({PICTURES}/{NAMES[use]})\n", figures.FOREST]
        for name, rows in words.by_study(found, use):
            lines += [f"\n### {name}\n", *_table(words.HEAD, rows)]
    lines += ["\n## Concentrations\n", _concentrations(found)]
    lines += [
        "\n## Not predicted\n",
        *_table(("study", "arm", "endpoint", "time", "reason"), words.not_predicted(found)),
    ]
    return "\n".join(lines) + "\n"


def _concentrations(found: Reproduction) -> str:
    levels = found.totals["concentrations"]
    return (
        f"{levels['observations']} printed concentrations, in the tables of their studies: {levels['inside_90']} in "
        f"the 90 % interval, {levels['within_1.5_fold']} within 1.5-fold. They count in no score above; see "
        "[exposure](exposure.md)."
    )


def _misses(rows: Sequence[Miss]) -> list[str]:
    cells = [
        (m.result.use, m.result.study, *words.row(m.result)[:3], *words.row(m.result)[4:7], m.reason) for m in rows
    ]
    head = ("use", "study", "arm", "endpoint", "time", "observed", "predicted", "90 % interval", "likely reason")
    return _table(head, cells)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)]


def pictures(found: Reproduction) -> dict[str, bytes]:
    """The pictures of the page by file name."""
    made = {NAMES[use]: png(figures.forest([r for r in found.of(use) if r.counted])) for use in ("judge", "calibrate")}
    made[NAMES["coverage"]] = png(figures.calibration(found.results))
    return made


def write(folder: Path) -> None:
    """The page and its pictures into a folder of documents."""
    from ketasim.reproduction.reproduce import reproduce

    found = reproduce(step=lambda what: print(f"{what} ...", file=sys.stderr))
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    for name, data in pictures(found).items():
        (folder / PICTURES / name).write_bytes(data)
    (folder / PAGE).write_text(text(found), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
