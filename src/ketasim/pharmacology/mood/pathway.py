"""The whole path: the platform's receptor occupancy joined to glutamate, plasticity, mood and relapse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from ketasim.evidence.fact import Fact
from ketasim.measurement.scale import scale
from ketasim.model.component import Component, Parameter
from ketasim.model.model import Covariate, Limits, Link, Model, Output
from ketasim.model.variability import Residual
from ketasim.pharmacology import platform
from ketasim.pharmacology.mood.blockers import Blocker, doors, exposure, receptor
from ketasim.pharmacology.mood.expectancy import CONTROLS, SAME, expectancy
from ketasim.pharmacology.mood.glutamate import Mechanism, glutamate
from ketasim.pharmacology.mood.mixture import mixture
from ketasim.pharmacology.mood.oral import BACKGROUNDS, oral_antidepressant
from ketasim.pharmacology.mood.plasticity import plasticity
from ketasim.pharmacology.mood.potentiation import potentiation
from ketasim.pharmacology.mood.relapse import relapse
from ketasim.pharmacology.mood.severity import severity
from ketasim.pharmacology.mood.values import CALIBRATED, calibrated, name_of, noise, value
from ketasim.pharmacology.parts import cited
from ketasim.pharmacology.reach import ranged, weight

SETTINGS = ("outpatient", "admitted")
_TUNED = (
    "The least rise of glutamate that acts was assumed because of memantine, so that it is no independent check; it "
    "works in the model if magnesium weakens its block a quarter as much as was measured."
)
_LINKS = (
    ("receptor.occupancy", "glutamate.occupancy"),
    ("glutamate.stimulus", "potentiation.stimulus"),
    ("potentiation.T", "plasticity.T"),
    ("glutamate.G", "plasticity.G"),
    ("potentiation.F", "severity.F"),
    ("plasticity.S", "severity.S"),
    ("expectancy.relief", "severity.relief"),
    ("expectancy.common", "severity.common"),
    ("oral.A", "severity.relief"),
    ("severity.z", "relapse.z"),
)
# hours: the latest score or share of ten or more people in calibration's trials, after a dose (lii2023) and without any
WATCHED, UNTREATED = 14 * 24.0, 27 * 24.0
OLDEST = 65.0  # years: of people beyond calibration read one open series (crtce-older)
_OUTPUTS = (
    Output("latent severity", "severity.z", "1", "logit of expected MADRS over 60, had nobody relapsed"),
    Output("effect of the drug on severity", "severity.plastic", "1", "what plasticity takes from latent severity"),
    Output("effect of the oral antidepressant", "oral.A", "1", "what it takes from latent severity in the mean person"),
    Output("glutamate", "glutamate.G", "1", "prefrontal glutamate relative to baseline"),
    Output("dopamine", "glutamate.DA", "1", "prefrontal dopamine relative to baseline"),
    Output("trigger", "potentiation.T", "1", "trigger of plasticity"),
    Output("fast plasticity", "potentiation.F", "1", "functional potentiation, share of what is possible"),
    Output("formation stimulus", "plasticity.M", "1", "stimulus to the formation of spines"),
    Output("slow plasticity", "plasticity.S", "1", "structural plasticity, share of what is possible"),
    Output("spines", "plasticity.spines", "1", "spine density relative to baseline"),
    Output("BDNF", "plasticity.B", "1", "BDNF relative to baseline"),
    Output("mTOR", "plasticity.R", "1", "mTOR signalling relative to baseline"),
    Output("share without relapse", "relapse.kept", "1", "had everyone been well at the start"),
    Output(
        "cumulative hazard of relapse", "relapse.H", "1", "relapses to be expected since the start, had all been well"
    ),
)


def model(routes: Iterable[tuple[str, str]] | None = None, mechanism: Mechanism = CALIBRATED) -> Model:
    """The platform with the way to mood on top; `routes` and errors as for it, `mechanism` a rival."""
    return built(None if routes is None else tuple(sorted(set(routes))), mechanism)


@lru_cache(maxsize=32)
def built(routes: tuple[tuple[str, str], ...] | None, mechanism: Mechanism) -> Model:
    """As `model`, with routes in order; kept until its cache is cleared."""
    base = platform.model(routes)
    mood = _mood(mechanism)
    metabolite = (Link("hydroxynorketamine.C", "glutamate.metabolite"),) if mechanism == "metabolite" else ()
    components = (*base.components, *mood)
    name = name_of(mechanism)
    return replace(
        base,
        name=name,
        title=f"The whole path from dose to mood ({mechanism})",
        components=components,
        outputs=(*base.outputs, *_outputs(mechanism)),
        links=(*base.links, *(Link(*pair) for pair in _LINKS), *metabolite),
        covariates=(*base.covariates, *_covariates()),
        limits=replace(base.limits, watched=WATCHED, untreated=UNTREATED, oldest=OLDEST),
        citations=cited(components, base.routes),
        status="unexamined",
        note=_whence(mechanism if calibrated(mechanism) else CALIBRATED),
        caution=_as_rival(name, mechanism),
    )


def _whence(mechanism: Mechanism) -> str:
    """Where the numbers after the trigger come from, with the calibration that is installed."""
    if not calibrated(mechanism):
        return "Numbers after the trigger are priors: no calibration is installed."
    trials = calibrated(mechanism)["trials"]
    return (
        f"Numbers of grade 'calibrated' are posterior medians from {trials} trials, calibrated "
        f"with {_called(mechanism)}; the others were not estimated."
    )


def _called(mechanism: Mechanism) -> str:
    return "a mixture of responders and others" if mechanism == "mixture" else f"{mechanism} as the trigger"


def _as_rival(name: str, mechanism: Mechanism) -> str:
    """What is to be known of the predictions of a rival."""
    if mechanism == CALIBRATED or not calibrated():
        return ""
    mixed = _mixed(mechanism if calibrated(mechanism) else CALIBRATED) if mechanism == "mixture" else ""
    return f"{_numbers_of(name, mechanism)} {mixed}".strip()


def _mixed(numbers: Mechanism) -> str:
    """What is to be known of people in whom the drug acts or does nothing, by the `numbers` that the model has."""
    cv = value("mood.response_cv", numbers).number
    share = 1.0 / (1.0 + cv**2)
    typical = "is a responder" if share > 0.5 else "does not respond"
    return (
        f"In {share:.0%} of its people the drug acts, {1.0 / share:.2f} times as strongly as the mean of all, and in "
        f"the others it does nothing (severity.response_cv {cv:.2f}); the typical person, of the middle rank, "
        f"{typical} and is not the mean of all."
    )


def _numbers_of(name: str, mechanism: Mechanism) -> str:
    if own := calibrated(mechanism):
        how = own["convergence"]
        return (
            f"Model {name!r} is a rival of 'pathway', calibrated for itself on the same trials with shorter chains "
            f"(largest R-hat {how['r_hat']:.3f}, smallest effective size {how['effective']:.0f}); docs/rivals.md "
            "weighs them."
        )
    return (
        f"Model {name!r} takes the numbers that were calibrated with {_called(CALIBRATED)}, so its mood shows what "
        "its own mechanism does with them, and not how well that fits trials (docs/rivals.md weighs rivals, each "
        "calibrated for itself)."
    )


def _mood(mechanism: Mechanism) -> tuple[Component, ...]:
    felt = mixture() if mechanism == "mixture" else severity()
    after = (potentiation(), plasticity(), expectancy(), oral_antidepressant(), felt, relapse())
    own = calibrated(mechanism) if mechanism != CALIBRATED else {}
    return (glutamate(mechanism), *(_with_own(one, mechanism) if own else one for one in after))


def _with_own(component: Component, mechanism: Mechanism) -> Component:
    """A component with the values that calibration found for a rival in place of those of the model itself."""
    return replace(component, parameters=tuple(_own_parameter(one, mechanism) for one in component.parameters))


def _own_parameter(one: Parameter, mechanism: Mechanism) -> Parameter:
    def own(number: Fact) -> Fact:
        return value(number.id, mechanism) if number.grade == "calibrated" else number

    effects = tuple(replace(effect, coefficient=own(effect.coefficient)) for effect in one.effects)
    between = None if one.between is None else replace(one.between, fact=one.between.fact and own(one.between.fact))
    return replace(one, fact=own(one.fact), effects=effects, between=between)


def _outputs(mechanism: Mechanism = CALIBRATED) -> tuple[Output, ...]:
    """Mood and what leads to it; a score at a visit varies within patients."""
    whole = scale("MADRS")
    visit = Residual(logit_sd=noise(mechanism), low=whole.low, high=whole.high)
    return (
        Output("MADRS", "severity.score", "1", "expected MADRS score, 0 to 60, had nobody relapsed", residual=visit),
        *_OUTPUTS,
    )


def _covariates() -> tuple[Covariate, ...]:
    baseline = ranged("MADRS0", "range.madrs", "mood.baseline", "MADRS at baseline")
    whole = scale("MADRS")  # latent severity at its ends is infinite
    return (
        replace(baseline, above=whole.low, below=whole.high),
        Covariate(
            "CONTROL", levels=CONTROLS, default="none", meaning="what the patient can tell of the treatment, or open"
        ),
        Covariate(
            "CONTROL_LATER",
            levels=(SAME, *CONTROLS),
            default=SAME,
            usual=True,
            meaning="the same from the hour expectancy.opened on",
        ),
        Covariate("BACKGROUND", levels=BACKGROUNDS, default="stable", meaning="other antidepressant treatment"),
        Covariate("SETTING", levels=SETTINGS, default="outpatient", meaning="admitted in a crisis, or not"),
    )


@lru_cache(maxsize=4)
def control(drug: Blocker) -> Model:
    """A blocker that failed in depression, on the same way from receptor to mood: a negative control."""
    inlets, routes = doors(drug)
    components = (exposure(drug), receptor(drug), *_mood(CALIBRATED))
    shown = (
        Output(f"plasma {drug}", "blocker.C", "ng/mL", site="venous"),
        Output("NMDA occupancy", "receptor.occupancy", "1", "share of NMDA receptors blocked, as ketamine blocks them"),
    )
    return Model(
        name=f"pathway-{drug}",
        title=f"Negative control: {drug}, which failed in depression, on the same way to mood",
        components=components,
        outputs=(*shown, *_outputs()),
        links=(Link("blocker.C", "receptor.C"), *(Link(*pair) for pair in _LINKS)),
        inlets=inlets,
        routes=routes,
        covariates=(weight("range.weight.adults"), *_covariates()),
        limits=Limits("adults with depression", None, "venous", note="Typical exposure, without its variability."),
        citations=cited(components, routes),
        status="unexamined",
        note=f"Exposure, binding and trapping of {drug} are not from trials of mood; from glutamate on, numbers are "
        f"those of ketamine. {_TUNED if drug == 'memantine' else ''}".strip(),
    )
