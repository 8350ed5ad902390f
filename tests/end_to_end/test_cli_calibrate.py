"""`ketasim calibrate` before any work begins: options that do not go together, and folders that are not its own."""

from __future__ import annotations

import pytest

from ketasim.calibration import run
from ketasim.calibration.run import Effort


@pytest.mark.parametrize("option", ["--chains", "--steps"])
def test_quick_sets_its_own_length(ketasim, option):
    said = ketasim("calibrate", "--quick", option, 200, "--out", "c")
    assert said.status == 2
    assert option in said.error and "--quick" in said.error


@pytest.mark.parametrize("name", ["calibration.md", "draws.csv", "calibrated.toml"])
def test_files_of_the_user_are_not_overwritten(ketasim, tmp_path, name):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / name).write_text("mine")
    said = ketasim("calibrate", "--quick", "--out", "c")
    assert said.status == 2 and "--force" in said.error
    (tmp_path / "c" / "thesis.txt").write_text("mine")
    said = ketasim("calibrate", "--quick", "--out", "c", "--force")
    assert said.status == 2 and "thesis.txt" in said.error
    assert (tmp_path / "c" / name).read_text() == "mine"


def test_lengths_and_force_arrive(ketasim, monkeypatch):
    class Stop(Exception):
        pass

    def taken(folder, effort, workers, say, force):
        asked.append((effort, force))
        raise Stop

    asked = []
    monkeypatch.setattr(run, "calibrate", taken)
    for words in ((), ("--chains", 3, "--steps", 500, "--force"), ("--quick", "--rival", "metabolite")):
        assert ketasim("calibrate", *words).status == 1
    quick = Effort(2, 300, 600, 5, rival="metabolite")
    assert asked == [(Effort(), False), (Effort(chains=3, steps=500), True), (quick, False)]
