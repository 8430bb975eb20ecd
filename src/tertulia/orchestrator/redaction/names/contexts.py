"""Towns and companies that the language model takes for people, or does not see, by the words around them.

Nobody lives *in* a person, and few are employed *at* one. A town shows by its name too ("Port Jacob"), and a company of
partners by theirs ("Hall, Russell and Cook").
"""

import re
from collections.abc import Iterator, Sequence

from tertulia.orchestrator.redaction.names.process import Name
from tertulia.orchestrator.redaction.words import FIRST_NAMES, NO_FIELDS, NO_NAMES, PLACES

_WORD = r"[^\W\d_a-zß-öø-ÿ](?:[^\W\d_]|['’-](?=[^\W\d_]{2})){1,30}"
_OF = r"(?:de|du|del|la|le|les|am|an|der|den|upon|on|of|sur|en|op|do|da|di)"
_TOWN = rf"{_WORD}(?:[ -](?:{_OF}[ -]){{0,2}}{_WORD}){{0,3}}"
_LIVES = (
    r"(?:(?:[Ll]i(?:ve[sd]?|ving)|[Bb]orn|[Bb]ased|[Ll]ocated|(?:grew|grown)\sup|raised|[Mm]ov(?:e[sd]?|ing)|"
    r"[Aa]rriv(?:e[sd]?|al|ing)|[Tt]ravel(?:s|led|ling|ing)?|[Ff]lights?|fl(?:y|ying|ew|ies)|[Tt]rains?|[Tt]rips?|"
    r"[Dd]riv(?:e|es|ing)|[Ww]eather|[Rr]estaurants?|[Hh]otels?|branch(?:es)?|offices?|stores?|warehouses?|issued|"
    r"married|stud(?:y|ied|ying)|deliver(?:s|ed|y)?|ship(?:ped|ment|ping)?|[Cc]itizens?|[Rr]esid(?:e|es|ed|ing|ent)|"
    r"[Vv]isit(?:s|ed|ing)?|stay(?:s|ed|ing)?|flat|apartment|house|headquarter(?:s|ed)|school|college|university|"
    r"hospital|airport|weekend|holidays?|vacation|week|summer|station|pub|teacher|police|mayor|city|town|village|"
    r"wohne|lebe)(?:\s[a-z]{1,12}){0,2}\s(?:in|at|to|from|near|around|outside|of|nach|aus)\s|"
    r"(?<=\bfrom\s)(?=[^\n]{2,40}\sto\s[A-Z])|[Vv]isit(?:ed|ing)?\s)"
)
_BEHIND_LIVES = re.compile(rf"\b{_LIVES}(?P<value>{_TOWN})")
_FROM_TO = re.compile(rf"\bfrom\s(?P<value>{_TOWN})\sto\s(?P<second>{_TOWN})")
_WORKS = (
    r"(?:[Ww]ork(?:s|ed|ing)?|[Jj]obs?|[Ii]nterviews?|[Pp]ositions?|employed|hired|[Ii]ntern(?:ship|ing)?|"
    r"[Ss]hareholders?|[Ee]mployees?|[Cc]ustomers?|CEO|CFO|CTO|[Ff]ounders?|[Ss]uppliers?|[Vv]endors?|[Cc]lients?|"
    r"[Cc]ompan(?:y|ies)|[Ff]irms?|[Ee]mployers?|merger|complaint|[Ii]nvoices?|quotes?|[Aa]ccount\smanager|manager|"
    r"head\sof\s\w{2,15}|fridge|office|meeting|contract|behalf|division|subsidiary|"
    r"partner)(?:\s[a-z]{1,12}){0,2}\s(?:at|by|with|for|of|against|from)\s|(?:[Ss]upplier|[Vv]endor|[Ee]mployer|"
    r"[Cc]ompany|[Ff]irm)\s|\b(?:join|joined|joining)\s"
)
_PARTNERS = re.compile(rf"(?<![\w@/#.-])(?<![^\W\d_],\s){_WORD},\s{_WORD}\s(?:and|&)\s{_WORD}(?!\w|\s[^\W\d_a-z])")
_COMPANY = rf"{_WORD}(?:,\s{_WORD})?(?:\s(?:and\s|&\s|y\s|e\s|et\s)?{_WORD}){{0,3}}"
_BEHIND_WORKS = re.compile(rf"(?:\b(?:{_WORKS}))(?P<value>{_COMPANY})")
_MOST_FIRST_NAMES = 2
"""Among partners' surnames one may look like a first name."""

_GROUP = re.compile(
    rf"(?<![\w@/#.-]){_WORD}(?:-{_WORD}|\s{_WORD})?\s(?:Group|Holdings?|Industries|Enterprises|Associates|Gruppen|"
    r"Consulting)\b"
)
_BY_ITS_NAME = re.compile(
    r"(?<![\w@/#.-])(?:(?:North|South|East|West|Port|Lake|New|Fort|Mount|Saint|San|Santa|Nueva|Vieja|Upper|Lower)\s"
    r"(?P<second>"
    rf"{_WORD})|[A-Z][a-zà-ÿ]{{2,20}}(?:ville|burgh|borough|mouth|stad|chester|haven|shire|furt|town|port|bury|view"
    r"|side|fort))(?![\w'’-])"
)
_INSIDE = re.compile(r"(?<!terested )(?<!lieve )(?<!lieved )(?<!trust )(?<!faith )(?<!love )(?<!\w)(?:in|near|en) \Z")
_KNOWN = re.compile(rf"(?<![\w@/#.'’-]){_WORD}(?![\w@/-]|\s[^\W\d_a-z])")
_WITHIN = (" in ", " near ", " around ", "teacher from ", " outside ")
_INITIALS = re.compile(
    rf"(?:\A|(?<=[,(:;\"] )|(?<=[(:\"])|(?<=\b(?:by|to|or|cc) )|(?<=\b(?:for|and|ask) )|(?<=\b(?:with|from|tell) ))"
    rf"(?P<value>[A-Z]\.\s?(?:[A-Z]\.\s?)?{_WORD}(?:\s{_WORD})?)"
)
_NO_TOWN = re.compile(
    r"(?i:support|report|import|export|passport|transport|airport|comfort|effort|preview|review|interview|overview|"
    r"inside|outside|beside|downside|upside|aside|downtown|teleport|rapport)\Z"
)


def in_context(segment: str, found: Sequence[Name]) -> list[Name]:
    """What the model ``found``, with towns and companies in place of people, and where it found nothing, in order."""
    names = [
        ("PLACE", start, end)
        if kind == "PERSON"
        and _INSIDE.search(segment[:start][-30:])
        and segment[start:end].split(maxsplit=1)[0] not in FIRST_NAMES
        else (kind, start, end)
        for kind, start, end in found
    ]
    for word in _KNOWN.finditer(segment):
        if word[0] in PLACES and word[0] not in FIRST_NAMES:
            names = _put(names, "PLACE", *word.span(), ("PERSON",))
    for start, end, sure in _towns(segment):
        names = _put(names, "PLACE", start, end, ("PERSON", "ORGANISATION") if sure else ("PERSON",))
    for start, end in _partners(segment):
        names = _put(names, "ORGANISATION", start, end, ("PERSON", "PLACE"))
    for start, end in _companies(segment):
        names = _put(names, "ORGANISATION", start, end, ("PERSON",))
    for match in _INITIALS.finditer(segment):
        if match["value"].split()[-1].casefold() not in NO_NAMES | NO_FIELDS:
            names = _put(names, "PERSON", *match.span("value"), ("ORGANISATION", "PLACE"))
    return names


def _put(names: list[Name], kind: str, start: int, end: int, instead_of: Sequence[str]) -> list[Name]:
    """Unless something else was found there, or something that goes beyond it."""
    there = [one for one in names if one[1] < end and start < one[2]]
    if any(one[0] not in (*instead_of, kind) or one[1] < start or end < one[2] for one in there):
        return names
    return sorted([*(one for one in names if one not in there), (kind, start, end)], key=lambda one: one[1])


def _towns(segment: str) -> Iterator[tuple[int, int, bool]]:
    """And whether it is one whatever the model says."""
    for match in _BY_ITS_NAME.finditer(segment):
        second = match["second"]
        if second is None:
            if not _NO_TOWN.search(match[0]):
                yield *match.span(), True
        elif second in FIRST_NAMES or _BY_ITS_NAME.match(second):
            yield *match.span(), True
    for match in _FROM_TO.finditer(segment):
        for group in ("value", "second"):
            if not _is_somebody(match[group]):
                yield *match.span(group), False
    for match in _BEHIND_LIVES.finditer(segment):
        inside = match[0][: match.start("value") - match.start()].endswith((" in ", " near "))
        if not _is_somebody(match["value"], unless_inside=inside):
            sure = match[0][: match.start("value") - match.start()].endswith(_WITHIN) and " " not in match["value"]
            yield *match.span("value"), sure


def _partners(segment: str) -> Iterator[tuple[int, int]]:
    for match in _PARTNERS.finditer(segment):
        words = re.findall(_WORD, match[0])
        known = sum(word in FIRST_NAMES for word in words)
        if (
            PLACES.isdisjoint(words)
            and known < _MOST_FIRST_NAMES
            and words[0] not in FIRST_NAMES
            and not NO_NAMES.intersection(map(str.casefold, words))
        ):
            yield match.span()


def _companies(segment: str) -> Iterator[tuple[int, int]]:
    for match in _GROUP.finditer(segment):
        if match[0].split()[0].casefold() not in NO_NAMES:
            yield match.span()
    for match in _BEHIND_WORKS.finditer(segment):
        if not _is_somebody(match["value"]):
            yield match.span("value")


def _is_somebody(value: str, *, unless_inside: bool = False) -> bool:
    """Or nothing that has a name."""
    words = value.split()
    first = words[0].rstrip(",")
    return (first in FIRST_NAMES and not unless_inside) or any(
        word.rstrip(",").casefold() in NO_NAMES | NO_FIELDS for word in words
    )
