"""Leaving a trial out by importance sampling, against a model whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ketasim.calibration import fingerprint, parameters, posterior, rivals
from ketasim.calibration.rivals import Weighed, left_out, page, verdict, worth
from ketasim.pharmacology.mood import values
from ketasim.pharmacology.mood.glutamate import Mechanism

PRINTS = {"model": "0123456789abcdef", "evidence": "fedcba9876543210", "code": "aaaabbbbccccdddd"}


def test_leaving_out_agrees_with_the_closed_form_of_a_normal_mean() -> None:
    """y_k ~ N(mu, 1), mu ~ N(0, 10²): the predictive density of one observation given the others is normal."""
    rng = np.random.default_rng(2)
    y = rng.normal(0.4, 1.0, 12)
    precision = y.size + 0.01
    draws = y.sum() / precision + rng.standard_normal(40_000) / np.sqrt(precision)
    parts = -0.5 * (y - draws[:, None]) ** 2 - 0.5 * np.log(2 * np.pi)
    others = (y.sum() - y) / (precision - 1.0)
    variance = 1.0 + 1.0 / (precision - 1.0)
    exact = -0.5 * (y - others) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)
    assert left_out(parts) == pytest.approx(exact, abs=0.02)


def weighed(
    name: str, per_trial: np.ndarray, r_hat: float = 1.0, effective: float = 500.0, weights: float = 37.4
) -> Weighed:
    return Weighed(name, per_trial, r_hat, effective, weights)


@pytest.fixture
def close() -> dict[str, Weighed]:
    rng = np.random.default_rng(4)
    base = rng.normal(-5.0, 1.0, 17)
    names = ("disinhibition", "direct inhibition", "mixture")
    return {n: weighed(n, base + (0.5 * rng.standard_normal(17) if k else 0.0)) for k, n in enumerate(names)}


def test_the_page_says_when_the_data_cannot_tell(close: dict[str, Weighed]) -> None:
    assert "cannot tell direct inhibition and mixture from disinhibition" in page(close, PRINTS, PRINTS)
    rng = np.random.default_rng(5)
    worse = close["disinhibition"].per_trial - 3.0 + 0.1 * rng.standard_normal(17)
    assert "mixture predicts worse" in page({**close, "mixture": weighed("mixture", worse)}, PRINTS, PRINTS)


def test_no_verdict_where_a_trial_is_left_out_by_a_few_draws(close: dict[str, Weighed]) -> None:
    worse = weighed("mixture", close["disinhibition"].per_trial - 3.0, weights=9.4)
    said = verdict({**close, "mixture": worse})
    assert "no verdict on mixture, of which a trial is left out by 9 draws alone" in said
    base = weighed("disinhibition", close["disinhibition"].per_trial, weights=4.0)
    assert verdict({**close, "disinhibition": base}).startswith("no verdict, for a trial is left out of disinhibition")


@pytest.mark.parametrize("bad", [{"r_hat": 1.051}, {"effective": 99.0}])
def test_no_verdict_on_chains_that_have_not_converged(close: dict[str, Weighed], bad: dict[str, float]) -> None:
    worse = weighed("mixture", close["disinhibition"].per_trial - 3.0, **bad)
    found = {**close, "mixture": worse}
    assert "no verdict on mixture" in verdict(found) and "predicts" not in verdict(found)
    rows = [line for line in page(found, PRINTS, PRINTS).splitlines() if line.startswith("| ")]
    assert ["not converged" in line for line in rows[1:]] == [False, False, True]
    base = weighed("disinhibition", close["disinhibition"].per_trial, **bad)
    assert verdict({**close, "disinhibition": base}) == "no verdict, for disinhibition has not converged"


def test_weights_are_worth_all_draws_where_a_trial_says_nothing_and_few_where_it_says_much() -> None:
    rng = np.random.default_rng(1)
    mu = rng.standard_normal(4000)
    parts = np.stack([np.zeros(4000), -0.5 * mu**2, -0.5 * 60.0 * (mu - 4.0) ** 2], axis=1)
    nothing, little, much = worth(parts)
    assert nothing == pytest.approx(4000.0) and much < 150.0 < little < 3999.0


def test_the_smallest_worth_over_trials_is_told(close: dict[str, Weighed], monkeypatch: pytest.MonkeyPatch) -> None:
    class Told:
        def settle(self, at: np.ndarray) -> None:
            assert at.shape == (1,)

        def parts(self, draw: np.ndarray) -> np.ndarray:
            return np.array([0.0, -0.5 * draw[0] ** 2])

    monkeypatch.setattr(rivals, "likelihood_of", lambda name: Told())
    draws = np.random.default_rng(3).standard_normal((50, 1))
    parts = np.stack([np.zeros(50), -0.5 * draws[:, 0] ** 2], axis=1)
    assert rivals._weighed("mixture", draws, 1.0, 500.0).weights == pytest.approx(worth(parts)[1])
    assert worth(parts)[1] < 49.0
    head, _, *rows = [line for line in page(close, PRINTS, PRINTS).splitlines() if line.startswith("|")]
    assert head.endswith("smallest size of weights |") and all(row.endswith("| 37 |") for row in rows)


def test_the_page_says_of_when_it_is(close: dict[str, Weighed]) -> None:
    text = page(close, PRINTS, PRINTS)
    assert (
        "code `aaaabbbb`, evidence `fedcba98`, model `01234567`." in text and "ships" not in text.split("How well")[0]
    )
    other = page(close, PRINTS, {**PRINTS, "model": "ffffffffff"})
    assert "The posterior that ships: code `aaaabbbb`, evidence `fedcba98`, model `ffffffff`." in other


@pytest.mark.parametrize("mechanism", [one for one in values.MECHANISMS[1:] if values.file_of(one).exists()])
def test_a_rival_with_its_own_numbers_is_of_this_model(mechanism: Mechanism) -> None:
    stale = "stale: run `ketasim rivals --install`, or remove its files"
    assert values.calibrated(mechanism), stale
    assert values.calibrated(mechanism)["own"]["model"] == fingerprint.of_model(mechanism), stale
    middle = posterior.posterior(mechanism=mechanism).median()
    for name, fact_id in parameters.fact_ids().items():
        assert values.value(fact_id, mechanism).number == pytest.approx(middle[name], rel=0.2)


def test_the_page_that_ships_is_of_the_calibration_that_ships() -> None:
    text = (Path(__file__).parents[3] / "docs" / "rivals.md").read_text(encoding="utf-8")
    told = ", ".join(f"{name} `{mark[:8]}`" for name, mark in sorted(values.calibrated()["fingerprints"].items()))
    assert f"Computed under {told}." in text, "stale: run `ketasim rivals` and put its rivals.md there"
