"""Whether two questions that mean nearly the same ask the very same: what an embedding does not see must agree.

Vectors of "the 2023 report" and "the 2024 report" are all but equal. So numbers, dates, names, placeholders, negations,
comparisons, directions, tenses and the kind of question must be alike, and what remains of the words as well, but for
their inflection, a move of the whole, and a few that stand for one another. It is strict: where it refuses, the
model is asked. Made for English: in other languages all words count, so that hardly anything but the same words agrees.
"""

import re

_TOKEN = re.compile(
    r"\[[A-Z][A-Z_]*(?:_\d+)?\]|(?<![\w)\]])[-+\u2212](?=\d)|(?<=\d)[!'\"\u2032\u2033]|\d+(?:[.,:/-]\d+)*"
    r"|[^\W\d_]+(?:'[^\W\d_]+)?|!?[<>=]+|[^\w\s.,;:?!'\"()\[\]\u2026\u2013\u2014\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb-]"
)
"""Figures, words, and every sign that is not mere punctuation: also what marks a letter in other scripts."""

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_LONGEST_UNIT = 3
_NUMBERS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "hundred": "100", "thousand": "1000", "million": "1000000", "dozen": "12", "half": "0.5",
    "first": "1.", "second": "2.", "third": "3.", "once": "1x", "twice": "2x",
}  # fmt: skip
_ASKING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please|kindly)\W+)*(?:(?:can|could|would|will) you (?:please |kindly )?"
    r"(?=(?:tell|show|explain|describe|give|help)\b))?"
    r"|\b(?:tell|show|give|let|help) (?:me|us)\b(?: know| understand)?"
    r"|\bi(?: would|'d)? (?:want|like|need|wish) to (?:know|understand|see)\b"
    r"|\bi (?:wonder|am wondering|was wondering)\b|\bdo you know\b|\bthanks?(?: you)?\b",
    re.IGNORECASE,
)
"""Who is spoken to, and that something is wanted: it is asked of nobody in particular."""

_WHEN = re.compile(r"\b(?:(?:at|in|on) )?(?:what|which) (?:time|date|day|year)\b", re.IGNORECASE)
_FRAME = {
    "a", "about", "actually", "am", "an", "are", "as", "at", "be", "been", "being", "by", "can", "could",
    "describe", "do", "does", "exactly", "explain", "for", "has", "have", "he",
    "here", "how", "i", "is", "it", "its", "just", "kindly", "me", "mean",
    "meaning", "means", "method", "my", "of", "our", "please", "question", "she", "so", "steps",
    "that", "the", "their", "them", "there", "these", "they", "this", "those", "us",
    "way", "ways", "we", "what", "whats", "when", "which", "would", "you", "your",
}  # fmt: skip
"""What only frames a question."""

_NEGATIONS = {"not", "no", "never", "without", "none", "nothing", "nobody", "neither", "nor", "except", "unless"}
_TENSES = {"did": "past", "was": "past", "were": "past", "had": "past", "will": "future", "shall": "future"}
_DIRECTIONS = {"to", "from", "into", "than", "before", "after", "over", "under", "between", "versus", "vs", "until"}
_RELATIONS = {"by", "about", "for", "at", "as"}
_OPENS = {"how", "steps", "way", "ways", "method", "meaning", "question", "explain", "describe", "what"}
"""Behind these a relation is the frame's own: "steps for"."""

_LIMITS = {"just", "exactly"}
_ARTICLES = {"a", "an", "the", "this", "that", "these", "those", "my", "your", "our", "his", "her", "their", "its"}
_SUBJECTS = {"what", "who", "that", "it", "he", "she"}
_AUXILIARIES = {
    "am", "is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "has", "have", "had", "get", "got",
    "can", "could", "may", "might", "must", "shall", "should", "will", "would",
}  # fmt: skip
_NO_OBJECTS = {*_AUXILIARIES, *_DIRECTIONS, *_RELATIONS, "in", "on", "of", "with", "near", "and", "or"}
_SAME = [
    {"begin", "start"}, {"buy", "purchase"}, {"delete", "erase"}, {"make", "create"}, {"fix", "repair", "mend"},
    {"big", "large"}, {"car", "automobile"}, {"stop", "halt"}, {"require", "need"}, {"find", "locate"},
    {"holiday", "vacation"}, {"cost", "price"}, {"cause", "reason"}, {"definition", "define"},
]  # fmt: skip
"""None that has a second sense in which they differ."""

_PEOPLE = {
    "i": "i", "me": "i", "my": "i", "mine": "i", "we": "i", "us": "i", "our": "i", "ours": "i",
    "you": "you", "your": "you", "yours": "you", "he": "he", "him": "he", "his": "he", "she": "she", "her": "she",
    "hers": "she", "they": "they", "them": "they", "their": "they", "theirs": "they",
    "this": "near", "these": "near", "here": "near", "that": "far", "those": "far",
}  # fmt: skip
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets?|got)\b.*\b(?:[a-z]{2,}ed|beaten|broken|chosen|driven|eaten|forgotten|given|"
    r"hidden|stolen|taken|written|made|paid|sold|built|won|bought|caught|taught|sent|held|kept|led|lost|met|said|told|found|"
    r"done|known|shown|run|read|put|cut|hit)\b"
)
_DOER = re.compile(r"\bhow (?:do|can|would|should|could) (?:i|you|we)\b")
"""How something is done does not depend on by whom."""

_MUST = re.compile(r"\b(?:have|has|had) to\b")
_ONE_FOR = {word: min(some) for some in _SAME for word in some}
_MEASURES = "long|often|far|old|big|tall|fast"
_KINDS = (
    ("when", re.compile(r"\bwhen\b")),
    ("where", re.compile(r"\b(?:where|what place|which place)\b")),
    ("who", re.compile(r"\b(?:who|whom|whose)\b")),
    ("why", re.compile(r"\b(?:why|how come)\b")),
    ("quantity", re.compile(r"\bhow (?:many|much)\b")),
    ("measure", re.compile(rf"\bhow (?:{_MEASURES})\b")),
    ("how", re.compile(rf"\bhow\b(?! (?:many|much|come|{_MEASURES})\b)|\b(?:ways?|steps?|method)\b")),
)
_WHETHER = re.compile(rf"^\W*(?:{'|'.join(sorted(_AUXILIARIES))})\b")


def agree(one: str, other: str) -> bool:
    """Whether nothing tells the two apart that an answer would depend on."""
    return _read(_plain(one)) == _read(_plain(other))


def _plain(text: str) -> str:
    """What is asked, without who is asked for it; capitals stay, since they make names."""
    return _WHEN.sub("when", _ASKING.sub(" ", text.replace("\u2019", "'"))).strip()


def _kind(text: str) -> str:
    """What is asked for; more than one is none of them. Whether something is so is not how it is done."""
    found = [name for name, form in _KINDS if form.search(text.lower())]
    return "+".join(found) or ("whether" if _WHETHER.match(text.lower()) else "")


def _read(text: str) -> tuple[object, ...]:
    """Names and figures in their order; the other words in any rotation, so that a swap of two is seen."""
    told = _TOKEN.findall(text)
    lower = [_undone(token.lower()) for token in told]
    fixed: list[str] = []
    words: list[str] = []
    for at, (token, word) in enumerate(zip(told, lower, strict=True)):
        if token.startswith("[") or word in _NUMBERS or not token[0].isalpha():
            fixed.append(_NUMBERS.get(word, _THOUSANDS.sub("", token)))
        elif word in _NEGATIONS or _is_negated(token) or word in _TENSES:
            continue
        elif at and told[at - 1][0].isdigit() and len(token) <= _LONGEST_UNIT:
            fixed.append(token)
        elif at and token != token.lower() and token != "I":  # noqa: S105 - a word
            fixed.append(token.lower().removesuffix("'s"))
            words.append(_stem(word))
        elif word in _LIMITS and lower[at + 1 : at + 2] and lower[at + 1] not in _FRAME:
            words.append(word)
        elif word not in _FRAME and word not in _DIRECTIONS:
            words.append(_inflected(lower, at))
    return (
        _kind(text),
        fixed,
        _marks(text, told, lower),
        _directed(lower),
        _people(text),
        _ordered(words, passive=bool(_PASSIVE.search(text.lower()))),
    )


def _marks(text: str, told: list[str], lower: list[str]) -> list[tuple[str, ...]]:
    """What is denied, and between which words; past and future; what one has to."""
    found: list[tuple[str, ...]] = [("must",)] * len(_MUST.findall(text.lower()))
    helped = any(word in _AUXILIARIES for word in lower)
    for at, word in enumerate(lower):
        if word in _NEGATIONS or _is_negated(told[at]):
            found.append((word if word == "without" else "not", _next(lower[:at][::-1]), _next(lower[at + 1 :])))
        elif word in _TENSES:
            found.append((_TENSES[word],))
        elif not helped and word.endswith("ed") and word.isalpha():
            found.append(("past",))
    return sorted(found)


def _is_negated(token: str) -> bool:
    return token.lower().endswith("n't") or token.lower() == "cannot"


def _people(text: str) -> list[str]:
    """Of whom, in their order: what is true of me need not be of you. Where it is only me that goes without saying."""
    told = _TOKEN.findall(_DOER.sub(" ", text.lower()))
    found = [_PEOPLE[word] for token in told if (word := _undone(token)) in _PEOPLE]
    return [] if set(found) == {"i"} else found


def _directed(lower: list[str]) -> list[tuple[str, str]]:
    """What each direction leads to; "how to", "steps for" lead nowhere."""
    found = []
    for at, word in enumerate(lower):
        before = lower[at - 1] if at else "how"
        behind = _next(lower[at + 1 :])
        is_direction = word in _DIRECTIONS and not (word == "to" and before in _FRAME)
        if is_direction or (word in _RELATIONS and behind and before not in _OPENS):
            found.append((word, behind))
    return sorted(found)


def _next(some: list[str]) -> str:
    """The first that is more than the frame."""
    return _stem(next((word for word in some if word not in _FRAME), ""))


def _undone(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'m").removesuffix("'re").removesuffix("'ll").removesuffix("'d")


def _inflected(lower: list[str], at: int) -> str:
    """One is not many, and a painting no paint: an ending says nothing only where a verb has it."""
    word, before = lower[at], lower[at - 1] if at else ""
    behind = lower[at + 1] if at + 1 < len(lower) else ""
    if word.endswith("ing") and (before in _ARTICLES or not behind or behind in _NO_OBJECTS):
        return _ONE_FOR.get(word, word)
    is_plural = word.endswith("s") and not word.endswith("ss") and before not in _SUBJECTS
    return f"{_stem(word)}+" if is_plural else _stem(word)


def _stem(word: str) -> str:
    for ending, length in (("ing", 6), ("ies", 5), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= length and not word.endswith("ss"):
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
            break
    word = word.removesuffix("e") if len(word) > 3 else word  # noqa: PLR2004 - "use" and "be" stay
    return _stems.get(word, word)


_stems: dict[str, str] = {}
_stems.update({_stem(word): _stem(chosen) for word, chosen in _ONE_FOR.items()})


def _ordered(words: list[str], *, passive: bool) -> tuple[str, ...]:
    """The least of a sequence's rotations: "in git, undo the commit" and "undo the commit in git" have the same.

    Of two words that would be a swap: "what causes insomnia" is not "what insomnia causes", but "what is insomnia
    caused by"; with more words nobody knows here what a passive turns about.
    """
    if len(words) == 2:  # noqa: PLR2004 - a swap is of two
        return tuple(reversed(words) if passive else words)
    least = min((tuple(words[at:] + words[:at]) for at in range(len(words))), default=())
    return ("passive", *least) if passive and words else least
