"""The CUDA path beside the processor's, on Numba's simulator; with KETASIM_CUDA=1 on a real device, not seen so far."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.support import exam
from tests.support.device import OPS

from ketasim.engine.abi import Status

ROOT = Path(__file__).resolve().parents[2]
REAL = bool(os.environ.get("KETASIM_CUDA"))


def program(*words, simulated):
    """What the program prints; skips where it says so."""
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1" if simulated else "0"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.device", *map(str, words)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    if done.stdout.startswith("skip: "):
        pytest.skip(done.stdout.strip())
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("cuda")
    program("run", made, simulated=not REAL)
    return made


@pytest.fixture(scope="module")
def found(folder):
    with np.load(folder / "found.npz") as arrays:
        return dict(arrays)


def test_statuses_are_the_same(found):
    assert np.array_equal(found["cpu_status"], found["one_status"])
    names = [*OPS, *OPS, "bad"]
    failed = {name for name, status in zip(names, found["one_status"], strict=True) if status != Status.FINISHED}
    assert failed == {"output is infinite", "state is not a number", "explodes", "bad"}
    assert found["one_status"][-1] == Status.BAD_PARAMETER


@pytest.mark.parametrize("way", ["cpu one", "cpu_resumed cuda_resumed"])
def test_results_agree_with_the_processor(found, way):
    cpu, device = way.split()
    y, other = found[f"{cpu}_y"], found[f"{device}_y"]
    assert np.array_equal(np.isnan(y), np.isnan(other))
    size = np.nanmax(np.abs(y), axis=0)
    assert np.nanmax(np.abs(y - other) / size) < 1e-6
    done = found[f"{cpu}_status"] == Status.FINISHED
    for name in ("t", "rate", "row"):
        assert np.array_equal(found[f"{cpu}_{name}"][done], found[f"{device}_{name}"][done])
    assert np.isnan(found[f"{device}_x"][~done]).all()
    x = found[f"{cpu}_x"][done]
    assert np.all(np.abs(x - found[f"{device}_x"][done]) <= 1e-6 * np.max(np.abs(x), axis=0) + 1e-12)


def test_the_number_of_blocks_changes_no_bit(found):
    for name in ("y", "status", "steps", "t", "x", "rate", "row", "h"):
        assert found[f"one_{name}"].tobytes() == found[f"three_{name}"].tobytes()


def test_a_study_runs_on_the_device_and_its_note_says_so(folder):
    notes = {d: json.loads((folder / d / "run.json").read_text(encoding="utf-8")) for d in ("cpu", "cuda")}
    assert "CUDA device" not in notes["cpu"]["machine"]
    assert ("compute capability" if REAL else "simulated") in notes["cuda"]["machine"]["CUDA device"]
    assert notes["cuda"]["request"]["settings"]["method"] == "cuda"
    assert notes["cuda"]["fingerprint"] != notes["cpu"]["fingerprint"]
    assert notes["cuda"]["status"] == notes["cpu"]["status"]
    tables = [(folder / d / "summary.csv").read_text(encoding="utf-8").splitlines() for d in ("cpu", "cuda")]
    assert len(tables[0]) == len(tables[1])


def test_the_text_compiles_for_a_device():
    text = program("ptx", simulated=False)
    assert ".target sm_80" in text and ".entry" in text
    assert len(exam.STATES) < text.count("fma.rn.f64")
