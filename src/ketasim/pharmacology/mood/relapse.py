"""Relapse: a hazard that rises with latent severity, so that deeper recovery lasts longer, with frailty.

Equations::

    frailty = exp(sqrt(log(1 + frailty_cv**2)) * frailty_z)
    hazard  = rate * frailty * exp(slope * (z - border))
    dH/dt   = hazard                                  cumulative hazard
    kept    = exp(-H)                                 share still without relapse, were everyone well at time 0

Symbols: rate hazard at the border of remission (1/h); frailty (1, log-normal between patients with median 1 and
coefficient of variation frailty_cv; frailty_z standard normal); slope (1); z latent severity (1);
border = log(12 / 48), latent severity at a MADRS of 12 (1).

Counts from the reset that starts the phase in which relapse is watched. Papers: Daly 2019 (median 273 days in
remitters withdrawn from esketamine), Murrough 2013 (18 days after six infusions). Figure that shows it alone: time
to relapse by depth of recovery.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.mood.kinds import LATENT
from ketasim.pharmacology.mood.values import estimated, standard


def relapse() -> Component:
    """Latent severity in, cumulative hazard and the share without relapse out."""
    return Component(
        "relapse",
        parameters=(
            estimated("rate", "1/h", "mood.relapse.rate"),
            estimated("slope", "1", "mood.relapse.slope"),
            estimated("frailty_cv", "1", "mood.relapse.frailty_cv"),
            standard("frailty_z", "mood.relapse.frailty_cv", "how readily this patient relapses"),
        ),
        states=(StateVar("H", "1", meaning="cumulative hazard of relapse"),),
        inputs=(Port("z", "1", LATENT),),
        outputs=(Port("kept", "1", "share without relapse"),),
        equations=(
            "frailty = exp(sqrt(log(1 + frailty_cv**2)) * frailty_z)",
            "d/dt(H) = rate * frailty * exp(slope * (z - log(12 / 48)))",
            "kept = exp(-H)",
        ),
        doc=__doc__,
        citations=("daly2019", "murrough2013b"),
    )
