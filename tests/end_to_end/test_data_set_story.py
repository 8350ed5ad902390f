"""A data set is brought: the run predicts each observation, and agrees with the same doses as a regimen."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.support.small import small

from ketasim.dosing.regimen import Regimen
from ketasim.errors import DataError, RequestError
from ketasim.model.variability import Residual
from ketasim.pharmacology.mood import pathway
from ketasim.pharmacology.readings import reading
from ketasim.population.people import listed
from ketasim.simulation import clinic, dataset
from ketasim.simulation.against import of_data_set, warnings_of
from ketasim.simulation.simulate import simulate, study_of

ROWS = """ID,TIME,AMT,RATE,EVID,CMT,DV,WT,AGE
{id},0,20,30,1,vein,.,{wt},40
{id},0.5,.,.,0,plasma esketamine,110,{wt},40
{id},2,.,.,0,plasma esketamine,{dv},{wt},40
{id},26,.,.,0,plasma esketamine,.,{wt},40
"""


@pytest.fixture
def path(tmp_path):
    blocks = [ROWS.format(id=i, wt=60 + 5 * i, dv=20 + i) for i in range(1, 8)]
    text = blocks[0] + "".join("\n".join(b.splitlines()[1:]) + "\n" for b in blocks[1:])
    file = tmp_path / "study.csv"
    file.write_text(text)
    return file


def test_observations_are_predicted_and_written(path, tmp_path):
    data = dataset.read(path, small())
    run = simulate(small(), None, data, seed=3, out=tmp_path / "run", chunk=2)
    seen = run.observed()
    assert len(seen) == 21 and seen.output.unique().tolist() == ["plasma esketamine"]
    assert seen.DV.isna().sum() == 7 and seen.PRED.gt(0).all()

    people = listed(
        {"ID": np.arange(1, 8), "WT": 60 + 5.0 * np.arange(1, 8), "AGE": np.full(7, 40.0)}, "the same people"
    )
    infusion = Regimen("iv").dose("esketamine", "iv_infusion", "20 mg", duration="40 min", start=0)
    same = simulate(small(), people, infusion, seed=3, times=[0.5, 2, 26])
    simulated = seen.SIM.to_numpy().reshape(7, 3)
    assert np.allclose(simulated, same.array("plasma esketamine"), rtol=1e-9)

    stored = pd.read_parquet(tmp_path / "run" / "observed.parquet")
    columns = ["PRED", "SIM", "PI5", "PI95"]
    assert stored[columns].equals(seen[columns])
    again = simulate(small(), None, data, seed=3, chunk=7)
    assert again.observed().equals(seen)


def test_pred_is_the_typical_person_of_each_record_whatever_the_seed(path):
    data = dataset.read(path, small())
    seen, other = (simulate(small(), None, data, seed=k, chunk=c, draws=5).observed() for k, c in ((3, 2), (4, 7)))
    typical = simulate(small(), None, data, typical=True, times=[0, 50]).observed()
    assert np.array_equal(seen.PRED, other.PRED) and np.allclose(seen.PRED, typical.PRED, rtol=1e-9)
    assert np.array_equal(typical.SIM, typical.PRED) and typical.PI5.isna().all()
    assert not np.isclose(seen.SIM, other.SIM).any() and not np.isclose(seen.SIM, seen.PRED).any()
    assert not np.isclose(seen.PI5, other.PI5).any() and (seen.PI5 < seen.PI95).all()
    heavier = path.with_name("heavier.csv")
    heavier.write_text(path.read_text().replace(",65,", ",130,"))
    changed = simulate(small(), None, dataset.read(heavier, small())).observed()
    assert not np.isclose(changed.PRED[:3], seen.PRED[:3]).any() and np.array_equal(changed.PRED[3:], seen.PRED[3:])


def test_the_band_is_that_of_many_virtual_people(path):
    """Its ends are quantiles of as many runs with other seeds, within sampling error; residual error widens it."""
    output = small().outputs[0]
    plain, noisy = (
        replace(small(), outputs=(replace(output, residual=one),))
        for one in (None, Residual(proportional=0.5, facts=()))
    )
    data = dataset.read(path, plain)
    seen = simulate(plain, None, data, draws=400, seed=1).observed()
    many = np.array([simulate(plain, None, data, seed=k).observed().SIM for k in range(400)])
    for name, level in (("PI5", 0.05), ("PI95", 0.95)):
        below = (many < seen[name].to_numpy()).mean(axis=0)
        assert np.all(np.abs(below - level) < 0.06), name  # four standard errors
    wide = simulate(noisy, None, dataset.read(path, noisy), draws=400, seed=1).observed()
    early = seen.TIME < 1  # people differ more than the error later on
    assert ((wide.PI95 - wide.PI5) > 1.5 * (seen.PI95 - seen.PI5))[early].all()
    assert np.array_equal(wide.PRED, seen.PRED) and np.array_equal(wide.SIM, seen.SIM)


def test_a_prediction_that_was_not_solved_is_told(path):
    study = study_of(small(), None, dataset.read(path, small()))
    beside = np.full((4, 21), 20.0)
    assert warnings_of(study, beside) == ()
    beside[0, 3:5] = beside[:2, 7] = np.nan
    assert warnings_of(study, beside) == ("PRED of 2 of 21 observations is NaN: their typical person was not solved.",)


def test_the_band_does_not_depend_on_chunks(path):
    path.write_text(path.read_text() + "7,30,.,.,0,plasma esketamine,1,95,40\n")
    data = dataset.read(path, small())
    one, two = (simulate(small(), None, data, draws=5, chunk=size).observed() for size in (2, 7))
    assert one.equals(two) and one.PI5.notna().all()


def test_negative_draws_are_refused(path):
    with pytest.raises(RequestError, match="draws must be 0 or more, got -1"):
        simulate(small(), None, dataset.read(path, small()), draws=-1)


def doubted(path, factor, units=None):
    head, *rows = (line.split(",") for line in path.read_text().splitlines())
    for row in rows:
        row[6] = row[6] if row[6] == "." else str(factor * float(row[6]))
    file = path.with_name("mine.csv")
    file.write_text("\n".join(",".join(row) for row in (head, *rows)) + "\n")
    file.with_suffix(".units.toml").write_text(f'[units]\nDV = "{units}"\n' if units else "[units]\n")
    found = simulate(small(), None, dataset.read(file, small())).warnings
    return [line for line in found if "the DV of" in line]


def test_observations_in_another_unit_are_told(path):
    (said,) = doubted(path, 1e-3)
    assert (
        "the DV of plasma esketamine are 0.00089 times" in said and "(median of 14), so DV may not be in ng/mL" in said
    )
    assert "a file mine.units.toml beside it says the unit" in said and said.endswith('such as DV = "mg/L".')
    assert doubted(path, 1e3)[0].endswith('such as DV = "ng/L".')
    assert not doubted(path, 1) and not doubted(path, 0.05) and not doubted(path, 1e-3, "mg/L") and not doubted(path, 0)


def test_the_summary_is_of_pred_and_leaves_out_what_is_censored(path):
    text = path.read_text().replace(",AGE\n", ",AGE,CENS\n", 1).replace(",40\n", ",40,0\n")
    path.write_text(text.replace("110,65,40,0", "110,65,40,1"))
    run = simulate(small(), None, dataset.read(path, small()), draws=50)
    (found,) = of_data_set(run)
    seen = run.observed()
    seen = seen[seen.DV.notna() & (seen.CENS == 0)]
    fold = np.exp(np.abs(np.log(seen.DV / seen.PRED)))
    assert found.n == len(seen) == 13 and found.at[0] == "ID 1, 2 h"
    assert found.within_1_25 == (fold <= 1.25).mean() and found.within_1_5 == (fold <= 1.5).mean()
    assert found.ratio == np.median(seen.DV / seen.PRED)
    assert found.inside == ((seen.DV >= seen.PI5) & (seen.DV <= seen.PI95)).mean()


def test_a_data_set_without_a_dose_says_so_or_asks_for_the_column(tmp_path):
    file = tmp_path / "study.csv"
    file.write_text("ID,TIME,DOSE,DV,WT,AGE\n1,0,20,.,70,40\n1,2,.,20,70,40\n")
    with pytest.raises(DataError, match="there is no column AMT; did you mean AMT by DOSE"):
        dataset.read(file, small())
    file.write_text("ID,TIME,AMT,DOSE_MG,DV,WT,AGE\n1,0,.,20,.,70,40\n1,2,.,.,20,70,40\n")
    with pytest.raises(DataError, match="AMT is empty or 0 throughout; did you mean AMT by DOSE_MG"):
        dataset.read(file, small())
    file.write_text("ID,TIME,DV,WT,AGE,DOSEGRP,PREDOSE\n1,0,0,70,40,placebo,1\n")
    assert any("no record gives a dose" in w for w in dataset.read(file, small()).warnings)
    file.write_text("ID,TIME,DV,CMT,WT,AGE\n1,0,0,plasma esketamine,70,40\n1,2,0,plasma esketamine,70,40\n")
    assert any("no record gives a dose" in w for w in dataset.read(file, small()).warnings)


MOOD = "ID,TIME,AMT,RATE,EVID,CMT,DV,MADRS0,CONTROL\n{0},0,35,52.5,1,ketamine iv_infusion,.,35,none\n"
BESIDE = "; a file mine.units.toml beside it says the unit, with a line [units]"
SCORE = "{0},{1},.,.,0,MADRS,{2},35,none\n"


def test_the_band_of_a_score_holds_what_varies_within_patients(tmp_path):
    """As wide as scores written at a visit are."""
    file = tmp_path / "mood.csv"
    file.write_text(MOOD.format(1) + SCORE.format(1, 24, 20))
    one = pathway.model([("ketamine", "iv_infusion")])
    run = simulate(one, None, dataset.read(file, one), seed=1, times=[0, 24], draws=400)
    low, high = run.observed()[["PI5", "PI95"]].to_numpy()[0]
    people = listed({"ID": np.arange(2000), "WT": np.full(2000, 70.0), "MADRS0": np.full(2000, 35.0)}, "alike")
    dose = Regimen("iv").dose("ketamine", "iv_infusion", "35 mg", duration="40 min", start=0)
    same = simulate(one, people, dose, seed=1, times=[0, 24], outputs=("MADRS",))
    seen = clinic.visits(same, reading(one), [24.0])[0]
    assert (low, high) == pytest.approx((seen.written[0], seen.written[2]), abs=2.0)
    assert high - low > 1.1 * (seen.expected[2] - seen.expected[0])


def test_people_of_a_data_set_who_are_treated_openly_are_told(tmp_path):
    file = tmp_path / "mood.csv"
    one = pathway.model([("ketamine", "iv_infusion")])
    second = (MOOD.format(2).split("\n", 1)[1] + SCORE.format(2, 24, 20)).replace("none", "open")
    for text, told in ((MOOD.format(1) + SCORE.format(1, 24, 20), 0), (MOOD.format(1) + second, 1)):
        file.write_text(text)
        found = simulate(one, None, dataset.read(file, one), seed=1, times=[0, 24], draws=0).warnings
        assert sum("1 of 2 people has CONTROL 'open'" in w for w in found) == told


def test_late_scores_of_a_data_set_are_told_by_person(tmp_path):
    file = tmp_path / "mood.csv"
    one = pathway.model([("ketamine", "iv_infusion")])
    told = {}
    for late in (300, 400):
        file.write_text(
            MOOD.format(1) + SCORE.format(1, late, 20) + MOOD.format(2).split("\n", 1)[1] + SCORE.format(2, 24, 20)
        )
        found = simulate(one, None, dataset.read(file, one), seed=1, times=[0, 24], draws=0).warnings
        told[late] = any("rest on no trial" in w for w in found)
    assert told == {300: False, 400: True}


@pytest.mark.parametrize(
    ("output", "dv", "said"),
    [
        ("NMDA occupancy", (16, 20, 16), 'share of NMDA receptors blocked)' + BESIDE + ' and a line such as DV = "%".'),
        ("BDNF", (105, 121, 118), "BDNF relative to baseline)"),
        ("MADRS", (0.1, 0.15, 0.2), "expected MADRS score, 0 to 60, had nobody relapsed)" + BESIDE + "."),
        ("NMDA occupancy", (0.16, 0.2, 0.16), ""),
        ("BDNF", (1.05, 1.21, 1.18), ""),
        ("MADRS", (20, 30, 10), ""),
    ],
)  # fmt: skip
def test_numbers_without_a_unit_are_doubted_by_what_they_are(tmp_path, output, dv, said):
    file = tmp_path / "mine.csv"
    one = pathway.model([("ketamine", "iv_infusion")])
    seen = "".join(f"1,{t},.,.,0,{output},{x},35,none\n" for t, x in zip((0.5, 0.7, 1), dv, strict=True))
    file.write_text(MOOD.format(1) + seen)
    found = [w for w in simulate(one, None, dataset.read(file, one), draws=0).warnings if "the DV of" in w]
    assert len(found) == (1 if said else 0) and said in "".join(found)
