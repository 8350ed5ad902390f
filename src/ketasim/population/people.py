"""People: who is treated, as columns by name, in pieces of any size; nothing is drawn before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import PeopleError
from ketasim.population.covariates import checked

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, NDArray[Any]]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """n people: an ID and covariates each (AGE years, WT kg, HT cm, SEX, ANCESTRY, PMA weeks, or columns of one's own).

    `columns(start, stop)` makes the columns of the people at positions start ≤ k < stop, always the same, whatever the
    piece; `source` says where they come from (it goes into the fingerprint of a run), `warnings` what their file leaves
    in doubt, `place` where a person stands in it ("people.csv, line 2"; None where there is no file).
    """

    label: str
    n: int
    names: tuple[str, ...]
    columns: Callable[[int, int], Columns] = field(repr=False, compare=False)
    source: Mapping[str, Any] = field(default_factory=dict)
    data_range: Mapping[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)
    place: Callable[[int], str] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.n < 1:
            raise PeopleError(f"A population needs at least 1 person, got {self.n}.")

    def __len__(self) -> int:
        """Number of people."""
        return self.n

    def chunk(self, start: int, stop: int) -> Columns:
        """Columns by name, "ID" among them, of the people at positions start ≤ k < stop; arrays (stop − start,)."""
        if not 0 <= start < stop <= self.n:
            raise IndexError(f"People {start} to {stop} of {self.n}.")
        return self.columns(start, stop)

    @property
    def table(self) -> pd.DataFrame:
        """All of them as a table with the column ID first."""
        import pandas as pd

        return pd.DataFrame(self.chunk(0, self.n))

    @staticmethod
    def from_csv(path: str | Path) -> People:
        """See `ketasim.population.people.from_csv`."""
        return from_csv(path)

    @staticmethod
    def one(**covariates: float | str) -> People:
        """See `ketasim.population.people.one`."""
        return one(**covariates)


def keys(ids: NDArray[Any]) -> I64:
    """The number by which each person's draws are keyed: the ID itself if whole, else a hash of its text."""
    if np.issubdtype(ids.dtype, np.integer):
        return ids.astype(np.int64)
    hashed = [int.from_bytes(blake2b(str(i).encode(), digest_size=8).digest(), "little") >> 1 for i in ids]
    return np.asarray(hashed, dtype=np.int64)


def listed(table: Mapping[str, Any], label: str, source: Mapping[str, Any] | None = None) -> People:
    """People from columns that are there already; PeopleError for a column or a value that cannot be."""
    columns = checked(table)
    digest = blake2b(digest_size=16)
    for name, values in columns.items():
        digest.update(f"{name}:{values.dtype.str}".encode())
        digest.update("\n".join(map(str, values.tolist())).encode())

    def piece(start: int, stop: int) -> Columns:
        return {name: values[start:stop] for name, values in columns.items()}

    names = tuple(name for name in columns if name != "ID")
    n = int(columns["ID"].size)
    return People(label, n, names, piece, {**(source or {}), "digest": digest.hexdigest()})


def with_columns(people: People, same: Mapping[str, str | float], over: Iterable[str] = ()) -> People:
    """The same people with columns that hold one value for everybody; PeopleError where they have such a column, unless
    it is one that is written `over`.
    """
    if not same:
        return people
    for name in same:
        if name in people.names and name not in over:
            raise PeopleError(
                f"The people ({people.label}) say {name} themselves; it is not given for everybody as well."
            )

    def piece(start: int, stop: int) -> Columns:
        return {**people.chunk(start, stop), **{name: np.full(stop - start, value) for name, value in same.items()}}

    source = {**people.source, "everybody": dict(same)}
    names = tuple(dict.fromkeys((*people.names, *same)))
    return replace(people, names=names, columns=piece, source=source)


def one(**covariates: float | str) -> People:
    """One named person: one(AGE=45, WT=80, SEX="female"); AGE in years, WT in kg, HT in cm."""
    if not covariates:
        raise PeopleError('Say who the person is, as in one(AGE=45, WT=80, SEX="female").')
    upper = {name.upper(): [value] for name, value in covariates.items()}
    return listed({"ID": [1], **upper}, "one person", {"kind": "one person"})


def from_csv(path: str | Path) -> People:
    """People of a file: one row each, a column ID, covariates by name; comma, semicolon, tab or blanks between.

    Lines that begin with # are left out. PeopleError names line and column of what cannot be used.
    """
    from ketasim.population.table import read

    where = Path(path)
    columns, lines, warnings = read(where)
    people = listed(columns, where.name, {"kind": "file", "name": where.name})
    return replace(people, warnings=warnings, place=lambda k: f"{where}, line {int(lines[k])}")
