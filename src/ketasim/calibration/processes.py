"""Processes that compute beside this one, and Ctrl-C: only the one that waits for them hears it, and ends them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process


@contextmanager
def several(workers: int) -> Iterator[ProcessPoolExecutor]:
    """New processes for work that keeps checkpoints; Ctrl-C ends them at once, whatever they are at.

    Give them work within `unheard`, for they begin with the first of it.
    """
    others = set(active_children())
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_deaf) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            for child in set(active_children()) - others:
                child.terminate()
            raise


@contextmanager
def unheard() -> Iterator[None]:
    """Processes begun in here do not hear Ctrl-C, not even while they load; here it is heard at the end."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows, where they hear it until they have loaded
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def not_alone(_: int = 0) -> None:
    """Ends a process whose calibration was killed: nobody waits for its chain, and another may go on with it."""
    parent = parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit("the calibration that began this chain is gone")


def _deaf() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
