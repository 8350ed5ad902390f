"""`run.plot`: the panels that were asked for, with bands and units, and the files it saves."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.errors import FolderError, RequestError, UnknownName
from ketasim.pharmacology import shelf
from ketasim.population import named
from ketasim.simulation.dataset import read
from ketasim.simulation.simulate import simulate

MODEL, PEOPLE = shelf.model("perez-ruixo-2021"), named.population("healthy-adults", 5, 1)
OUTPUTS = ("plasma S-norketamine", "plasma esketamine")


def run_of(**settings):
    return simulate(MODEL, PEOPLE, Regimen.preset("spravato-56-single"), times=np.linspace(0, 24, 25), **settings)


@pytest.fixture(scope="module")
def run():
    return run_of()


def test_each_output_is_a_panel_with_its_unit_band_and_median(run):
    figure = run.plot(*OUTPUTS)
    assert [axes.get_title("left") for axes in figure.axes] == ["Plasma S-norketamine", "Plasma esketamine"]
    axes = figure.axes[1]
    assert axes.get_ylabel() == "concentration (ng/mL)" and axes.get_xlabel() == "time (h)"
    (line,), (band,) = axes.lines, axes.collections
    np.testing.assert_array_equal(line.get_ydata(), run.band("plasma esketamine", (0.5,))[0])
    assert band.get_paths()[0].vertices[:, 1].max() == run.band("plasma esketamine", (0.95,)).max()


def test_without_names_all_that_was_kept_is_drawn(run):
    assert len(run.plot().axes) == len(run.outputs)


def test_quantiles_draw_what_trajectories_draw(run):
    table, whole = (one.plot("plasma esketamine").axes[0].lines[0].get_ydata() for one in (run_of(quantiles=True), run))
    np.testing.assert_array_equal(table, whole)
    with pytest.raises(RequestError, match="kept the quantiles"):
        run_of(quantiles=(0.1, 0.9)).plot()


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("a.svg", b"<svg"), ("A.PDF", b"%PDF")])
def test_it_saves_the_same_bytes_each_time(run, tmp_path, name, begins):
    saved = []
    for _ in range(2):
        run.plot("plasma esketamine", path=tmp_path / name)
        saved.append((tmp_path / name).read_bytes())
    assert saved[0] == saved[1] and saved[0].startswith(begins)


def test_what_cannot_be_drawn_or_saved_is_refused(run, tmp_path):
    with pytest.raises(UnknownName, match="plasma esketamine"):
        run.plot("plasma esketamin")
    with pytest.raises(RequestError, match=r"\.png, \.svg, \.pdf"):
        run.plot(path=tmp_path / "a.gif")
    with pytest.raises(FolderError, match="Cannot write"):
        run.plot(path=tmp_path / "nowhere" / "a.png")


def test_observations_of_a_data_set_lie_on_top(tmp_path):
    file = tmp_path / "d.csv"
    file.write_text("ID,TIME,AMT,EVID,CMT,DV,AGE\n1,0,28,1,1,.,40\n1,1,.,0,1,33,40\n", encoding="utf-8")
    axes = simulate(MODEL, None, read(file, MODEL)).plot().axes[0]
    assert [line.get_marker() for line in axes.lines] == ["None", "o"]
    assert axes.lines[1].get_ydata().tolist() == [33.0]
