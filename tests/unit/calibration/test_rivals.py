"""Rivals weighed: the verdict and its rule, the page, and where the draws come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ketasim.calibration import fingerprint, left_out, parameters, posterior, rivals, run
from ketasim.calibration.left_out import Found, LeftOut
from ketasim.calibration.rivals import Weighed, apart_from, page, record, verdict, weigh
from ketasim.pharmacology.mood import values
from ketasim.pharmacology.mood.glutamate import Mechanism

PRINTS = {"model": "0123456789abcdef", "evidence": "fedcba9876543210", "code": "aaaabbbbccccdddd"}


def left(density: float, error: float = 0.05, trial: str = "one") -> LeftOut:
    return LeftOut(trial, float(density), error, 300.0, 0.4)


def weighed(
    name: str, per_trial: np.ndarray, r_hat: float = 1.0, effective: float = 500.0, error: float = 0.0
) -> Weighed:
    trials = tuple(left(one, error) for one in per_trial)
    return Weighed(name, Found(trials, error * len(trials) ** 0.5, 300.0), r_hat, effective)


def marred(one: Weighed, **change: Any) -> Weighed:
    """The same with the third trial changed."""
    trials = [replace(trial, **change) if k == 2 else trial for k, trial in enumerate(one.trials)]
    return replace(one, found=replace(one.found, trials=tuple(trials)))


def drew(one: Weighed, error: float) -> Weighed:
    """The same with another Monte-Carlo error of the sum."""
    return replace(one, found=replace(one.found, error=error))


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


@pytest.mark.parametrize("change", [{"error": 0.31}, {"shape": 0.71}, {"effective": 49.0}])
@pytest.mark.parametrize("whose", ["mixture", "disinhibition"])
def test_none_is_better_or_worse_where_it_is_not_known_how_a_trial_is_predicted(
    close: dict[str, Weighed], change: dict[str, float], whose: str
) -> None:
    found = {**close, "mixture": weighed("mixture", close["disinhibition"].per_trial - 3.0)}
    assert "mixture predicts worse" in verdict(found)
    found[whose] = marred(found[whose], trial="NCT7", **change)
    said = verdict(found)
    assert "no verdict on mixture, which comes out worse, for it is not known how one of the two predicts NCT7" in said
    assert "predicts worse" not in said
    assert ("(1 of 17 trials are" in said) == (whose == "disinhibition")  # of direct inhibition, which is close
    assert "| 1 |" in page(found, PRINTS, PRINTS)


def test_what_is_not_known_of_a_trial_adds_to_what_cannot_be_told(close: dict[str, Weighed]) -> None:
    found = {**close, "mixture": marred(close["mixture"], trial="NCT7", error=0.31)}
    told = "these data cannot tell direct inhibition and mixture from disinhibition"
    assert verdict(close) == told
    assert verdict(found) == f"{told} (1 of 17 trials are not known as well as asked)"


def test_the_standard_error_counts_trials_and_what_was_drawn(close: dict[str, Weighed]) -> None:
    base, other = close["disinhibition"], close["mixture"]
    apart = other.per_trial - base.per_trial
    assert apart_from(other, base) == pytest.approx((apart.sum(), np.sqrt(17 * apart.var(ddof=1))))
    drawn = apart_from(drew(other, 3.0), drew(base, 4.0))[1]
    assert drawn == pytest.approx(np.sqrt(17 * apart.var(ddof=1) + 25.0))
    assert apart_from(base, base) == (0.0, 0.0)


@pytest.mark.parametrize(("error", "told"), [(0.0, "predicts better"), (0.29, "cannot tell")])
def test_a_difference_within_two_standard_errors_is_no_verdict(error: float, told: str) -> None:
    base = weighed("disinhibition", np.linspace(-5.0, -4.0, 17))
    steps = 0.24 + 0.5 * np.resize([1.0, -1.0], 17)  # 4.6 in all, 2.1 its standard error
    found = {"disinhibition": base, "mixture": weighed("mixture", base.per_trial + steps, error=error)}
    assert told in verdict(found)


@pytest.mark.parametrize("bad", [{"r_hat": 1.051}, {"effective": 99.0}])
def test_no_verdict_on_chains_that_have_not_converged(close: dict[str, Weighed], bad: dict[str, float]) -> None:
    worse = weighed("mixture", close["disinhibition"].per_trial - 3.0, **bad)
    found = {**close, "mixture": worse}
    assert "no verdict on mixture" in verdict(found) and "predicts" not in verdict(found)
    text = page(found, PRINTS, PRINTS).split("## Trial by trial")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert ["not converged" in line for line in rows[1:]] == [False, False, True]
    base = weighed("disinhibition", close["disinhibition"].per_trial, **bad)
    assert verdict({**close, "disinhibition": base}) == "no verdict, for disinhibition has not converged"


def test_the_page_says_how_each_trial_is_predicted(close: dict[str, Weighed]) -> None:
    found = {
        "disinhibition": marred(close["disinhibition"], trial="NCT7", density=-4.0, error=0.21),
        "mixture": marred(close["mixture"], trial="NCT7", density=-3.0, error=0.42),
    }
    text = page(found, PRINTS, PRINTS)
    assert "| NCT7 | -4.00 (0.21) | -3.00? (0.42) |" in text
    first = [line for line in text.splitlines() if line.startswith(("| disinhibition", "| mixture"))]
    assert [line.split(" | ")[-2:] for line in first] == [["0.21", "0 |"], ["0.42", "1 |"]]
    trials = record(found)[1]["trials"]
    assert isinstance(trials, list) and (trials[2]["known"], trials[2]["effective"]) == (False, 300.0)


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


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is calibrated and with which draws what is weighed, without doing either."""
    found: list[tuple[str, str]] = []
    draws = np.random.default_rng(1).standard_normal((4, 3, len(parameters.names())))
    ones = np.ones(draws.shape[-1])
    result = run.Result(draws, draws[..., 0], (0.2,), ones, 321.0 * ones, 1.0)

    def calibrate(folder: Path, effort: run.Effort, *_: object) -> run.Result:
        found.append(("calibrated", effort.rival))
        folder.mkdir(parents=True, exist_ok=True)
        return result

    monkeypatch.setattr(rivals, "calibrate", calibrate)
    monkeypatch.setattr(rivals, "_weighed", lambda name, draws, *_: found.append((name, f"{draws.effective:.0f}")))
    return found


RIVAL: Mechanism = "metabolite"


def test_what_is_installed_is_weighed_and_not_calibrated_again(asked: list[Any], tmp_path: Path) -> None:
    said: list[str] = []
    weigh(RIVAL, tmp_path, say=said.append)
    known = values.calibrated(RIVAL)["convergence"]["effective"]
    assert asked == [(RIVAL, f"{known}")] and "draws that are installed; --again calibrates it anew" in said[0]
    weigh("disinhibition", tmp_path)
    assert asked[1:] == [("disinhibition", f"{values.calibrated()['convergence']['effective']}")]


@pytest.mark.parametrize("asking", ["again", "force", "begun", "changed"])
def test_a_rival_is_calibrated_where_that_is_asked_for_or_begun_or_what_is_installed_is_old(
    asked: list[Any], tmp_path: Path, asking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if asking == "begun":
        (tmp_path / RIVAL).mkdir()
        (tmp_path / RIVAL / run.MARK).write_text("begun")
    if asking == "changed":
        real = fingerprint.of_model

        def changed(mechanism: Mechanism = "disinhibition") -> str:
            return "another" if mechanism == RIVAL else real(mechanism)

        monkeypatch.setattr(fingerprint, "of_model", changed)
    weigh(RIVAL, tmp_path, force=asking == "force", again=asking == "again")
    assert asked == [("calibrated", RIVAL), (RIVAL, "321")]


def test_a_rival_is_weighed_by_processes_that_find_what_is_found_here(
    tmp_path: Path,
) -> None:
    few = left_out.Search(first=2, around=(0.5, 0.5), most=0, full=52, rounds=1)
    said: list[str] = []
    draws = rivals._shipped()
    found = rivals._weighed("disinhibition", draws, tmp_path, 2, said.append, few)
    assert [one.trial for one in found.trials] == list(rivals.trial_names("disinhibition")) and len(said) == 3
    pool = left_out._read(tmp_path / "left-out-disinhibition" / left_out.POOL)
    assert pool is not None and len(pool.points) >= 4 + 52
    over = rivals.apart("disinhibition", tuple(np.median(draws.draws, axis=0).tolist()))
    for k in (0, 30):
        prior, parts = over(pool.points[k])
        assert pool.pieces[k] == pytest.approx(np.array([prior, *parts]), rel=1e-9)
    assert not found.found.known and found.unknown  # of so few points


def test_standardised_logarithms_come_back(tmp_path: Path) -> None:
    u = np.random.default_rng(1).standard_normal((5, len(parameters.names())))
    assert rivals._standard(parameters.natural(u)) == pytest.approx(u)


def test_a_log_posterior_in_pieces_adds_up_and_is_nowhere_where_it_is_not_known() -> None:
    u = np.full(len(parameters.names()), 0.1)
    apart = rivals.Apart(run.target().likelihood)
    prior, parts = apart(u)
    assert prior + parts.sum() == pytest.approx(run.target()(u))
    prior, parts = apart(np.full(u.size, 6.1))
    assert prior == -np.inf and (parts == -np.inf).all() and parts.size == len(run.target().likelihood.data.trials)
