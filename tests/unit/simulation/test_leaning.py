"""What a prediction leans on: shares of variance of a toy model whose answer is known, and of people in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.small import small

from ketasim.dosing.regimen import Regimen
from ketasim.evidence.fact import Fact, Spread
from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.population.named import population
from ketasim.population.people import one, with_columns
from ketasim.simulation import sensitivity
from ketasim.simulation.leaning import SOURCES, leanings, of_runs
from ketasim.simulation.levers import Estimates, fixed
from ketasim.simulation.simulate import simulate

SPREADS = {"body.V": ("D", 0.4), "body.CL": ("A", 0.05), "body.Q": ("B", 0.0), "body.W": ("C", 0.1)}
PEAK = ("plasma esketamine",)


def graded(spreads=SPREADS):
    """The small model with facts of these grades and spreads of the estimate; every other number exact."""

    def fact(parameter):
        grade, sd = spreads.get(f"body.{parameter.name}", ("A", None))
        old: Fact = replace(parameter.fact, grade=grade, citation=("assumed",) if grade == "D" else ("domino1982",))
        if sd is None:
            return replace(old, meaning="definition")
        return replace(old, spread=(Spread("estimate", "sd_log", sd),))

    model = small()
    effects = {
        p.name: tuple(replace(e, coefficient=replace(e.coefficient, meaning="definition")) for e in p.effects)
        for p in model.components[0].parameters
    }
    parameters = tuple(replace(p, fact=fact(p), effects=effects[p.name]) for p in model.components[0].parameters)
    return replace(model, name="graded", components=(replace(model.components[0], parameters=parameters),))


def bolus(amount="20 mg", name="bolus") -> Regimen:
    return Regimen(name).dose("esketamine", "iv_bolus", amount, start="day 1 09:00")


def run_of(people=None, regimen=None, model=None, **how):
    who = population("healthy-adults", 40, 3) if people is None else people
    return simulate(model or graded(), who, regimen or bolus(), days=1, outputs=PEAK, **how)


@pytest.fixture(scope="module")
def run():
    return run_of()


def test_shares_add_up_to_one_and_name_every_source(run):
    found, _ = leanings(run)
    assert tuple(found.shares) == SOURCES
    assert sum(found.shares.values()) == pytest.approx(1.0) and min(found.shares.values()) >= 0.0
    assert found.shares["between-patient"] > 0.0 and found.shares["sampling"] == found.shares["visit"] == 0.0


def test_a_peak_after_a_bolus_varies_as_its_volume_is_known(run):
    """C0 = dose / V, so on the log scale the fact of V contributes the square of its spread, and CL nothing."""
    found, _ = leanings(run)
    assert found.shares["D"] * found.sd**2 == pytest.approx(0.4**2, rel=1e-6)
    peaks = np.log(run.nca()["Cmax"].to_numpy())
    assert found.shares["between-patient"] * found.sd**2 == pytest.approx(peaks.var(ddof=1))
    assert found.value == pytest.approx(np.median(np.exp(peaks)))


def test_an_assumed_number_of_large_spread_has_the_largest_share():
    typical = run_of(typical=True)
    found, _ = leanings(typical)
    assert max(found.shares, key=lambda name: found.shares[name]) == "D" and found.shares["between-patient"] == 0.0
    weak = found.weakest[0]
    assert (weak.parameter, weak.grade, weak.value, weak.citation) == ("body.V", "D", 60.0, ("assumed",))
    assert weak.share == pytest.approx(found.shares["D"]) and weak.share > 0.99


def test_no_spread_no_share():
    none = {name: (grade, 0.0) for name, (grade, _) in SPREADS.items()}
    found, _ = leanings(run_of(typical=True, model=graded(none)))
    assert set(found.shares.values()) == {0.0} and found.weakest == () and found.sd == 0.0
    assert fixed(graded(none)) == () and "body.Q" not in {n for v in fixed(graded()) for n in v.names}


def test_a_number_of_ones_own_is_named_and_taken_as_exact(run):
    found, _ = leanings(run_of(overrides={"V": 60.0}))
    assert [(o.parameter, o.value, o.unit) for o in found.own] == [("body.V", 60.0, "L")]
    assert found.shares["D"] == 0.0 and "body.V" not in {w.parameter for w in found.weakest}
    assert leanings(run)[0].own == ()


def test_draws_and_trials_of_what_was_estimated():
    draws = 60.0 * np.exp(np.random.default_rng(1).normal(0.0, 0.3, 90))
    known = Estimates(("body.V",), draws[:, None], np.full(90, 0.5), {"body.W": (100.0, 225.0)})
    found, _ = leanings(run_of(typical=True), estimates=known)
    assert found.shares["calibration"] * found.sd**2 == pytest.approx(np.log(draws).var(), rel=1e-6)
    assert found.shares["D"] == 0.0  # the draws speak for it
    own, _ = leanings(run_of(typical=True, overrides={"V": 50.0}), estimates=known)
    assert own.shares["calibration"] == 0.0


def test_what_calibration_would_have_made_of_another_number_follows():
    """The spread of W moves nothing at the peak, but if V follows it the peak does."""
    draws = np.full((3, 1), 60.0)
    still = Estimates(("body.V",), draws, np.ones(3))
    follows = replace(still, follows={"small.W": np.array([-0.2])})
    typical = run_of(typical=True)
    (plain, _), (moved, _) = (leanings(typical, estimates=each) for each in (still, follows))
    assert plain.shares["C"] == 0.0 and moved.shares["C"] * moved.sd**2 == pytest.approx(0.2**2, rel=1e-6)


def test_one_person_differs_from_others_of_the_same_covariates(run):
    found, _ = leanings(run_of(one(AGE=40, WT=70)))
    assert found.n == 1 and sum(found.shares.values()) == pytest.approx(1.0)
    assert found.shares["between-patient"] * found.sd**2 == pytest.approx(0.04, rel=0.35)  # of V, by 128 copies


def test_a_difference_leaves_out_what_both_share():
    people = population("healthy-adults", 12, 3)
    runs = {name: run_of(people, bolus(dose, name)) for name, dose in (("low", "20 mg"), ("high", "40 mg"))}
    gap = of_runs(runs)[-2]
    assert (gap.measure, of_runs(runs)[-1].measure) == ("peak", "AUC")
    assert (gap.of, gap.treatment, gap.versus, gap.unit) == ("difference", "high", "low", "fold")
    assert gap.value == pytest.approx(2.0) and gap.sd == pytest.approx(0.0, abs=1e-9)


def test_scores_of_one_and_the_mean_of_all():
    """MADRS read from an amount that falls: one patient varies by day and by person, the mean of n by n."""
    model = replace(graded(), outputs=(*graded().outputs, replace(graded().outputs[1], name="MADRS", unit="1",
                    symbol="body.score")))  # fmt: skip
    body = model.components[0]
    scored = replace(body, equations=(*body.equations, "score = 30 - 10 * A / 20 [mg]"))
    model = replace(model, components=(scored,), covariates=(*model.covariates, baseline()))
    people = with_columns(population("healthy-adults", 25, 3), {"MADRS0": 30.0})
    run = simulate(model, people, bolus(), times=[0.0, 24.0], outputs=["MADRS"], overrides={"CL": 4.0})
    found = {(o.measure, o.of): o for o in leanings(run, (), Reading(scale("MADRS"), "MADRS", "MADRS0", 0.5), areas=())}
    assert set(found) == {("change, 24 h", "one patient"), ("change, 24 h", "mean"), ("response, 24 h", "share"),
                          ("remission, 24 h", "share")}  # fmt: skip
    alone, mean = found["change, 24 h", "one patient"], found["change, 24 h", "mean"]
    assert all(sum(o.shares.values()) == pytest.approx(1.0) for o in found.values())
    assert alone.shares["visit"] > alone.shares["between-patient"] > 0.0 and alone.shares["sampling"] == 0.0
    patients = alone.shares["between-patient"] * alone.sd**2
    assert mean.shares["sampling"] * mean.sd**2 == pytest.approx(patients / 25)
    assert mean.shares["visit"] == mean.shares["between-patient"] == 0.0
    facts = [sum(o.shares[g] for g in "ABCD") * o.sd**2 for o in (alone, mean)]
    assert facts[0] == pytest.approx(facts[1]) and facts[0] > 0.0


def baseline():
    from ketasim.model.model import Covariate

    return Covariate("MADRS0", low=0.0, high=60.0, default=30.0)


def test_an_area_leans_on_what_clears():
    """Over days the area is dose / CL, so V, which makes the peak, moves it hardly and CL by its own spread."""
    run = simulate(graded(SPREADS | {"body.CL": ("A", 0.2)}), population("healthy-adults", 40, 3), bolus(), days=4,
                   outputs=PEAK)  # fmt: skip
    _, area = leanings(run)
    assert (area.measure, area.unit) == ("AUC", "ng/mL*h")
    assert area.shares["A"] * area.sd**2 == pytest.approx(0.2**2, rel=0.02)
    areas = np.log(run.nca()["AUClast"].to_numpy())
    assert area.shares["between-patient"] * area.sd**2 == pytest.approx(areas.var(ddof=1))
    assert area.shares["D"] * area.sd**2 < 0.01 * 0.4**2


def lasting():
    """The small model in which something happens at a rate of what is left of the dose: chance that it has not yet."""
    model = graded()
    body = model.components[0]
    scored = replace(body, equations=(*body.equations, "kept = exp(-A / 20 [mg])", "high = 1 + A / 20 [mg]"))
    named = [replace(model.outputs[1], name=n, unit="1", symbol=f"body.{n}") for n in ("kept", "high")]
    return replace(model, outputs=(*model.outputs, *named), components=(scored,))


def test_what_lasts_is_a_share_of_which_a_trial_is_told():
    people = population("healthy-adults", 25, 3)
    run = simulate(lasting(), people, bolus(), times=[0.0, 9.0, 10.0, 12.0], outputs=["kept", "high"])
    told = {(o.output, o.measure): o for o in leanings(run, (), areas=(), highest=("high",), lasting=("kept", "gone"))}
    assert set(told) == {("kept", "12 h"), ("high", "highest")}
    kept = told["kept", "12 h"]
    chance = run.array("kept")[:, -1]
    assert (kept.of, kept.unit, kept.n) == ("share", "1", 25) and kept.value == pytest.approx(chance.mean())
    assert kept.shares["sampling"] * kept.sd**2 == pytest.approx(chance.var(ddof=1) / 25)
    assert kept.shares["D"] > 0.0 and kept.trial.told
    counted = kept.trial.sd**2 - kept.sd**2
    assert counted == pytest.approx((chance.var(ddof=1) + np.mean(chance * (1.0 - chance))) / 25)
    assert told["high", "highest"].of == "one patient" and not told["high", "highest"].trial.told


def test_the_same_on_any_number_of_threads(run):
    once, again = (sensitivity.moved(run, workers=workers).kept.measure(0, 0) for workers in (1, 3))
    assert np.array_equal(once, again)


def test_nothing_is_said_of_a_number_that_a_covariate_replaces():
    from ketasim.pharmacology import shelf

    names = {name for lever in fixed(shelf.model("pathway")) for name in lever.names}
    assert "severity.baseline" not in names and "receptor.M_K" not in names and "liver.CLint" in names
    assert "potentiation.saturation" not in names  # a switch
