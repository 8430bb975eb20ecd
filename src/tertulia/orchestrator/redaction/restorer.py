r"""Puts values back into an answer that comes in pieces, cut anywhere.

Only what may still become a placeholder is held back, and never more than the longest way to write one; all else goes
on at once. ``[email_1]``, ``[ EMAIL 1 ]``, ``[EMAIL\_1]``, ``\[EMAIL_1\]``, ``[**EMAIL_1**]`` and ``[EMAILS_1]`` are
the same placeholder, and so are those with other brackets: of full width, as HTML's entities or as an address has them
(``%5BEMAIL_1%5D``, where the value is written as an address has it too).

Where a placeholder is a Markdown link's text, its brackets are the link's and stay: ``[EMAIL_1](mailto:EMAIL_1)``
becomes ``[a@b.example](mailto:a@b.example)``. Where it is what a link leads to, it may stand there with brackets or
without, and what would end the link early is written as an address has it.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from tertulia.orchestrator.redaction.redactor import BETWEEN, CODED, CODED_OPEN, MARK, PLAIN, TYPED, meant, normal

_SCHEME = r"<?(?:[A-Za-z][A-Za-z0-9+.-]{0,9}:(?!\s)/{0,2})?"
_KIND = r"[A-Za-z](?:[A-Za-z_\\-]{0,15}[A-Za-z])?"
_TO = (
    rf"(?<=\]\()(?P<lead>{_SCHEME})(?P<to_open>\\?\[)?(?P<to_kind>{_KIND})\\?[_-](?P<to_number>[0-9]{{1,6}})"
    r"(?(to_open)\\?\]|(?=[)>?]))"
)
"""What a link leads to, up to its end."""

_OF_A_LINK = rf"(?P<link>\((?=<?(?:[A-Za-z][A-Za-z0-9+.-]{{1,9}}:(?!\s)|[/#\[.?]|www\.|{_KIND}\\?[_-][0-9]|\Z)))?"
_PLACEHOLDER = re.compile(rf"{PLAIN}{_OF_A_LINK}|{CODED}|{_TO}")
_BEGUN = (
    rf"\\?\[[{MARK}]{{0,3}}(?:[A-Za-z][A-Za-z{BETWEEN}]{{0,18}}"
    rf"(?:(?<=[{BETWEEN}])[0-9]{{1,6}}(?:['\u2019]?s?)[{MARK}]{{0,3}}\\?|&[a-z#0-9]{{0,5}};?[0-9]{{0,6}}s?)?)?\Z|\\\Z"
)
_CODED_BEGUN = (
    rf"(?i:{'|'.join(map(re.escape, CODED_OPEN))})[\w&;%+{BETWEEN}]{{0,40}}\Z"
    rf"|(?i:{'|'.join(re.escape(one[:end]) for one in CODED_OPEN for end in range(1, len(one)))})\Z"
)
_OPEN = PLAIN.removesuffix(r"\]")
_BEGUN_LINK = rf"\](?:\((?:{_SCHEME}(?:\\?\[)?(?:{_KIND}[\\_-]{{0,2}}(?:(?<=[_-])[0-9]{{1,6}}\\?\]?)?)?)?)?\Z"
_MAY_BECOME = re.compile(rf"{_BEGUN}|{_CODED_BEGUN}|(?:{_OPEN})?{_BEGUN_LINK}")
MAX_HELD = 100
"""Longer than any placeholder and the beginning of its link."""

_SPECIAL = re.compile(r"[\[\]&%\uff3b\u3010\u27e6\\]")
_ENDS_A_LINK = re.compile(r"[\s()<>]")


def as_is(value: str) -> str:
    return value


class Restorer:
    """One answer's stream. ``feed`` gives what can go on; ``finish`` what was held when no more comes.

    ``write`` says how a value is written where the answer is not plain text (inside a JSON string).
    """

    def __init__(self, values: Mapping[str, str], write: Callable[[str], str] = as_is) -> None:
        self._values = {
            meant(match): value for placeholder, value in values.items() if (match := TYPED.fullmatch(placeholder))
        }
        self._write = write
        self._held = ""

    def feed(self, piece: str) -> str:
        if not self._values:
            return piece
        text = self._held + piece
        self._held = ""
        if not _SPECIAL.search(text):
            return text
        if begun := _MAY_BECOME.search(text, max(0, len(text) - MAX_HELD)):
            self._held = text[begun.start() :]
            text = text[: begun.start()]
        return _PLACEHOLDER.sub(self._replace, text)

    def finish(self) -> str:
        held, self._held = self._held, ""
        return _PLACEHOLDER.sub(self._replace, held)

    def _replace(self, match: re.Match[str]) -> str:
        if match["to_kind"]:
            value = self._value(*normal(match["to_kind"], match["to_number"]))
            return (
                match[0]
                if value is None
                else match["lead"] + _ENDS_A_LINK.sub(lambda one: quote(one[0]), self._write(value))
            )
        value = self._value(*meant(match))
        if value is None:
            return match[0]
        if match["open"]:
            return quote(value, safe="") if match["open"].startswith("%") else self._write(value)
        written = self._write(value) + (match["ending"] or "")
        return f"[{written}](" if match["link"] and not match["escaped"] else written + (match["link"] or "")

    def _value(self, kind: str, number: int) -> str | None:
        singular = self._values.get((kind.removesuffix("S"), number))
        return self._values.get((kind, number), singular)


def restore(text: str, values: Mapping[str, str], write: Callable[[str], str] = as_is) -> str:
    """A whole text at once."""
    restorer = Restorer(values, write)
    return restorer.feed(text) + restorer.finish()
