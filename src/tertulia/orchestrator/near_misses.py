"""Whether two questions that mean nearly the same ask the very same: what an embedding does not see must agree.

Vectors of "the 2023 report" and "the 2024 report" are all but equal. So numbers, dates, names, placeholders, negations,
comparisons, directions, tenses and the kind of question must be alike, and what remains of the words as well, but for
their inflection, a move of the whole, and a few that stand for one another. It is strict: who is refused asks the
model. Made for English: in other languages all words count, so that hardly anything but the same words agrees.
"""

import re

_TOKEN = re.compile(
    r"\[[A-Z][A-Z_]*(?:_\d+)?\]|(?<![\w)\]])[-+\u2212](?=\d)|(?<=\d)!|[*^\u00d7\u00f7]|\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?|[%€$£°+#]|!?[<>=]+"
)
_NUMBERS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "hundred": "100", "thousand": "1000", "million": "1000000", "dozen": "12", "half": "0.5",
    "first": "1.", "second": "2.", "third": "3.", "once": "1x", "twice": "2x",
}  # fmt: skip
_FRAME = {
    "a", "about", "actually", "am", "an", "are", "as", "at", "be", "been", "being", "by", "can", "could",
    "describe", "do", "does", "exactly", "explain", "for", "get", "give", "go", "has", "have", "he", "hello",
    "help", "here", "hi", "how", "i", "is", "it", "its", "just", "kindly", "know", "let", "like", "me", "mean",
    "meaning", "means", "method", "my", "of", "our", "please", "question", "she", "show", "so", "steps", "tell",
    "thank", "thanks", "that", "the", "their", "them", "there", "these", "they", "this", "those", "us", "want",
    "way", "ways", "we", "what", "whats", "which", "wonder", "wondering", "would", "you", "your",
}  # fmt: skip
"""What only frames a question."""

_NEGATIONS = {"not", "no", "never", "without", "none", "nothing", "nobody", "neither", "nor", "except", "unless"}
_TENSES = {"did": "past", "was": "past", "were": "past", "had": "past", "will": "future", "shall": "future"}
_DIRECTIONS = {"to", "from", "into", "than", "before", "after", "over", "under", "between", "versus", "vs", "until"}
_SAME = [
    {"reset", "change"}, {"begin", "start"}, {"buy", "purchase"}, {"delete", "remove", "erase"}, {"make", "create"},
    {"fix", "repair", "mend"}, {"big", "large"}, {"quick", "fast"}, {"error", "fault"}, {"car", "automobile"},
    {"doctor", "physician"}, {"stop", "halt"}, {"allow", "permit"}, {"require", "need"}, {"find", "locate"},
    {"photo", "picture"}, {"holiday", "vacation"}, {"cost", "price"}, {"cause", "reason"}, {"definition", "define"},
]  # fmt: skip
_TIMES = {"time", "date", "year"}
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
_ADDRESSED = re.compile(
    r"^\W*(?:(?:hi|hello|please|kindly)\W+)*(?:"
    r"(?:can|could|would|will) you (?:please |kindly )?(?=(?:tell|show|explain|describe|give|help)\b)"
    r"|how (?:do|can|would|should|could) (?:i|you|we)\b)|\b(?:tell|show|give|let) me\b|\bthank you\b"
)
"""Who is spoken to in what only frames a question: it is asked of nobody in particular."""
"""The kind of question tells of them."""

_ONE_FOR = {word: min(some) for some in _SAME for word in some}
_KINDS = (
    ("when", re.compile(r"\b(?:when|what (?:time|date|day|year)|which (?:date|day|year))\b")),
    ("where", re.compile(r"\b(?:where|what place|which place)\b")),
    ("who", re.compile(r"\b(?:who|whom|whose)\b")),
    ("why", re.compile(r"\b(?:why|how come)\b")),
    ("quantity", re.compile(r"\bhow (?:many|much)\b")),
    ("measure", re.compile(r"\bhow (?:long|often|far|old|big|tall|fast)\b")),
)


def agree(one: str, other: str) -> bool:
    """Whether nothing tells the two apart that an answer would depend on."""
    return _kind(one) == _kind(other) and _read(one) == _read(other)


def _kind(text: str) -> str:
    """What is asked for; more than one is none of them."""
    found = [name for name, form in _KINDS if form.search(text.lower())]
    return "+".join(found)


def _read(text: str) -> tuple[object, ...]:
    """Names and figures in their order; the other words in any rotation, so that a swap of two is seen."""
    fixed: list[str] = []
    words: list[str] = []
    marks: list[str] = []
    told = _TOKEN.findall(text.replace("\u2019", "'"))
    for at, token in enumerate(told):
        lower = _undone(token.lower())
        if token.startswith("[") or token[0].isdigit() or lower in _NUMBERS or not token[0].isalpha():
            fixed.append(_NUMBERS.get(lower, token.replace(",", "")))
        elif lower in _NEGATIONS or token.lower().endswith("n't") or token.lower() == "cannot":
            marks.append("not" if lower != "without" else lower)
        elif lower in _TENSES:
            marks.append(_TENSES[lower])
        elif at and token != token.lower() and token != "I":  # noqa: S105 - a word
            fixed.append(token.lower().removesuffix("'s"))
            words.append(_stem(lower))
        elif lower not in _FRAME and lower not in _DIRECTIONS and lower not in _TIMES:
            words.append(_stem(lower))
    return (
        fixed,
        sorted(marks),
        _directed(told),
        _people(text),
        _ordered(words, passive=bool(_PASSIVE.search(text.lower()))),
    )


def _people(text: str) -> list[str]:
    """Of whom, in their order: what is true of me need not be of you. Where it is only me that goes without saying."""
    told = _TOKEN.findall(_ADDRESSED.sub(" ", text.replace("\u2019", "'").lower()))
    found = [_PEOPLE[word] for token in told if (word := _undone(token)) in _PEOPLE]
    return [] if set(found) == {"i"} else found


def _directed(told: list[str]) -> list[tuple[str, str]]:
    """What each direction leads to; "how to", "steps to" lead nowhere."""
    lower = [_undone(token.lower()) for token in told]
    found = []
    for at, word in enumerate(lower):
        behind = next((other for other in lower[at + 1 :] if other not in _FRAME), "")
        if word in _DIRECTIONS and not (word == "to" and (at == 0 or lower[at - 1] in _FRAME)):
            found.append((word, _stem(behind)))
    return sorted(found)


def _undone(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'m").removesuffix("'re").removesuffix("'ll").removesuffix("'d")


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
