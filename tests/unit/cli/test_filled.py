"""Text in lines of 80 columns, in which what a user would copy stays whole."""

from __future__ import annotations

import pytest

from ketasim.cli.console import filled

LONG = "a word that is repeated to fill the line " * 2


@pytest.mark.parametrize(
    "whole",
    [
        "`ketasim simulate spravato-84-single --model pathway --at 'day 8'`",
        "'effect of the oral antidepressant'",
        "--model pathway-direct-inhibition",
        "1.5 %",
        "/some/place/with-hyphens/and/a/name.csv",
    ],
)
def test_what_is_copied_stays_whole(whole: str) -> None:
    for k in range(40):
        lines = filled(f"{LONG[:40]}{'x' * k} {whole} and more of it. {LONG}").splitlines()
        assert any(whole in line for line in lines)
        assert all(len(line) <= 80 for line in lines)


def test_an_apostrophe_joins_nothing_and_spaces_of_a_users_stay_what_they_are() -> None:
    text = f"The dogs' bowl, {LONG} and {LONG} the cats' too; no\u00a0break here."
    lines = filled(text).splitlines()
    assert max(map(len, lines)) <= 80 and "no\u00a0break" in lines[-1]
    assert " ".join(" ".join(lines).split(" ")) == " ".join(text.split(" "))


def test_words_after_an_option_that_are_no_value_are_not_joined_to_it() -> None:
    from ketasim.cli.console import JOINED, WHOLE

    assert not WHOLE.search("leave out --days or give it") and WHOLE.search("give --days 6 or more")
    assert JOINED not in filled("give --days 6 or more")
