"""Figures draw what they are given, the same bytes each time."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.lines import Line2D

from ketasim.report.figures import Band, Curves, Dots, Points, draw, png, svg
from ketasim.report.style import COLOURS

HOURS = np.linspace(0.0, 6.0, 25)


def band(label: str = "infusion", scale: float = 1.0) -> Band:
    middle = scale * HOURS * np.exp(-HOURS)
    return Band(label, HOURS, middle, 0.5 * middle, 2.0 * middle)


def curves(**changes: object) -> Curves:
    given: dict[str, object] = {"title": "Arterial", "unit": "ng/mL", "bands": (band(),)}
    return Curves(**(given | changes))  # type: ignore[arg-type]


def test_the_same_data_give_the_same_bytes():
    assert svg(draw([curves()])) == svg(draw([curves()]))


def test_svg_has_no_date_and_loads_nothing_from_elsewhere():
    text = svg(draw([curves()]))
    assert text.startswith("<svg") and "dc:date" not in text and "<image" not in text and "<script" not in text


def test_axes_carry_quantity_unit_and_time():
    axes = draw([curves()]).axes[0]
    assert axes.get_xlabel() == "time (h)"
    assert axes.get_ylabel() == "concentration (ng/mL)"
    assert axes.get_title(loc="left") == "Arterial"


def test_long_runs_are_drawn_in_days():
    axes = draw([curves(bands=(Band("a", HOURS * 100, HOURS),))]).axes[0]
    assert axes.get_xlabel() == "time (days)"
    assert axes.get_xlim()[1] == pytest.approx(25.0)


def test_points_share_the_colour_of_their_band():
    points = Points("infusion", HOURS[::5], np.ones(5))
    first, second = draw([curves(points=(points,))]).axes[0].get_lines()
    assert first.get_color() == second.get_markerfacecolor() == COLOURS[0]


def test_a_band_keeps_its_colour_across_panels():
    figure = draw([curves(bands=(band("a"), band("b"))), curves(bands=(band("b"),))])
    assert figure.axes[1].get_lines()[0].get_color() == COLOURS[1]


def test_missing_values_leave_gaps_not_errors():
    middle = np.where(HOURS > 3, np.nan, HOURS)
    svg(draw([curves(bands=(Band("a", HOURS, middle, middle, middle),))]))


def test_dots_show_prediction_and_published_number():
    one = np.array([1.0, 2.0])
    panel = Dots("Peak", "ng/mL", ("28 mg", "56 mg"), one, one / 2, one * 2, one * 1.1, "Cmax")
    axes = draw([panel]).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["28 mg", "56 mg"]
    assert axes.get_ylabel() == "Cmax (ng/mL)"


def test_a_legend_appears_once_there_is_something_to_tell_apart():
    assert not draw([curves(bands=(Band("a", HOURS, HOURS),))]).legends
    assert len(draw([curves(bands=(band("a"), band("b")))]).legends) == 1


def test_nothing_overlaps():
    """No axis label or tick of one panel reaches into another panel, and the legend stands clear of all."""
    figure = draw([curves(), curves(title="Another with a rather long title"), curves(), curves()])
    figure.draw_without_rendering()
    boxes = [axes.get_tightbbox() for axes in figure.axes] + [legend.get_window_extent() for legend in figure.legends]
    for k, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[k + 1 :])


def test_settings_of_matplotlib_are_left_as_they_were():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    svg(draw([curves()]))
    assert dict(mpl.rcParams) == before


def test_png_is_the_same_each_time():
    assert png(draw([curves()]), dpi=60) == png(draw([curves()]), dpi=60)


def test_hours_after_a_dose_are_said_and_lines_that_may_cover_each_other_are_dashed():
    axes = draw([curves(bands=(band("a"), band("b")), since="after dose")]).axes[0]
    assert axes.get_xlabel() == "time after dose (h)"
    assert [line.get_linestyle() for line in axes.get_lines()] == ["-", "--"]


def test_a_long_course_of_a_concentration_is_logarithmic_over_three_decades():
    axes = draw([curves(bands=(band(),), log=True)]).axes[0]
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log" and high > 2 * np.exp(-1) and 2.0 < np.log10(high / low) < 4.0
    nothing = draw([curves(bands=(Band("a", HOURS, 0 * HOURS),), log=True)]).axes[0]
    assert nothing.get_yscale() == "linear"


def test_the_legend_says_what_is_band_and_what_is_line_and_of_how_many_people():
    def legend(*panels):
        (found,) = draw(list(panels)).legends
        return [text.get_text() for text in found.get_texts()]

    few = Band("a", HOURS, HOURS, HOURS, HOURS, people=3)
    many = Band("a", HOURS, HOURS, HOURS, HOURS, people=300)
    assert legend(curves(bands=(few,)))[-1] == "band: 5 to 95 % of only 3 people; line: median"
    assert legend(curves(bands=(many,), line="mean"))[-1] == "band: 5 to 95 % of people; line: mean"
    both = legend(curves(bands=(many,)), curves(bands=(many,), line="mean"))
    assert both[-1].endswith("line: median, or mean where the title says so")


def test_points_of_several_series_stand_in_the_legend_as_they_are_drawn():
    points = [Points(name, HOURS[::5], np.ones(5), "published") for name in ("a", "b")]
    figure = draw([curves(bands=(band("a"), band("b")), points=tuple(points))])
    (legend,), (axes,) = figure.legends, figure.axes
    assert [text.get_text() for text in legend.get_texts()].count("published") == 1

    def looks(lines):
        marked = [line for line in lines if line.get_linestyle() == "None"]
        return sorted((line.get_marker(), line.get_markerfacecolor()) for line in marked)

    assert len(set(looks(axes.lines))) == 2 and looks(legend.findobj(Line2D)) == looks(axes.lines)
