"""What has a form: numbers of people, money and machines, addresses, dates of birth, keys and tokens.

Each kind is a pattern and, where the form has a checksum, the check; a number that fails its check stays as it is. What
has no form of its own (a passport's number, a date of birth) is known by the words before it. Every repetition is
bounded: no text makes a pattern slow.
"""

from functools import cache

from tertulia.orchestrator.redaction.patterns import (
    columns,
    fields,
    introductions,
    lists,
    machines,
    money,
    national,
    people,
    phones,
    places,
    places_abroad,
    places_by_end,
    places_by_label,
    secrets,
    small_letters,
    uncapitalised,
    wallets,
)
from tertulia.orchestrator.redaction.patterns.form import Found, Layer, Look, merged
from tertulia.orchestrator.redaction.reading import Reading

__all__ = ["Found", "Layer", "find", "merged"]


def find(text: str) -> list[Found]:
    """All personal data in a text, in order and without overlaps: the earlier form wins, then the earlier place."""
    reading = Reading(text)
    kept: list[Found] = []
    taken = bytearray()
    for form in _forms():
        for found in form.matches(reading.plain):
            taken = taken or bytearray(len(reading.plain))
            if 1 not in taken[found.start : found.end]:
                taken[found.start : found.end] = b"\x01" * (found.end - found.start)
                kept.append(found)
    kept.sort(key=lambda found: found.start)
    return [Found(found.kind, *reading.written(found.start, found.end)) for found in kept]


@cache
def _forms() -> tuple[Look, ...]:
    """Compiled on first use; the order is the precedence, so that a long secret is not taken to pieces."""
    return (
        *secrets.known(),
        *people.mail(),
        *wallets.forms(),
        *money.forms(),
        *national.forms(),
        *machines.forms(),
        *secrets.assigned(),
        *places_abroad.forms(),
        *places_by_end.forms(),
        *places_by_label.forms(),
        *places.forms(),
        *uncapitalised.forms(),
        *people.forms(),
        columns.Columns(),
        lists.Lists(),
        *introductions.forms(),
        *fields.forms(),
        *phones.forms(),
        small_letters.SmallLetters(),
    )
