"""The slow change: new spines form after each dose and are lost over one to two weeks, so that doses build up.

Equations::

    dM/dt = km * (T - M)                           stimulus to formation, hours after the trigger
    dS/dt = on * M * (1 - S) - ln 2 / half_life * S
    dB/dt = kb * (1 + gain_b * (G - 1) - B)        BDNF, a read-out
    dR/dt = kr * (1 + gain_r * max(G - 1, 0) - R)  mTOR signalling, a read-out
    spines = 1 + gain_s * S                        spine density, a read-out

Symbols: T trigger (1); S share of the formation that is possible (1); km, on, kb, kr rates (1/h); half_life (h).

Formation is stimulated, loss is not slowed (Phoumthipphavong 2016). BDNF, mTOR and spines follow, they drive
nothing: in people rapamycin prolongs rather than blocks the effect (Abdallah 2020), and SV2A is unchanged at 24 h
while mood has improved (Holmes 2022).

Papers: Li 2010, Phoumthipphavong 2016, Moda-Sava 2019. Figure that shows it alone: S over six sessions and four
weeks after.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.mood.kinds import GLUTAMATE, SLOW, TRIGGER
from ketasim.pharmacology.mood.values import estimated
from ketasim.pharmacology.parts import parameter


def plasticity() -> Component:
    """The slow state and its read-outs: trigger and glutamate in; plasticity, BDNF, mTOR and spines out."""
    return Component(
        "plasticity",
        parameters=(
            parameter("rate", "1/h", "mood.slow.rate"),
            estimated("on", "1/h", "mood.slow.on"),
            estimated("half_life", "h", "mood.slow.half_life"),
            parameter("bdnf_gain", "1", "mood.readout.bdnf_gain"),
            parameter("bdnf_rate", "1/h", "mood.readout.bdnf_rate"),
            parameter("mtor_gain", "1", "mood.readout.mtor_gain"),
            parameter("mtor_rate", "1/h", "mood.readout.mtor_rate"),
            parameter("spine_gain", "1", "mood.readout.spine_gain"),
        ),
        states=(
            StateVar("M", "1", meaning="stimulus to the formation of spines"),
            StateVar("S", "1", meaning="structural plasticity"),
            StateVar("B", "1", "1", "BDNF"),
            StateVar("R", "1", "1", "mTOR signalling"),
        ),
        inputs=(Port("T", "1", TRIGGER), Port("G", "1", GLUTAMATE)),
        outputs=(
            Port("S", "1", SLOW),
            Port("B", "1", "BDNF relative to baseline"),
            Port("R", "1", "mTOR signalling relative to baseline"),
            Port("spines", "1", "spine density relative to baseline"),
        ),
        equations=(
            "d/dt(M) = rate * (T - M)",
            "d/dt(S) = on * M * (1 - S) - log(2) / half_life * S",
            "d/dt(B) = bdnf_rate * (1 + bdnf_gain * (G - 1) - B)",
            "d/dt(R) = mtor_rate * (1 + mtor_gain * max(G - 1, 0) - R)",
            "spines = 1 + spine_gain * S",
        ),
        doc=__doc__,
        citations=("li2010", "phoumthipphavong2016", "modasava2019"),
    )
