"""The story of `ketasim demo`: published numbers beside predictions, a report that stands alone, a picture."""

from __future__ import annotations

import contextlib
import csv
import io
import re

import pytest
from matplotlib.figure import Figure

from ketasim.cli import demo
from ketasim.cli.main import main


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One demonstration for all tests of this file."""
    folder, out = tmp_path_factory.mktemp("demo"), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        assert main(["demo", "--patients", "24", "--picture", "pictures/demo.png"]) == 0
    return folder, out.getvalue()


def test_it_prints_observed_against_predicted(made):
    _, text = made
    for word in ("Kamp 2020", "Perez-Ruixo 2021", "arterial R-ketamine, racemic infusion", "84 mg", "fold"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_report_stands_alone(made):
    page = (made[0] / "ketasim-demo" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 6 and "not a medical device" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#|data:)""", page) and "<script" not in page
    assert "doi:10.1016/j.bja.2020.06.067" in page and "d/dt(" in page


def test_every_published_number_is_in_the_table_with_its_fold_error(made):
    with (made[0] / "ketasim-demo" / "observed-against-predicted.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len([r for r in rows if r["study"] == "Perez-Ruixo 2021"]) == 72
    assert len([r for r in rows if r["study"] == "Kamp 2020"]) > 90
    for row in rows:
        ratio = float(row["predicted"]) / float(row["published"])
        assert float(row["fold_error"]) == pytest.approx(max(ratio, 1 / ratio), rel=1e-4)


def test_the_platform_is_near_the_published_drug_concentrations(made):
    with (made[0] / "ketasim-demo" / "observed-against-predicted.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if "nor" not in r["what"]]
    near = [float(r["fold_error"]) <= 1.5 for r in rows]
    assert sum(near) / len(near) >= 0.8


def test_mood_is_laid_beside_trials_and_said_to_be_calibrated_on_them(made):
    folder, text = made
    with (folder / "ketasim-demo" / "mood-against-predicted.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["use"] for row in rows} == {"calibrate"} and {row["what"] for row in rows} == {
        "change", "response", "remission",
    }  # fmt: skip
    assert {row["treatment"] for row in rows} == {
        "esketamine and a new oral antidepressant", "a new oral antidepressant alone",
    }  # fmt: skip
    final = {row["arm"]: float(row["predicted"]) for row in rows if (row["study"], row["what"]) == (
        "fedgchin2019", "change")}  # fmt: skip
    assert final["esketamine 84 mg"] < final["esketamine 56 mg"] - 0.2 < final["placebo"]  # each arm's own doses
    assert all(float(row["predicted_low"]) < float(row["predicted"]) < float(row["predicted_high"]) for row in rows)
    assert "Predicted: for the doses of each arm" in text
    page = (folder / "ketasim-demo" / "report.html").read_text(encoding="utf-8")
    assert "were used in calibration" in page and "Slow plasticity" in page
    assert "fedgchin2019" in text and "used in calibration" in text


def test_a_study_that_judges_is_not_shown():
    from ketasim.errors import StudyError
    from ketasim.reproduction.whole_path import used_in_calibration

    with pytest.raises(StudyError, match="judge"):
        used_in_calibration("popova2019")


def test_the_picture_is_a_png(made):
    assert (made[0] / "pictures" / "demo.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_of_ones_own_is_not_overwritten(ketasim, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.html").write_text("mine", encoding="utf-8")
    said = ketasim("demo", "--out", "mine")
    assert said.status == 2 and "--force" in said.error
    assert (tmp_path / "mine" / "report.html").read_text(encoding="utf-8") == "mine"


def test_the_default_folder_is_made_anew_only_where_it_is_a_demonstration(ketasim, tmp_path, monkeypatch):
    class Begun(Exception):
        """The demonstration began."""

    def begin(*_, **__):
        raise Begun

    monkeypatch.setattr("ketasim.cli.demo.run", begin)
    place = tmp_path / demo.FOLDER
    place.mkdir()
    (place / "report.html").write_text("mine", encoding="utf-8")
    said = ketasim("demo")
    assert said.status == 2 and "--force" in said.error
    assert [path.name for path in place.iterdir()] == ["report.html"]
    for name in demo.FILES:
        (place / name).write_text("earlier", encoding="utf-8")
    assert ketasim("demo").status == 1  # begun
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    said = ketasim("demo", "--force")
    assert said.status == 2 and "notes.txt" in said.error


def test_a_picture_of_a_kind_that_is_not_drawn_is_refused_before_the_work(ketasim, tmp_path, monkeypatch):
    monkeypatch.setattr("ketasim.cli.demo.run", None)  # not called
    said = ketasim("demo", "--picture", "x.jpg")
    assert said.status == 2 and ".png, .svg, .pdf, but path 'x.jpg' came" in said.error
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "begins"), [("a.PDF", b"%PDF"), ("a.svg", b"<svg"), ("a.png", b"\x89PNG")])
def test_a_picture_is_of_the_kind_its_name_says(tmp_path, monkeypatch, name, begins):
    monkeypatch.setattr("ketasim.report.demonstration.picture", lambda _: ())
    monkeypatch.setattr("ketasim.report.figures.draw", lambda *_, **__: Figure())
    demo.write_picture(None, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_picture_of_ones_own_is_not_overwritten(ketasim, tmp_path):
    (tmp_path / "mine.png").write_text("mine", encoding="utf-8")
    said = ketasim("demo", "--picture", "mine.png", "--patients", 2)
    assert said.status == 2 and "mine.png" in said.error and "--force" in said.error
    assert [path.name for path in tmp_path.iterdir()] == ["mine.png"]
    assert (tmp_path / "mine.png").read_text(encoding="utf-8") == "mine"


def test_too_few_people(ketasim):
    said = ketasim("demo", "--patients", 1)
    assert said.status == 2 and "at least 2" in said.error
