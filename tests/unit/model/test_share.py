"""What counts as a share: by how it varies, or by what its fact says it is."""

import pytest

from ketasim.evidence.fact import Fact
from ketasim.model.component import Parameter
from ketasim.model.share import is_share
from ketasim.model.variability import Variability
from ketasim.pharmacology import shelf


def made(quantity, unit="1", meaning="typical value", between=None):
    return Parameter("x", unit, Fact("test.x", quantity, 0.5, unit, ("assumed",), "D", meaning), between)


@pytest.mark.parametrize(
    ("quantity", "told"),
    [
        ("unbound fraction of ketamine in plasma", True),
        ("share of the fast delay", True),
        ("intramuscular bioavailability in adults", True),
        ("largest fall of extracellular glutamate, as a fraction of baseline", True),
        ("largest rise of extracellular glutamate, as a fraction of baseline", False),
        ("factor on the nasally absorbed fraction", False),
        ("steepness of the block", False),
    ],
)
def test_a_share_is_called_one(quantity, told):
    assert is_share(made(quantity)) == told


def test_a_share_by_its_scale_its_meaning_and_its_unit():
    assert is_share(made("F", between=Variability("logitnormal", 0.1)))
    assert is_share(made("women", meaning="share"))
    assert not is_share(made("fraction excreted", "mg"))


def test_shares_of_the_platform():
    found = {f"{c.name}.{p.name}" for c in shelf.model("platform").components for p in c.parameters if is_share(p)}
    assert {"nose.FRn", "muscle.F_im", "muscle.F_sc", "rectum.F", "gut.fm", "site.w_fast", "receptor.fu_K"} <= found
    assert not found & {"nose.later", "liver.enzyme", "liver.R_to_S", "body.tissue", "norketamine.scale"}
