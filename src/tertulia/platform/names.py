"""Names that people give to things and others read: on one line, in one form of Unicode, and as they look.

A character that turns the text around makes ``fdp.exe`` read ``exe.pdf``; one that cannot be seen makes two names look
like one. What people type is refused with such; what files and models bring is freed of it. Joiners stay: scripts and
emoji are written with them.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
_JOINERS = "\u200c\u200d"


def as_shown(text: str) -> str:
    """Breaks are spaces, and what turns or hides is gone; may come out empty."""
    told = _UNSEEN.sub("", _BREAKS.sub(" ", unicodedata.normalize("NFC", text))).strip()
    return told if told.strip(_JOINERS) else ""


def _name(value: str) -> str:
    shown = as_shown(value)
    if not shown or shown != unicodedata.normalize("NFC", value).strip():
        msg = "must have visible characters, and none that break, turn around or hide text"
        raise ValueError(msg)
    return shown


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_name)]
