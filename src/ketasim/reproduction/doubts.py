"""Printed results that look as if a study file had them wrong."""

from __future__ import annotations

from collections.abc import Sequence

from ketasim.reproduction.result import Result


def doubtful(results: Sequence[Result]) -> tuple[str, ...]:
    """Sentences on changes printed as a worsening where the same improvement would be nearer the prediction."""
    changes = [r for r in results if r.group == "arm" and r.unit == "point" and r.endpoint.endswith("change")]
    return tuple(
        f"{r.study}, {r.arm}, {r.endpoint} at {r.time} is {r.observed:g}, above 0, which is a worsening; if people got "
        f"better, write it as {-r.observed:g}."
        for r in changes
        if r.observed > 0 and not r.inside() and abs(r.quantile(0.5) + r.observed) < abs(r.error)
    )
