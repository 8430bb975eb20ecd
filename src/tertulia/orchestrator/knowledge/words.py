"""A question in the words of full-text search: any of its words may match, and the more of them the better."""

import re

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_MOST = 40


def any_of(question: str) -> str:
    """For ``to_tsquery``; empty when there is no word in it."""
    words = dict.fromkeys(word.lower() for word in _WORD.findall(question))
    return " | ".join(list(words)[:_MOST])
