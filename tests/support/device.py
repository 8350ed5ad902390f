"""Programs of their own for tests of the CUDA path: Numba reads NUMBA_ENABLE_CUDASIM once, when it is first imported.

`python -m tests.support.device run FOLDER` solves one crowd on this processor and on the simulated device and leaves
FOLDER/found.npz and two run folders; `python -m tests.support.device ptx` compiles for a device that is not there.
Either prints "skip: why" where what it needs is not installed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from tests.support import exam
from tests.support.small import nasal, small

from ketasim.compiler.compile import compile_model
from ketasim.compiler.options import Options
from ketasim.engine.abi import Op, Settings
from ketasim.engine.loader import load
from ketasim.simulation.columns import reference_person
from ketasim.simulation.simulate import simulate

ODE, CUDA = Settings(method="ode", max_steps=2000), Settings(method="cuda", max_steps=2000)
T = np.linspace(0.0, 8.0, 17)
OPS = {
    "nothing": [],
    "bolus": [(2.0, Op.ADD, 0, 9.0), (2.0, Op.ADD, 1, 4.0), (5.5, Op.ADD, 0, 3.0)],
    "infusion": [(1.0, Op.RATE, 0, 5.0), (4.25, Op.RATE, 0, -5.0)],
    "set": [(3.0, Op.SET, 3, 2.0)],
    "reset": [(0.0, Op.RATE, 1, 5.0), (4.0, Op.RESET, 0, 0.0), (6.0, Op.ADD, 0, 1.0)],
    "row": [(0.0, Op.ADD, 0, 8.0), (3.0, Op.ROW, 1, 0.0), (5.0, Op.RESET, 0, 0.0), (7.0, Op.ROW, 0, 0.0)],
    "output is infinite": [(2.0, Op.SET, 0, -800.0)],
    "state is not a number": [(2.0, Op.SET, 1, -5.0)],
    "explodes": [(2.0, Op.SET, 3, -50.0)],
}


def crowd():
    """A patient for each list of operations, before and after outputs of their times, one without usable numbers."""
    rows = np.concatenate([exam.row(), exam.row(k=0.1, M0=4.0, s=20.0)])
    made = [exam.patient(ops, T, rows, end=8.0) for ops in OPS.values()]
    after = [np.searchsorted([o[0] for o in ops], T, side="right") for ops in OPS.values()]
    made += [exam.patient(ops, T, rows, end=8.0, after=a) for ops, a in zip(OPS.values(), after, strict=True)]
    return [*made, exam.patient([], T, exam.row(k=np.nan), end=8.0)]


def resumed(solve, settings):
    """Two patients stopped at 3.3 h and let go on from there."""
    ops = [(1.0, Op.RATE, 0, 5.0), (6.0, Op.RATE, 0, -5.0)]
    rows = np.concatenate([exam.row(), exam.row(k=0.3)])
    first = solve(exam.batch(*[exam.patient([(0.5, Op.ROW, 1, 0.0), ops[0]], [], rows, end=3.3)] * 2), settings)
    return solve(exam.batch(*[exam.patient(ops[1:], T[T > 3.3], rows, end=8.0)] * 2, start=first.end), settings)


def run(folder: Path) -> None:
    model, batch = exam.model(), exam.batch(*crowd())
    narrow = compile_model(exam.system(), Options(lanes=8)).cuda  # so that three small blocks have work
    one, three = (replace(narrow, threads=8, blocks=n) for n in (1, 3))
    found = {"cpu": model.solve(batch, ODE), "one": one.solve(batch, CUDA), "three": three.solve(batch, CUDA)}
    found |= {"cpu_resumed": resumed(model.solve, ODE), "cuda_resumed": resumed(model.solve, CUDA)}
    arrays = {f"{k}_{n}": getattr(s, n) for k, s in found.items() for n in ("y", "status", "steps")}
    ends = {f"{k}_{n}": getattr(s.end, n) for k, s in found.items() for n in ("t", "x", "rate", "row", "h")}
    np.savez(folder / "found.npz", **arrays, **ends)
    saturable = small(linear=False)
    for device in ("cpu", "cuda"):
        simulate(
            saturable, reference_person(saturable), nasal(1), times=[0, 9, 10, 14], device=device, out=folder / device
        )


def ptx() -> None:
    from numba import cuda, float64, typeof
    from numba.cuda import dispatcher
    from numba.cuda.cudadrv.nvvm import NVVM

    try:
        NVVM()
    except Exception as error:
        sys.exit(print(f"skip: NVIDIA's libnvvm is not installed ({type(error).__name__}); ketasim[cuda] brings it"))
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(8, 0))  # what no machine needs to have
    model, batch = exam.model(), exam.batch(*crowd())
    kernel = load(model.cuda.path)
    room = kernel.Room(np.zeros((1, 1)), np.zeros((1, 1), np.int64), np.zeros((1, 1)), 0)
    given = (kernel.Lists(*model.ode.inputs(batch)), kernel.Ends(*model.ode.ends(batch)), room)
    text, _ = cuda.compile_ptx(kernel.run.py_func, (float64,) * 3 + tuple(map(typeof, given)), cc=(8, 0))
    print(text)


if __name__ == "__main__":
    run(Path(sys.argv[2])) if sys.argv[1] == "run" else ptx()
