"""What people and clients may write: the bounds of a message, a title and a query, and how a title is first made."""

from typing import Any, ClassVar
from unicodedata import category

from tertulia.contracts.chat import MAX_MESSAGE_CHARACTERS
from tertulia.platform.errors import FieldError, Unprocessable
from tertulia.platform.names import as_shown

MAX_KNOWLEDGE_BASES = 20
MAX_TITLE_CHARACTERS = 200
MAX_MODEL_CHARACTERS = 200
_PROVISIONAL_CHARACTERS = 60
_INVISIBLE = frozenset({"Cc", "Cf"})


class BadText(Unprocessable):
    code: ClassVar[str] = "bad_text"
    title: ClassVar[str] = "Text that cannot be kept"


class EmptyMessage(Unprocessable):
    code: ClassVar[str] = "empty_message"
    title: ClassVar[str] = "An empty message"


class MessageTooLong(Unprocessable):
    code: ClassVar[str] = "message_too_long"
    title: ClassVar[str] = "A message that is too long"


class UnsupportedPart(Unprocessable):
    code: ClassVar[str] = "unsupported_part"
    title: ClassVar[str] = "A part of a kind that is not taken"


def keepable(text: str, field: str) -> str:
    """The text, when it can be stored and sent on as UTF-8.

    Raises: BadText for a NUL or half of a surrogate pair.
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in _suspicious(text)):
        problem = "holds a NUL character or half of a surrogate pair"
        raise BadText(f"`{field}` {problem}. Take it out.", param=field, errors=[FieldError(field, problem)])
    return text


def message_parts(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A person's message as it is stored: text parts with nothing else in them.

    Raises: UnsupportedPart; EmptyMessage; MessageTooLong; BadText.
    """
    texts = [_text(part, f"message.parts.{place}") for place, part in enumerate(parts)]
    if not any(map(_says_something, texts)):
        raise EmptyMessage("Write something before you send it.", param="message.parts")
    if sum(map(len, texts)) > MAX_MESSAGE_CHARACTERS:
        raise MessageTooLong(
            f"A message may have {MAX_MESSAGE_CHARACTERS:,} characters. Send it in pieces.", param="message.parts"
        )
    return [{"type": "text", "text": text} for text in texts]


def provisional_title(parts: list[dict[str, Any]]) -> str:
    """The beginning of the first question, cut between words, until there is a better one."""
    words = " ".join(part["text"] for part in parts).split()
    title = ""
    for word in filter(None, map(as_shown, words)):
        if len(title) + len(word) >= _PROVISIONAL_CHARACTERS:
            return (title or word[:_PROVISIONAL_CHARACTERS]) + "…"
        title = f"{title} {word}" if title else word
    return title


def tidy_title(text: str) -> str:
    """On one line, as it looks, within the bound; may come out empty."""
    return " ".join(as_shown(text).split())[:MAX_TITLE_CHARACTERS]


def _text(part: dict[str, Any], field: str) -> str:
    kind, text = part.get("type"), part.get("text")
    if kind != "text":
        problem = "is not a text part, the only kind that is taken"
        raise UnsupportedPart(f"`{field}` {problem}.", param=field, errors=[FieldError(field, problem)])
    if not isinstance(text, str):
        problem = "has no text"
        raise UnsupportedPart(f"`{field}` {problem}.", param=field, errors=[FieldError(f"{field}.text", problem)])
    return keepable(text, f"{field}.text")


def _says_something(text: str) -> bool:
    """White space and what has no width at all say nothing."""
    return any(not (character.isspace() or category(character) in _INVISIBLE) for character in text)


def _suspicious(text: str) -> str:
    """Empty for the many texts that encode well."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text
    return ""
