"""A question in the words of full-text search: those it must hold together, or any that is telling by itself.

An embedding knows little of part numbers and abbreviations; a passage that has one is a candidate whatever it means.
"""

import re

_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*", re.UNICODE)
_TELLING = re.compile(r"\d|[^\W\d_a-zà-ÿ].*[^\W\d_a-zà-ÿ]")
"""A digit, or two capitals."""

_MOST = 40


def matching(question: str) -> str:
    """For ``to_tsquery``; empty when there is no word in it."""
    words = list(dict.fromkeys(_WORD.findall(question)))[:_MOST]
    telling = [_quoted(word) for word in words if _TELLING.search(word)]
    together = " & ".join(map(_quoted, words))
    return " | ".join([f"({together})", *telling]) if words else ""


def any_of(question: str) -> str:
    """As ``matching``, but any word does: for where there are no embeddings to find the rest by."""
    return " | ".join(_quoted(word) for word in list(dict.fromkeys(_WORD.findall(question)))[:_MOST])


def is_named_in(question: str, text: str) -> bool:
    """Whether all that is asked for are part numbers and the like, and a text has them all: it bears on them surely."""
    words = _WORD.findall(question)
    return (
        bool(words)
        and all(map(_TELLING.search, words))
        and {*map(str.lower, words)} <= {word.lower() for word in _WORD.findall(text)}
    )


def _quoted(word: str) -> str:
    return f"'{word}'"
