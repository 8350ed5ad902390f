"""`Run.plot`: outputs of one run over time, drawn as in its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ketasim.errors import RequestError
from ketasim.report.courses import whole
from ketasim.report.figures import draw, pdf, png, svg
from ketasim.report.run import observed
from ketasim.simulation.place import told
from ketasim.simulation.relapsed import BESIDE

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

FORMS: Final[Mapping[str, Callable[[Any], bytes]]] = {
    ".png": png,
    ".svg": lambda figure: svg(figure).encode(),
    ".pdf": pdf,
}


def plot(run: Run, *outputs: str, path: str | Path | None = None) -> Any:
    """A matplotlib Figure with a panel per output (all that were kept, where none is named) over hours or days.

    Line: median of the people (the person's, for one); band: their 5 to 95 %; points: what a data set observed.
    `path` saves it too, as .png, .svg or .pdf, in place of what stands there. UnknownName for an output that was not
    kept; RequestError for another ending, or where a run kept other quantiles; FolderError or DiskError from the disk.
    """
    form = None if path is None else form_of(Path(path))
    points = observed(run)
    names = tuple(dict.fromkeys(outputs)) or tuple(name for name in run.outputs if name not in BESIDE)
    if not names:
        raise RequestError(
            f"Of this run only the {' and the '.join(run.outputs)} was kept, which is drawn where it is named."
        )
    panels = [whole({"predicted": run}, name, (points[name],) if name in points else ()) for name in names]
    figure = draw(panels)
    if path is not None and form is not None:
        with told(Path(path)):
            Path(path).write_bytes(form(figure))
    return figure


def form_of(path: Path) -> Callable[[Any], bytes]:
    """How a figure becomes the bytes of a file with this ending; RequestError for an ending that is none of `FORMS`."""
    if path.suffix.lower() not in FORMS:
        raise RequestError(f"A picture is saved as {', '.join(FORMS)}, but path {str(path)!r} came.")
    return FORMS[path.suffix.lower()]
