"""Published studies predicted by a rival of the model: its own draws, its own mechanism, or a refusal."""

import numpy as np
import pytest

from ketasim.calibration import posterior as posteriors
from ketasim.calibration.data import assemble
from ketasim.calibration.likelihood import predictions
from ketasim.calibration.parameters import INDEX
from ketasim.calibration.predict import fixed
from ketasim.errors import UnknownName, WorkError
from ketasim.pharmacology.mood import pathway, values
from ketasim.reproduction import conducted, leaning, mood, reproduce, rival, speak
from ketasim.studies import shelf

STUDY = "murrough2013"


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """The calibration that ships, in a folder where no rival was calibrated for itself."""
    text = values.FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(values, "FILE", tmp_path / "calibrated.toml")
    values.FILE.write_text(text, encoding="utf-8")
    values.calibrated.cache_clear()
    pathway.built.cache_clear()
    yield
    values.calibrated.cache_clear()
    pathway.built.cache_clear()


@pytest.mark.parametrize("name", ["placebo", "disinhibition", "pathway-mixture", ""])
def test_what_is_no_rival_is_refused_with_those_there_are(name):
    with pytest.raises(UnknownName, match=r"direct inhibition.*metabolite.*mixture"):
        rival.rival(name)


@pytest.mark.parametrize("name", rival.RIVALS)
def test_a_rival_without_a_calibration_of_its_own_is_refused(name, alone):
    for asked in (rival.rival, rival.parameters):
        with pytest.raises(WorkError, match=rf"{name}.*no calibration of its own.*rivals --install"):
            asked(name)
    for work in (reproduce.reproduce, conducted.conducted):
        with pytest.raises(WorkError, match="no calibration of its own"):
            work([shelf.study(STUDY)], mechanism=name)


def test_the_model_itself_needs_no_word_and_a_rival_is_told_with_its_convergence():
    assert rival.told("disinhibition") == ""
    how, said = values.calibrated("metabolite")["convergence"], rival.told("metabolite")
    assert "'pathway-metabolite'" in said and f"{how['r_hat']:.3f}" in said and f"{how['effective']:.0f}" in said


def test_draws_are_those_of_the_rival():
    post, source = rival.parameters("metabolite")
    assert source == "posterior" and not np.allclose(
        post.median()["weight_slow"], rival.parameters()[0].median()["weight_slow"]
    )
    np.testing.assert_array_equal(post.draws, posteriors.posterior(mechanism="metabolite").draws)


@pytest.fixture(scope="module")
def rows():
    return speak.sorted_out([shelf.study(STUDY)])[0]


@pytest.fixture(scope="module")
def still():
    """One point of the posterior, and trials that do not differ; the effect of the drug differs much between people."""
    found = posteriors.posterior()
    one = np.median(found.draws, axis=0)
    for name, number in (("study_relief", 1e-9), ("study_drug", 1e-9), ("response_cv", 1.2)):
        one[INDEX[name]] = number
    return posteriors.Posterior(found.names, one[None, :])


@pytest.mark.parametrize("mechanism", values.MECHANISMS)
def test_predictions_are_those_of_the_mechanism(mechanism, rows, still):
    """As calibration has them: trigger of the rival, for the mixture responders and others with the usual trigger."""
    trigger = "disinhibition" if mechanism == "mixture" else mechanism
    exact = predictions(assemble(rows, (), trigger), still.draws[0], fixed(mechanism == "mixture"))[0][0]
    found = mood.forecasts(rows, still, grades=False, mechanism=mechanism)
    assert [one.expected.mean() for one in found] == pytest.approx(exact.tolist(), rel=1e-6)
    if mechanism != "disinhibition":
        usual = mood.forecasts(rows, still, grades=False)
        assert abs(found[0].expected.mean() - usual[0].expected.mean()) > 1e-3


def test_facts_that_move_are_those_of_the_rival():
    own, usual = (
        {lever.fact.id for lever in leaning.levers([shelf.study(STUDY)], mechanism)}
        for mechanism in ("metabolite", "disinhibition")
    )
    assert "mood.metabolite.half" in own - usual and "mood.glutamate.least" in usual - own


def test_single_patients_follow_the_model_of_the_rival(monkeypatch):
    """With the same draws, what differs is the model."""
    same = rival.parameters("disinhibition")
    monkeypatch.setattr(rival, "parameters", lambda mechanism: same)
    usual, own = (
        conducted.conducted("murrough2013", replicates=2, patients=12, mechanism=mechanism)
        for mechanism in ("disinhibition", "metabolite")
    )
    assert (usual.model, own.model) == ("pathway", "pathway-metabolite") and "metabolite" in own.warnings[0]
    assert usual.results[0].predicted.tolist() != own.results[0].predicted.tolist()
