"""What is said where no CUDA device can be used, and how patients are spread over one that can."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numba.core.errors import TypingError
from tests.support import exam
from tests.support.small import nasal, small

from ketasim.engine import cuda
from ketasim.engine.abi import Settings
from ketasim.engine.compiled import on_device
from ketasim.errors import RequestError, WorkError
from ketasim.simulation.simulate import default_chunk, simulate, study_of

MODEL = cuda.CudaModel(Path("g.py"), None)


@pytest.fixture
def nothing(monkeypatch):
    monkeypatch.setattr(cuda, "_looked", lambda: (None, "there is no driver"))


@pytest.mark.usefixtures("nothing")
def test_without_a_device_a_request_is_refused_in_a_sentence(tmp_path):
    said = r"device was expected .*: there is no driver; install ketasim\[cuda\] .*--device cpu"
    with pytest.raises(RequestError, match=said):
        on_device("cuda", Settings())
    with pytest.raises(RequestError, match=said):
        MODEL.solve(None, Settings(method="cuda"))
    out = tmp_path / "run"
    for how in ({"device": "cuda"}, {"settings": Settings(method="cuda")}):
        with pytest.raises(RequestError, match=said):
            simulate(small(), None, nasal(), out=out, **how)
    assert not out.exists()
    assert cuda.seen() == "none: there is no driver"


def test_devices_and_methods(monkeypatch):
    monkeypatch.setattr(cuda, "_looked", lambda: (np, ""))
    given = Settings(rtol=1e-5)
    assert on_device("cpu", given) is given
    assert on_device("cuda", given) == replace(given, method="cuda")
    with pytest.raises(RequestError, match="unknown; there are cpu, cuda"):
        on_device("gpu", given)
    with pytest.raises(RequestError, match="steps only"):
        on_device("cuda", Settings(method="closed"))


def test_what_the_device_says_becomes_a_sentence(monkeypatch):
    def fails(*_):
        raise TypingError("out of memory\nand much more")

    monkeypatch.setattr(cuda, "_looked", lambda: (np, ""))
    monkeypatch.setattr(cuda.CudaModel, "_solved", fails)
    with pytest.raises(WorkError, match=r"for 1 patients, and it said: .*out of memory; try fewer"):
        MODEL.solve(exam.batch(exam.patient()), Settings(method="cuda"))


def test_looking_for_a_device_never_fails(monkeypatch):
    assert cuda.seen()
    monkeypatch.setattr(cuda, "_looked", lambda: (object(), ""))
    assert cuda.seen() in {"none: AttributeError", "simulated by Numba (NUMBA_ENABLE_CUDASIM)"}


@pytest.mark.parametrize(
    ("n", "threads", "blocks", "grid"),
    [
        (1, 64, None, (1, 64)),
        (65, 64, None, (2, 64)),
        (1000, 64, 3, (3, 64)),
        (40, 16, None, (3, 16)),
        (9, 1, 9, (1, 16)),
    ],
)
def test_a_thread_per_patient_while_there_is_room(n, threads, blocks, grid):
    assert replace(MODEL, threads=threads, blocks=blocks)._grid(n, 100, 16) == grid


def test_the_workspace_is_bounded():
    blocks, threads = MODEL._grid(10**9, 500, 16)
    assert 0.9 * cuda.WORKSPACE < 8 * 500 * blocks * threads <= cuda.WORKSPACE


def test_a_device_gets_larger_pieces_whatever_the_threads():
    study = study_of(small(), None, nasal(), settings=Settings(method="cuda"))
    many = replace(study, people=replace(study.people, n=10**5))
    here = replace(many, settings=Settings())
    assert default_chunk(many, 1) == default_chunk(many, 32) > 2 * default_chunk(here, 1)
