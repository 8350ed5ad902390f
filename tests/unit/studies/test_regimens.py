from ketasim.studies import regimens, shelf


def test_every_arm_of_every_study_can_be_given():
    for study in shelf.studies().values():
        for arm in study.arms:
            made = regimens.regimen(study, arm)
            assert bool(made.tables) is arm.active, f"{study.id}: {arm.name}"


def test_a_name_and_an_arm_give_the_same():
    study = shelf.study("popova2019")
    assert regimens.regimen(study, "esketamine") == regimens.regimen(study, study.arms[0])
    assert regimens.regimen(study, "placebo").tables == ()


def test_remarks_are_left_out():
    text = regimens.as_toml([{"drug": "ketamine", "note": "five sprays", "at": ["day 1"]}], "x")
    assert "five" not in text and 'at = ["day 1"]' in text
