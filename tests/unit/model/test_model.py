"""How a model prints itself, and the text that fingerprints are taken of."""

from __future__ import annotations

from dataclasses import replace

from ketasim.model.model import Model, spelled
from ketasim.pharmacology import shelf


def test_a_model_prints_what_it_is_and_not_its_fields(chain: Model) -> None:
    assert repr(chain) == "Model 'chain' (unexamined): 3 components, 3 states, 7 parameters, 2 outputs"
    lines = str(chain).splitlines()
    assert lines[:3] == [repr(chain), "  gut, body, effect", "  components  gut, body, effect"]
    assert "  outputs     conc (ng/mL), effect (%)" in lines and "  covariates  WT" in lines


def test_drugs_with_the_same_routes_stand_together_and_lines_are_short() -> None:
    lines = str(shelf.model("platform")).splitlines()
    assert any(line.startswith("  doses       esketamine, arketamine, ketamine by iv_bolus") for line in lines)
    assert max(map(len, lines[1:])) <= 80


def test_models_that_print_alike_are_spelled_apart(chain: Model) -> None:
    other = replace(chain, note="something else")
    assert repr(other) == repr(chain) and spelled(other) != spelled(chain)
    assert spelled(chain) == spelled(replace(chain))
