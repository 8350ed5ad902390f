"""A calibration that is put in place counts at once, in the process that put it there too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ketasim.calibration import following, posterior, remembered, write
from ketasim.calibration.parameters import fact_ids, names, natural
from ketasim.calibration.run import Result
from ketasim.pharmacology.mood import pathway, values


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where a calibration goes is a folder of its own; nothing else is computed from it."""
    monkeypatch.setattr(values, "FILE", tmp_path / "home" / "calibrated.toml")
    monkeypatch.setattr(write, "HOME", tmp_path / "home")
    monkeypatch.setattr(remembered, "write", lambda: tmp_path)
    grades: dict[str, str] = {}

    def instead() -> Path:
        held = {p.fact.id: p.fact.grade for c in pathway.model().components for p in c.parameters}
        effects = [e.coefficient for c in pathway.model().components for p in c.parameters for e in p.effects]
        grades.update(held | {fact.id: fact.grade for fact in effects})
        return tmp_path

    monkeypatch.setattr(following, "write", instead)
    write._forget()
    yield grades
    monkeypatch.undo()
    write._forget()


def test_what_follows_facts_is_computed_of_the_model_with_its_new_numbers(moved, tmp_path: Path) -> None:
    pathway.model()  # with the numbers from before, and none is calibrated there
    chains = 0.1 * np.random.default_rng(1).standard_normal((2, 40, len(names())))
    size = np.full(len(names()), 1.0)
    result = Result(chains, np.zeros((2, 40)), (0.3, 0.3), size, 500.0 * size, 1.0)
    write.write(result, tmp_path / "made")
    write.install(tmp_path / "made")
    assert {fact_id: moved[fact_id] for fact_id in fact_ids().values()} == dict.fromkeys(
        fact_ids().values(), "calibrated"
    )
    middle = np.median(natural(chains.reshape(-1, chains.shape[-1])), axis=0)
    assert values.value("mood.open_drug").number == pytest.approx(middle[names().index("open_drug")], rel=1e-4)
    assert values.value("trial.small_drug").grade == "calibrated"
    assert posterior.posterior(tmp_path / "home").draws.shape == (80, len(names()))
