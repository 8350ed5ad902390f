"""What a simulation is asked with: a model, people and a regimen, where a name came in place of one."""

from __future__ import annotations

from ketasim.errors import RequestError
from ketasim.simulation.instead import check_model, wrong


def check(model: object, people: object, given: object) -> None:
    """RequestError, with what to write instead, for a model, people or treatment of another kind."""
    from ketasim.dosing.regimen import Regimen
    from ketasim.population.people import People
    from ketasim.simulation.dataset import DataSet

    check_model(model)
    if people is not None and not isinstance(people, People):
        raise RequestError(wrong("people must be People or None", people, "ks.population({}, n=100)", "trd-adults"))
    if not isinstance(given, Regimen | DataSet):
        raise RequestError(
            wrong("given must be a Regimen or a data set", given, "ks.Regimen.preset({})", "spravato-induction")
        )
