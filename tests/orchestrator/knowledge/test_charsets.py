"""A text's letters are right whatever bytes it was written in."""

import codecs
import io

import pytest

from tertulia.orchestrator.knowledge.blocks import Unreadable
from tertulia.orchestrator.knowledge.charsets import charset_of
from tertulia.orchestrator.knowledge.kinds import CSV, HTML, TEXT, kind_of
from tertulia.orchestrator.knowledge.reader import blocks
from tertulia.orchestrator.service.fetching import charset_told

RUSSIAN = "Склад открыт с девяти до шести. Ключ от подвала висит за картиной."
JAPANESE = "倉庫は朝九時から夕方六時まで開いています。地下室の鍵は絵の後ろです。"
KOREAN = "창고는 아침 아홉 시부터 저녁 여섯 시까지 열려 있습니다."
CHINESE = "仓库从早上九点开到下午六点。地下室的钥匙挂在斑马画后面。"
POLISH = "Magazyn jest otwarty od dziewiątej. Zwrot jest możliwy, jeżeli są świeże źródła."
GERMAN = "Das Lager ist von neun bis sechs geöffnet. Der Schlüssel hängt hinter dem Bild."
FRENCH = "L’entrepôt est ouvert à neuf heures. La clé de la cave est derrière le tableau."
GREEK = "Η αποθήκη είναι ανοιχτή από τις εννέα έως τις έξι."
HEBREW = "המחסן פתוח מתשע עד שש. המפתח למרתף תלוי מאחורי ציור הזברה."


def _told(content: bytes, name: str = "a.txt", charset: str | None = None) -> tuple[str, list[str]]:
    file = io.BytesIO(content)
    kind = kind_of(file, name)
    return kind, [block.text.strip() for block in blocks(file, kind, charset) if block.text.strip()]


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (RUSSIAN, "iso8859-5"), (RUSSIAN, "cp866"), (RUSSIAN, "mac_cyrillic"),
        (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"), (JAPANESE, "iso2022_jp"), (KOREAN, "euc_kr"),
        (CHINESE, "gb18030"), (CHINESE, "gb2312"), (CHINESE, "big5hkscs"), (POLISH, "iso8859-2"), (POLISH, "cp1250"),
        (GERMAN, "cp1252"), (GERMAN, "mac_roman"), (FRENCH, "cp1252"), (FRENCH, "mac_roman"), (GREEK, "cp1253"),
        (HEBREW, "cp1255"), (RUSSIAN, "utf-16-le"), (RUSSIAN, "utf-16-be"), (GERMAN, "utf-16-le"),
        (JAPANESE, "utf-16"), (KOREAN, "utf-32"), (CHINESE, "utf-8-sig"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "An ordinary line.\n" * 9000], ids=["at once", "late"])
def test_a_text_is_read_in_the_letters_it_was_written_in(text: str, charset: str, before: str) -> None:
    """Without a word about which they are, and wherever the first of them stands."""
    content = (before + text).encode(charset, "ignore")
    _, told = _told(content)
    assert told[-1].splitlines()[-1] == content.decode(charset).splitlines()[-1]


@pytest.mark.parametrize("text", ["grüß dich", "name;größe\nAda;1,70", "“quoted” – it’s €5", "x = 1 # µm", "a £5 b"])
def test_too_little_to_go_by_is_western(text: str) -> None:
    """A guess about a word or two would be wrong more often than that."""
    assert charset_of(io.BytesIO(text.encode("cp1252"))) == "cp1252"


@pytest.mark.parametrize(
    "page",
    [
        '<html><meta charset="windows-1251"><p>Да',
        '<html><meta http-equiv="Content-Type" content="text/html; charset = windows-1251"><p>Да',
        '<?xml version="1.0" encoding="windows-1251"?><!DOCTYPE html><html><body><p>Да',
    ],
)
def test_a_page_says_what_its_letters_are(page: str) -> None:
    """In HTML's way or XML's, also where nothing could be guessed; its server's word goes before it."""
    assert _told(page.encode("cp1251"), "x") == (HTML, ["Да"])
    assert _told(page.encode("koi8-r"), "x", "KOI8-R") == (HTML, ["Да"])


@pytest.mark.parametrize("name", ["base64", "rot13", "utf-7", "utf-16", "undefined", "idna", "cp037", "nonsense", "\\"])
def test_what_no_text_could_say_of_itself_is_not_believed(name: str) -> None:
    """Nor is a codec that is not of letters."""
    assert _told(f'<html><meta charset="{name}"><p>{GERMAN}'.encode("cp1252"), "x", name) == (HTML, [GERMAN])


def test_utf_8_is_that_whatever_is_said() -> None:
    """Servers say the wrong thing; a text cannot be UTF-8 by accident."""
    assert _told(f'<html><meta charset="latin-1"><p>{RUSSIAN}'.encode(), "x", "windows-1251") == (HTML, [RUSSIAN])


def test_a_broken_letter_does_not_make_another_alphabet_of_a_text() -> None:
    """Of UTF-8 that somebody cut or joined badly only that letter is lost."""
    assert _told(f"{RUSSIAN}\n".encode() * 3 + b"\xff" + RUSSIAN.encode()[:-2])[1][0].count(RUSSIAN) == 3


def test_a_page_of_two_bytes_a_letter_is_a_page() -> None:
    """With a mark and without."""
    page = f"<!DOCTYPE html><html><p>{GERMAN}</p></html>"
    for content in (page.encode("utf-16"), page.encode("utf-16-le"), codecs.BOM_UTF8 + page.encode()):
        assert _told(content, "x.txt") == (HTML, [GERMAN])


def test_tables_of_another_alphabet_keep_their_cells() -> None:
    """With semicolons and a line's end within quotes."""
    kind, told = _told('Имя;Город\n"Анна\nМария";Москва\nИван;Казань\n'.encode("cp1251"), "люди.csv")
    assert (kind, told[:2]) == (CSV, ["Имя: Анна\nМария; Город: Москва", "Имя: Иван; Город: Казань"])


@pytest.mark.parametrize("content", [b"\x7fELF\2\1\1" + b"\0" * 60, b"\0\1\2\3" * 900, b"GIF89a\0\0", b"\0"])
def test_what_is_no_text_is_not_taken_for_one(content: bytes) -> None:
    """Although every second byte of a text may be zero."""
    with pytest.raises(Unreadable) as refused:
        kind_of(io.BytesIO(content), "a.txt")
    assert refused.value.reason == "document_type_unsupported"


def test_a_letter_that_is_broken_off_ends_no_text() -> None:
    """A file that was cut in the middle of one is read all the same."""
    assert _told("Der Schlüssel hängt hinter dem Bild im Flur.".encode()[:-37])[0] == TEXT


@pytest.mark.parametrize(
    ("said", "charset"),
    [
        ("text/html; charset=windows-1251", "windows-1251"), ('text/plain;CHARSET="koi8-r"; x=y', "koi8-r"),
        ("text/html", None), ("", None), ("application/pdf; charset=", None),
    ],
)  # fmt: skip
def test_a_server_says_which_letters_it_sends(said: str, charset: str | None) -> None:
    """In the header that every server writes in its own way."""
    assert charset_told({"content-type": said}) == charset
