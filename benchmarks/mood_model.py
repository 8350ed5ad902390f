"""The benchmark model "dose to mood": 20 states, 20 nasal doses, 180 days; its numbers are not facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sympy

from ketasim.engine.abi import Batch, Op, State
from ketasim.model.system import System

STATES = (
    *("A1", "A2", "A3", "A4", "A5", "N1", "N2", "H", "Ce", "B"),
    *("T", "G", "D", "M", "S", "X1", "X2", "Y", "DI", "BP"),
)
OUTPUTS = ("C3", "B", "Y", "DI", "BP")
TYPICAL = {
    "ka_n": 2.5, "ka_g": 1.2, "CL": 80, "V1": 60, "Q2": 180, "V2": 120, "Q3": 60, "V3": 180, "fm": 0.8,
    "CLn": 60, "Vn": 100, "Qn": 50, "Vn2": 150, "fh": 0.4, "CLh": 40, "Vh": 150, "ke0": 6, "kb": 20,
    "IC50": 0.15, "rel": 0.15, "hb": 2, "B50": 0.35, "Smax": 3, "kg": 2, "kt": 0.05, "kd": 0.15, "eD": 0.8,
    "km": 0.08, "eM": 1.0, "ks": 0.012, "eS": 0.6, "kx": 0.03, "kY": 0.02, "Ymax": 22, "S50": 0.25,
    "Y0": 36, "kDI": 4, "DImax": 40, "DI50": 0.3, "kBP": 3, "BPmax": 25, "BP50": 0.35,
}  # fmt: skip
DOSE_DAYS = [3.5 * i for i in range(8)] + [28.0 + 7 * i for i in range(4)] + [63.0 + 14 * i for i in range(8)]
DOSE, TO_NOSE, TO_GUT = 84.0, 0.3, 0.14
EVERY, DAYS = 4.0, 180


def system() -> System:
    """The equations, with SymPy symbols."""
    s = {n: sympy.Symbol(n, real=True) for n in STATES}
    p = {n: sympy.Symbol(n, real=True) for n in TYPICAL}
    c3, cn, cx, bss = sympy.symbols("C3 CN Cx Bss", real=True)
    v = {**s, **p}
    hill = "B**hb/(B50**hb + B**hb)"
    text = {
        "A1": "-ka_n*A1", "A2": "-ka_g*A2",
        "A3": "ka_n*A1 + ka_g*A2 - (CL + Q2 + Q3)*C3 + Q2*A4/V2 + Q3*A5/V3",
        "A4": "Q2*(C3 - A4/V2)", "A5": "Q3*(C3 - A5/V3)",
        "N1": "fm*CL*C3 - (CLn + Qn)*CN + Qn*N2/Vn2", "N2": "Qn*(CN - N2/Vn2)",
        "H": "fh*CLn*CN - CLh*H/Vh", "Ce": "ke0*(C3 - Ce)", "B": "kb*(Bss - B)", "T": "kt*(B - T)",
        "G": f"kg*(1 + Smax*{hill}*(1 - T) - G)", "D": "kd*(1 + eD*(G - 1) - D)",
        "M": "km*(1 + eM*(D - 1) - M)", "S": "ks*(1 + eS*(M - 1) - S)", "X1": "kx*(S - X1)", "X2": "kx*(X1 - X2)",
        "Y": "kY*(Y0 - Ymax*Max(X2 - 1, 0)/(S50 + Max(X2 - 1, 0)) - Y)",
        "DI": "kDI*(DImax*B**3/(DI50**3 + B**3) - DI)", "BP": "kBP*(BPmax*Ce/(BP50 + Ce) - BP)",
    }  # fmt: skip
    names = {**v, "C3": c3, "CN": cn, "Cx": cx, "Bss": bss, "Max": sympy.Max}
    one = {n: sympy.Integer(1) for n in ("G", "D", "M", "S", "X1", "X2")}
    return System(
        name="dose to mood",
        states=tuple(s.values()),
        parameters=tuple(p.values()),
        time=sympy.Symbol("t", real=True),
        assignments=(
            (c3, v["A3"] / v["V1"]), (cn, v["N1"] / v["Vn"]), (cx, v["Ce"] + v["rel"] * cn),
            (bss, cx / (cx + v["IC50"])),
        ),
        derivatives=tuple(sympy.sympify(text[n], locals=names) for n in STATES),
        initial=tuple(one.get(n, v["Y0"] if n == "Y" else sympy.Integer(0)) for n in STATES),
        output_names=OUTPUTS,
        outputs=(c3, v["B"], v["Y"], v["DI"], v["BP"]),
    )  # fmt: skip


def output_times() -> Any:
    """Every four hours, in hours."""
    return np.arange(0.0, 24.0 * DAYS + 0.5, EVERY)


def first_states(row: Any) -> Any:
    """States at the start for one row of parameters."""
    x = np.array([1.0 if n in {"G", "D", "M", "S", "X1", "X2"} else 0.0 for n in STATES])
    x[STATES.index("Y")] = row[list(TYPICAL).index("Y0")]
    return x


def data() -> Path | None:
    """The folder with patients and reference beside the repository, None where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "benchmark"
    return folder if (folder / "patients.csv").exists() else None


def parameters(n: int) -> Any:
    """Parameter rows (n, parameters): the shared virtual patients, or draws that resemble them."""
    rows = np.tile(np.array(list(TYPICAL.values()), dtype=float), (n, 1))
    folder = data()
    if folder is None:
        names = ("ka_n", "CL", "V1", "fm", "IC50", "ks", "Ymax", "Y0")
        at = [list(TYPICAL).index(k) for k in names]
        rows[:, at] *= np.exp(0.25 * np.random.default_rng(1).standard_normal((n, len(at))))
        return rows
    table = pd.read_csv(folder / "patients.csv")
    for j, name in enumerate(TYPICAL):
        if name in table:
            rows[:, j] = np.resize(table[name].to_numpy(), n)
    return rows


def reference() -> Any:
    """Outputs (50, times, 5) at rtol 1e-10 from another solver, None where they are absent."""
    folder = data()
    if folder is None:
        return None
    return pd.read_csv(folder / "reference_50.csv.gz")[list(OUTPUTS)].to_numpy().reshape(50, -1, 5)


def batch(p: Any) -> Batch:
    """Doses and outputs of every patient; outputs at the time of a dose come before it."""
    n, nd, out = len(p), len(DOSE_DAYS), output_times()
    at = np.repeat(np.array(DOSE_DAYS) * 24.0, 2)
    x = np.array([first_states(row) for row in p])
    start = State(np.zeros(n), x, np.zeros_like(x), np.zeros(n, np.int64), np.zeros(n))
    return Batch(
        start=start,
        p=p,
        p_ptr=np.arange(n + 1),
        op_t=np.tile(at, n),
        op_k=np.full(n * 2 * nd, Op.ADD, np.int8),
        op_i=np.tile(np.array([0, 1] * nd, np.int32), n),
        op_v=np.tile(np.array([DOSE * TO_NOSE, DOSE * TO_GUT] * nd), n),
        op_ptr=np.arange(n + 1) * 2 * nd,
        out_t=np.tile(out, n),
        out_after=np.tile(np.searchsorted(at, out, side="left").astype(np.int32), n),
        out_ptr=np.arange(n + 1) * len(out),
        t_end=np.full(n, 24.0 * DAYS),
    )
