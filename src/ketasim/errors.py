"""Every exception that ketasim raises.

::

    KetasimError                 shown to the user as one sentence
    ├── RequestError             the request was wrong (exit status 2)
    │   ├── UnknownName          a name that nothing answers to
    │   ├── UnitError            a unit that does not parse or does not fit
    │   ├── RegimenError         a regimen, dose, route or product that cannot be given
    │   ├── PeopleError          a population or a patients file
    │   ├── DataError            a data set, with line and column
    │   ├── EvidenceError        a fact or citation without what it must carry
    │   ├── StudyError           a study file, with file, line and field
    │   ├── ModelError           a model that does not compose
    │   └── FolderError          an output folder that exists or cannot be written
    └── WorkError                the work failed (exit status 1)
        ├── DiskError            the disk refused while the work was under way
        └── NobodyFinished       no patient's run came to an end

A message says what was expected, what came, what is available and what to try, for whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class KetasimError(Exception):
    """Base of all our exceptions; its text is one sentence for the user."""


class RequestError(KetasimError):
    """The request was wrong: exit status 2."""


class WorkError(KetasimError):
    """The request was right and the work failed: exit status 1."""


class UnitError(RequestError):
    """A unit that cannot be read, or that does not fit where it stands."""


class RegimenError(RequestError):
    """A regimen, dose, route or product that cannot be given."""


class PeopleError(RequestError):
    """A population or a patients file that cannot be used."""


class DataError(RequestError):
    """A data set that cannot be read; the message names line and column."""


class EvidenceError(RequestError):
    """A fact or a citation that lacks what it must carry."""


class StudyError(RequestError):
    """A study file that cannot be used; the message names file, line and field."""


class ModelError(RequestError):
    """A model that does not compose: a port, a unit or an equation is wrong."""


class FolderError(RequestError):
    """An output folder that exists, is not ours, has too little room or cannot be written from the start."""


class DiskError(WorkError):
    """The disk refused while the work was under way: it is full, or a place was closed to us meanwhile."""


class NobodyFinished(WorkError):
    """No patient's run came to an end; `reasons` say why, as the warnings of a run do."""

    def __init__(self, reasons: Iterable[str]) -> None:
        super().__init__(
            f"Nobody's run finished, so nothing is written. {' '.join(reasons)} Look at the parameters, first at those "
            "that were changed."
        )


class UnknownName(RequestError):
    """A name that nothing answers to, with the nearest names there are."""

    def __init__(self, kind: str, name: str, available: Iterable[str], hint: str = "", shown: str = "") -> None:
        """State the unknown `name` of a `kind` ("model", "route"), the nearest and all `available` names.

        `shown` says in fewer words what is available, where a list of the names would be too long.
        """
        names = sorted(available)
        near = get_close_matches(name, names, n=3, cutoff=0.5) or get_close_matches(
            name.lower(), names, n=3, cutoff=0.5
        )
        guess = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        shown = shown or ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        super().__init__(f"Unknown {kind} {name!r}.{guess} Available: {shown or 'none'}.{' ' + hint if hint else ''}")
        self.kind, self.name, self.available = kind, name, tuple(names)
