"""A name looks like what it is: nothing in it turns the text around, hides, or breaks the line."""

import pytest
from pydantic import TypeAdapter, ValidationError

from tertulia.platform.names import Name, as_shown

NAME: TypeAdapter[str] = TypeAdapter(Name)
UNSAFE = [
    "\u202e",
    "\u202a",
    "\u2066",
    "\u2069",
    "\u200e",
    "\u200f",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\x07",
    "\n",
    "\u2028",
]


@pytest.mark.parametrize("unsafe", UNSAFE, ids=lambda one: f"U+{ord(one):04X}")
def test_what_turns_hides_or_breaks_is_refused_or_taken_out(unsafe: str) -> None:
    """Refused in what somebody types, taken out of what a file is called."""
    with pytest.raises(ValidationError):
        NAME.validate_python(f"invoice{unsafe}fdp.exe")
    assert as_shown(f"invoice{unsafe}fdp.exe").replace(" ", "") == "invoicefdp.exe"


@pytest.mark.parametrize(
    "good",
    [
        "Ada",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f4bb",
        "\u05e2\u05d1\u05e8\u05d9\u05ea",
        "a  b",
    ],
)
def test_what_scripts_and_emoji_are_written_with_stays(good: str) -> None:
    """Joiners too; a script that runs from the right needs no mark for it."""
    assert NAME.validate_python(f" {good} ") == as_shown(good) == good


def test_a_name_is_in_one_form_and_can_be_seen() -> None:
    """A letter and its accent are one character, however they came; joiners alone are no name."""
    assert NAME.validate_python("e\u0301") == "\u00e9"
    assert as_shown(" \u200d\u200c ") == ""
    for nothing in ("", " \t ", "\u200d", "x" * 101):
        with pytest.raises(ValidationError):
            NAME.validate_python(nothing)
