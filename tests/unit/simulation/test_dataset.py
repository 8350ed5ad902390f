from dataclasses import replace

import numpy as np
import pytest

from ketasim.dosing.timeline import rows_at
from ketasim.errors import DataError, RequestError, UnknownName
from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter
from ketasim.model.model import Covariate, DoseRoute, Inlet, Model, Output
from ketasim.model.variability import Variability
from ketasim.simulation.dataset import read

CLEARANCE = Fact("test.CL", "clearance", 1.1, "L/h", ("assumed",), "D")


WEIGHT = (Covariate("WT", "kg"),)


def model(occasions=False, outputs=2, covariates=WEIGHT):
    vary = Variability("lognormal", 0.1) if occasions else None
    return Model(
        "m",
        "a model",
        (Component("c", parameters=(Parameter("CL", "L/h", CLEARANCE, occasion=vary),)),),
        (Output("plasma", "c.C", "ng/mL"), Output("sedation", "c.E", "%"))[:outputs],
        inlets=(Inlet("gut", "c.A", duration="2"), Inlet("S", "c.S"), Inlet("R", "c.R")),
        routes=(DoseRoute("ketamine", "iv_bolus", (("S", 0.5), ("R", 0.5)), "B", 100.0),),
        covariates=covariates,
    )


GOOD = """ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,MDV,WT
1,0,100,0,12,2,0,1,1,.,1,70
1,1,.,.,.,.,.,0,plasma,4.5,0,72
1,30,.,.,.,.,.,0,sedation,50,0,.
2,0,50,.,.,.,.,1,ketamine iv_bolus,.,1,60
2,2,.,.,.,.,.,2,.,.,1,60
"""


@pytest.fixture
def data(tmp_path):
    def make(text, made=None, units=None, carry="nocb", encoding="utf-8"):
        file = tmp_path / "data.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        if units:
            (tmp_path / "data.units.toml").write_text(units)
        return read(file, made or model(), carry)

    return make


def test_a_data_set_becomes_doses_observations_and_people(data):
    d = data(GOOD)
    assert d.n == 2
    assert d.people.table["WT"].tolist() == [70, 60]
    assert d.records.time.tolist() == [0, 12, 24, 0, 0]
    assert d.records.inlet.tolist() == [0, 0, 0, 1, 2]
    assert d.records.amount.tolist() == [100, 100, 100, 25, 25]
    assert d.observed.output.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(d.observed.dv, [4.5, 50, np.nan])
    assert d.observed.line.tolist() == [3, 4, 6]
    assert "2 individuals" in repr(d)
    (said,) = d.warnings
    assert "WT changes within individuals and is held backward" in said and "NOCB" in said


def test_covariates_hold_backward_by_default_and_forward_on_request(data):
    back = data(GOOD)
    assert back.rows.tolist() == [2, 1]
    assert back.covariates["WT"].tolist() == [70, 72, 60]  # the gap at 30 h is carried forward
    assert back.changes.time.tolist() == [0]
    forth = data(GOOD, carry="locf")
    assert forth.changes.time.tolist() == [1]
    assert forth.changes.row.tolist() == [1]
    assert "held forward" in forth.warnings[0] and "LOCF" in forth.warnings[0]
    with pytest.raises(UnknownName, match="nocb"):
        data(GOOD, carry="linear")


def test_covariates_that_differ_between_individuals_only_are_not_said_to_change(data):
    assert data("ID,TIME,AMT,EVID,CMT,WT\n1,0,5,1,gut,70\n1,1,.,0,1,.\n2,0,5,1,gut,60\n").warnings == ()


def test_a_chunk_is_what_those_individuals_are_alone(data):
    d = data(GOOD)
    piece = d.chunk(1, 2)
    assert piece.records.patient.tolist() == [0, 0]
    assert piece.observed.patient.tolist() == [0]
    assert piece.covariates["WT"].tolist() == [60]
    assert piece.rows.tolist() == [1]
    assert d.chunk(0, 1).changes.row.tolist() == [1]


def test_occasions_follow_occ_else_the_dosing_sessions(data):
    text = "ID,TIME,AMT,II,ADDL,EVID,WT\n1,0,10,24,2,1,70\n1,50,.,.,.,0,70\n"
    d = data(text, model(occasions=True))
    assert d.occasion.tolist() == [0, 1, 2]
    assert d.changes.time.tolist() == [24, 48]
    occ = "ID,TIME,AMT,EVID,OCC,WT\n1,0,10,1,7,70\n1,5,10,1,7,70\n1,24,.,0,9,70\n2,0,5,1,9,50\n"
    d = data(occ, model(occasions=True))
    assert d.occasion.tolist() == [0, 1, 0]
    assert d.changes.time.tolist() == [5]
    assert data(text).occasion.tolist() == [0]


def test_units_beside_the_file_are_converted(data):
    text = "ID,TIME,AMT,EVID,DV,DVID,WT\n1,0,2,1,.,.,154\n1,90,.,0,3,plasma,154\n"
    d = data(text, units='[units]\nTIME = "min"\nAMT = "g"\nDV = "ug/mL"\nWT = "lb"\n')
    assert d.records.amount.tolist() == [2000]
    assert d.observed.time.tolist() == [1.5]
    assert d.observed.dv.tolist() == [3000]
    assert d.people.table["WT"][0] == pytest.approx(69.85, abs=0.01)


def test_units_that_are_not_utf_8_are_one_sentence(data, tmp_path):
    (tmp_path / "data.units.toml").write_bytes('[units]\nAMT = "g"\n'.encode("utf-16"))
    with pytest.raises(DataError, match=r"units\.toml is not UTF-8 text, which TOML needs; save it as UTF-8"):
        data(GOOD)


def test_an_infusion_longer_than_time_itself_is_refused(data):
    with pytest.raises(DataError, match=r"line 2, column RATE: the infusion would last above 1e\+09 h; check its unit"):
        data("ID,TIME,AMT,RATE,EVID,CMT,WT\n1,0,5,1e-300,1,gut,70\n")


def test_units_that_do_not_fit_are_refused(data):
    with pytest.raises(DataError, match=r"units of column AMT.*dimensions"):
        data(GOOD, units='[units]\nAMT = "L"\n')
    with pytest.raises(UnknownName, match="WEIGHT"):
        data(GOOD, units='[units]\nWEIGHT = "kg"\n')
    with pytest.raises(DataError, match=r"\[units\]"):
        data(GOOD, units='AMT = "mg"\n')


def test_an_id_that_returns_is_another_individual_with_a_warning(data):
    d = data("ID,TIME,AMT,EVID,WT\n7,0,1,1,70\n8,0,1,1,70\n7,0,2,1,70\n")
    assert d.people.table["ID"].tolist() == ["7", "8", "7 (2)"]
    assert d.records.patient.tolist() == [0, 1, 2]
    warning = d.warnings[0]
    assert "line 4" in warning
    assert "new individual" in warning


def test_a_reset_may_put_the_clock_back(data):
    d = data("ID,TIME,AMT,EVID,DV,WT\n1,0,5,1,.,70\n1,10,.,0,1,70\n1,2,7,4,.,70\n1,3,.,0,2,70\n")
    assert d.records.time.tolist() == [0, 10]
    assert d.observed.time.tolist() == [10, 11]
    assert d.observed.clock.tolist() == [10, 3]


def test_steady_doses_and_resets_of_a_racemate_wipe_once(data):
    d = data("ID,TIME,AMT,EVID,SS,II,CMT,WT\n1,0,5,4,1,12,ketamine iv_bolus,70\n")
    assert d.records.evid.tolist() == [4, 1]
    assert d.records.ss.tolist() == [1, 2]


@pytest.mark.parametrize("sign", [";", "\t", " "])
def test_other_separators_and_comments_are_read(data, sign):
    text = "# made by hand\n" + GOOD.replace("ketamine iv_bolus", "S").replace(",", sign) + "\n# the end\n"
    assert data(text).records.amount.tolist() == [100, 100, 100, 50]
    assert data(text).observed.line.tolist() == [4, 5, 7]


def test_rows_marked_c_and_blanks_and_quotes_are_understood(data):
    text = 'C,id,time,amt,evid,WT\n.,1, 0 ,5,1,70\nC,1,1,oops,1,70\n\n.,"1",2,"7",1,70\n'
    assert data(text).records.amount.tolist() == [5, 7]
    with pytest.raises(DataError, match="comment in column C"):
        data("C,ID,TIME,AMT,WT\nC,1,0,5,70\n")


def test_other_encodings_are_read(data):
    want = data(GOOD).records.amount.tolist()
    for encoding in ("utf-8-sig", "utf-16"):
        assert data(GOOD, encoding=encoding).records.amount.tolist() == want
    d = data("ID,TIME,AMT,WT,größe\n1,0,5,70,1\n", encoding="latin-1")
    assert "Latin-1" in d.warnings[0]
    with pytest.raises(DataError, match="zero bytes"):
        data(b"ID,TIME\0,AMT\n")


GONE = ("nan", "NA", ".", "")


def line(**cells):
    """A file whose third line holds one dose with these cells."""
    row = {"ID": "1", "TIME": "5", "AMT": "10", "RATE": "0", "II": "0", "ADDL": "0", "SS": "0", "EVID": "1", "CMT": "1"}
    row |= {"DV": ".", "WT": "70"} | cells
    first = ",".join("1" if k in ("ID", "EVID") else "70" if k == "WT" else "0" for k in row)
    return f"{','.join(row)}\n{first}\n{','.join(row.values())}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("ID,TIME,AMT,WT\n", "header but no records"),
        ("ID,AMT,WT\n1,1,1\n", "line 1.*TIME is missing"),
        ("ID,TIME,WT\n1,1,1\n", "neither AMT"),
        ("ID,TIME,AMT,AMT\n1,1,1,1\n", "line 1, column AMT: this column is there twice"),
        ("ID,TIME,AMT,\n1,1,1,1\n", "line 1, column 4.*no name"),
        ("ID,TIME,AMT,WT\n1,0,1\n", "line 2, column WT: expected 4 values.*3 came"),
        ("ID,TIME,AMT,WT\n\n1,0,1,70,8\n", "line 3, column after WT.*5 came"),
        ("ID,TIME,AMT\n1,0,1\n", "column WT .kg. is missing"),
        (line(AMT="ten"), "line 3, column AMT: expected a number, but 'ten'"),
        ("ID;TIME;AMT;WT\n1;0;1,000;70\n", "line 2, column AMT: .* '1,000' came; write it without a comma: thousands"),
        ("ID;TIME;AMT;WT\n1;0;52,5;70\n", "line 2, column AMT: .* '52,5' came; write decimals with a point"),
        ("ID,TIME,AMT,DV,WT\n1,0,1,.,70\n1,1,.,<5,70\n", "DV: .* '<5' came; .*limit as DV, and 1 in a column CENS"),
        ("ID,TIME,AMT,DV,WT\n1,0,1,.,70\n1,1,.,BLQ,70\n", "DV: .* 'BLQ' came; .*limit as DV, and 1 in"),
        (line(AMT="<5"), "AMT: expected a number, but '<5' came[.]$"),
        (line(AMT="inf"), "line 3, column AMT"),
        (line(AMT="-1"), "line 3, column AMT.*negative"),
        *((line(AMT=gone, RATE="5"), "data.csv, line 3, column AMT: the amount of a dose is missing") for gone in GONE),
        *((line(AMT=gone), "line 3, column AMT: the amount of a dose is missing") for gone in GONE),
        ("ID,TIME,AMT,RATE,WT\n1,0,.,5,70\n", "line 2, column AMT: the amount of a dose is missing"),
        (line(AMT=".", EVID="4", SS="1", II="5"), "line 3, column AMT: the amount of a dose is missing"),
        (line(ID="x"), "line 3, column ID"),
        (line(ID="1.5"), "line 3, column ID.*whole"),
        (line(ID="."), "line 3, column ID"),
        (line(TIME="."), "line 3, column TIME.*needs a time"),
        (line(TIME="-5"), "line 3, column TIME.*before the record above"),
        (line(TIME="09:30"), "line 3, column TIME: '09:30' is a time of day .*not read; give hours"),
        (line(TIME="2024-03-01"), "line 3, column TIME: '2024-03-01' is a time of day or a date"),
        (line(TIME="soon"), "line 3, column TIME: expected a number, but 'soon' came"),
        (line(DATE="1"), "line 2, column DATE: dates are not read.*hours from each individual's first"),
        ("ID,dat2,TIME,AMT,WT\n1,3,0,1,70\n", "line 2, column dat2: dates are not read"),
        (line(EVID="7"), "line 3, column EVID.*0, 1, 2, 3, 4, 8"),
        (line(EVID="0"), "line 3, column AMT.*no dose"),
        (line(RATE="-3"), "line 3, column RATE"),
        (line(RATE="-1"), "line 3, column RATE.*modelled rate.*'gut'"),
        (line(RATE="-2", CMT="S"), "line 3, column RATE.*modelled duration.*'S'"),
        (line(SS="4"), "line 3, column SS"),
        (line(SS="1"), "line 3, column II"),
        (line(ADDL="2"), "line 3, column II"),
        (line(ADDL="1.5"), "line 3, column ADDL.*whole"),
        (line(ADDL="-2"), "line 3, column ADDL"),
        (line(II="-2"), "line 3, column II"),
        (line(CMT="4"), "line 3, column CMT.*1 = gut.*ketamine iv_bolus"),
        (line(CMT="-1"), "line 3, column CMT.*off"),
        (line(CMT="liver"), "line 3, column CMT"),
        (line(AMT="0", EVID="0", CMT="5"), "line 3, column CMT.*1 = plasma"),
        (line(WT="heavy"), "line 3, column WT"),
        (line(WT=".").replace(",70\n", ",.\n"), "line 2, column WT: individual 1 has no value"),
    ],
)
def test_bad_data_are_refused_by_line_and_column(data, text, said):
    with pytest.raises(RequestError, match=said) as caught:
        data(text)
    assert "\n" not in str(caught.value)
    assert "data.csv" in str(caught.value)


def test_words_of_a_covariate_are_its_levels_or_their_synonyms(data):
    sex = (Covariate("SEX", levels=("female", "male")),)
    good = "ID,TIME,AMT,SEX\n1,0,1,F\n2,0,1,male\n"
    assert data(good, model(covariates=sex)).covariates["SEX"].tolist() == ["female", "male"]
    with pytest.raises(DataError, match="line 2, column SEX: expected female or male, but '1'"):
        data("ID,TIME,AMT,SEX\n1,0,1,1\n", model(covariates=sex))


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="no data set"):
        read(tmp_path / "no.csv", model())
    with pytest.raises(DataError, match="folder"):
        read(tmp_path, model())


def test_what_a_regimen_refuses_a_data_set_may_ask(data):
    assert data(line(AMT="0")).records.n == 2
    assert "line 2: a dose record with AMT 0 gives nothing (2 such)" in data(line(AMT="0", RATE="5")).warnings[0]
    assert data(line(AMT=".", RATE="5", SS="1")).records.n == 2  # in a steady state, an infusion without end
    d = data(line(AMT="100", RATE="5", II="6", ADDL="3"))
    assert d.records.time.tolist() == [0, 5, 11, 17, 23]


def test_doses_before_time_0_are_told_once(data):
    text = "ID,TIME,AMT,EVID,WT\n1,-9,5,1,70\n1,-1,5,1,70\n1,4,.,0,70\n2,0,5,1,70\n"
    (told,) = [w for w in data(text).warnings if "TIME 0" in w]
    assert "line 2: a dose at -9 h comes before TIME 0 (2 such doses); exposure (Cmax, AUC) counts from 0 h" in told
    assert not any("TIME 0" in w for w in data(text.replace("-9", "0").replace("-1", "0")).warnings)


@pytest.mark.parametrize("cell", ["inf", "NAN", "1e400", "1.5"])
@pytest.mark.parametrize("record", ["1,0,10,{},.,70\n", "1,0,.,{},5,70\n"])
def test_a_compartment_that_is_no_number_of_one_is_refused(data, cell, record):
    with pytest.raises(DataError, match=r"line 2, column CMT.*there are 1 ="):
        data("ID,TIME,AMT,CMT,DV,WT\n" + record.format(cell))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1e300,0,10,1,1,.,0,70", "column ID.*9007199254740992"),
        ("1,1e12,10,1,1,.,0,70", "column TIME.*unit"),
        ("1,0,10,1,1,.,1e300,70", "column II.*unit"),
        ("1,0,10,1,1,.,0,-70", "column WT.*above 0.*-70"),
        ("1,0,.,0,ketamine iv_bolus,5,0,70", "'ketamine iv_bolus' is where a dose goes.*no AMT"),
    ],
)
def test_numbers_that_cannot_be_are_refused_with_their_line(data, row, said):
    with pytest.raises(DataError, match=f"line 2, {said}" if "column" in said else said):
        data(f"ID,TIME,AMT,EVID,CMT,DV,II,WT\n{row}\n")


def test_limits_hold_at_every_record_of_a_covariate(data):
    with pytest.raises(DataError, match=r"line 3, column WT.*701"):
        data("ID,TIME,AMT,EVID,DV,WT\n1,0,10,1,.,70\n1,1,.,0,5,701\n")


def test_a_dose_of_nothing_is_said(data):
    assert "line 2: a dose record with AMT 0" in " ".join(data("ID,TIME,AMT,EVID,WT\n1,0,0,1,70\n").warnings)


def test_names_of_covariates_may_be_written_small(data):
    d = data("id,time,amt,evid,wt\n1,0,10,1,154\n", units='[units]\nwt = "lb"\n')
    assert d.people.table["WT"][0] == pytest.approx(69.85, abs=0.01)


def test_one_without_a_covariate_gets_the_default_and_it_is_said(data):
    made = model(covariates=(Covariate("WT", "kg", default=70.0),))
    d = data("ID,TIME,AMT,EVID,WT\n1,0,10,1,60\n2,0,10,1,.\n3,0,10,1,.\n", made)
    assert d.people.table["WT"].tolist() == [60, 70, 70]
    assert "2 of 3 individuals have no WT; the model's default 70.0 is taken" in " ".join(d.warnings)


def test_units_of_columns_from_which_covariates_follow_are_converted(data):
    made = model(covariates=(Covariate("BSA", "m^2"),))
    d = data("ID,TIME,AMT,EVID,WT,HT\n1,0,10,1,70,1.75\n", made, units='[units]\nHT = "m"\n')
    assert d.people.table["HT"].tolist() == [175]


def test_all_inlets_of_one_dose_get_the_covariates_of_its_record(data):
    d = data("ID,TIME,AMT,EVID,CMT,DV,WT\n1,0,10,1,ketamine iv_bolus,.,60\n1,0,.,0,plasma,5,80\n")
    assert d.records.inlet.tolist() == [1, 2]
    row = rows_at(d.changes, d.records.patient, d.records.time, d.records.order)
    assert d.covariates["WT"][row].tolist() == [60, 60]


@pytest.mark.parametrize(("more", "limit"), [("", 2000), ('LIMIT = "ng/mL"\n', 2)])
def test_the_other_bound_of_a_censored_value_is_in_its_own_unit_else_that_of_dv(data, more, limit):
    text = "ID,TIME,AMT,EVID,DV,DVID,CENS,LIMIT,WT\n1,0,2,1,.,.,.,.,70\n1,1,.,0,3,plasma,1,2,70\n"
    d = data(text, units=f'[units]\nDV = "ug/mL"\n{more}')
    assert d.observed.dv.tolist() == [3000] and d.observed.limit.tolist() == [limit]


def test_columns_that_nothing_reads_are_named(data):
    (said,) = data("ID,TIME,AMT,EVID,CMT,DUR,WT,DRUG,SEX\n1,0,5,1,gut,2,70,ket,female\n").warnings
    assert said.startswith("Columns DUR, DRUG, SEX are not read by this model: ")
    assert "the covariates WT" in said and said.count(". ") == 0
    (said,) = data("ID,TIME,AMT,EVID,CMT,DUR,WT\n1,0,5,1,gut,2,70\n").warnings
    assert said.startswith("Column DUR is not read")


def test_a_column_near_a_covariate_that_is_not_there_is_asked_about(data):
    weightless = model(covariates=(Covariate("WT", "kg", default=70.0),))
    for name in ("weight", "WEIGHT", "wt_kg"):
        with pytest.raises(DataError, match=rf"data.csv: .* column {name}, .*; did you mean WT\? Rename the column"):
            data(f"ID,TIME,AMT,EVID,CMT,{name}\n1,0,5,1,gut,80\n", weightless)
    assert data("ID,TIME,AMT,EVID,CMT,weight,WT\n1,0,5,1,gut,80,80\n", weightless).people.table["WT"].tolist() == [80]


def test_doses_without_a_column_of_amounts_are_refused(data):
    with pytest.raises(DataError, match=r"line 3, column EVID: this record is a dose, .* no column AMT .* DOSE, EVID"):
        data("ID,TIME,DOSE,EVID,DV,WT\n1,0,0,0,3,70\n1,1,5,1,.,70\n")
    assert data("ID,TIME,RATE,SS,EVID,CMT,WT\n1,0,5,1,1,S,70\n1,1,.,.,0,.,70\n").records.rate.tolist() == [5]
    assert data("ID,TIME,EVID,CMT,WT\n1,0,8,S,70\n").records.amount.tolist() == [0]


INFUSER = replace(
    model(),
    routes=tuple(DoseRoute("esketamine", f"iv_{how}", (("S", 1.0),), "B", 100.0) for how in ("infusion", "bolus")),
)
INFUSED = "ID,TIME,AMT,RATE,SS,EVID,CMT,DV,WT\n1,0,5,3,.,1,esketamine iv_infusion,.,70\n"


@pytest.mark.parametrize("rate", [".", "0", "NA"])
def test_an_infusion_by_name_that_does_not_say_how_long_is_refused(data, rate):
    wanted = "line 3, column RATE: CMT 'esketamine iv_infusion' needs a RATE above 0 .* but '.*' came"
    with pytest.raises(DataError, match=f"{wanted}; for a dose given at once write CMT 'esketamine iv_bolus'"):
        data(f"{INFUSED}1,3,5,{rate},.,1,esketamine  iv_infusion,.,70\n", INFUSER)
    with pytest.raises(DataError, match=r"line 2, column RATE: .* there is no such column"):
        data("ID,TIME,AMT,CMT,WT\n1,0,5,esketamine iv_infusion,70\n", INFUSER)


@pytest.mark.parametrize(
    "row",
    ["1,3,5,.,.,1,3,.,70", "1,3,5,.,.,1,S,.,70", "1,3,5,.,.,1,esketamine iv_bolus,.,70",
     "1,3,0,3,1,1,esketamine iv_infusion,.,70", "1,3,5,.,.,8,esketamine iv_infusion,.,70"],
)  # fmt: skip
def test_a_compartment_by_number_or_inlet_and_an_endless_infusion_are_taken_as_in_nonmem(data, row):
    assert data(f"{INFUSED}{row}\n", INFUSER).records.n == 2


def test_an_inlet_with_its_own_duration_needs_no_rate(data):
    own = replace(model(), routes=(DoseRoute("ketamine", "iv_infusion", (("gut", 1.0),), "B", 100.0),))
    assert data("ID,TIME,AMT,CMT,WT\n1,0,5,ketamine iv_infusion,70\n", own).records.n == 1


def test_where_doses_and_dv_went_without_cmt_is_said(data):
    (said,) = data("ID,TIME,AMT,DV,WT\n1,0,5,.,70\n1,0,5,.,70\n1,1,.,3,70\n").warnings
    assert "2 doses went to inlet 'gut', the first of 3" in said
    assert "the DV was read as output 'plasma', the first of 2" in said
    assert 'by number or by name, such as "ketamine iv_bolus" for a dose or "sedation" for an observation' in said
    (said,) = data("ID,TIME,AMT,EVID,CMT,DV,WT\n1,0,5,1,S,.,70\n1,1,.,0,.,3,70\n").warnings
    assert "the DV was read" in said and "went to" not in said
    assert data("ID,TIME,AMT,EVID,CMT,DV,WT\n1,0,5,1,2,.,70\n1,1,.,0,1,3,70\n").warnings == ()


def test_a_censoring_that_is_none_is_refused(data):
    with pytest.raises(DataError, match=r"line 3, column CENS: expected 0 .measured., 1 .* but 3 came"):
        data("ID,TIME,AMT,EVID,CMT,DV,CENS,WT\n1,0,100,1,1,.,.,70\n1,1,.,0,plasma,4,3,70\n")


def test_concentrations_below_nothing_are_told(data):
    rows = "ID,TIME,AMT,EVID,CMT,DV,WT\n1,0,100,1,1,.,70\n1,1,.,0,{0},-4,70\n1,2,.,0,{0},4,70\n"
    said = [w for w in data(rows.format("plasma")).warnings if "below 0" in w]
    assert len(said) == 1 and "1 observation lies below 0 in plasma" in said[0]
