"""Ctrl-C while processes compute: the one that waits hears it, the others end without a word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children
from pathlib import Path

import pytest

from ketasim.calibration.processes import several, unheard

SCRIPT = """
import signal
import time
signal.signal(signal.SIGINT, signal.default_int_handler)
from ketasim.calibration.processes import several, unheard

if __name__ == "__main__":
    try:
        with several(2) as pool:
            with unheard():
                jobs = [pool.submit(time.sleep, 60) for _ in range(2)]
            print("begun", flush=True)
            jobs[0].result()
    except KeyboardInterrupt:
        print("heard")
"""


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent by a POSIX signal")


@pytest.mark.parametrize("seconds", [0.05, 2.0])
def test_ctrl_c_ends_them_at_once_and_without_a_word(tmp_path: Path, seconds: float) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    begun = time.monotonic()
    running = subprocess.Popen(
        [sys.executable, str(tmp_path / "script.py")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert running.stdout is not None and running.stdout.readline() == "begun\n"
    time.sleep(seconds)  # while they load, or while they work
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=55)
    assert (out, err, running.returncode) == ("heard\n", "", 0)
    assert time.monotonic() - begun < 50


def test_a_process_does_not_hear_it_from_its_first_moment_on() -> None:
    heeding = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests begun in the background do not heed it
    try:
        others = set(active_children())
        with several(1) as pool:
            with unheard():
                job = pool.submit(time.sleep, 1.0)
            (child,) = set(active_children()) - others
            assert child.pid is not None
            while not job.done():
                os.kill(child.pid, signal.SIGINT)
                time.sleep(0.02)
            assert job.result() is None
    finally:
        signal.signal(signal.SIGINT, heeding)
