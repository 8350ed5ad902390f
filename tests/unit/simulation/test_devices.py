"""What is more than one device holds is told, in a regimen and in a data set, and nothing else is."""

import pytest
from tests.support.small import nasal, small

from ketasim.dosing.products import stepwise
from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.population.people import listed, one
from ketasim.simulation.dataset import read
from ketasim.simulation.simulate import simulate


def said(regimen, people=None):
    found = simulate(small(), people or one(WT=70, AGE=40), regimen, times=[0, 1], typical=True).warnings
    return [line for line in found if "at once" in line]


def spray(amount, drug="esketamine", route="nasal", **more):
    return Regimen("mine").dose(drug, route, amount, **more)


def test_the_device_comes_from_the_product():
    assert stepwise("esketamine", "nasal").name == "spravato" and stepwise("esketamine", "nasal").piece_mg == 28
    assert stepwise("esketamine", "sublingual") is None and stepwise("ketamine", "nasal") is None


def test_a_dose_of_several_devices_without_product_is_told():
    assert said(spray("84 mg")) == [
        "mine, dose 1: esketamine nasal 84 mg is given at once, though one device of spravato holds 28 mg; write "
        'product = "spravato" for devices 5 min apart; the peak is lower then.'
    ]
    heavy = listed({"ID": [1, 2], "WT": [50.0, 90.0], "AGE": [40.0, 40.0]}, "two")
    assert len(said(spray("0.4 mg/kg"), heavy)) == 1 and not said(spray("0.3 mg/kg"), heavy)


@pytest.mark.parametrize(
    "regimen", [nasal(), spray("28 mg"), spray("32.3 mg", salt="hydrochloride"), spray("30 mg", route="oral")]
)
def test_one_device_and_a_product_are_not_told(regimen):
    assert not said(regimen)


@pytest.mark.parametrize(
    ("cmt", "amount", "count"),
    [("esketamine nasal", 84, 1), ("esketamine  nasal", 28, 0), ("nose_S", 84, 1), ("{nose}", 84, 1),
     ("ketamine nasal", 84, 0), ("esketamine oral", 84, 0), ("drink_S", 84, 0)],
)  # fmt: skip
def test_a_record_of_several_devices_is_told(tmp_path, cmt, amount, count):
    model = shelf.model("platform")
    cmt = cmt.format(nose=1 + [inlet.name for inlet in model.inlets].index("nose_S"))
    (tmp_path / "d.csv").write_text(f"ID,TIME,AMT,CMT,WT,AGE\n1,0,{amount},{cmt},70,40\n1,24,{amount},{cmt},70,40\n")
    found = [line for line in read(tmp_path / "d.csv", model).warnings if "at once" in line]
    assert len(found) == count
    assert all(
        "d.csv, line 2: 84 mg of esketamine by route nasal is given at once (2 such records), though one device of "
        "spravato holds 28 mg; write one record of 28 mg per device, 5 min apart" in line
        for line in found
    )
