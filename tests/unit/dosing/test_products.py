import pytest

from ketasim.dosing.products import names, product
from ketasim.dosing.schema import ROUTES
from ketasim.errors import RegimenError, UnknownName


def test_every_product_is_sourced_graded_and_prints():
    for name in names():
        made = product(name)
        assert made.source
        assert made.grade in "ABCD"
        assert set(made.routes) <= set(ROUTES)
        assert name in str(made)


def test_spravato_is_what_the_label_says():
    made = product("spravato")
    assert (made.piece_mg, made.pieces, made.sprays) == (28.0, (1, 2, 3), 2)
    assert made.interval_h == 5 / 60
    assert [made.split(mg) for mg in (28, 56, 84)] == [1, 2, 3]


@pytest.mark.parametrize("mg", [1, 27.9, 42, 112, 1e6])
def test_a_dose_between_devices_lists_what_is_possible(mg):
    with pytest.raises(RegimenError, match="28, 56, 84 mg"):
        product("spravato").split(mg)


def test_films_have_no_upper_number_and_solutions_any_amount():
    assert product("esketamine-film").split(250) == 5
    assert product("ketamine-solution").split(37.3) == 1


def test_an_unknown_product_shows_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'spravato'"):
        product("spravatto")
