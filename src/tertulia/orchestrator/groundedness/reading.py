"""Takes a text apart into what can be checked: sentences, their parts, and of each the numbers, names and words.

Made for English. A capital in mid-sentence is taken for a name, and a number behind a name for a part of it.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import msgspec

from tertulia.orchestrator.knowledge.ranking import stems

_CITED_BEHIND = re.compile(r"([.!?])[ \t]*((?:\[\d{1,2}\][ \t]*)+)")
_CITED = re.compile(r"\s*\[(\d{1,2})\]")
_ENDS = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[\"'(]*[A-Z\d])|\n+")
_MARKS = re.compile(r"^[\s>#]*(?:[-*\u2022]|\d{1,2}[.)])?\s+|[*_`]{1,3}")
_JOINTS = re.compile(r"\s*(?:;|:|,?\s+\b(?:and|but|while|whereas|although|because)\b|,(?=\s+(?:which|who)\b))\s+")
_TOKEN = re.compile(r"[^\W_]+(?:[-.:,'\u2019/][^\W_]+)*|%")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_NEGATIONS = frozenset(
    ["not", "no", "never", "without", "none", "nothing", "nobody", "neither", "nor", "cannot", "forbidden", "banned"]
)
_COMMON = (
    "a an the and or but if in on at for from to up by with within under over every each all any some most many this "
    "that these those it its they their he his she her you your we our i is are was were there here when where while "
    "who what which how during until since both also however yes no not as of per about according so then "
    "than only may must might can could should would will shall do does did has have had be been being let lets get "
    "gets got me my them him us because although least latest another such own same"
)
_FRAME = frozenset(_COMMON.split())
_COUNTED = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
_NUMBERS = {word: str(number) for number, word in enumerate(_COUNTED.split(), 2)}
_NUMBERS |= {word: str(10 * number) for number, word in enumerate(_TENS.split(), 3)} | {"thousand": "1000"}
_UNITS = {"%": "percent", "\u20ac": "euro", "eur": "euro", "kilograms": "kg", "kilogram": "kg"}
_LEAST = 2


class Part(msgspec.Struct, frozen=True):
    """A sentence or a clause of one. ``words`` are what is neither a name nor a number nor common, by their stems."""

    text: str
    numbers: frozenset[str]
    names: frozenset[str]
    words: dict[str, str]
    rivals: dict[int, frozenset[str]]
    """Of each line of ``rivals.txt`` that it has a part in, which words."""
    negated: bool

    @property
    def known(self) -> frozenset[str]:
        """Everything that a name may be looked for in."""
        return self.numbers | self.names | self.words.keys()

    @property
    def says_something(self) -> bool:
        return bool(self.numbers or self.names or self.words)

    def excludes(self, other: "Part") -> bool:
        """Whether they tell of a choice between words and have chosen none in common."""
        return any(not some & other.rivals[at] for at, some in self.rivals.items() if at in other.rivals)


class Sentence(msgspec.Struct, frozen=True):
    """``cited`` are the numbers of the passages that it refers to, from 1."""

    text: str
    cited: tuple[int, ...]

    def parts(self, names: frozenset[str] = frozenset()) -> list[Part]:
        """Its clauses, where each says enough to be looked for by itself; else the whole. ``names`` as in ``part``."""
        clauses = [part(text, names) for text in _JOINTS.split(self.text) if text.strip()]
        alone = all(one.words and len(one.known) >= _LEAST for one in clauses)
        return clauses if len(clauses) > 1 and alone else [part(self.text, names)]


def sentences(text: str) -> Iterator[Sentence]:
    for told in _ENDS.split(_CITED_BEHIND.sub(r" \2\1 ", text)):
        plain = _CITED.sub("", _MARKS.sub("", told)).strip()
        if plain:
            yield Sentence(plain, tuple(map(int, _CITED.findall(told))))


def part(text: str, known: frozenset[str] = frozenset()) -> Part:
    """``known`` are names: a first word, which has a capital anyway, may be one of them."""
    tokens = _TOKEN.findall(_THOUSANDS.sub("", text.replace("\u2019", "'")))
    numbers, names, words = set[str](), set[str](), dict[str, str]()
    negated = named = False
    for at, token in enumerate(tokens):
        lower = token.lower().removesuffix("'s")
        if lower in _NEGATIONS or lower.endswith("n't"):
            negated = True
        elif any(character.isdigit() for character in token) or lower in _NUMBERS:
            (names if named else numbers).add(_number(lower))
            named = False
        elif lower not in _FRAME:
            named = token[0].isupper() and (at > 0 or lower in known or _leads_a_name(tokens))
            if named:
                names.add(lower)
            else:
                words |= {_stem(_UNITS.get(lower, lower)): lower}
    rivals = {at: some & words.keys() for word in words for at, some in _rivals().get(word, ())}
    return Part(text, frozenset(numbers), frozenset(names), words, rivals, negated)


def _stem(word: str) -> str:
    return "".join(stems(word)).rstrip("e") or word


@cache
def _rivals() -> dict[str, list[tuple[int, frozenset[str]]]]:
    """Of each word the lines it stands in: words that mean nearly the same to an embedding and exclude one another."""
    lines = files(__package__).joinpath("rivals.txt").read_text("utf-8").splitlines()
    found: dict[str, list[tuple[int, frozenset[str]]]] = {}
    for at, line in enumerate(lines):
        some = frozenset(map(_stem, line.split()))
        for word in some:
            found.setdefault(word, []).append((at, some))
    return found


def _leads_a_name(tokens: list[str]) -> bool:
    """Before another name, or before a number."""
    return len(tokens) > 1 and (tokens[1][0].isupper() or tokens[1][0].isdigit())


def _number(lower: str) -> str:
    if lower in _NUMBERS:
        return _NUMBERS[lower]
    plain = _ORDINAL.sub(r"\1", lower)
    return plain.removesuffix(".0")
