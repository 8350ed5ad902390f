"""A rival of one broad response: a share of patients responds to the drug, and the others do not at all.

Equations (the rest as in `severity`)::

    responders = 1 / (1 + response_cv**2)
    t          = 1 / (1 + 0.2316419 * |response_z|)
    beyond     = exp(-response_z**2 / 2) / sqrt(2 pi) * (0.319381530 t - 0.356563782 t**2 + 1.781477937 t**3
                 - 1.821255978 t**4 + 1.330274429 t**5)
    rank       = 1 - beyond if response_z > 0, else beyond
    response   = trial_drug / responders if rank > 1 - responders, else 0

Symbols: responders share of patients in whom the drug acts (1); response_z standard normal of each patient; rank the
share of patients with a lower response_z (1), beyond the smaller of rank and 1 - rank; t a help in computing it (1).
Response has mean 1 and coefficient of variation response_cv, as the log-normal of `severity` has, so that both say
the same of means and variances between patients and differ in who gets better.

Assumes that all in whom the drug acts respond alike. The typical person (response_z 0) is the one of the middle rank,
not the mean of all: a responder, whose response is 1 / responders, where more than half respond (response_cv below 1),
and otherwise one in whom the drug does nothing. The same holds where calibration takes the mixture
(`calibration/predict.py`), whose 64 patients share the one at the border. `rank` is within 7.5e-8 of the normal
distribution function.

Papers: Abramowitz and Stegun 1964, 26.2.17 (rank). Figure that shows it alone: change of MADRS at 24 h in many people,
which has two humps.
"""

from __future__ import annotations

from dataclasses import replace

from ketasim.model.component import Component
from ketasim.pharmacology.mood.severity import severity

_OTHERWISE = (
    "responders = 1 / (1 + response_cv**2)",
    "t_rank = 1 / (1 + 0.2316419 * abs(response_z))",
    "density = 0.3989422804014327 * exp(-response_z**2 / 2)",
    "beyond = density * t_rank * (0.319381530 + t_rank * (-0.356563782 + t_rank * (1.781477937 "
    "+ t_rank * (-1.821255978 + t_rank * 1.330274429))))",
    "rank = if_else(response_z > 0, 1 - beyond, beyond)",
    "response = trial_drug * if_else(rank > 1 - responders, 1 / responders, 0)",
)
_REPLACED = ("spread =", "response =")


def mixture() -> Component:
    """Latent severity and expected MADRS as in `severity`, of responders and others."""
    usual = severity()
    kept = tuple(one for one in usual.equations if not one.startswith(_REPLACED))
    return replace(usual, equations=(*_OTHERWISE, *kept), doc=__doc__, citations=("abramowitz1964",))
