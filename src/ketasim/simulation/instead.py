"""A name where the thing itself is wanted: one sentence that says what to write instead."""

from __future__ import annotations

from ketasim.errors import RequestError


def check_model(model: object) -> None:
    """RequestError, with what to write instead, for what is no model."""
    from ketasim.model.model import Model

    if not isinstance(model, Model):
        raise RequestError(wrong("model must be a Model", model, "ks.model({})", "platform"))


def wrong(expected: str, came: object, call: str, example: str) -> str:
    """What was expected, what came, and the call that gives what was expected."""
    shown = repr(came) if isinstance(came, str) else type(came).__name__
    return f"{expected}, but {shown} came; use {call.format(repr(came if isinstance(came, str) else example))}."
