"""What a simulation is asked with: a model, people and a regimen, where a name came in place of one."""

from __future__ import annotations

from ketasim.errors import RequestError


def check(model: object, people: object, given: object) -> None:
    """RequestError, with what to write instead, for a model, people or treatment of another kind."""
    from ketasim.dosing.regimen import Regimen
    from ketasim.model.model import Model
    from ketasim.population.people import People
    from ketasim.simulation.dataset import DataSet

    if not isinstance(model, Model):
        raise RequestError(_wrong("model must be a Model", model, "ks.model({})", "platform"))
    if people is not None and not isinstance(people, People):
        raise RequestError(_wrong("people must be People or None", people, "ks.population({}, n=100)", "trd-adults"))
    if not isinstance(given, Regimen | DataSet):
        raise RequestError(
            _wrong("given must be a Regimen or a data set", given, "ks.Regimen.preset({})", "spravato-induction")
        )


def _wrong(expected: str, came: object, call: str, example: str) -> str:
    shown = repr(came) if isinstance(came, str) else type(came).__name__
    return f"{expected}, but {shown} came; use {call.format(repr(came if isinstance(came, str) else example))}."
