"""A user gives two blockers of the same channel that failed in depression, and finds placebo."""

import pytest

import ketasim as ks

TRIALS = {
    "memantine": ("memantine-20mg-8-weeks", 56.0, 16.6),
    "lanicemine": ("lanicemine-100mg-12-weeks", 78.0, 100.0),
}


@pytest.mark.parametrize("drug", TRIALS)
def test_the_trial_ends_as_placebo_does(ketasim, drug):
    preset, days, _ = TRIALS[drug]
    said = ketasim(
        "compare", "none", preset, "--model", f"pathway-{drug}", "--control", "masked", "--patients", 12,
        "--days", days, "--at", f"day 8, day {days:g}", "--json",
    )  # fmt: skip
    assert said.status == 0, said.err
    rows = [row for row in said.json["comparison"] if row["regimen"] == preset]
    changes = [row for row in rows if row["measure"].startswith("change")]
    assert len(changes) == 2 and all(abs(row["difference"]) < 0.1 for row in changes)
    assert all(row["mean"] < -3.0 for row in changes)  # placebo itself helps
    blocked = [row for row in rows if row["output"] == "NMDA occupancy"]
    assert blocked and all(row["mean"] > 0 for row in blocked)


@pytest.mark.parametrize("drug", TRIALS)
def test_openly_given_they_do_as_little(ketasim, drug):
    preset, days, _ = TRIALS[drug]
    words = (
        "simulate",
        preset,
        "--model",
        f"pathway-{drug}",
        "--typical",
        "--control",
        "open",
        "--days",
        days,
        "--json",
    )
    ends = [
        ketasim(*words, "--param", f"mood.open_drug={times}").json["curves"]["MADRS"]["median"][-1] for times in (1, 3)
    ]
    assert ends[0] - 0.3 < ends[1] <= ends[0]


@pytest.mark.parametrize("drug", TRIALS)
def test_python_gives_the_same_model_and_doses(drug):
    preset, days, amount = TRIALS[drug]
    model, given = ks.model(f"pathway-{drug}"), ks.Regimen.preset(preset)
    assert f"pathway-{drug}" in ks.models()
    assert max(piece.amount.mg for piece in given.schedule()) == amount
    assert 24.0 * (days - 7) < given.end < 24.0 * days
    run = ks.simulate(model, ks.population("trd-adults", 4, 1), given, times=[0, 24 * days], outputs=("MADRS",))
    assert run.array("MADRS").shape == (4, 2)


def test_another_model_says_which_one_takes_the_drug(ketasim):
    said = ketasim("simulate", "lanicemine-100mg-12-weeks", "--model", "pathway")
    assert said.status == 2 and "lanicemine is a drug of --model pathway-lanicemine" in said.error
    said = ketasim("simulate", "iv-ketamine-0.5mgkg-single", "--model", "pathway-memantine")
    assert said.status == 2 and "ketamine is a drug of --model platform" in said.error


def test_lists_say_what_they_are(ketasim):
    rows = {row["model"]: row for row in ketasim("list", "models", "--json").json["models"]}
    for drug in TRIALS:
        assert "failed in depression" in rows[f"pathway-{drug}"]["title"]
    (way,) = ketasim("list", "routes", "--model", "pathway-memantine", "--json").json["routes"]
    assert (way["drug"], way["route"], way["grade"]) == ("memantine", "oral", "D") and "assumed" in way["note"]
