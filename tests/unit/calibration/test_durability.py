"""Whether an effect lasts longer after a larger dose: a probability between 0 and 1, and what decides it."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.calibration import durability as work
from ketasim.calibration import parameters
from ketasim.calibration.durability import durability, kept, sentence
from ketasim.calibration.posterior import Posterior, prior
from ketasim.evidence.store import fact


def test_a_probability_and_its_sentence() -> None:
    found = durability(prior(40, seed=3))
    assert 0.0 <= found.probability <= 1.0
    assert f"{found.probability:.2f}" in sentence(found)
    assert ((found.small > 0) & (found.small < 1.5)).all()


def test_without_a_slow_state_saturation_decides_nothing_and_a_long_slow_state_keeps_more() -> None:
    p = parameters.natural(np.zeros(len(parameters.names())))
    only_fast = p.copy()
    only_fast[parameters.INDEX["weight_slow"]] = 1e-9
    long_slow = p.copy()
    long_slow[parameters.INDEX["slow_half_life"]] *= 3
    rows = Posterior(parameters.names(), np.array([p, only_fast, long_slow])).draws
    typical, fast, slow = kept(84, rows)
    assert fast < typical < slow


def test_saturation_is_that_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    p = parameters.natural(np.zeros(len(parameters.names())))[None, :]
    usual, asked = kept(84, p), []

    class Half:
        number = 0.5 * fact("mood.fast.saturation").number

    monkeypatch.setattr(work, "fact", lambda name: asked.append(name) or Half())
    assert abs(kept(84, p) - usual) > 1e-4
    assert asked == ["mood.fast.saturation"]
