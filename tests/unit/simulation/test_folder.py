"""Run folders: what is in them, the same bytes for the same request, going on after a kill, and refusals."""

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.small import nasal, small

from ketasim.engine.abi import Settings
from ketasim.errors import DiskError, FolderError, NobodyFinished
from ketasim.population import named
from ketasim.population.people import listed
from ketasim.simulation import kept, place
from ketasim.simulation.simulate import simulate

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = named.population("trd-adults", 60, seed=4)


def run(out, **settings):
    given = {"days": 4, "seed": 2, "chunk": 16, "workers": 2, **settings}
    return simulate(small(), PEOPLE, nasal(), out=out, **given)


def bytes_of(folder):
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in ("run.json", "report.html")]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "first"
    return run(folder), folder


def test_the_files(done):
    finished, folder = done
    names = {p.name for p in folder.iterdir()}
    assert names == {
        "run.json", "patients.parquet", "events.parquet", "nca.parquet", "trajectories.zarr", "summary.csv"
    }  # fmt: skip
    note = json.loads((folder / "run.json").read_text())
    assert note["status"] == {"finished": 60} and note["seed"] == 2
    assert set(note["fingerprints"]) == {"model", "evidence", "code"} and note["request"]["people"]["n"] == 60
    patients = pd.read_parquet(folder / "patients.parquet")
    assert list(patients.columns[:4]) == ["ID", "AGE", "SEX", "WT"] and len(patients) == 60
    events = pd.read_parquet(folder / "events.parquet")
    assert len(events) == 60 * 2 * 3 * 2 and set(events.inlet) == {"nose", "gut"}
    assert events.amount.unique().tolist() == [28.0]
    assert len(pd.read_csv(folder / "summary.csv")) == len(finished.summary())


def test_the_trajectories_open_in_xarray(done):
    import xarray as xr

    finished, folder = done
    found = xr.open_zarr(folder / "trajectories.zarr", consolidated=False)
    assert found["plasma esketamine"].dims == ("patient", "time")
    assert found["plasma esketamine"].attrs["units"] == "ng/mL"
    plain = simulate(small(), PEOPLE, nasal(), days=4, seed=2)
    assert np.array_equal(found["plasma esketamine"].values, plain.array("plasma esketamine"))
    assert np.array_equal(finished.array("plasma esketamine"), plain.array("plasma esketamine"))
    assert finished.nca().equals(plain.nca())
    assert np.array_equal(finished.band("gut amount"), plain.band("gut amount"))


def test_the_same_request_gives_the_same_bytes_whatever_the_chunks(done, tmp_path):
    _, folder = done
    run(tmp_path / "other", chunk=7, workers=1)
    assert bytes_of(tmp_path / "other") == bytes_of(folder)
    assert not (tmp_path / "other" / ".parts").exists()


@pytest.mark.parametrize("settings", [{}, {"quantiles": (0.1, 0.5)}])
def test_a_finished_run_is_read_back(tmp_path, settings):
    first = run(tmp_path / "run", **settings)
    stamp, before = (tmp_path / "run" / "run.json").stat().st_mtime_ns, bytes_of(tmp_path / "run")
    steps = []
    again = run(tmp_path / "run", progress=lambda done, total: steps.append(done), **settings)
    assert steps == [] and (tmp_path / "run" / "run.json").stat().st_mtime_ns == stamp
    assert again.summary().equals(first.summary()) and again.status == first.status
    assert np.array_equal(again.band("gut amount", (0.1, 0.5)), first.band("gut amount", (0.1, 0.5)))
    assert bytes_of(tmp_path / "run") == before
    (tmp_path / "run" / "nca.parquet").write_bytes(b"broken")
    assert run(tmp_path / "run", **settings).summary().equals(first.summary())
    assert bytes_of(tmp_path / "run") == before


def test_people_with_names_for_ids(tmp_path):
    table = PEOPLE.chunk(0, 3) | {"ID": np.array(["Ann", "Bob", "Cy"])}
    simulate(small(), listed(table, "friends"), nasal(), days=2, out=tmp_path / "run")
    assert pd.read_parquet(tmp_path / "run" / "patients.parquet").ID.tolist() == ["Ann", "Bob", "Cy"]
    assert set(pd.read_parquet(tmp_path / "run" / "events.parquet").ID) == {"Ann", "Bob", "Cy"}


def test_quantiles_only(tmp_path):
    run(tmp_path / "q", quantiles=(0.1, 0.5))
    table = pd.read_parquet(tmp_path / "q" / "quantiles.parquet")
    assert list(table.columns) == ["output", "unit", "time", "q0.1", "q0.5"]
    assert not (tmp_path / "q" / "trajectories.zarr").exists()


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from tests.support.small import nasal, small
from ketasim.population import named
from ketasim.simulation.simulate import simulate
def step(done, total):
    if done >= {after}:
        os.kill(os.getpid(), signal.SIGKILL)
simulate(small(), named.population("trd-adults", 60, seed=4), nasal(), days=4, seed=2, chunk=9, workers=1,
         out={out!r}, progress=step)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(done, tmp_path):
    _, folder = done
    out = tmp_path / "killed"
    code = KILLED.format(root=str(ROOT), after=27, out=str(out))
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not (out / "run.json").exists() and len(list((out / ".parts").glob("*.npz"))) == 3
    steps = []
    run(out, chunk=16, progress=lambda done, total: steps.append(done))
    assert min(steps) > 27
    assert bytes_of(out) == bytes_of(folder)


def test_half_written_parts_are_made_again(done, tmp_path, monkeypatch):
    _, folder = done
    out = tmp_path / "torn"
    real, count = kept.InFiles.put, []

    def tear(self, part):
        count.append(part)
        if len(count) == 3:
            (self.folder / f"{part.start:012d}-{part.stop:012d}.npz").write_bytes(b"")
            raise KeyboardInterrupt
        real(self, part)

    monkeypatch.setattr(kept.InFiles, "put", tear)
    with pytest.raises(KeyboardInterrupt):
        run(out)
    monkeypatch.undo()
    run(out)
    assert bytes_of(out) == bytes_of(folder)


def test_another_request_is_refused_unless_forced(done, tmp_path):
    out = tmp_path / "held"
    run(out)
    (out / "report.html").write_text("old")
    with pytest.raises(FolderError, match="another run"):
        run(out, seed=3)
    run(out, seed=3, force=True)
    assert json.loads((out / "run.json").read_text())["seed"] == 3
    assert not (out / "report.html").exists()


def test_a_folder_of_other_things_is_never_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    for force in (False, True):
        with pytest.raises(FolderError, match=r"mine\.txt.* this command did not write"):
            run(tmp_path, force=force)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(FolderError, match="is a file"):
        run(tmp_path / "mine.txt")


@pytest.mark.skipif(os.name == "nt" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="root may write anywhere")
def test_a_read_only_place(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FolderError, match="may not be written"):
            run(tmp_path / "run")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    "theirs", ["run.json", ".parts", ".parts/theirs.bin", "run.json/x"], ids=["note", "file", "parts", "folder"]
)
def test_files_that_only_have_our_names_are_never_touched(theirs, tmp_path):
    held = tmp_path / theirs
    held.parent.mkdir(exist_ok=True)
    held.write_text('{"of": "another program"}')
    for force in (False, True):
        with pytest.raises(FolderError, match="this command did not write"):
            run(tmp_path, force=force)
    assert held.read_text() == '{"of": "another program"}' and len(list(tmp_path.rglob("*"))) == len(Path(theirs).parts)


def test_parts_whose_note_was_lost_are_made_again(done, tmp_path):
    _, folder = done
    (tmp_path / ".parts" / "finished").mkdir(parents=True)
    for name in ("request.json", "000000000000-000000000016.y"):
        (tmp_path / ".parts" / name).write_bytes(b"")
    run(tmp_path)
    assert bytes_of(tmp_path) == bytes_of(folder)


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        (errno.EROFS, "may not be written", FolderError),
        (errno.EACCES, "may not be written", FolderError),
        (errno.ENOSPC, "full", DiskError),
        (errno.EIO, "disk", FolderError),
    ],
)
def test_errors_of_the_disk_are_sentences(code, said, kind, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(code, "no")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(kind, match=said):
        run(tmp_path / "run")


@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "may not be written")])
def test_a_disk_that_refuses_later_is_failed_work_and_loses_nothing(code, said, done, tmp_path, monkeypatch):
    _, folder = done
    out, real, count = tmp_path / "full", kept.InFiles.put, []

    def refuse(self, part):
        count.append(part)
        if len(count) == 2:
            raise OSError(code, "no")
        real(self, part)

    monkeypatch.setattr(kept.InFiles, "put", refuse)
    with pytest.raises(DiskError, match=said):
        run(out)
    assert not (out / "run.json").exists()
    monkeypatch.undo()
    run(out)
    assert bytes_of(out) == bytes_of(folder)


def test_what_cannot_fit_is_refused_before_work(tmp_path):
    crowd = named.population("trd-adults", 10**9, seed=4)
    with pytest.raises(FolderError, match="GiB"):
        from ketasim.simulation import folder
        from ketasim.simulation.simulate import study_of

        study = study_of(small(), crowd, nasal(), days=365)
        with folder.opened(tmp_path / "huge", study, ()):
            pass
    assert not list(tmp_path.iterdir())


def test_a_temporary_folder_that_fills_up_is_failed_work(monkeypatch):
    def full(self, part):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kept.InFiles, "put", full)
    monkeypatch.setattr("ketasim.simulation.simulate.IN_MEMORY_BYTES", 0)
    with pytest.raises(DiskError, match="disk is full"):
        simulate(small(), PEOPLE, nasal(), days=2)


def test_two_runs_never_write_into_one_folder(done, tmp_path):
    _, folder = done
    refused = []

    def second(finished, total):
        for force in (False, True):
            with pytest.raises(FolderError, match="Another run is writing") as caught:
                run(tmp_path / "run", seed=2 + force, force=force)
            refused.append(str(caught.value))

    run(tmp_path / "run", progress=second)
    assert len(refused) >= 2 and all("Another run is writing" in said for said in refused)
    assert bytes_of(tmp_path / "run") == bytes_of(folder)


@pytest.mark.parametrize("out", [None, "run"])
def test_more_people_than_the_disk_can_hold_are_refused_at_once(out, tmp_path):
    place = None if out is None else tmp_path / out
    with pytest.raises(FolderError, match=r"needs about .* GiB .*fewer people"):
        simulate(small(), named.population("trd-adults", 1_000_000_000), nasal(), times="0:1000:1", out=place)
    assert not list(tmp_path.iterdir())


def test_measures_are_read_back_across_row_groups(tmp_path, monkeypatch):
    plain = simulate(small(), PEOPLE, nasal(), days=2, seed=2)
    monkeypatch.setattr("ketasim.simulation.write.ROWS", 7)
    monkeypatch.setattr("ketasim.simulation.stored.ROWS", 7)
    monkeypatch.setattr("ketasim.simulation.simulate.IN_MEMORY_BYTES", 0)
    settings = {"days": 2, "seed": 2, "chunk": 16}
    for made in (simulate(small(), PEOPLE, nasal(), out=tmp_path / "run", **settings) for _ in range(2)):
        assert made.nca().equals(plain.nca())
    assert simulate(small(), PEOPLE, nasal(), **settings).nca().equals(plain.nca())


def test_a_part_without_its_measures_is_made_again(tmp_path):
    place = kept.InFiles(tmp_path, 2, 1, 3)
    part = kept.Part(
        0, 2, np.ones((1, 3, 2)), np.zeros(2, np.int8), np.zeros(2, np.int64), np.ones((1, 6, 2)), np.empty(0)
    )
    place.put(part)
    assert place.missing() == []
    next(tmp_path.glob("*.m")).write_bytes(b"torn")
    assert kept.InFiles(tmp_path, 2, 1, 3).missing() == [(0, 2)]


@pytest.mark.parametrize("made", [False, True])
def test_where_nobody_finished_nothing_is_left_and_the_folder_can_be_used(tmp_path, made):
    folder = tmp_path / "run"
    if made:
        folder.mkdir()
    with pytest.raises(NobodyFinished, match="60 of 60 people"):
        run(folder, settings=Settings(method="ode", max_steps=1))
    assert folder.exists() == made and not list(tmp_path.glob("run/*"))
    assert run(folder).status == {"finished": 60}


def test_a_disk_that_does_not_say_how_large_it_is_is_not_full(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: (0, 0, 0))
    monkeypatch.setattr(place, "_try", lambda folder: None)
    assert run(tmp_path / "run").status == {"finished": 60}
