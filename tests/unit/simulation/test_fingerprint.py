"""Fingerprints: equal for equal requests, different where the answer could be."""

import json
from dataclasses import replace

from tests.support.small import nasal, small

from ketasim.population import named
from ketasim.simulation import fingerprint
from ketasim.simulation.dataset import read
from ketasim.simulation.simulate import study_of

PEOPLE = named.population("trd-adults", 6, seed=4)


def whole(model=None, people=PEOPLE, regimen=None, levels=(), **settings):
    return fingerprint.whole(study_of(model or small(), people, regimen or nasal(), days=2, **settings), levels)


def test_equal_requests_are_equal():
    assert whole() == whole()


def test_whatever_changes_the_answer_changes_the_fingerprint():
    others = [
        whole(small(linear=False)),
        whole(people=named.population("trd-adults", 6, seed=5)),
        whole(people=named.population("trd-adults", 7, seed=4)),
        whole(regimen=nasal(1)),
        whole(levels=(0.5,)),
        whole(seed=1),
        whole(typical=True),
        whole(residual=True),
        whole(overrides={"CL": 90.0}),
        whole(outputs=["gut amount"]),
    ]
    assert len({whole(), *others}) == len(others) + 1


def test_a_request_is_plain_json():
    text = fingerprint.canonical(fingerprint.request(study_of(small(), PEOPLE, nasal(), days=2), (0.5,)))
    assert json.loads(text)["people"] == {
        "kind": "named",
        "label": "trd-adults",
        "n": 6,
        "name": "trd-adults",
        "seed": 4,
    }


def test_whatever_a_data_set_says_is_in_its_fingerprint(tmp_path):
    text = "ID,TIME,AMT,CMT,DV,WT,AGE,OCC\n1,0,8,vein,.,70,40,1\n1,6,.,1,5,70,40,1\n1,9,.,1,5,70,40,2\n"
    kinds = [text, *(text.replace(*pair) for pair in (("8,vein", "9,vein"), ("1,5,70,40,2", "1,6,70,40,2")))]
    kinds += [text.replace("5,70,40,2", "5,71,40,2"), text.replace("1,0,8", "1,1,8"), text.replace("40,2\n", "40,1\n")]
    seen = set()
    for kind in kinds:
        (tmp_path / "d.csv").write_text(kind)
        seen.add(fingerprint.of_data(read(tmp_path / "d.csv", small())))
    data = read(tmp_path / "d.csv", small())
    seen.add(fingerprint.of_data(replace(data, occasion=data.occasion + 1)))
    assert len(seen) == len(kinds) + 1
