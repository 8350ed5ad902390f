"""A wrong regimen: one sentence that names the culprit, exit status 2, nothing written."""

from __future__ import annotations

import pytest

GOOD = {"drug": '"ketamine"', "route": '"iv_infusion"', "amount": '"0.5 mg/kg"', "duration": '"40 min"'}


def dose(**changes: str | None) -> str:
    fields = {**GOOD, **changes}
    return "[[dose]]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items() if value is not None)


BAD = {
    "unknown drug": (dose(drug='"ketamin"'), "Unknown drug in bad.toml, dose 1: 'ketamin'. Did you mean 'ketamine'"),
    "unknown drug later": (dose() + "\n" + dose(drug='"S-ketamine"'), "bad.toml, dose 2: 'S-ketamine'"),
    "unknown route": (dose(route='"nasel"'), "Did you mean 'nasal'"),
    "unknown product": (dose(product='"spravatto"'), "Did you mean 'spravato'"),
    "unknown field": (dose(ammount='"1 mg"'), "ammount"),
    "unknown unit": (dose(amount='"1 mgg"'), "mgg"),
    "wrong dimension": (dose(amount='"1 h"'), "the unit 'h' does not fit"),
    "zero dose": (dose(amount='"0 mg"'), "0 mg"),
    "negative dose": (dose(amount='"-5 mg"'), "-5 mg"),
    "NaN dose": (dose(amount='"nan mg"'), "nan mg"),
    "NaN without unit": (dose(amount="nan"), "nan"),
    "dose beyond all sources": (dose(amount='"100000 mg"'), "100 times the largest dose"),
    "times out of order": (dose(at='["day 2", "day 1"]'), "'day 1' does not come after 'day 2'"),
    "infusion without duration": (dose(duration=None), "needs a duration or a rate"),
    "interval shorter than infusion": (dose(every='"30 min"', times="2"), "apart, less than"),
    "not TOML": ("[[dose]\n", "is not TOML"),
    "empty": ("", "is empty"),
    "no doses": ('name = "x"', "no [[dose]] table"),
}


@pytest.mark.parametrize("case", BAD)
def test_refused(ketasim, tmp_path, case):
    text, named = BAD[case]
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    said = ketasim("simulate", "bad.toml", "--patients", 2, "--out", "run")
    assert said.status == 2, said.err
    assert named in said.error
    assert not said.out and not (tmp_path / "run").exists()


def test_a_route_that_the_model_has_not_names_file_and_dose(ketasim, tmp_path):
    text = dose(drug='"esketamine"') + "\n" + dose(drug='"esketamine"', route='"im"', duration=None)
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    for words in (("simulate", "bad.toml"), ("compare", "spravato-84-single", "bad.toml")):
        said = ketasim(*words, "--model", "perez-ruixo-2021", "--patients", 2, "--out", "run")
        assert (
            said.status == 2 and "bad.toml, dose 2: the model has no inlet for esketamine by route 'im'" in said.error
        )
        assert "nasal" in said.error and not (tmp_path / "run").exists()


def test_refused_as_json(ketasim, tmp_path):
    (tmp_path / "bad.toml").write_text(BAD["unknown drug"][0], encoding="utf-8")
    said = ketasim("simulate", "bad.toml", "--patients", 2, "--json")
    assert said.status == 2
    error = said.json["error"]
    assert error["status"] == 2 and error["message"] == said.error and error["kind"] == "UnknownName"


def test_unknown_preset(ketasim):
    said = ketasim("simulate", "spravato-inductoin")
    assert said.status == 2 and "spravato-induction" in said.error


def test_regimen_file_that_is_not_there(ketasim):
    said = ketasim("simulate", "missing.toml")
    assert said.status == 2 and "missing.toml" in said.error


def test_neither_regimen_nor_data(ketasim):
    said = ketasim("simulate")
    assert said.status == 2 and "--data" in said.error
