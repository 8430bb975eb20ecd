"""Counts tokens where the provider does not: to fit a window, and to estimate usage that was not told.

A count is exact for models whose encoding is public and near for others. Loading an encoding takes half a second and
60 MB, so it happens on first need, in a thread; what surely fits is never counted.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import quicktok

FOR_MESSAGE = 4
"""Tokens that a chat format spends around a message."""

_DEFAULT = "o200k_base"
_FAMILIES = (
    ("gpt-4o", "o200k_base"),
    ("gpt-4.1", "o200k_base"),
    ("gpt-4", "cl100k_base"),
    ("gpt-3.5", "cl100k_base"),
    ("text-embedding", "cl100k_base"),
    ("qwen", "qwen3"),
    ("llama", "llama3"),
)


def upper_bound(text: str) -> int:
    """No text has more tokens than UTF-8 bytes."""
    return len(text) if text.isascii() else len(text.encode())


async def count(model: str, texts: Sequence[str]) -> list[int]:
    """The tokens of each text, without what a chat format adds."""
    return await asyncio.to_thread(lambda: [_encoding(_name(model)).count(text) for text in texts])


async def decode(tokens: Sequence[int]) -> str:
    """Token ids of ``cl100k_base``, which embedding clients send in place of text. Raises KeyError for unknown ids."""
    return await asyncio.to_thread(lambda: str(_encoding("cl100k_base").decode(list(tokens))))


def _name(model: str) -> str:
    plain = model.lower()
    return next((encoding for family, encoding in _FAMILIES if family in plain), _DEFAULT)


@lru_cache(maxsize=2)
def _encoding(name: str) -> "quicktok.Tokenizer":
    import quicktok

    return quicktok.get_encoding(name)
