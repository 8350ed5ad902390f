"""Which model predicts published studies: the one that ships, or a rival that was calibrated for itself."""

from __future__ import annotations

from ketasim.calibration.posterior import Posterior, posterior, prior
from ketasim.errors import UnknownName, WorkError
from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.pharmacology.mood.values import CALIBRATED, MECHANISMS, calibrated, name_of

RIVALS = MECHANISMS[1:]


def rival(name: str) -> Mechanism:
    """The rival of that name; UnknownName if there is none, WorkError if no calibration of it counts."""
    found = next((one for one in RIVALS if one == name), None)
    if found is None:
        raise UnknownName("rival", name, RIVALS)
    _own(found)
    return found


def parameters(mechanism: Mechanism = CALIBRATED) -> tuple[Posterior, str]:
    """Draws of the posterior, or of the prior where there is no calibration; and which of them it is.

    Of a rival its own draws; WorkError where there are none.
    """
    if mechanism != CALIBRATED:
        _own(mechanism)
        return posterior(mechanism=mechanism), "posterior"
    try:
        return posterior(), "posterior"
    except WorkError:
        return prior(), "prior: no calibration was found"


def _own(mechanism: Mechanism) -> None:
    if not calibrated(mechanism):
        raise WorkError(
            f"The rival {mechanism!r} has no calibration of its own beside the one that ships; "
            "`ketasim rivals --install` makes and installs one."
        )


def heading(mechanism: Mechanism) -> str:
    """Which rival predicts, above what it predicts; "" for the model itself."""
    if mechanism == CALIBRATED:
        return ""
    return f"Predicted by the rival {mechanism}, model {name_of(mechanism)!r}"


def told(mechanism: Mechanism) -> str:
    """What is to be known of the predictions of a rival; "" for the model itself."""
    if mechanism == CALIBRATED:
        return ""
    how = calibrated(mechanism)["convergence"]
    return (
        f"Predicted by model {name_of(mechanism)!r} with the posterior of the rival {mechanism} (largest R-hat "
        f"{how['r_hat']:.3f}, smallest effective size {how['effective']:.0f}); docs/rivals.md weighs rivals."
    )
