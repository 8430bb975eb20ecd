"""What the width of the paper broke is whole again; what somebody broke stays."""

import pytest

from tertulia.orchestrator.knowledge.lines import as_written


def test_a_sentence_over_several_lines_is_one_line() -> None:
    """A heading above it, its short last line and the paragraph below keep their places."""
    page = (
        "Opening hours\n"
        "The office of Port Melva is open from seven in the \n"
        "morning, closed on Sundays of Advent and Lent, and\n"
        "Easter.\n"
        "Berths are given out as boats arrive, and twenty-\n"
        "eight are kept free."
    )
    assert as_written(page).split("\n") == [
        "Opening hours",
        "The office of Port Melva is open from seven in the morning, closed on Sundays of Advent and Lent, and Easter.",
        "Berths are given out as boats arrive, and twenty-eight are kept free.",
    ]


def test_a_word_that_was_cut_at_a_soft_hyphen_is_whole() -> None:
    """So that it is found."""
    assert (
        as_written("The harbour master decides about the over\u00ad\nwintering of boats.").split()[6] == "overwintering"
    )


def test_a_ligature_is_its_letters() -> None:
    """Whatever the page's width."""
    assert as_written("the o\ufb03ce \ufb02ag") == "the office flag"


@pytest.mark.parametrize(
    "page",
    [
        "Crane, up to ten tonnes, with its driver    180\nHigh-pressure cleaning of a hull up to 12 m   65",
        "• Drinking water at every pontoon, free of charge\n• Diesel at the dock behind the ice house, dear",
        "The office is open from seven until the evening.\nBerths are given out in the order of arrival now",
        "A haiku has\nthree lines, and\nthis is one",
        "",
    ],
    ids=["table", "list", "sentences", "narrow", "empty"],
)
def test_lines_of_their_own_stay(page: str) -> None:
    """Rows, items, whole sentences, narrow columns."""
    assert [line.rstrip() for line in as_written(page).split("\n")] == page.split("\n")
