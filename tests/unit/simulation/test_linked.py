"""A course on another scale: monotone links take percentiles over, changes go by their own link where there is one."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.simulation.test_clinic import BEFORE, MODEL, READING, TIMES, course, run

from ketasim.errors import RequestError, UnknownName
from ketasim.measurement.link import between, convert, convert_change, linked_to
from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.simulation import clinic
from ketasim.simulation.linked import checked, on_scale

LAST = (20.0, 16.0, 12.0)


def test_scores_and_changes_each_by_their_link():
    found = on_scale(course(LAST), READING, "HAM-D17", [648.0])
    (seen,) = found.visits
    assert (found.scale, {link.kind for link in found.links}) == ("HAM-D17", {"score", "change"})
    assert seen.n == 3 and seen.expected[1] == pytest.approx(convert(16.0, "MADRS", "HAM-D17"))
    change = np.mean(np.array(LAST) - BEFORE)
    assert seen.change == pytest.approx(convert_change(change, "MADRS", "HAM-D17"))
    assert seen.changed[1] == pytest.approx(convert_change(-20.0, "MADRS", "HAM-D17"))


def test_a_change_without_a_link_is_that_of_the_linked_scores():
    (seen,) = on_scale(course(LAST), READING, "QIDS-SR16", [648.0]).visits
    scores = [convert(values, "MADRS", "QIDS-SR16") for values in (np.array(LAST), BEFORE)]
    assert seen.change == pytest.approx(np.mean(scores[0] - scores[1]))


def test_where_only_changes_are_linked_there_are_no_scores():
    (seen,) = on_scale(course(LAST), READING, "PHQ-9", [648.0]).visits
    assert np.isnan(seen.expected).all() and np.isnan(seen.written).all() and seen.change < 0.0


def test_with_variation_from_visit_to_visit_the_mean_is_over_the_days():
    noisy = Reading(scale("MADRS"), "score", "MADRS0", 0.6)
    (seen,) = on_scale(course(LAST), noisy, "QIDS-SR16", [648.0]).visits
    z = noisy.latent(np.array(LAST))[:, None] + 0.6 * np.random.default_rng(1).standard_normal((3, 20000))
    drawn = convert(noisy.score(z), "MADRS", "QIDS-SR16").mean(axis=1) - convert(BEFORE, "MADRS", "QIDS-SR16")
    assert seen.change == pytest.approx(drawn.mean(), abs=0.05)


def test_the_same_days_as_on_the_scale_of_the_model():
    one = course(LAST)
    seen, (mine,) = on_scale(one, READING, "HAM-D17").visits, clinic.visits(one, READING, [24.0])
    assert [visit.hours for visit in seen] == list(clinic.days(one))
    assert seen[0].written == pytest.approx(convert(mine.written, "MADRS", "HAM-D17"))


def test_nobody_finished():
    (seen,) = on_scale(run(np.full((3, TIMES.size), np.nan), model=MODEL), READING, "HAM-D17", [24.0]).visits
    assert seen.n == 0 and np.isnan(seen.change)


@pytest.mark.parametrize(("name", "error", "words"), [
    ("CADSS", RequestError, "No link between MADRS and CADSS"),
    ("MADRS", RequestError, "is what the model is read on"),
    ("HAMD", UnknownName, "HAM-D17"),
])  # fmt: skip
def test_a_scale_without_a_link_is_refused(name, error, words):
    with pytest.raises(error, match=words):
        checked(name, READING)


def test_every_link_names_its_paper():
    assert linked_to("MADRS") == ("HAM-D17", "QIDS-SR16", "PHQ-9")
    for name in linked_to("MADRS"):
        assert all(link.citation for link in between("MADRS", name))
    assert between("MADRS", "HAM-D17") == between("HAM-D17", "MADRS") and between("PHQ-9", "QIDS-SR16") == ()
