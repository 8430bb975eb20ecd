"""What a conversation has come to, as notes: what was decided, what is so, and what is still open.

A model writes only what is new, and we add it to what was noted before: a decision of the third turn is not told anew,
and so not lost, however often the notes grow. Models keep to the form more or less; what they say is read leniently.
"""

import re
from collections.abc import Iterable

import msgspec

MOST_CHARACTERS = 4000
"""Notes that have grown longer are to be made shorter."""

_MOST_ITEMS = 12
_LONGEST_ITEM = 300
_SHORT_ITEM = 120
"""What is left of a long one where not all fit."""

_FEWER_WORDS = 4
_HEADING = re.compile(r"^[\W_]*(decisions?|facts?|open)\b[^-:]{0,20}:?[\W_]*$", re.IGNORECASE)
_DECIDED = re.compile(r"\b(decided?|decision|agreed?|chose|chosen|settled|fixed|approved|will be)\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•\u2013]|\d{1,2}[.)])\s+")
_NOTHING = frozenset({"none", "n/a", "nothing", "none yet", "nothing new"})


class Summary(msgspec.Struct, frozen=True):
    """Each item is one short sentence; the oldest is first."""

    decisions: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.decisions or self.facts or self.open_questions)

    def told(self) -> str:
        """As a model is told it, and is asked to write."""
        sections = (("Decisions", self.decisions), ("Facts", self.facts), ("Open", self.open_questions))
        return "\n".join(f"{name}:\n{_listed(items)}" for name, items in sections)

    def with_news(self, news: "Summary") -> "Summary":
        """What was decided and is so stays; what is open is what the latest notes say."""
        return Summary(
            _once(*self.decisions, *news.decisions), _once(*self.facts, *news.facts), _once(*news.open_questions)
        )

    def keeps_decisions_of(self, other: "Summary") -> bool:
        """Whether it can be the same in fewer words: of what was decided at least a quarter is told."""
        told, before = ("".join(one.decisions) for one in (self, other))
        return len(told) * _FEWER_WORDS >= len(before)

    def cut_to(self, characters: int) -> "Summary":
        """What fits: old facts go first, then what is open; decisions are shortened, and go last: one long-winded turn
        does not push out what was agreed before it.
        """
        kept = self
        while len(kept.told()) > characters and kept:
            if kept.facts:
                kept = msgspec.structs.replace(kept, facts=kept.facts[1:])
            elif kept.open_questions:
                kept = msgspec.structs.replace(kept, open_questions=kept.open_questions[1:])
            elif len(longest := max(kept.decisions, key=len)) > _SHORT_ITEM:
                short = f"{longest[: _SHORT_ITEM - 1]}\u2026"
                shorter = tuple(short if one is longest else one for one in kept.decisions)
                kept = msgspec.structs.replace(kept, decisions=shorter)
            else:
                kept = msgspec.structs.replace(kept, decisions=kept.decisions[1:])
        return kept


class Recalled(msgspec.Struct, frozen=True):
    """A summary, and of how many of a window's messages, from the oldest on."""

    count: int
    summary: Summary


def read(written: str) -> Summary:
    """A model's notes. What stands under no heading is a decision where it says so in English, else a fact."""
    found: dict[str, list[str]] = {"d": [], "f": [], "o": []}
    section = ""
    for line in written.splitlines():
        if (heading := _HEADING.match(line)) is not None:
            section = heading[1][0].lower()
        elif item := _tidy(line):
            found[section or ("d" if _DECIDED.search(item) else "f")].append(item)
    decisions, facts, still_open = (_once(*items[:_MOST_ITEMS]) for items in found.values())
    return Summary(decisions, facts, still_open)


def _tidy(line: str) -> str:
    item = " ".join(_BULLET.sub("", line).split())
    plain = item.strip("-\u2013•*`'\"().:").lower()
    return "" if not plain or plain in _NOTHING else item[:_LONGEST_ITEM]


def _once(*items: str) -> tuple[str, ...]:
    """As it was said first, in whatever case it is said again."""
    first: dict[str, str] = {}
    for item in items:
        first.setdefault(item.casefold(), item)
    return tuple(first.values())


def _listed(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "- none"
