"""Where a calibration is kept: whose folder it is, what a stop leaves, and how far it says it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ketasim.calibration import processes, run
from ketasim.calibration.run import QUICK, Effort
from ketasim.errors import FolderError

RESULTS = ("calibration.md", "draws.csv", "calibrated.toml")


@pytest.fixture(autouse=True)
def prints(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    now = {"model": "a", "evidence": "b", "code": "c"}
    monkeypatch.setattr(run.fingerprint, "current", lambda: now)
    return now


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_ours_goes_on_with_its_checkpoints_and_results(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "one"
    run._claim(folder, QUICK, False)
    for name in ("mode.npz", "chain-0.npz", "chain-11.part.npz", *RESULTS):
        (folder / name).write_text("kept")
    for force in (False, True):
        run._claim(folder, QUICK, force)
        assert names(folder) == {"calibration.txt", "mode.npz", "chain-0.npz", "chain-11.part.npz", *RESULTS}


@pytest.mark.parametrize("name", ["thesis.docx", "chain-one.npz", "calibration.txt"])
def test_a_foreign_folder_is_left_alone_even_by_force(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    for force in (False, True):
        with pytest.raises(FolderError, match="this command did not write"):
            run._claim(tmp_path, QUICK, force)
    assert names(tmp_path) == {name} and (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("name", RESULTS)
def test_results_without_their_mark_need_force(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(FolderError, match="--force"):
        run._claim(tmp_path, QUICK, False)
    assert names(tmp_path) == {name}
    run._claim(tmp_path, QUICK, True)
    assert names(tmp_path) == {"calibration.txt"}


def test_another_calibration_needs_force_and_leaves_no_checkpoint(tmp_path: Path, prints: dict[str, str]) -> None:
    run._claim(tmp_path, QUICK, False)
    (tmp_path / "chain-0.npz").write_text("old")
    prints["code"] = "d"
    for effort in (QUICK, Effort()):
        with pytest.raises(FolderError, match="another model, evidence, code or length"):
            run._claim(tmp_path, effort, False)
    run._claim(tmp_path, QUICK, True)
    assert names(tmp_path) == {"calibration.txt"} and "code d" in (tmp_path / "calibration.txt").read_text()


def test_a_stop_while_the_mode_is_written_leaves_no_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = SimpleNamespace(likelihood=SimpleNamespace(settle=lambda p: None))
    monkeypatch.setattr(run, "target", lambda rival: over)
    monkeypatch.setattr(run.modes, "mode", lambda target, start: start + 1.0)
    monkeypatch.setattr(run.modes, "covariance", lambda target, start: np.eye(start.size))
    whole = np.savez

    def stopped(path: Path, **arrays: Any) -> None:
        Path(path).write_bytes(b"PK\x03\x04 half")
        raise KeyboardInterrupt

    monkeypatch.setattr(run.np, "savez", stopped)
    with pytest.raises(KeyboardInterrupt):
        run._mode(tmp_path, "disinhibition", lambda _: None)
    monkeypatch.setattr(run.np, "savez", whole)
    start, cover = run._mode(tmp_path, "disinhibition", lambda _: None)
    assert (start == run.MODES).all() and cover.shape == (start.size, start.size)
    assert names(tmp_path) == {"mode.npz"}
    again, _ = run._mode(tmp_path, "disinhibition", lambda _: pytest.fail("computed again"))
    np.testing.assert_array_equal(again, start)


def test_how_far_takes_no_notice_of_a_checkpoint_in_the_making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    effort = Effort(chains=3, burn=100, steps=900)
    np.savez(tmp_path / "chain-0.npz", step=np.asarray(500))
    (tmp_path / "chain-1.npz").write_bytes(b"PK\x03\x04 half")
    (tmp_path / "chain-2.npz").write_bytes(b"")
    assert run._how_far(tmp_path, effort, 60.0) == "500 of 3,000 steps, about 5 min left"
    assert run._how_far(tmp_path, effort, 60.0, earlier=400) == "500 of 3,000 steps, about 25 min left"
    assert run._how_far(tmp_path, effort, 60.0, earlier=500) == "500 of 3,000 steps"

    def taken(path: Path) -> Any:
        raise PermissionError(13, "in use by another process", str(path))

    monkeypatch.setattr(run.np, "load", taken)
    assert run._how_far(tmp_path, effort, 60.0) == "0 of 3,000 steps"


@pytest.mark.parametrize(("change", "goes_on"), [({"steps": 900}, True), ({"steps": 300}, False), ({"seed": 1}, False),
                                                 ({"steps": 900, "burn": 50}, False)])  # fmt: skip
def test_a_calibration_goes_on_longer_and_as_nothing_else(
    tmp_path: Path, change: dict[str, int], goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.fingerprint, "current", lambda: {"code": "one"})
    run._claim(tmp_path, QUICK, False)
    (tmp_path / "chain-0.npz").write_bytes(b"begun")
    if goes_on:
        run._claim(tmp_path, replace(QUICK, **change), False)
        run._claim(tmp_path, replace(QUICK, **change), False)
    else:
        with pytest.raises(FolderError, match="another model"):
            run._claim(tmp_path, replace(QUICK, **change), False)
    assert (tmp_path / "chain-0.npz").exists()


def test_a_chain_ends_with_the_calibration_that_began_it(monkeypatch: pytest.MonkeyPatch) -> None:
    processes.not_alone()
    monkeypatch.setattr(processes, "parent_process", lambda: SimpleNamespace(is_alive=lambda: True))
    processes.not_alone()
    monkeypatch.setattr(processes, "parent_process", lambda: SimpleNamespace(is_alive=lambda: False))
    with pytest.raises(SystemExit):
        processes.not_alone()
