"""Which letters the bytes of a text are: its mark says so, it is UTF-8, its server or it itself says so, or a guess.

What is UTF-8 throughout is that: no other text looks like it by accident, and servers often say the wrong thing. The
guess is chardet's, made of what is not ASCII; with too little to go by it is Windows' western one.
"""

import codecs
import re
from typing import BinaryIO

WESTERN = "cp1252"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""In this order: one of UTF-32's begins as one of UTF-16's."""

_LARGER = {
    "ascii": WESTERN, "iso8859-1": WESTERN, "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip
"""What texts that say the one are written in, as browsers know."""

_DECLARED = re.compile(
    rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE
)
_ASCII = bytes(range(0x20, 0x7F))
_BEYOND = re.compile(rb"[\x80-\xff]")
_NOT_ASCII = re.compile(r"[\x00-\x7f]+")
_ONE_IN = 10
"""Letters beyond ASCII for each that is broken, of what is UTF-8 all the same."""

_SURE = 0.08
"""chardet's confidence: in right guesses about whole sentences it is 0.1 and more, about a word or two it is less."""

_SAMPLE = 8192
_PIECE = 64 * 1024
_SHIFTS = (b"\x1b$", b"\x1b(")
"""By which Japanese mail says in ASCII that other letters follow."""


def charset_of(file: BinaryIO, told: str | None = None) -> str:
    """A codec's name; ``told`` is what came with the file. The file is at its beginning again."""
    head = file.read(_SAMPLE)
    strange = None if (sure := _sure(head)) else _strange(head, file)
    file.seek(0)
    if sure is not None:
        return sure
    if strange is None:
        return "utf-8-sig"
    if _is_mostly_utf_8(strange):
        return "utf-8-sig"
    return _known(told) or _declared(head) or _guessed(strange) or WESTERN


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is a text of any kind."""
    return b"\0" not in head or _sure(head) is not None


def _sure(head: bytes) -> str | None:
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if marked is None and b"\0" in head:
        guessed = _guessed(head) or ""
        text = head.decode(guessed, "replace") if guessed.startswith("utf-") else "\ufffd" * 2
        return guessed if "\0" not in text and text.count("\ufffd") <= 1 else None
    return marked


def _strange(head: bytes, file: BinaryIO) -> bytes | None:
    """Lines from the first on that is not UTF-8; None where all is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before, piece = b"", head
    while piece:
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            return _from_a_line(before, piece + file.read(_PIECE))
        if any(shift in piece for shift in _SHIFTS):
            return piece
        before, piece = piece, file.read(_PIECE)
    return before if decoder.getstate()[0] else None


def _from_a_line(before: bytes, piece: bytes) -> bytes:
    """Of the two, what begins with the line in which the first letter beyond ASCII is: so no letter is cut."""
    both = before + piece
    beyond = _BEYOND.search(both)
    first = beyond.start() if beyond else 0
    return both[both.rfind(b"\n", 0, first) + 1 :][:_PIECE]


def _is_mostly_utf_8(sample: bytes) -> bool:
    """A few bytes are broken, or two files were put together."""
    beyond = _NOT_ASCII.sub("", sample.decode("utf-8", "replace"))
    return len(beyond) > _ONE_IN * beyond.count("\ufffd")


def _declared(head: bytes) -> str | None:
    found = _DECLARED.search(head)
    return _known((found[1] or found[2]).decode()) if found else None


def _known(name: str | None) -> str | None:
    """A codec for what is said to be so, if its ASCII is ASCII: another could not have said it."""
    try:
        found = codecs.lookup(name or "").name
        found = _LARGER.get(found, found)
        read = (_ASCII + b"\xff").decode(found, "replace")
        return found if read.startswith(_ASCII.decode()) and not found.startswith("utf") else None
    except (LookupError, ValueError):
        return None


def _guessed(sample: bytes) -> str | None:
    import chardet

    eras = chardet.EncodingEra.ALL & ~chardet.EncodingEra.MAINFRAME
    found = chardet.detect(sample, encoding_era=eras)
    name = found["encoding"]
    return name.lower() if name and found["confidence"] >= _SURE else None
