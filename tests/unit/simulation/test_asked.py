"""A name in place of a model, people or a regimen: one sentence that says what to write."""

import re

import pytest
from tests.support.small import nasal, small

from ketasim.errors import RequestError
from ketasim.simulation.compare import compare
from ketasim.simulation.dataset import read
from ketasim.simulation.simulate import simulate


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"days": "a"}, "The number of days to simulate must be a number such as 28, got 'a'."),
        ({"days": 2, "seed": "a"}, "The seed must be a whole number, got 'a'."),
        ({"days": 2, "outputs": "mood"}, "Unknown output 'mood'."),
    ],
)
def test_a_setting_that_is_no_number_or_no_output_is_refused_in_a_sentence(setting, said):
    with pytest.raises(RequestError, match=re.escape(said)):
        simulate(small(), None, nasal(), **setting)
    with pytest.raises(RequestError, match=re.escape(said)):
        compare(small(), None, [nasal(), nasal()], labels=["a", "b"], **setting)


def test_a_data_set_is_read_for_a_model_and_not_for_its_name(tmp_path):
    with pytest.raises(RequestError, match=re.escape("model must be a Model, but 'platform' came; use ks.model('p")):
        read(tmp_path / "d.csv", "platform")


@pytest.mark.parametrize(
    ("request_of", "said"),
    [
        (("small", None, "spravato-induction"), "use ks.Regimen.preset('spravato-induction')."),
        (("small", None, None), "given must be a Regimen or a data set, but NoneType came; use ks.Regimen.preset("),
        (("platform", None, "nasal"), "model must be a Model, but 'platform' came; use ks.model('platform')."),
        (("small", "trd-adults", "nasal"), "use ks.population('trd-adults', n=100)."),
    ],
)
def test_a_name_in_place_of_what_it_names_is_refused(request_of, said):
    known = {"small": small(), "nasal": nasal()}
    words = [known.get(word, word) for word in request_of]
    with pytest.raises(RequestError, match=re.escape(said)):
        simulate(*words, days=2)
    with pytest.raises(RequestError, match=re.escape(said)):
        compare(words[0], words[1], [words[2], nasal()], days=2, labels=["a", "b"])
