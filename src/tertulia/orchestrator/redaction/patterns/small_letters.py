"""People in small letters, as chats have them: "ask jennifer smith", "thx! -bilal", "whats frédérics number".

A first name that is no word besides tells wherever it stands, and what follows belongs to it unless everybody knows
that word ("maria said"). One that is a word too ("rose", "jack") counts where somebody is addressed or asked, and any
word that is not known to everybody after "my friend" or "mrs".
"""

import re
from collections.abc import Iterator

from tertulia.orchestrator.redaction.patterns.form import Found
from tertulia.orchestrator.redaction.words import (
    ALSO_WORDS,
    EVERYDAY,
    FIRST_NAMES,
    NO_FIELDS,
    NO_NAMES,
    PARTICLE,
)

_SMALL = "a-zß-öø-ÿāăąćčďđēėęěğīįıķłľļńňņōőœřśšşșťțūůűųźžż"
_WORD = re.compile(rf"(?<![\w-])[{_SMALL}]{{3,30}}(?!\w)|(?<=\s-)[{_SMALL}]{{3,30}}(?!\w)")
_HYPHENED = re.compile(rf"[{_SMALL}]{{2,30}}-[{_SMALL}]{{2,30}}(?!\w)")
_IN_CODE = re.compile(r"[-@/\\(\[{<=]|\.\w|\s=\s|:[^\s]")
_BESIDE = frozenset("@/\\#$&%=<+.")
_NEXT = re.compile(
    rf"\s((?:{PARTICLE}\s){{0,2}}[{_SMALL}](?:[{_SMALL}]|['’-](?=[{_SMALL}]{{2}})){{1,30}})(?![\w@/\\=(\[{{<]|\.\w)"
)
_MOST_AFTER = 2
"""Words after a first name."""

_KNOWN_TO_ALL = EVERYDAY | NO_NAMES | NO_FIELDS
_FIRST = frozenset(map(str.casefold, FIRST_NAMES))
_ALONE = _FIRST - ALSO_WORDS - _KNOWN_TO_ALL
_DOUBTFUL = (
    _FIRST & ALSO_WORDS
    | {"bill", "dawn", "dean", "drew", "faith", "frank", "grace", "holly", "jade", "joy", "mark", "max", "penny"}
    | {"rose", "sue"}
) - NO_FIELDS
_SHORTEST_OF_SOMEBODY = 4
_OF_SOMEBODY = frozenset(f"{name}s" for name in _ALONE if len(name) >= _SHORTEST_OF_SOMEBODY) - _ALONE - _KNOWN_TO_ALL
"""As many write it: "jennifers number". Of shorter names too many are words with it."""

_CANDIDATES = _ALONE | _DOUBTFUL | _OF_SOMEBODY
_ADDRESSED = re.compile(
    r"(?i:(?<!\w)(?:hi|hey|hello|dear|thx|thanks|thank\syou|cheers|ask(?:ed)?|tell|told|met|(?:spoke|talked|speak|talk)"
    r"\s(?:to|with)|this\sis|who\sis|i'?m|it's|my\sname\sis)\s)\Z"
)
_SPEAKS = re.compile(
    r"\s(?:said|says|told|asked|texted|called|emailed|replied|wrote|wants|wont|won't|cant|can't|didnt|didn't)\b"
)
_IN_A_CHAT = re.compile(r":\s[^\W\d]")
_RELATED = re.compile(
    r"(?i:(?<!\w)(?:(?:my|our|his|her|your|their)\s(?:best\s|old\s|new\s|ex\s|ex-|little\s|big\s)?(?:friend|mate|wife|"
    r"husband|partner|girlfriend|boyfriend|gf|bf|son|daughter|brother|sister|cousin|uncle|aunt|auntie|nephew|niece|boss|"
    r"manager|colleague|coworker|co-worker|neighbou?r|landlord|landlady|doctor|dentist|lawyer|teacher|roommate|"
    r"flatmate)|(?:mr|mrs|ms|dr)\.?)\s)"
)
_INFLECTED = re.compile(r"(?:ed|ing|ly|[^aiu]s)\Z")
_DONE = re.compile(r"\s[a-z]{2,12}ed\b|\s(?:is|was|has|said|says|told|will|wont|won't|did|does)\b")
_NEAR = 40


class SmallLetters:
    """As a ``Form``."""

    def matches(self, text: str) -> Iterator[Found]:
        related = {match.end() for match in _RELATED.finditer(text)}
        end = 0
        for match in _WORD.finditer(text):
            start, word = match.start(), match[0]
            if start < end or not (
                word in _CANDIDATES or start in related or text[match.end() : match.end() + 1] == "-"
            ):
                continue
            last = _end(text, start, match.end(), end, related=start in related)
            if last is not None:
                end = last
                yield Found("PERSON", start, end)


def _end(text: str, start: int, end: int, before: int, *, related: bool) -> int | None:
    """Where the name that begins here ends; ``before``: where the last one did."""
    if hyphened := _HYPHENED.match(text, start):
        end = hyphened.end()
    word = text[start:end]
    if text[start - 1 : start] in _BESIDE or _IN_CODE.match(text, end):
        return None
    if (word in _ALONE and not related) or (
        word in _DOUBTFUL and text[before:start] in (" and ", ", ", " & ") and before
    ):
        return _with_surname(text, end)
    if related and word not in _KNOWN_TO_ALL:
        return _of_a_relation(text, end, word)
    if word in _OF_SOMEBODY:
        return end - 1
    return _doubtful(text, start, end) if word in _DOUBTFUL else None


def _of_a_relation(text: str, end: int, word: str) -> int | None:
    """Any word but a verb's: "my boss insists", "my doctor graves prescribed"."""
    if word not in _FIRST and _INFLECTED.search(word) and not (word[-1] == "s" and _DONE.match(text, end)):
        return None
    return _with_surname(text, end)


def _doubtful(text: str, start: int, end: int) -> int | None:
    begins_a_line = start == 0 or text[start - 1] == "\n"
    if _SPEAKS.match(text, end) or (begins_a_line and "\n" in text and _IN_A_CHAT.match(text, end)):
        return end
    return _with_surname(text, end) if _ADDRESSED.search(text[max(0, start - _NEAR) : start]) else None


def _with_surname(text: str, end: int) -> int:
    for _ in range(_MOST_AFTER):
        following = _NEXT.match(text, end)
        if following is None or following[1].split(" ")[-1] in _KNOWN_TO_ALL:
            break
        end = following.end()
    return end
