"""The text of a printed page as it was written: whole sentences, and letters in place of ligatures.

A PDF holds lines and glyphs. Kept as they are, passages would be cut in the middle of sentences and shown ragged, and
"defibrillator" would not be found where the paper joins its f and its i.
"""

import re

_NARROWEST = 40
"""Characters; in narrower columns a line says too little about where it was broken."""

_FULL = 0.75
"""Of the page's longest line: a shorter one ended of itself."""

_ENDS = re.compile(r"[.!?:;。!?][\"')\]”\u2019»]*$")
_ITEM = re.compile(r"[-\u2013—•▪◦*]\s|\(?\w{1,3}[.)]\s")
_SOFT_HYPHEN = "\u00ad"
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)


def as_written(page: str) -> str:
    """``page`` without ligatures, and with a space in place of each break that only the paper's width made.

    A full line goes on in the next one, unless it ends a sentence, the next begins an item of a list, or both look like
    rows of a table: a number at the end, no small letter at the beginning.
    """
    lines = [line.rstrip() for line in page.translate(_LIGATURES).split("\n")]
    widest = max(map(len, lines))
    if widest < _NARROWEST:
        return "\n".join(lines)
    text, before = lines[0], lines[0]
    for line in lines[1:]:
        goes_on = len(before) >= _FULL * widest and _goes_on(before, line.lstrip())
        text = _joined(text, line.lstrip()) if goes_on else f"{text}\n{line}"
        before = line
    return text


def _goes_on(line: str, following: str) -> bool:
    if not following or _ENDS.search(line) or _ITEM.match(following):
        return False
    return following[0].islower() or not line[-1].isdigit()


def _joined(line: str, following: str) -> str:
    """A word that was cut at a soft hyphen is whole again; a plain hyphen may be the word's own and stays."""
    if line.endswith(_SOFT_HYPHEN):
        return line[:-1] + following
    return line + following if line.endswith("-") else f"{line} {following}"
